"""A crowd is written to as fast as is allowed, whatever stood in the way."""

from datetime import datetime, timedelta

import pytest

from bot.domain.deliveries import Outcome, Sent, Throttled
from bot.services import dispatch
from bot.services.dispatch import CATCHING_UP
from storage import Database, paces, queue
from tests.conftest import NOW
from tests.services.delivery_world import World, world_in

RATE = 8
"""Messages a second, as the settings have it."""


@pytest.fixture
def world(db: Database, monkeypatch: pytest.MonkeyPatch) -> World:
    return world_in(db, monkeypatch)


def write_to(world: World, many: int) -> list[datetime]:
    """Put messages to so many people into the ledger, each due at its turn; the moments in which they go."""
    moments: list[datetime] = []

    def noted() -> Outcome:
        moments.append(world.clock.now)
        return Sent("D1", "1")

    world.poster.outcomes = [noted] * many
    for n in range(many):
        turn = NOW + timedelta(seconds=n / RATE)
        world.post(f"k{n:04}", target=f"U{n:04}", kind="survey", due_at=turn, deadline=NOW + timedelta(days=1))
    return moments


def test_turns_that_a_killed_process_missed_are_caught_up_on(world: World) -> None:
    moments = write_to(world, 200)
    world.go()
    world.clock.on(seconds=4)
    world.go(30)
    assert len(moments) == 200
    assert moments[-1] - NOW <= timedelta(seconds=200 / RATE + 1), "as if it had never stood still"
    pairs = zip(moments, moments[RATE * 5 :], strict=False)
    least = timedelta(seconds=5 * CATCHING_UP)
    assert all(later - sooner >= least for sooner, later in pairs), "but not in a burst"


def test_after_hours_only_the_last_minute_is_caught_up_on(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatch, "MISSED", timedelta(seconds=5))  # a minute takes thousands of messages
    moments = write_to(world, 360)
    world.go()
    world.clock.on(hours=3)
    world.go(60)
    assert len(moments) == 360
    assert (moments[-1] - moments[1]).total_seconds() == pytest.approx(358 / RATE - 5, abs=0.5)


def test_what_slack_asked_to_leave_out_is_not_caught_up_on(world: World) -> None:
    moments = write_to(world, 40)
    world.poster.outcomes.insert(8, Throttled(timedelta(seconds=10)))
    world.go(30)
    after = [moment for moment in moments if moment > NOW + timedelta(seconds=5)]
    assert len(after) == 32
    assert after[-1] - after[0] >= timedelta(seconds=31 / RATE)


def test_turns_that_were_missed_before_slack_asked_to_wait_are_caught_up_on_after_it(world: World) -> None:
    wait = timedelta(seconds=3)
    moments = write_to(world, 300)
    noted = world.poster.outcomes[0]

    def after_a_standstill() -> Outcome:
        world.clock.on(seconds=4)
        return noted() if callable(noted) else noted

    outcomes = world.poster.outcomes
    outcomes[8] = Throttled(wait)  # from here on a line waits, each with a turn of its own
    outcomes[40] = after_a_standstill
    outcomes[44] = Throttled(wait)
    world.poster.outcomes += [noted] * 2
    world.go(60)
    assert len(moments) == 300
    assert moments[-1] - NOW <= timedelta(seconds=300 / RATE + 2) + 2 * wait, "as if it had never stood still"


def test_what_waits_for_its_turn_stays_silent_when_slack_asks_to_wait_meanwhile(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses = [timedelta(seconds=5)]

    def slack_asks_to_wait(seconds: float) -> None:
        world.clock.on(seconds=seconds)
        if pauses and len(world.poster.posted) == 1:
            with world.services.db.begin() as connection:
                pace = paces.hold(connection, paces.CROWD)
                pace.block(pace.at + pauses.pop())

    monkeypatch.setattr(dispatch.time, "sleep", slack_asks_to_wait)
    first, second = (world.post(f"k{n}", target=f"U{n:04}", kind="survey") for n in range(2))
    for each in (first, second):
        dispatch.deliver(world.services, world.poster, each)
    assert [world.row(each).state for each in (first, second)] == ["sent", "due"]
    assert world.row(second).tries == 0, "nothing was sent"
    world.go(10)
    sent_at = world.row(second).sent_at
    assert sent_at is not None
    assert sent_at - NOW >= timedelta(seconds=5)


def test_what_has_a_turn_is_there_before_it(world: World) -> None:
    """So that whatever looks for what is due once a second does not make it late."""
    with world.services.db.begin() as connection:
        for _ in range(5 * RATE):
            paces.hold(connection, paces.CROWD).take(timedelta(), timedelta(seconds=1 / RATE))
    late = world.post("k", target="U0001", kind="survey")
    dispatch.deliver(world.services, world.poster, late)
    row = world.row(late)
    assert row.slot_at is not None
    assert row.slot_at - NOW == timedelta(seconds=5)
    assert row.slot_at - row.due_at == dispatch.NEAR
    world.clock.now = row.due_at
    dispatch.deliver(world.services, world.poster, late)
    assert (world.row(late).state, world.clock.now) == ("sent", row.slot_at)


def test_a_crowd_that_is_late_holds_up_nobody_else(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ranks: dict[str, list[int]] = {}

    def noted(connection: object, job: str, argument: str, *_: object, rank: int = 0) -> bool:
        ranks.setdefault(argument, []).append(rank)
        return True

    monkeypatch.setattr(queue, "enqueue", noted)
    crowd = [world.post(f"k{n}", target=f"U{n:04}", kind="survey") for n in range(12)]
    alert = world.post("alert", target="U0001", kind="alert")
    with world.services.db.begin() as connection:
        for _ in range(3 * RATE):  # of others of the crowd, who were there before
            paces.hold(connection, paces.CROWD).take(timedelta(), timedelta(seconds=1 / RATE))
    for each in (*crowd, alert):
        dispatch.deliver(world.services, world.poster, each)
    assert ranks[alert] == [0]
    assert world.row(alert).state == "sent", "it waits for none of their turns"
    assert [ranks[each] for each in crowd] == [[2, 1]] * 12, "who has a turn goes before who has none"
