"""Reminders reach those who have not answered and nobody twice, and leave nothing behind that tells who they were."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from bot.domain.audiences import Member
from bot.domain.deliveries import Envelope, Finding, Missing, Outcome, Sent, Unknown
from bot.services import Services, survey_answers, survey_reminders
from storage import outbox, waves
from storage.waves import StoredWave
from tests.adversary.attacks import changed, named, near_changes
from tests.adversary.game import crowd
from tests.adversary.looks import Eye
from tests.services.survey_world import Directory, World, world_in


class Killed(BaseException):
    """The process ends here."""


@dataclass
class Poster:
    """Keeps what it is given. It loses its answer to one message, and the process is killed after another."""

    posted: list[Envelope] = field(default_factory=list)
    lost_at: int = 0
    killed_at: int = 0

    def post(self, envelope: Envelope, may_post: Callable[[], bool]) -> Outcome | None:
        assert may_post()
        self.posted.append(envelope)
        if len(self.posted) == self.killed_at:
            raise Killed
        return Unknown("timeout") if len(self.posted) == self.lost_at else Sent("D1", str(len(self.posted)))

    def find(self, envelope: Envelope) -> Finding:
        return Sent("D1", "1") if envelope.id in {each.id for each in self.posted} else Missing()

    @property
    def reached(self) -> Counter[str]:
        return Counter(each.target for each in self.posted)


@pytest.fixture
def world(services: Services, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr("bot.services.survey_reminders.time.sleep", lambda seconds: None)
    settings = replace(services.settings, messages_per_second=1000, lease=timedelta(seconds=30))
    return world_in(replace(services, settings=settings))


def half_answered(world: World, survey: str = "team-check") -> tuple[StoredWave, list[str], list[str]]:
    """A wave, those who answered, and the others: of whom one has a draft, and one took the answers back."""
    people = crowd()[:24]
    world.directory = Directory(tuple(Member(user, "UTC", "en-US") for user in people))
    row = world.open(survey, mode="anonymous")
    world.invite_all(row)
    sheet = survey_answers.sheet(world.services, people[0], row.id)
    first = {sheet.inputs[0].name: sheet.inputs[0].picks[0].value}
    for user in people[:13]:
        world.answer(row, user, **first)
    survey_answers.withdraw(world.services, people[12], row.id)
    if sheet.pages > 1:
        survey_answers.keep(world.services, people[13], row.id, 1, first)
    return row, people[:12], people[12:]


def due(world: World) -> str:
    """The argument of the first reminder, at its hour."""
    with world.services.db.read() as connection:
        moment = waves.soonest_reminder(connection)
        assert moment is not None
        world.clock.now = moment
        wave, number, at = waves.reminders_due(connection, moment, outbox.clock(connection))[0]
    return f"{wave} {number} {at.isoformat()}"


def test_exactly_those_are_reminded_who_have_not_answered(world: World) -> None:
    row, _, silent = half_answered(world, "engagement")
    poster = Poster()
    survey_reminders.run(world.services, poster, due(world))
    assert poster.reached == Counter(silent)
    assert len({str(each.message) for each in poster.posted}) == 1, "the same words for all"
    assert not any(user in each.id for each in poster.posted for user in silent)
    assert row.state == "open"


@pytest.mark.parametrize("killed_at", [1, 5, 12])
def test_whoever_takes_up_what_another_began_reminds_nobody_twice(world: World, killed_at: int) -> None:
    _, answered, silent = half_answered(world)
    argument = due(world)
    poster = Poster(killed_at=killed_at, lost_at=3)
    with pytest.raises(Killed):
        survey_reminders.run(world.services, poster, argument)
    survey_reminders.run(world.services, poster, argument)
    assert len(poster.posted) == killed_at, "it may still be at work, until its lease has run out"
    for _ in range(2):
        with world.services.db.begin() as connection:
            connection.exec_driver_sql("UPDATE wave_reminder SET lease_until = NULL")
        survey_reminders.run(world.services, poster, argument)
    assert poster.reached == Counter(silent)
    assert not set(poster.reached) & set(answered)


def test_nobody_is_reminded_once_the_wave_is_closed_or_who_answers_meanwhile(world: World) -> None:
    row, _, silent = half_answered(world)
    argument = due(world)
    poster = Poster()
    late = silent[-1]

    def answer_first(envelope: Envelope, may_post: Callable[[], bool]) -> Outcome | None:
        if late not in poster.reached and envelope.target != late:
            world.answer(row, late, goals="3")
        poster.posted.append(envelope)
        return Sent("D1", "1")

    poster.post = answer_first  # type: ignore[method-assign]
    survey_reminders.run(world.services, poster, argument)
    assert set(poster.reached) | {late} == set(silent)
    assert late not in poster.reached or poster.posted[0].target == late
    assert world.close() == "closed"
    again = Poster()
    survey_reminders.run(world.services, again, argument)
    assert again.posted == []


def test_no_byte_of_the_database_tells_whom_a_reminder_reached(world: World, eye: Eye) -> None:
    """Not the rows that changed, not the pages around what changed, not the pace, and not the ledger."""
    row, answered, silent = half_answered(world)
    argument = due(world)
    world.services.db.rewrite(waves.REWRITTEN)  # or PostgreSQL may tidy up meanwhile, for everybody alike
    before = eye.look()
    survey_reminders.run(world.services, Poster(), argument)
    after = eye.look()
    people = [*answered, *silent]
    rows = [each for name in after.rows for each in changed(before.rows[name], after.rows[name])]
    assert {user for each in rows for user in named(each, people)} == set()
    was, now = near_changes(before.pages, after.pages, people)
    assert now - was == set()
    assert {each["channel"] for each in after.rows["pace"]} <= {"", survey_reminders.PLACE}
    with world.services.db.read() as connection:
        kinds = Counter(each.target for each in outbox.everything(connection) if each.kind == "survey")
    assert kinds == Counter(people), "the invitations, and nothing more"
    # And the next answer after it changes every ballot alike.
    world.answer(row, silent[0], goals="3")
    last = eye.look()
    assert len(changed(after.rows["ballot"], last.rows["ballot"])) == len(people)
