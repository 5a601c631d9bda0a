"""Definitions in force: files, forms, versions, and who may change what."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import event

from bot.domain.definition_writing import to_json, to_yaml
from bot.domain.definitions import DefinitionErrors
from bot.domain.errors import InvalidInput, NotAllowed, UnknownKpi
from bot.domain.kpis import Kpi
from bot.domain.people import SYSTEM, Asker
from bot.services import Services, definitions
from bot.services.definition_files import read_files
from bot.settings import Settings
from storage import Database, audit

ADMIN = Asker("U0ADMIN", admin=True)
SRE = Asker("U0SRE", frozenset({"sre"}))
NOBODY = Asker("U0NOBODY")

TEAM = """\
apiVersion: barometer/v1
kind: KPISet
kpis:
  - name: answer-rate
    title: Answer rate
    category: business_impact
    definition: Share of questions that were answered.
    inputs: {answered: Answered, asked: Asked}
    formula: answered / asked
    unit: {code: ratio}
    direction: up
    frequency: [week]
    target: {min: 80%}
    owner: sre
"""
FORM = TEAM.replace("min: 80%", "min: 85%")


def with_team(services: Services, folder: Path, text: str = TEAM) -> Services:
    """Services of a team with a file of its own."""
    file = folder / "kpis" / "team.yaml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return replace(services, settings=replace(services.settings, kpis=file.parent))


def in_force(services: Services, name: str = "answer-rate") -> Kpi:
    with services.db.read() as connection:
        return definitions.current(services, connection)[name]


def names(services: Services) -> set[str]:
    with services.db.read() as connection:
        return set(definitions.current(services, connection))


@pytest.fixture
def queries(db: Database) -> Iterator[list[str]]:
    """The statements that the database is asked."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    event.listen(db.reader, "before_cursor_execute", note)
    yield asked
    event.remove(db.reader, "before_cursor_execute", note)


def test_the_shipped_files_come_into_force_once(services: Services) -> None:
    changed = definitions.apply_files(services, SYSTEM)
    assert sorted(map(str, changed)) == sorted(read_files(Settings()))
    assert {c.action for c in changed} == {"added"}
    assert definitions.apply_files(services, SYSTEM) == []
    assert names(services) == set(read_files(Settings()))
    kpi = in_force(services, "mttr")
    assert (kpi.version, kpi.file) == (1, "catalogue/kpis/reliability.yaml")
    assert kpi == replace(read_files(Settings())["mttr"], version=1)


def test_a_look_costs_one_query_while_nothing_changes(services: Services, queries: list[str]) -> None:
    definitions.apply_files(services, SYSTEM)
    first = names(services)
    queries.clear()
    assert names(services) == first
    assert len([q for q in queries if "SELECT" in q]) == 1
    definitions.define(services, ADMIN, FORM)
    assert names(services) == first | {"answer-rate"}


def test_a_team_adds_replaces_and_takes_away(services: Services, tmp_path: Path) -> None:
    definitions.apply_files(services, SYSTEM)
    mttr = to_yaml(read_files(Settings())["mttr"]).split("kpis:\n")[1].replace("max: 24", "max: 12")
    team = with_team(services, tmp_path, TEAM + mttr)
    assert {(c.name, c.action) for c in definitions.apply_files(team, SYSTEM)} == {
        ("answer-rate", "added"),
        ("mttr", "changed"),
    }
    target = in_force(team, "mttr").target
    assert target
    assert target.bounds[0].limit == 12
    assert in_force(team, "mttr").version == 2
    assert {(c.name, c.action) for c in definitions.apply_files(services, SYSTEM)} == {
        ("answer-rate", "retired"),
        ("mttr", "changed"),
    }
    assert "answer-rate" not in names(services)
    assert in_force(services, "mttr") == replace(read_files(Settings())["mttr"], version=3)
    assert [(c.name, c.version) for c in definitions.apply_files(team, SYSTEM) if c.name == "answer-rate"] == [
        ("answer-rate", 3)
    ]


def test_every_version_can_be_read(services: Services, tmp_path: Path) -> None:
    team = with_team(services, tmp_path)
    definitions.apply_files(team, SYSTEM)
    definitions.apply_files(with_team(services, tmp_path, FORM), SYSTEM)
    definitions.apply_files(services, SYSTEM)
    with services.db.read() as connection:
        found = [definitions.at_version(services, connection, "answer-rate", v) for v in (1, 2, 3)]
        with pytest.raises(UnknownKpi, match="never had a version 9"):
            definitions.at_version(services, connection, "answer-rate", 9)
        with pytest.raises(UnknownKpi):
            definitions.at_version(services, connection, "nothing", 1)
    assert [k.target.bounds[0].limit for k in found if k.target] == [Decimal("0.8"), Decimal("0.85"), Decimal("0.85")]
    assert [k.version for k in found] == [1, 2, 3]


def test_a_wrong_file_changes_nothing_and_everything_wrong_is_said(services: Services, tmp_path: Path) -> None:
    team = with_team(services, tmp_path, TEAM.replace("up", "upp"))
    (tmp_path / "kpis" / "other.yml").write_bytes(b"\xff\xfe")
    with pytest.raises(DefinitionErrors) as refusal:
        definitions.apply_files(team, SYSTEM)
    assert "team.yaml:11: answer-rate.direction" in refusal.value.text
    assert "other.yml: the file is not UTF-8" in refusal.value.text
    assert names(team) == set()


def test_a_name_in_two_files_is_refused(services: Services, tmp_path: Path) -> None:
    team = with_team(services, tmp_path)
    (tmp_path / "kpis" / "zeta.yaml").write_text(TEAM, encoding="utf-8")
    with pytest.raises(DefinitionErrors, match=r"zeta\.yaml:4: answer-rate: is defined in .*team\.yaml:4 as well"):
        definitions.apply_files(team, SYSTEM)


@pytest.mark.parametrize("kind", ["DigestSet", "SurveySet", "QuestionBank"])
def test_what_else_a_team_defines_may_lie_beside_its_kpis(services: Services, tmp_path: Path, kind: str) -> None:
    team = with_team(services, tmp_path)
    (tmp_path / "kpis" / "other.yaml").write_text(f"apiVersion: barometer/v1\nkind: {kind}\n", encoding="utf-8")
    assert "answer-rate" in read_files(team.settings)


def test_what_a_form_defines_stays_until_its_file_changes(services: Services, tmp_path: Path) -> None:
    team = with_team(services, tmp_path)
    definitions.apply_files(team, SYSTEM)
    (kpi,) = definitions.define(team, SRE, FORM, "we can do better")
    assert (kpi.version, kpi.file) == (2, "")
    assert definitions.apply_files(team, SYSTEM) == []
    assert in_force(team) == kpi
    changed = definitions.apply_files(with_team(services, tmp_path, TEAM.replace("80%", "70%")), SYSTEM)
    assert [(c.name, c.version) for c in changed] == [("answer-rate", 3)]


def test_only_those_who_answer_for_it_may_define(services: Services) -> None:
    with pytest.raises(NotAllowed, match="an admin or the sre"):
        definitions.define(services, NOBODY, TEAM)
    definitions.define(services, SRE, TEAM)
    taken = TEAM.replace("owner: sre", "owner: ai_lead")
    with pytest.raises(NotAllowed, match="an admin or the sre"):
        definitions.define(services, Asker("U0LEAD", frozenset({"ai_lead"})), taken, "mine now")
    assert in_force(services).owner == "sre"
    definitions.define(services, ADMIN, taken, "a new owner")
    assert in_force(services).owner == "ai_lead"


def test_the_name_of_a_retired_kpi_stays_with_its_owner(services: Services, tmp_path: Path) -> None:
    definitions.apply_files(with_team(services, tmp_path, TEAM.replace("owner: sre", "owner: ai_lead")), SYSTEM)
    definitions.apply_files(services, SYSTEM)
    assert "answer-rate" not in names(services)
    with pytest.raises(NotAllowed, match="ai lead"):
        definitions.define(services, SRE, TEAM, "it is free")
    definitions.define(services, ADMIN, TEAM, "it is theirs now")
    assert in_force(services).owner == "sre"


def test_a_form_is_all_or_nothing(services: Services) -> None:
    other = TEAM.split("kpis:\n")[1].replace("answer-rate", "other-rate").replace("owner: sre", "owner: ai_lead")
    with pytest.raises(NotAllowed):
        definitions.define(services, SRE, TEAM + other)
    assert names(services) == set()
    with pytest.raises(DefinitionErrors):
        definitions.define(services, ADMIN, TEAM + "    colour: blue\n")
    with pytest.raises(InvalidInput, match="20,000 characters"):
        definitions.define(services, ADMIN, TEAM + "#" * 20_000)
    assert names(services) == set()


def test_a_change_needs_a_reason_and_must_change_something(services: Services) -> None:
    definitions.define(services, SRE, TEAM)
    with pytest.raises(InvalidInput, match="in force already"):
        definitions.define(services, SRE, TEAM, "again")
    with pytest.raises(InvalidInput, match="reason"):
        definitions.define(services, SRE, FORM, "  ")
    definitions.define(services, SRE, FORM, "raised")
    with services.db.read() as connection:
        (last, first) = audit.entries(connection, "answer-rate")
        kept = definitions.versions(services, connection, SRE, "answer-rate")
    assert (last.change.actor, last.change.action, last.change.reason) == ("U0SRE", "definition.changed", "raised")
    assert last.change.before == {"target": {"min": "0.8"}}
    assert last.change.after == {"target": {"min": "0.85"}}
    assert (first.change.action, first.change.before) == ("definition.added", None)
    assert [(k.version, k.applied_by, k.reason) for k in kept] == [(2, "U0SRE", "raised"), (1, "U0SRE", "")]


def test_names_are_found_or_the_nearest_is_offered(services: Services) -> None:
    definitions.apply_files(services, SYSTEM)
    with services.db.read() as connection:
        assert definitions.named(services, connection, NOBODY, " MTTR ").name == "mttr"
        with pytest.raises(UnknownKpi, match="Did you mean mttr"):
            definitions.named(services, connection, NOBODY, "mtttr")
        with pytest.raises(UnknownKpi, match="/kpi list"):
            definitions.named(services, connection, NOBODY, "{name} <!channel>" * 50)


def test_what_a_person_may_not_see_is_unknown_to_them(services: Services) -> None:
    definitions.apply_files(services, SYSTEM)
    with services.db.read() as connection:
        assert definitions.named(services, connection, Asker("U0BOSS", frozenset({"executive"})), "retention")
        with pytest.raises(UnknownKpi) as refusal:
            definitions.named(services, connection, NOBODY, "retention")
    assert "mean retention" not in refusal.value.text


def test_a_difference_is_shown_before_it_is_applied(services: Services, tmp_path: Path) -> None:
    definitions.apply_files(services, SYSTEM)
    assert definitions.diff(services) == []
    team = with_team(services, tmp_path)
    (added,) = definitions.diff(team)
    assert (added.action, added.before) == ("added", None)
    definitions.apply_files(team, SYSTEM)
    (tmp_path / "next.yaml").write_text(FORM, encoding="utf-8")
    (changed,) = definitions.diff(team, tmp_path / "next.yaml")
    assert changed.lines == ["answer-rate: changed", '  - target: {min: "0.8"}', '  + target: {min: "0.85"}']
    assert [c.action for c in definitions.diff(services)] == ["retired"]
    assert in_force(team).version == 1


def test_two_replicas_that_start_at_once_apply_once(services: Services, database_url: str) -> None:
    start = threading.Barrier(2)
    changed: list[int] = []

    def replica() -> None:
        mine = Database(database_url)
        start.wait()
        changed.append(len(definitions.apply_files(replace(services, db=mine), SYSTEM)))
        mine.close()

    threads = [threading.Thread(target=replica) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    shipped = read_files(Settings())
    assert sorted(changed) == [0, len(shipped)]
    with services.db.read() as connection:
        found = definitions.current(services, connection)
    assert {k.version for k in found.values()} == {1}
    assert {n: to_json(k) for n, k in found.items()} == {n: to_json(k) for n, k in shipped.items()}


def test_two_replicas_see_what_the_other_defined(services: Services, database_url: str) -> None:
    other = replace(services, db=Database(database_url))
    assert names(services) == names(other) == set()
    definitions.define(services, ADMIN, TEAM)
    assert names(other) == {"answer-rate"}
    definitions.define(other, ADMIN, FORM, "raised")
    assert in_force(services).version == 2
    other.db.close()
