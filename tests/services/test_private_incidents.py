"""Private incidents: for all others it is as if they were not there."""

from collections.abc import Callable
from typing import Any

import pytest

from bot.domain.errors import Conflict, InvalidInput
from bot.domain.parts import plain
from bot.domain.people import SYSTEM, Asker
from bot.presenters import incident_export as export
from bot.presenters import incident_stats as stats_presenter
from bot.presenters import incidents as presenter
from bot.services import Services, definitions, incident_stats, incident_work, incidents, kpis
from storage import incidents as stored
from storage import observations
from tests.services.test_incidents import ADMIN, ANA, BEA, Clock, clock, opened, team

__all__ = ["clock", "team"]
CAT = Asker("U0CAT")


def private(team: Services, title: str = "A leak", **fields: str) -> int:
    return opened(team, title, private="yes", **fields)


READING: dict[str, Callable[[Services, Asker, int], Any]] = {
    "found": incidents.found,
    "dossier": incidents.dossier,
}
CHANGING: dict[str, Callable[[Services, Asker, int], Any]] = {
    "step": lambda team, who, number: incidents.step(team, who, number, "acknowledged"),
    "edit": lambda team, who, number: incidents.edit(team, who, number, {"started": "1h ago"}, "seen"),
    "reopen": lambda team, who, number: incidents.reopen(team, who, number, "it is back"),
    "confirm": incidents.confirm,
    "update": lambda team, who, number: incident_work.update(team, who, number, "news", {}),
    "merge": lambda team, who, number: incident_work.merge(team, who, number, opened(team, f"other {number}")),
    "merge into": lambda team, who, number: incident_work.merge(team, who, opened(team, f"other {number}"), number),
    "assign": lambda team, who, number: incident_work.assign(team, who, number, "commander", who.user_id),
    "join": lambda team, who, number: incident_work.assign(team, who, number, "member", who.user_id),
    "remove": lambda team, who, number: incident_work.remove(team, who, number, "U0ANA"),
    "link": lambda team, who, number: incident_work.link(team, who, number, "kpi", "mttr"),
    "task": lambda team, who, number: incident_work.task(team, who, number, "look"),
    "task done": lambda team, who, number: incident_work.task_done(team, who, number, 1),
}


@pytest.mark.parametrize("what", [*READING, *CHANGING])
def test_others_hear_what_they_would_hear_if_it_were_not_there(team: Services, what: str) -> None:
    number = private(team)
    ask = (READING | CHANGING)[what]
    with pytest.raises(InvalidInput) as refused:
        ask(team, CAT, number)
    assert refused.value.text == f"There is no INC-{number}; /incident list shows those that are open."
    with pytest.raises(InvalidInput) as absent:
        ask(team, CAT, 999)
    assert absent.value.text == refused.value.text.replace(f"INC-{number}", "INC-999")
    assert [e.kind for e in incidents.dossier(team, ANA, number).events] == ["opened"]


def test_its_people_and_admins_see_it(team: Services) -> None:
    number = private(team)
    assert incidents.listing(team, CAT) == incidents.listing(team, CAT, everything=True) == []
    incident_work.assign(team, ANA, number, "member", "U0CAT")
    incident_work.assign(team, CAT, number, "steward", "U0BEA")
    for who in (ANA, BEA, CAT, ADMIN):
        assert [each.id for each in incidents.listing(team, who)] == [number]
    incident_work.remove(team, ANA, number, "U0CAT")
    incident_work.assign(team, ANA, number, "steward", "U0DAN")
    for who in (BEA, CAT):
        assert incidents.listing(team, who) == [], "whoever has no part in it any more sees it no more"
    with pytest.raises(InvalidInput, match="opened it, and stays in it"):
        incident_work.remove(team, ADMIN, number, "U0ANA")
    with pytest.raises(InvalidInput, match="is not in it"):
        incident_work.remove(team, ANA, number, "U0CAT")


def test_the_database_and_the_rule_agree_on_who_may_see_what(team: Services) -> None:
    opened(team, "open")
    for place, (role, who) in enumerate((("commander", "U0CAT"), ("member", "U0BEA"), ("steward", "U0CA")), 1):
        incident_work.assign(team, ANA, private(team, f"A leak {place}"), role, who)
    incidents.declare(team, CAT, "mine", {"private": "yes"})
    with team.db.read() as connection:
        known = stored.everything(connection, ADMIN)
        for who in (ANA, BEA, CAT, Asker("U0CA"), Asker("U0C"), Asker("U0%"), Asker("commander"), ADMIN):
            assert stored.everything(connection, who) == [one for one in known if one.may_see(who)], who.user_id
    assert len(known) == 5


def test_a_member_is_one_once(team: Services) -> None:
    number = private(team)
    assert not incident_work.assign(team, ANA, number, "member", "U0CAT").again
    assert incident_work.assign(team, ANA, number, "member", "U0CAT").again
    one = incidents.found(team, CAT, number)
    assert (list(one.members), one.people) == (["U0CAT"], {"U0ANA", "U0CAT"})


def test_a_title_that_is_taken_in_private_is_free_for_all_others(team: Services) -> None:
    private(team, "A leak")
    opened(team, "A leak")
    assert incidents.declare(team, CAT, "A leak", {"private": "yes"}).incident.private
    with pytest.raises(Conflict, match="INC-1 is open under that title already"):
        private(team, "a LEAK")


def test_private_and_open_ones_are_not_merged(team: Services) -> None:
    hidden, seen = private(team), opened(team, "All zeros")
    for pair in ((hidden, seen), (seen, hidden)):
        with pytest.raises(Conflict, match=f"INC-{hidden} is private and INC-{seen} is not"):
            incident_work.merge(team, ANA, *pair)
    assert incident_work.merge(team, ANA, private(team, "Another leak"), hidden).incident.id == hidden


def test_statistics_leave_it_out_for_others_without_a_count(team: Services) -> None:
    number = private(team, severity="high", started="1h ago", kind="real")
    private(team, "A drill", kind="drill")
    incidents.step(team, ANA, number, "resolved")
    found = incident_stats.stats(team, CAT, {})
    assert (found.counted, found.left_out, found.whole) == (0, {}, False)
    said = [plain(part) for part in stats_presenter.stats(found, "UTC").parts]
    assert any("Private incidents are counted here for their own people" in each for each in said)
    assert incident_stats.stats(team, ANA, {}).counted == 1
    everything = incident_stats.stats(team, ADMIN, {})
    assert (everything.counted, everything.left_out, everything.whole) == (1, {"drill": 1}, True)


def test_the_kpis_count_it_and_do_not_name_it(team: Services, clock: Clock) -> None:
    definitions.apply_files(team, SYSTEM)
    number = private(team, "Customer data in the logs", started="1h ago")
    clock.on(hours=2)
    incidents.step(team, ANA, number, "resolved")
    for name, length in (("mttd", 1.0), ("mttr", 2.0)):
        with team.db.read() as connection:
            (figure,) = observations.recent(connection, [name], 9, dimensions={})[name]
        assert [float(h) for h in figure.inputs["hours"]] == [length]  # type: ignore[union-attr]
        assert figure.provenance.note == "a private incident"
        assert kpis.show(team, CAT, name).reading.value is not None


def test_those_who_see_it_are_told_that_it_is_private(team: Services) -> None:
    number = private(team)
    found = incidents.dossier(team, ANA, number)
    assert "private" in presenter.summary(found.incident)
    assert "A leak (private)" in str(presenter.listing([found.incident], team.now()).parts)
    assert "real, open, private." in export.markdown(found, "UTC")
    assert export.as_json(found)["private"] is True


@pytest.mark.parametrize("said", ["maybe", "1"])
def test_private_is_yes_or_no(team: Services, said: str) -> None:
    with pytest.raises(InvalidInput, match="Say private=yes or private=no"):
        opened(team, private=said)
    assert incidents.listing(team, ADMIN) == []
    assert not incidents.found(team, CAT, opened(team, private="no")).private
