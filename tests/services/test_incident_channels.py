"""The channel of an incident: made once, its people in it, its topic true, and a failure told in one sentence."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import select

from bot.domain.deliveries import Refused, Unknown
from bot.domain.errands import Done, Result
from bot.domain.errors import Conflict
from bot.domain.incident_answers import Announcement
from bot.domain.incident_channels import names, topic
from bot.domain.parts import load, plain
from bot.services import Services, incident_errands, incident_reminders, incident_work, incidents
from bot.settings import Settings
from storage import Database, audit, outbox
from storage.tables import errand
from tests.services.test_incident_marks import Reader
from tests.services.test_incidents import ADMIN, ANA, BEA, Clock, clock, opened, team

__all__ = ["clock", "team"]


@dataclass
class Office(Reader):
    """A workspace with channels; `refusing` answers by the name of a method, each once."""

    refusing: dict[str, list[Result]] = field(default_factory=dict)
    channels: dict[str, dict[str, Any]] = field(default_factory=dict)
    lost: bool = False

    def make_channel(self, name: str, *, private: bool) -> Result:
        if said := self._refused("make"):
            return said
        if any(c["name"] == name for c in self.channels.values()):
            return Refused("name_taken", "Rename one of them.")
        channel = f"C0NEW{len(self.channels)}"
        self.channels[channel] = {"name": name, "private": private, "members": set(), "topics": [], "archived": False}
        if self.lost:
            self.lost = False
            return Unknown("TimeoutError")
        return Done({"channel": channel, "name": name})

    def find_made(self, name: str) -> Result:
        found = [{"channel": key, "name": name} for key, c in self.channels.items() if c["name"] == name and not c.get("old")]
        return Done(found[0] if found else {})

    def invite(self, channel: str, person: str) -> Result:
        return self._refused("invite") or self._do(lambda: self.channels[channel]["members"].add(person))

    def remove(self, channel: str, person: str) -> Result:
        return self._do(lambda: self.channels[channel]["members"].discard(person))

    def set_topic(self, channel: str, words: str) -> Result:
        return self._do(lambda: self.channels[channel]["topics"].append(words))

    def archive(self, channel: str) -> Result:
        return self._do(lambda: self.channels[channel].update(archived=True))

    def _refused(self, what: str) -> Result | None:
        return self.refusing[what].pop(0) if self.refusing.get(what) else None

    def _do(self, act: Any) -> Result:
        act()
        return Done()


@pytest.fixture
def office() -> Office:
    return Office()


def apart(team: Services, title: str = "Scores are 0", channel: str = "C0OPS", **fields: str) -> int:
    return incidents.declare(team, ANA, title, fields, Announcement(channel, apart=True)).incident.id


def work(team: Services, office: Office) -> None:
    """Do every errand that is due now, in the order in which they were put in."""
    for _ in range(20):
        with team.db.read() as connection:
            query = select(errand.c.id).where(errand.c.state == "due", errand.c.due_at <= team.now())
            waiting = list(connection.execute(query.order_by(errand.c.due_at)).scalars())
        if not waiting:
            return
        for each in waiting:
            incident_errands.run(team, office, each)


def said(team: Services, target: str) -> list[str]:
    with team.db.read() as connection:
        rows = [r for r in outbox.everything(connection) if r.target == target and not r.edits]
    return [load(row.payload).summary for row in rows]


def notices(team: Services) -> list[str]:
    with team.db.read() as connection:
        rows = [r for r in outbox.everything(connection) if r.kind == "notice"]
    return [plain(load(row.payload).parts[0]) for row in rows]


def test_it_is_made_with_its_people_and_a_topic_and_told_in_the_channel_of_incidents(team: Services, office: Office) -> None:
    number = apart(team, severity="high")
    incident_work.assign(team, ANA, number, "commander", "U0BEA")
    work(team, office)
    (made,) = office.channels.values()
    assert (made["name"], made["private"], made["members"]) == ("inc-1-scores-are-0", False, {"U0ANA", "U0BEA"})
    assert made["topics"] == ["INC-1 · high · open · Scores are 0"]
    assert incidents.found(team, ADMIN, number).own_channel == "C0NEW0"
    assert said(team, "C0NEW0") == ["INC-1 (high) is open: Scores are 0"]
    assert "INC-1 has a channel of its own." in said(team, "C0OPS")
    (event,) = [e for e in incidents.dossier(team, ADMIN, number).events if e.kind == "channel"]
    assert (event.actor, event.text) == ("U0ANA", "#inc-1-scores-are-0")
    with team.db.read() as connection:
        assert "incident.channel" in [e.change.action for e in audit.entries(connection, "INC-1")]


def test_what_happens_is_told_there_and_not_in_the_thread(team: Services, clock: Clock, office: Office) -> None:
    number = apart(team, severity="high")
    work(team, office)
    before = said(team, "C0OPS")
    incidents.step(team, BEA, number, "acknowledged")
    clock.on(hours=2)
    incident_reminders.remind(team)
    assert said(team, "C0OPS") == [before[0].replace("open", "acknowledged"), *before[1:]], "its message stays true"
    assert [each for each in said(team, "C0NEW0") if "is on it" in each or "what is new" in each] == [
        "INC-1: is on it at Tue 24 Nov 2026 10:00 UTC",
        "INC-1: what is new?",
    ]
    assert "INC-1 (high) is acknowledged: Scores are 0" in said(team, "C0NEW0")


def test_the_topic_follows_and_is_set_once_for_several_changes(team: Services, office: Office) -> None:
    number = apart(team)
    work(team, office)
    incident_work.update(team, ANA, number, "", {"severity": "critical"})
    incident_work.update(team, ANA, number, "no change of how it stands", {})
    incidents.step(team, ANA, number, "resolved")
    work(team, office)
    (made,) = office.channels.values()
    assert made["topics"] == ["INC-1 · medium · open · Scores are 0", "INC-1 · critical · resolved · Scores are 0"]


def test_people_come_and_go_with_their_part_in_it(team: Services, office: Office) -> None:
    number = apart(team, private="yes", channel="")
    work(team, office)
    (made,) = office.channels.values()
    assert (made["private"], made["members"]) == (True, {"U0ANA"})
    for _ in range(2):
        incident_work.assign(team, ANA, number, "member", "U0BEA")
        work(team, office)
        assert made["members"] == {"U0ANA", "U0BEA"}
        incident_work.remove(team, ANA, number, "U0BEA")
        work(team, office)
        assert made["members"] == {"U0ANA"}, "also the second time"


@pytest.mark.parametrize(("private", "stay"), [("yes", set()), ("no", {"U0BEA"})])
def test_whoever_hands_a_role_on_stays_unless_it_is_private(
    team: Services, office: Office, private: str, stay: set[str]
) -> None:
    number = apart(team, private=private, channel="")
    incident_work.assign(team, ANA, number, "commander", "U0BEA")
    work(team, office)
    incident_work.assign(team, ANA, number, "commander", "U0CAT")
    work(team, office)
    (made,) = office.channels.values()
    assert made["members"] == {"U0ANA", "U0CAT"} | stay


def test_a_private_one_with_no_other_place_is_told_and_reminded_of_there(team: Services, clock: Clock, office: Office) -> None:
    apart(team, private="yes", channel="", severity="high")
    work(team, office)
    clock.on(hours=2)
    incident_reminders.remind(team)
    assert said(team, "C0NEW0") == ["INC-1 (high, private) is open: Scores are 0"], "reminders begin with the first word"


def test_a_lost_answer_makes_no_second_channel(team: Services, clock: Clock, office: Office) -> None:
    apart(team)
    office.lost = True
    work(team, office)
    clock.on(minutes=1)
    work(team, office)
    assert [c["name"] for c in office.channels.values()] == ["inc-1-scores-are-0"]
    assert incidents.found(team, ADMIN, 1).own_channel == "C0NEW0"


@pytest.mark.parametrize("lost", [False, True])
def test_a_name_that_others_took_is_not_theirs(team: Services, clock: Clock, office: Office, lost: bool) -> None:
    office.channels["C0OLD"] = {"name": "inc-1-scores-are-0", "old": True}
    office.refusing["make"] = [Unknown("TimeoutError")] * lost
    apart(team)
    work(team, office)
    clock.on(minutes=1)
    work(team, office)
    assert [c["name"] for c in office.channels.values()] == ["inc-1-scores-are-0", "inc-1-scores-are-0-2"]


@pytest.mark.parametrize("code", ["restricted_action", "missing_scope", "name_taken"])
def test_a_failure_is_told_in_a_sentence_and_can_be_tried_again(
    team: Services, clock: Clock, office: Office, code: str
) -> None:
    number = apart(team)
    office.refusing["make"] = [Refused(code, "Ask an admin.")] * 10
    work(team, office)
    assert notices(team) == ["INC-1 has no channel of its own: Ask an admin."]
    incidents.step(team, ANA, number, "acknowledged")
    assert any("is on it" in each for each in said(team, "C0OPS")), "it goes on in the thread"
    clock.on(minutes=1)
    incident_work.give_channel(team, ANA, number)
    work(team, office)
    assert len(notices(team)) == 2, "asked anew, it is told anew"
    office.refusing.clear()
    clock.on(minutes=1)
    incident_work.give_channel(team, BEA, number)
    work(team, office)
    assert incidents.found(team, ADMIN, number).own_channel
    with pytest.raises(Conflict, match="has a channel of its own already"):
        incident_work.give_channel(team, ANA, number)


def test_somebody_who_cannot_be_invited_is_named(team: Services, office: Office) -> None:
    office.refusing["invite"] = [Refused("user_is_restricted", "Invite them yourself.")]
    apart(team)
    work(team, office)
    assert notices(team) == ["U0ANA was not invited to the channel of INC-1: Invite them yourself."]


def test_what_was_closed_meanwhile_gets_none(team: Services, office: Office) -> None:
    number = apart(team)
    for moment in ("resolved", "closed"):
        incidents.step(team, ANA, number, moment)  # type: ignore[arg-type]
    work(team, office)
    assert office.channels == {}
    with pytest.raises(Conflict, match="is closed"):
        incident_work.give_channel(team, ANA, number)


@pytest.mark.parametrize("archives", [True, False])
def test_at_the_end_it_says_so_and_is_archived_if_so_set(db: Database, clock: Clock, office: Office, archives: bool) -> None:
    team = Services(db, Settings(archive_channels=archives), clock)
    number = apart(team)
    work(team, office)
    for moment in ("resolved", "closed"):
        incidents.step(team, ANA, number, moment)  # type: ignore[arg-type]
    work(team, office)
    (made,) = office.channels.values()
    assert any(each.startswith("INC-1: closed it") for each in said(team, "C0NEW0"))
    assert not made["archived"], "not before that is said"
    with team.db.begin() as connection:
        for row in outbox.everything(connection):
            outbox.change(connection, row.id, state="sent", ts=row.id, channel=row.target)
    clock.on(minutes=5)
    work(team, office)
    assert made["archived"] is archives


def test_an_incident_without_one_asks_for_nothing(team: Services, office: Office) -> None:
    number = opened(team, channel="C0OPS")
    incident_work.assign(team, ANA, number, "commander", "U0BEA")
    with team.db.read() as connection:
        assert connection.execute(select(errand)).all() == []


def test_a_message_marked_there_is_in_the_timeline(team: Services, office: Office) -> None:
    from bot.services import incident_marks

    number = apart(team)
    work(team, office)
    office.message |= {"thread": "1764000000.000100"}
    incident_marks.marked(team, BEA, "C0NEW0", "1764000000.000100")
    work(team, office)
    assert [e.text for e in incidents.dossier(team, ADMIN, number).events if e.kind == "message"] == ["p99 is up"]


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Fraud model scores everything 0", "inc-1-fraud-model-scores-everything-0"),
        ("  <!channel> *A_B* — #x: ÄÖ!", "inc-1-channel-a-b-x-äö"),
        ("評分 全部為零", "inc-1-評分-全部為零"),
        ("😀!?", "inc-1"),
        ("word " * 30, "inc-1-" + "-".join(["word"] * 15)),
        ("x" * 150, "inc-1-" + "x" * 74),
    ],
)
def test_names_are_such_as_slack_takes(team: Services, title: str, name: str) -> None:
    one = incidents.found(team, ADMIN, opened(team, title))
    found = list(names(one))
    assert found[0] == name
    assert len(set(found)) == 5
    assert all(len(each) <= 80 and each == each.lower() for each in found)
    assert len(topic(one)) <= 250
