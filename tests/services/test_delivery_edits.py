"""A message that was posted is changed in place: once for several changes, again when in doubt, never before it stands."""

import threading
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from bot.domain.deliveries import PER_EDIT, SETTLE_AFTER, Missing, Outcome, Postponed, Refused, Sent, Throttled, Unknown
from bot.domain.parts import Message, text
from bot.services import deliveries, dispatch
from tests.conftest import NOW
from tests.services.test_deliveries import World, world

__all__ = ["world"]


def change(world: World, one: str, words: str) -> None:
    with world.services.db.begin() as connection:
        deliveries.edit(world.services, connection, one, Message(words, (text(words),)))


def edits(world: World) -> list[str]:
    return [row.state for row in world.rows() if row.edits]


def test_what_was_not_posted_yet_is_posted_with_the_new_words(world: World) -> None:
    one = world.post("old", kind="incident")
    change(world, one, "new")
    world.go()
    assert world.poster.said == ["new"]
    assert edits(world) == []


def test_several_changes_of_what_stands_are_one_edit_with_the_latest_words(world: World) -> None:
    one = world.post("old", kind="incident")
    world.go()
    for words in ("first", "second", "third"):
        change(world, one, words)
    world.go(5)
    assert world.poster.said == ["old", "third"]
    envelope = world.poster.posted[1]
    assert (envelope.channel, envelope.edits_ts, envelope.thread_ts) == ("C0OPS", world.row(one).ts, None)
    assert edits(world) == ["sent"]
    change(world, one, "fourth")
    world.go(5)
    assert world.poster.said[-1] == "fourth"


def test_a_change_waits_for_its_message(world: World) -> None:
    world.poster.outcomes = [Unknown("TimeoutError")]
    one = world.post("old", kind="incident")
    world.go()
    assert world.row(one).state == "checking"
    change(world, one, "new")
    world.poster.findings = [Sent("C0OPS", "7")]
    world.go(10)
    assert world.poster.said == ["old", "new"]
    assert world.poster.posted[1].edits_ts == "7"


def test_a_message_that_is_posted_again_and_changed_meanwhile_ends_with_the_last_words(world: World) -> None:
    world.poster.outcomes = [Unknown("HTTP 500")]
    one = world.post("old", kind="alert")
    world.go()
    change(world, one, "first")
    world.poster.findings = [Missing()]
    world.clock.on(seconds=SETTLE_AFTER.total_seconds())
    dispatch.deliver(world.services, world.poster, one)
    assert world.row(one).state == "due"
    change(world, one, "second")
    world.go(10)
    assert world.poster.said[-1] == "second"
    assert "first" not in world.poster.said


@pytest.mark.parametrize(
    "outcome",
    [Unknown("TimeoutError"), Postponed("HTTP 503"), Throttled(timedelta(seconds=30))],
    ids=lambda o: type(o).__name__,
)
def test_a_change_that_may_not_have_arrived_is_made_again_without_a_look(world: World, outcome: Outcome) -> None:
    one = world.post("old", kind="incident")
    world.go()
    world.poster.outcomes = [outcome]
    change(world, one, "new")
    world.go(60)
    assert world.poster.said == ["old", "new", "new"]
    assert edits(world) == ["sent"]


def test_what_changes_while_an_edit_is_on_its_way_comes_after_it(world: World) -> None:
    one = world.post("old", kind="incident")
    world.go()

    def meanwhile() -> Outcome:
        change(world, one, "second")
        return Sent("C0OPS", "1")

    world.poster.outcomes = [meanwhile]
    change(world, one, "first")
    world.go(5)
    assert world.poster.said == ["old", "first", "second"]


def test_a_change_that_is_made_just_as_an_edit_fails_has_the_last_word(world: World) -> None:
    """What fails is to be said again unless something later stands for it; a change that is not written yet is one."""
    one = world.post("old", kind="alert")
    world.go()
    seen = threading.Event()

    def write_later() -> None:
        with world.services.db.begin() as connection:
            deliveries.edit(world.services, connection, one, Message("second", (text("second"),)))
            seen.set()
            threading.Event().wait(0.5)

    writer = threading.Thread(target=write_later)

    def meanwhile() -> Outcome:
        writer.start()
        assert seen.wait(10)
        return Throttled(timedelta(seconds=5))

    world.poster.outcomes = [meanwhile]
    change(world, one, "first")
    world.go()
    writer.join()
    world.go(60)
    assert world.poster.said == ["old", "first", "second"]


def test_an_edit_of_a_dead_process_is_made_again(world: World) -> None:
    class Killed(BaseException):
        pass

    def die() -> Outcome:
        raise Killed

    one = world.post("old", kind="incident")
    world.go()
    world.poster.outcomes = [die]
    change(world, one, "new")
    row = next(r for r in world.rows() if r.edits)
    with pytest.raises(Killed):
        dispatch.deliver(world.services, world.poster, row.id)
    change(world, one, "newer")
    world.go(90)
    assert world.poster.said[0] == "old"
    assert world.poster.said[-1] == "newer"
    assert sorted(edits(world)) == ["cancelled", "sent"]


def test_a_change_of_what_was_never_delivered_is_given_up(world: World) -> None:
    world.poster.outcomes = [Unknown("TimeoutError"), Refused("is_archived", "Choose another channel.")]
    one = world.post("old", kind="incident", deadline=NOW + timedelta(minutes=5))
    world.go()
    change(world, one, "new")
    world.poster.findings = [Postponed("HTTP 500")] * 50
    world.go(900)
    assert world.row(one).state == "uncertain"
    assert edits(world) == ["cancelled"]
    assert "new" not in world.poster.said


def test_edits_have_a_pace_of_their_own_in_all_channels_together(world: World) -> None:
    posted = [world.post(f"{n}", kind="alert", target=f"C{n}") for n in range(5)]
    world.go(5)
    for one in posted:
        change(world, one, "new")
    moments: list[datetime] = []

    def noted() -> Outcome:
        moments.append(world.clock.now)
        return Sent("C0", "1")

    world.poster.outcomes = [noted] * len(posted)
    world.go(20)
    assert len(moments) == len(posted)
    assert min(later - sooner for sooner, later in pairwise(moments)) >= PER_EDIT


def test_that_slack_takes_no_edits_for_a_while_stops_no_message(world: World) -> None:
    one, other = (world.post(f"{n}", kind="alert", target=f"C{n}") for n in range(2))
    world.go(5)
    world.poster.outcomes = [Throttled(timedelta(seconds=30))]
    for each in (one, other):
        change(world, each, "changed")
    world.go(2)
    world.post("new", kind="alert", target="C0")
    world.go(2)
    assert world.poster.said[-1] == "new"
    assert "due" in edits(world)
    world.go(40)
    assert edits(world) == ["sent", "sent"]
