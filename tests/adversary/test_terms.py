"""What the schema and the terms of a wave rule out: columns that would tell, floors that move, promises that change."""

import contextlib
import dataclasses
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import BigInteger, DateTime, Integer, SmallInteger, inspect, text
from sqlalchemy.exc import DBAPIError

from bot.domain.audiences import Member
from bot.domain.documents import DefinitionErrors
from bot.domain.errors import InvalidInput
from bot.domain.people import Asker
from bot.domain.survey_documents import parse_surveys
from bot.domain.survey_waves import Contract, Terms, load
from bot.domain.surveys import LEAST_ANSWERS, LEAST_COMMENTS
from bot.services import Services, survey_answers, survey_close, survey_results, survey_waves, surveys
from bot.services.survey_urn import Altered
from bot.settings import Settings, from_environment
from handlers.slack.commands import pulse
from storage import Database, waves
from tests.handlers.slack.conftest import Slack, words
from tests.services.survey_world import CHANNEL, OWNER, SURVEY, Directory, World, world_in

SECRET = {
    "invitation": {"wave_id", "user_id", "groups", "zone", "language"},
    "ballot": {"wave_id", "slot", "body"},
    "wave_count": {"wave_id", "question", "cut", "value", "n"},
    "wave_figure": {"wave_id", "question", "cut", "figure", "value", "words"},
    "wave_comment": {"id", "wave_id", "question", "text", "author"},
}
"""The tables in which who answered what might stand, with all that they have: no state of an invitation, and no time at all."""


@pytest.fixture
def world(services: Services) -> World:
    return world_in(services)


def test_no_table_of_answers_has_a_person_a_time_or_a_counter(db: Database) -> None:
    found = inspect(db.engine)
    for name, columns in SECRET.items():
        described = found.get_columns(name)
        assert {column["name"] for column in described} == columns
        assert not any(isinstance(column["type"], DateTime) for column in described)
        assert {key["referred_table"] for key in found.get_foreign_keys(name)} == {"wave"}
        keys = set(found.get_pk_constraint(name)["constrained_columns"])
        whole = {c["name"] for c in described if isinstance(c["type"], Integer | BigInteger | SmallInteger)}
        assert whole & keys <= {"wave_id"}, "a number of its own would tell the order"
        assert not any(column.get("identity") or "nextval" in str(column["default"]) for column in described)
    if db.is_sqlite:
        with db.read() as connection:
            for name in SECRET:
                with pytest.raises(DBAPIError, match="no such column: rowid"):
                    connection.exec_driver_sql(f"SELECT rowid FROM {name}")


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("minimum: 4", "minimum"),
        ("comment_minimum: 9", "comment_minimum"),
        ("minimum: 0", "minimum"),
        ("minimum: ${MINIMUM:-1}", "minimum"),
    ],
)
def test_no_file_sets_a_minimum_below_the_floor(line: str, wrong: str) -> None:
    source = SURVEY.replace("    closes: 3d\n", f"    closes: 3d\n    {line}\n")
    with pytest.raises(DefinitionErrors, match=wrong):
        parse_surveys(source)
    assert parse_surveys(source.replace(line, "minimum: 6"))[0].minimum == 6


def test_no_word_of_a_command_sets_a_minimum(slack: Slack) -> None:
    """Neither of a wave to come, nor of one that is closed."""
    world = world_in(slack.services)
    world.all_answer(world.open(), [f"U{n:04}" for n in range(1, 10)])
    assert world.close() == "closed"
    showing = [f"{command} team-check" for command in ("results", "comments", "trend", "export")]
    for command in ("start team-check audience=C0TEAM", "schedule team-check when=monthly audience=C0TEAM", *showing):
        for word in ("minimum=1", "comment_minimum=1", "k=1", "threshold=1"):
            said = words(slack.say("/pulse", f"{command} {word}", OWNER.user_id))
            assert f"“{word.removesuffix('1')}” is not known here." in said
            assert "team-check" not in said, "it tells nothing else"
    for command in showing:
        assert "team-check" in words(slack.say("/pulse", command, OWNER.user_id)), "without the word it is shown"
    with slack.services.db.read() as connection:
        assert waves.open_of(connection, "team-check") is None
    assert not {f.name for f in dataclasses.fields(Terms)} & {"minimum", "comment_minimum"}
    assert not {word for word in pulse.TERMS if "min" in word}


class Environment(dict[str, str]):
    """An environment that remembers which names are looked up."""

    def __init__(self, **given: str) -> None:
        super().__init__(given)
        self.names: set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:
        self.names.add(name)
        return super().get(name, default)


def lowest(number: str) -> Settings:
    """Every setting at this number, or at the lowest value near it that it takes."""
    asked = Environment()
    usual = from_environment(asked)
    values = (number, "0.1", "1", "5", f"U{number}", f"http://{number}", ".", "none", "yes", "Etc/GMT+12", "0001-01-01")
    given = {name: value for name in asked.names if (value := next(_taken(name, values), None)) is not None}
    low = from_environment({**given, **{f"BAROMETER_VALUE_{name}": number for name in ("MINIMUM", "COMMENT_MINIMUM")}})
    same = [f.name for f in dataclasses.fields(Settings) if getattr(low, f.name) == getattr(usual, f.name)]
    assert same == [], "each of them is another than without an environment"
    return low


def _taken(name: str, values: Sequence[str]) -> Iterator[str]:
    for value in values:
        with contextlib.suppress(InvalidInput):
            from_environment({name: value})
            yield value


@pytest.mark.parametrize("number", ["0", "1"])
def test_no_setting_goes_below_the_floor(world: World, number: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four answers end no wave, four of a group are not shown, and nine comments are not either."""
    monkeypatch.chdir(tmp_path)
    low = replace(world, services=replace(world.services, settings=lowest(number)))
    asked = [f"U{n:04}" for n in range(11, 23)]
    file = "person,team\n" + "\n".join(f"{user},{'Four' if n < 4 else 'Eight'}" for n, user in enumerate(asked))
    low.directory = Directory(tuple(Member(user) for user in asked))
    words = {user: {"goals": str(1 + n % 5), "more": "words"} for n, user in enumerate(asked)}
    row = low.open(audience="", file=file, cuts="team")
    low.invite_all(row)
    low.all_answer(row, asked[:4], words)
    assert low.close() == "extended"
    low.all_answer(row, asked[4:9], words)
    low.clock.now = low.row(row.id).closes_at
    assert low.close() == "closed"
    found = survey_results.results(low.services, OWNER, "team-check")
    assert (found.contract.minimum, found.contract.comment_minimum) == (LEAST_ANSWERS, LEAST_COMMENTS)
    assert [group for group, cell in found.cells["goals"].items() if not cell.withheld] == ["all"]
    assert survey_results.comments(low.services, OWNER, "team-check").found == ()


def test_no_stored_contract_goes_below_the_floor(world: World) -> None:
    row = world.open()
    stored = json.loads(row.contract)
    for name, floor in (("minimum", LEAST_ANSWERS), ("comment_minimum", LEAST_COMMENTS)):
        with pytest.raises(InvalidInput, match="No survey may publish fewer"):
            load(json.dumps(stored | {name: floor - 1}))
    assert isinstance(load(row.contract), Contract)


def test_the_database_refuses_to_change_a_contract(world: World) -> None:
    row = world.open()
    altered = json.dumps(json.loads(row.contract) | {"mode": "attributed"})
    with pytest.raises(DBAPIError, match="frozen"), world.services.db.begin() as connection:
        waves.change(connection, row.id, contract=altered)
    assert world.row(row.id).contract == row.contract


def test_ballots_stay_shut_if_the_contract_was_changed_all_the_same(world: World) -> None:
    """Whoever owns the database can drop a trigger, and have Barometer write down names; so the promise stands by the keys."""
    row = world.open()
    world.all_answer(row, [f"U{n:04}" for n in range(1, 12)])
    altered = json.dumps(json.loads(row.contract) | {"mode": "attributed"}, sort_keys=True, ensure_ascii=False)
    with world.services.db.begin() as connection:
        where = "" if world.services.db.is_sqlite else " ON wave"
        connection.exec_driver_sql(f"DROP TRIGGER wave_contract_frozen{where}")
        waves.change(connection, row.id, contract=altered)
    with pytest.raises(Altered, match="was changed in the database"):
        survey_close.by_hand(world.services, OWNER, "team-check")
    with pytest.raises(Altered):
        survey_answers.sheet(world.services, "U0012", row.id)
    with pytest.raises(Altered):
        world.answer(row, "U0012", goals="5")
    with world.services.db.begin() as connection:
        assert waves.attributed(connection, row.id) == {}
        waves.change(connection, row.id, contract=row.contract)
    assert world.close() == "closed"


def test_what_becomes_of_a_survey_changes_nothing_of_an_open_wave(world: World) -> None:
    row = world.open(audience=CHANNEL)
    before = survey_answers.sheet(world.services, "U0001", row.id)
    changed = SURVEY.replace("I know what we want to reach.", "Who are you?").replace(
        "closes: 3d", "closes: 3d\n    minimum: 9"
    )
    surveys.save(world.services, Asker("U0ADMIN", admin=True), changed)
    assert survey_answers.sheet(world.services, "U0001", row.id) == before
    world.all_answer(row, [f"U{n:04}" for n in range(1, 8)])
    assert world.close() == "closed", "seven are enough for the minimum that was promised"
    assert survey_waves.contract_of(world.row(row.id)).minimum == LEAST_ANSWERS
    with world.services.db.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM attributed_answer")).scalar() == 0
