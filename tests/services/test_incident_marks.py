"""Marked messages: into the timeline once, with their own time, whatever Slack does meanwhile."""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.domain.deliveries import Postponed, Refused, Throttled, Unknown
from bot.domain.errands import Done, Result
from bot.domain.incident_answers import Event, Evidence
from bot.domain.parts import load
from bot.domain.people import Asker
from bot.services import Services, errands, incident_errands, incident_marks, incidents
from storage import audit, outbox
from storage.tables import errand
from tests.services.test_incidents import ADMIN, ANA, BEA, START, Clock, clock, opened, team

__all__ = ["clock", "team"]
HEAD = f"{(START - timedelta(minutes=5)).timestamp():.6f}"
TS = f"{(START - timedelta(minutes=3)).timestamp():.6f}"


@dataclass
class Reader:
    """Answers as it is told, then with the message."""

    results: list[Result] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    message: dict[str, str] = field(default_factory=lambda: {"text": "p99 is up", "author": "U0BEA", "thread": HEAD})

    def read(self, channel: str, ts: str) -> Result:
        self.asked.append((channel, ts))
        return self.results.pop(0) if self.results else Done(self.message)


@pytest.fixture
def reader() -> Reader:
    return Reader()


def told(team: Services, **fields: str) -> int:
    """An incident whose message stands in the channel."""
    number = opened(team, channel="C0OPS", **fields)
    with team.db.begin() as connection:
        (head,) = [row for row in outbox.everything(connection) if row.subject == f"INC-{number}"]
        outbox.change(connection, head.id, state="sent", channel="C0OPS", ts=HEAD)
    return number


def mark(team: Services, who: Asker = ANA, channel: str = "C0OPS", ts: str = TS) -> None:
    incident_marks.marked(team, who, channel, ts)


def work(team: Services, reader: Reader) -> None:
    with team.db.read() as connection:
        waiting = list(connection.execute(select(errand.c.id).where(errand.c.state == "due")).scalars())
    for each in waiting:
        incident_errands.run(team, reader, each)


def messages(team: Services, number: int = 1) -> list[Event]:
    return [e for e in incidents.dossier(team, ADMIN, number).events if e.kind == "message"]


def notices(team: Services) -> list[str]:
    with team.db.read() as connection:
        return [load(row.payload).summary for row in outbox.everything(connection) if row.kind == "notice"]


def test_a_marked_message_is_in_the_timeline_with_its_own_time_and_author(team: Services, clock: Clock, reader: Reader) -> None:
    told(team)
    clock.on(hours=1)
    mark(team)
    work(team, reader)
    (found,) = messages(team)
    assert (found.at, found.recorded_at) == (START - timedelta(minutes=3), clock.now)
    assert (found.actor, found.text) == ("U0BEA", "p99 is up")
    assert found.details == {"channel": "C0OPS", "ts": TS, "marked_by": "U0ANA"}
    assert incidents.dossier(team, ADMIN, 1).events[0] == found, "where it belongs in time"
    with team.db.read() as connection:
        (line,) = [e.change for e in audit.entries(connection, "INC-1") if e.change.action == "incident.message"]
    assert (line.actor, line.reason) == ("U0ANA", "p99 is up")


def test_however_many_mark_it_it_is_read_and_noted_once(team: Services, reader: Reader) -> None:
    told(team)
    for who in (ANA, BEA, ANA):
        mark(team, who)
    work(team, reader)
    mark(team, BEA)
    work(team, reader)
    assert len(messages(team)) == len(reader.asked) == 1


def test_a_message_that_is_evidence_already_is_not_noted_again(team: Services, reader: Reader) -> None:
    number = told(team)
    shown = Evidence("C0OPS", TS, "U0BEA", "p99 is up")
    with team.db.begin() as connection:
        event = Event(shown.at, START, "U0BEA", "message", shown.text, {"channel": "C0OPS", "ts": TS})
        incidents.incidents.note(connection, number, event)
    mark(team)
    work(team, reader)
    assert len(messages(team)) == 1


def test_what_stands_elsewhere_or_is_our_own_is_not_read(team: Services, reader: Reader) -> None:
    told(team)
    mark(team, channel="C0GEN")
    mark(team, ts=HEAD)
    work(team, reader)
    assert reader.asked == []


def test_a_message_of_the_channel_in_no_thread_of_an_incident_is_left(team: Services, reader: Reader) -> None:
    told(team)
    reader.message |= {"thread": TS}
    mark(team)
    work(team, reader)
    assert (messages(team), len(reader.asked)) == ([], 1)
    mark(team)
    work(team, reader)
    assert len(reader.asked) == 1, "and is not read again"


def test_what_was_deleted_meanwhile_is_left(team: Services, reader: Reader) -> None:
    told(team)
    reader.results = [Done()]
    mark(team)
    work(team, reader)
    assert (messages(team), notices(team)) == ([], [])


def test_whoever_may_not_see_a_private_incident_marks_nothing_in_it(team: Services, reader: Reader) -> None:
    told(team, private="yes")
    mark(team, BEA)
    work(team, reader)
    assert messages(team) == []


def test_words_are_on_one_line_and_not_longer_than_notes(team: Services, reader: Reader) -> None:
    told(team)
    reader.message |= {"text": "a\n<!channel>\x00" + "x" * 5000}
    mark(team)
    work(team, reader)
    (found,) = messages(team)
    assert found.text.startswith("a <!channel> xxx")
    assert len(found.text) == 2000


@pytest.mark.parametrize("result", [Throttled(timedelta(seconds=30)), Postponed("x"), Unknown("TimeoutError")])
def test_a_read_that_failed_is_tried_again(team: Services, clock: Clock, reader: Reader, result: Result) -> None:
    told(team)
    reader.results = [result]
    mark(team)
    work(team, reader)
    assert messages(team) == []
    work(team, reader)
    assert len(reader.asked) == 1, "not before its time"
    clock.on(minutes=1)
    work(team, reader)
    assert len(messages(team)) == 1


def test_a_missing_permission_is_told_once_a_day_and_marking_it_anew_helps(
    team: Services, clock: Clock, reader: Reader
) -> None:
    told(team)
    reader.results = [Refused("missing_scope", "Install it again.")] * 2
    mark(team)
    mark(team, ts=HEAD[:-1] + "9")
    work(team, reader)
    assert notices(team) == ["The message that you marked is in no timeline: Install it again."]
    mark(team)
    work(team, reader)
    assert len(messages(team)) == 1


def test_what_never_goes_through_is_given_up_and_told(team: Services, clock: Clock, reader: Reader) -> None:
    told(team)
    reader.results = [Unknown("TimeoutError")] * 99
    mark(team)
    for _ in range(30):
        work(team, reader)
        clock.on(minutes=5)
    assert len(notices(team)) == 1
    assert "kept answering" in notices(team)[0]


def test_a_process_that_died_is_followed_by_another(team: Services, clock: Clock, reader: Reader) -> None:
    told(team)
    mark(team)
    with pytest.raises(KeyboardInterrupt):
        incident_errands.run(team, Dying(), _only(team))
    work(team, reader)
    assert reader.asked == [], "it is held"
    with team.db.begin() as connection:
        errands.errands.release_all(connection)
    assert errands.sweep(team) == 1
    work(team, reader)
    assert len(messages(team)) == 1


class Dying(Reader):
    def read(self, channel: str, ts: str) -> Result:
        raise KeyboardInterrupt


def _only(team: Services) -> str:
    with team.db.read() as connection:
        found: str = connection.execute(select(errand.c.id)).scalar_one()
    return found
