"""No invitation goes out in quiet hours or on a public holiday, however many there are and whatever stood still meanwhile."""

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event

from bot.domain.deliveries import Outcome, Postponed, Sent
from bot.domain.own_hours import QuietHours
from bot.services import Services, dispatch, survey_close, survey_invitations, survey_waves
from storage import outbox
from storage.waves import StoredWave
from tests.services import delivery_world, survey_world
from tests.services.survey_world import Directory, people

OSLO = ZoneInfo("Europe/Oslo")
QUIET = QuietHours(time(20), time(8))
RATE = 2
"""Messages a second, as the settings of this module have it."""


class World(survey_world.World):
    """A wave whose invitations are sent, on one clock for all."""

    poster: delivery_world.Poster
    arrived: dict[str, list[datetime]]

    def go(self, seconds: float = 0) -> None:
        delivery_world.World(self.services, self.clock, self.poster).go(seconds)  # type: ignore[arg-type]

    def at(self, *moment: int) -> None:
        self.clock.now = local(*moment)

    def ledger(self) -> list[delivery_world.Delivery]:
        with self.services.db.read() as connection:
            return [row for row in outbox.everything(connection) if row.kind == "survey"]

    def due(self) -> list[datetime]:
        return sorted(row.due_at for row in self.ledger())


def local(*moment: int) -> datetime:
    """A moment on the clocks of Oslo."""
    return datetime(*moment, tzinfo=OSLO).astimezone(UTC)  # type: ignore[misc]


@pytest.fixture
def world(services: Services, monkeypatch: pytest.MonkeyPatch) -> World:
    settings = replace(services.settings, quiet_hours=QUIET, messages_per_second=RATE, admins=frozenset())
    made = survey_world.world_in(replace(services, settings=settings))
    world = World(made.services, made.clock, Directory(from_oslo(12)))
    monkeypatch.setattr(outbox, "clock", lambda _: world.clock.now)
    monkeypatch.setattr(dispatch.time, "sleep", lambda seconds: world.clock.on(seconds=seconds))
    world.poster, world.arrived = delivery_world.Poster(), {}

    def post(envelope: delivery_world.Envelope, may_post: object) -> Outcome | None:
        answer = delivery_world.Poster.post(world.poster, envelope, may_post)  # type: ignore[arg-type]
        if isinstance(answer, Sent) and envelope.kind == "survey":
            world.arrived.setdefault(envelope.target, []).append(world.clock.now)
        return answer

    monkeypatch.setattr(world.poster, "post", post)
    return world


def from_zones(n: int, *zones: str) -> tuple[survey_world.Member, ...]:
    return tuple(replace(each, zone=zones[k % len(zones)]) for k, each in enumerate(people(n)))


def from_oslo(n: int) -> tuple[survey_world.Member, ...]:
    return from_zones(n, "Europe/Oslo")


def each_arrived_once(world: World, after: datetime, users: Collection[str] = ()) -> None:
    assert sorted(world.arrived) == sorted(users or (member.user_id for member in world.directory.members))
    moments = [moment for arrived in world.arrived.values() for moment in arrived]
    assert len(moments) == len(world.arrived), "nobody is asked twice"
    assert after <= min(moments)
    assert max(moments) - after < timedelta(minutes=1)


def every(first: datetime, n: int) -> list[datetime]:
    return [first + timedelta(seconds=each / RATE) for each in range(n)]


def test_too_many_for_one_evening_are_written_to_the_next_morning_one_after_the_other(world: World) -> None:
    world.directory = Directory(from_oslo(100))
    world.at(2026, 11, 24, 19, 59, 40)
    world.open()
    assert world.due() == [*every(local(2026, 11, 24, 19, 59, 40), 40), *every(local(2026, 11, 25, 8), 60)]


def test_those_of_all_zones_where_morning_comes_at_once_are_in_one_line(world: World) -> None:
    world.directory = Directory(from_zones(100, "Europe/Oslo", "Europe/Berlin"))
    world.at(2026, 11, 24, 19, 59, 40)
    world.open()
    assert world.due() == [*every(local(2026, 11, 24, 19, 59, 40), 40), *every(local(2026, 11, 25, 8), 60)]


def test_those_of_another_zone_have_the_turns_that_are_left_of_an_hour(world: World) -> None:
    """In Helsinki it is quiet an hour before."""
    world.directory = Directory(from_zones(100, "Europe/Oslo", "Europe/Helsinki"))
    world.at(2026, 11, 24, 18, 59, 50)
    world.open()
    now, in_helsinki = local(2026, 11, 24, 18, 59, 50), local(2026, 11, 25, 7)
    assert world.due() == [*every(now, 60), *every(in_helsinki, 40)]


def test_who_is_in_a_holiday_by_their_turn_waits_for_the_day_after_it(world: World) -> None:
    """With no quiet hours at all: holidays count still."""
    world.services = replace(world.services, settings=replace(world.services.settings, quiet_hours=None))
    world.at(2026, 12, 24, 23, 59, 58)
    world.open()
    assert world.due()[:4] == every(local(2026, 12, 24, 23, 59, 58), 4)
    assert world.due()[4:] == every(local(2026, 12, 27), 8)


def test_whoever_is_asked_the_next_morning_has_as_long_as_was_said(world: World) -> None:
    world.directory = Directory(from_oslo(100))
    world.at(2026, 11, 24, 19, 59, 40)
    assert world.open(closes="2h").closes_at == local(2026, 11, 25, 10)


def to_come(world: World, row: StoredWave) -> tuple[int | None, datetime | None]:
    with world.services.db.read() as connection:
        found = survey_invitations.to_come(world.services, connection, row)
    return found.people, found.last


def test_how_many_are_still_to_be_invited_in_the_morning_is_said(world: World) -> None:
    world.directory = Directory(from_oslo(100))
    world.at(2026, 11, 24, 19, 59, 40)
    row = world.open()
    assert to_come(world, row)[1] == every(local(2026, 11, 25, 8), 60)[-1]
    world.go(60)
    people, last = to_come(world, row)
    assert people in (60, 61), "who was a moment late for the evening is one of them"
    assert last == every(local(2026, 11, 25, 8), 60)[-1]


def test_what_was_down_when_they_were_due_writes_to_nobody_in_the_night(world: World) -> None:
    world.at(2026, 11, 24, 19)
    row = world.open(at="19:50")
    world.at(2026, 11, 24, 23)
    world.go(60)
    assert not world.arrived
    assert not any(each.tries for each in world.ledger())
    assert to_come(world, row) == (12, local(2026, 11, 25, 8)), "nor does anybody hear that it is in a moment"
    world.at(2026, 11, 25, 8)
    world.go(60)
    each_arrived_once(world, local(2026, 11, 25, 8))


def test_what_was_down_when_they_were_due_writes_to_nobody_on_a_holiday(world: World) -> None:
    world.at(2026, 12, 24, 9)
    world.open(at="10:00", closes="7d")
    world.at(2026, 12, 25, 10, 30)
    world.go(60)
    assert not world.arrived
    world.at(2026, 12, 27, 10, 30)
    world.go(60)
    each_arrived_once(world, local(2026, 12, 27, 10, 30))


def test_those_elsewhere_are_written_to_meanwhile(world: World) -> None:
    world.directory = Directory((*from_oslo(9), replace(people(12)[11], zone="America/New_York")))
    world.at(2026, 11, 24, 19)
    world.open(at="19:50")
    world.at(2026, 11, 25, 1, 50)
    world.go(60)
    assert list(world.arrived) == ["U0012"]


def test_an_invitation_that_waits_for_its_turn_is_not_sent_if_quiet_hours_begin_meanwhile(world: World) -> None:
    world.at(2026, 11, 24, 19, 59, 50)
    world.open(at="19:59")
    (one, *_) = world.ledger()
    with world.services.db.begin() as connection:
        outbox.change(connection, one.id, due_at=local(2026, 11, 24, 19, 59, 59))
    world.at(2026, 11, 24, 19, 59, 59)

    def wait(envelope: object, may_post: object) -> Outcome | None:
        world.clock.on(seconds=1)
        assert callable(may_post)
        return Postponed("sent at night") if may_post() else None

    world.poster.post = wait  # type: ignore[method-assign]
    for _ in range(2):
        dispatch.deliver(world.services, world.poster, one.id)
    put_off = next(row for row in world.ledger() if row.id == one.id)
    assert (put_off.state, put_off.tries, put_off.slot_at) == ("due", 0, None)
    assert put_off.due_at == local(2026, 11, 25, 8)


def test_one_whose_time_is_over_by_then_is_not_sent(world: World) -> None:
    world.at(2026, 11, 24, 19)
    world.open(at="19:50", closes="2h")
    with world.services.db.begin() as connection:
        for row in outbox.everything(connection):
            outbox.change(connection, row.id, deadline=local(2026, 11, 25, 7))
    world.at(2026, 11, 24, 23)
    world.go(60)
    world.at(2026, 11, 25, 9)
    world.go(60)
    assert not world.arrived
    assert {row.state for row in world.ledger()} == {"skipped"}


@pytest.mark.parametrize("by_hand", [True, False])
def test_one_that_was_put_off_beyond_the_end_is_sent_if_there_is_a_later_end(world: World, *, by_hand: bool) -> None:
    world.at(2026, 12, 24, 9)
    row = world.open(at="10:00", closes="2d")
    world.at(2026, 12, 25, 8, 30)
    world.go(60)
    if by_hand:
        survey_waves.extend(world.services, survey_world.OWNER, "team-check", "7d")
    else:
        world.clock.now = row.closes_at
        survey_close.when_due(world.services, row)
    assert world.row(row.id).closes_at > local(2026, 12, 27, 10)
    world.at(2026, 12, 27, 8, 30)
    world.go(60)
    each_arrived_once(world, local(2026, 12, 27, 8, 30))


def test_two_who_take_it_up_in_the_night_put_it_off_once(world: World) -> None:
    world.at(2026, 11, 24, 19)
    world.open(at="19:50")
    world.at(2026, 11, 24, 23)
    for _ in range(2):
        for row in world.ledger():
            dispatch.deliver(world.services, world.poster, row.id)
    assert {(row.state, row.due_at) for row in world.ledger()} == {("due", local(2026, 11, 25, 8))}
    world.at(2026, 11, 25, 8)
    world.go(60)
    each_arrived_once(world, local(2026, 11, 25, 8))


def test_to_look_whether_it_is_quiet_costs_no_query(world: World) -> None:
    world.at(2026, 11, 24, 12)
    world.open()
    asked, counts = [0], []

    def count(*_: object) -> None:
        asked[0] += 1

    event.listen(world.services.db.engine, "before_cursor_execute", count)
    for n, row in enumerate(world.ledger()[:4]):
        with world.services.db.begin() as connection:
            outbox.change(connection, row.id, zone="Europe/Oslo" if n % 2 else "", due_at=world.clock.now)
        asked[0] = 0
        dispatch.deliver(world.services, world.poster, row.id)
        counts.append(asked[0])
        world.clock.on(seconds=10)
    event.remove(world.services.db.engine, "before_cursor_execute", count)
    assert len(world.arrived) == 4
    assert counts[2] == counts[3]


def test_all_else_goes_as_before(world: World) -> None:
    world.at(2026, 11, 24, 23)
    ledger = delivery_world.World(world.services, world.clock, world.poster)  # type: ignore[arg-type]
    ids = [ledger.post(kind, target="U0001", kind=kind) for kind in ("digest", "alert", "incident", "notice", "survey")]
    ledger.go(30)
    assert {ledger.row(each).state for each in ids} == {"sent"}
