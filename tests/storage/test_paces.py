"""The paces of channels, of a crowd and of the workspace."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import cycle, islice
from threading import Barrier

import pytest
from sqlalchemy import delete

from storage import Connection, Database, outbox, paces
from storage.tables import pace
from tests.conftest import NOW

SECOND = timedelta(seconds=1)


def test_slots_of_a_channel_are_apart_and_together_keep_the_workspaces_pace(db: Database) -> None:
    with db.begin() as connection:
        slots = [paces.hold(connection, f"C{n % 2}", NOW).take(SECOND, SECOND / 4) for n in range(8)]
    assert slots[0::2] == [NOW + n * SECOND for n in range(4)]
    assert slots[1::2] == [NOW + SECOND / 4 + n * SECOND for n in range(4)]


def crowd(connection: Connection, at: datetime, late: timedelta = timedelta()) -> datetime:
    pace = paces.hold(connection, paces.CROWD, at)
    return pace.take(SECOND, SECOND, late=late)


def moment(connection: Connection, at: datetime, turn: datetime) -> datetime:
    return paces.hold(connection, paces.CROWD, at).moment_of(turn)


def test_who_waited_in_a_crowd_may_have_a_turn_that_nobody_took(db: Database) -> None:
    with db.begin() as connection:
        crowd(connection, NOW)
        turns = [crowd(connection, NOW + 10 * SECOND, 5 * SECOND) for _ in range(3)]
    assert turns == [NOW + n * SECOND for n in (5, 6, 7)]


def test_a_crowd_keeps_its_places_when_slack_asks_to_wait_and_catches_up_on_nothing_of_that_time(db: Database) -> None:
    with db.begin() as connection:
        before = [crowd(connection, NOW) for _ in range(4)]
        paces.hold(connection, paces.CROWD, NOW + SECOND / 2).block(NOW + 9.5 * SECOND)
        paces.hold(connection, paces.CROWD, NOW + SECOND).block(NOW + 5 * SECOND)  # said meanwhile, and shorter
        moved = [moment(connection, NOW + SECOND, turn) for turn in before]
        behind = moment(connection, NOW + SECOND, crowd(connection, NOW + SECOND, SECOND / 2))
        late = moment(connection, NOW + 30 * SECOND, before[-1])
    assert moved == [NOW + n * SECOND for n in (9.5, 10, 11, 12)], "the first was due already"
    assert behind == NOW + 13 * SECOND
    assert late == NOW + 30 * SECOND


def test_what_was_missed_before_slack_asked_to_wait_is_still_missed_after_it(db: Database) -> None:
    with db.begin() as connection:
        turns = [crowd(connection, NOW), *(crowd(connection, NOW + 5 * SECOND, 5 * SECOND) for _ in range(7))]
        paces.hold(connection, paces.CROWD, NOW + 5 * SECOND).block(NOW + 9 * SECOND)
        moved = [moment(connection, NOW + 9 * SECOND, turn) for turn in turns]
    assert turns == [NOW + n * SECOND for n in range(8)]
    assert moved == [NOW + max(9, 4 + n) * SECOND for n in range(8)]


def test_a_crowd_moves_back_as_well_when_it_is_the_workspace_that_has_to_wait(db: Database) -> None:
    at = NOW + 12 * SECOND
    with db.begin() as connection:
        turn = crowd(connection, at)
        for channel in ("C1", "C2"):
            paces.hold(connection, channel, at).block(at + 18 * SECOND)
        assert moment(connection, at + SECOND, turn) == at + 18 * SECOND
        assert moment(connection, at + SECOND, crowd(connection, at + SECOND)) == at + 19 * SECOND
        assert paces.is_blocked(connection, paces.CROWD) is False, "by the clock of the database, it is over"


def test_only_a_crowd_moves_back(db: Database) -> None:
    with db.begin() as connection:
        turns = [paces.hold(connection, "C1", NOW).take(SECOND, SECOND) for _ in range(3)]
        paces.hold(connection, "C1", NOW).block(NOW + SECOND)
        pace = paces.hold(connection, "C1", NOW)
        assert [pace.is_gone(turn) for turn in turns] == [True, False, False]


def test_others_wait_for_no_turn_of_a_crowd_and_it_makes_room_for_them(db: Database) -> None:
    with db.begin() as connection:
        first = [crowd(connection, NOW) for _ in range(50)]
        alerts = [paces.hold(connection, f"C{n}", NOW).take(SECOND, SECOND) for n in range(3)]
        after = crowd(connection, NOW)
    assert alerts == [NOW + n * SECOND for n in range(3)]
    assert after - first[-1] == 4 * SECOND


def test_a_block_is_of_one_channel_until_a_second_one_shows_that_it_is_the_workspaces(db: Database) -> None:
    until = NOW + timedelta(seconds=30)
    with db.begin() as connection:
        paces.hold(connection, "C1", NOW).block(until)
        assert paces.hold(connection, "C1", NOW).blocked_until == until
        assert paces.hold(connection, "C3", NOW).blocked_until is None
        paces.hold(connection, "C2", NOW).block(until)
        assert paces.hold(connection, "C3", NOW).blocked_until == until
        assert paces.hold(connection, "C3", until).blocked_until is None


def test_a_channel_blocked_twice_is_still_only_one(db: Database) -> None:
    with db.begin() as connection:
        for _ in range(2):
            paces.hold(connection, "C1", NOW).block(NOW + SECOND)
        assert paces.hold(connection, "C2", NOW).blocked_until is None


def test_neither_the_clock_of_a_crowd_is_forgotten_nor_that_slack_asked_to_wait(db: Database) -> None:
    with db.begin() as connection:
        at = outbox.clock(connection)
        for channel in ("C1", "C2"):
            paces.hold(connection, channel, at - timedelta(days=3)).take(SECOND, SECOND)
        crowd(connection, at - timedelta(days=3))
        paces.hold(connection, "C2", at).block(at + timedelta(minutes=5))
        assert paces.prune(connection, at + timedelta(days=1)) == 1, "only C1"
        assert paces.hold(connection, "C2", at).blocked_until == at + timedelta(minutes=5)
        assert paces.prune(connection, at + timedelta(days=1)) == 0


@pytest.mark.parametrize("place", ["C1", paces.CROWD, paces.EDITS])
@pytest.mark.parametrize("ahead", [timedelta(days=1), timedelta(days=365)])
def test_what_a_clock_that_was_ahead_for_a_moment_wrote_counts_as_now(db: Database, place: str, ahead: timedelta) -> None:
    with db.begin() as connection:
        turns = [paces.hold(connection, place, NOW).take(SECOND, SECOND) for _ in range(3)]
        wrong = paces.hold(connection, place, NOW + ahead)
        far = wrong.take(SECOND, SECOND)
        wrong.go(far, SECOND, far)
        wrong.block(NOW + ahead + 30 * SECOND)
        pace = paces.hold(connection, place, NOW + 3 * SECOND)
        assert pace.blocked_until is None
        assert paces.is_blocked(connection, place) is False
        assert [pace.is_gone(turn) for turn in (*turns, far)] == [False, False, False, True]
        moment = pace.moment_of(pace.take(SECOND, SECOND))
        assert pace.go(moment, SECOND, moment + SECOND) == NOW + 4 * SECOND


def test_the_longest_line_and_the_longest_pause_that_there_are_stand(db: Database) -> None:
    slow, hours = timedelta(seconds=10), timedelta(hours=11)
    with db.begin() as connection:
        for place in ("C1", paces.CROWD):
            line = paces.hold(connection, place, NOW)
            for _ in range(int(hours / slow)):
                last = line.take(slow, slow)
            pace = paces.hold(connection, place, NOW)
            assert not pace.is_gone(last)
            assert pace.take(slow, slow) == last + slow
            pace.block(NOW + hours)
            assert paces.hold(connection, place, NOW).blocked_until == NOW + hours


AT_ONCE = 12


def test_the_first_messages_of_a_new_workspace_wait_for_each_other_and_for_nobody_in_a_circle(db: Database) -> None:
    places = list(islice(cycle([paces.CROWD, "C1", paces.CROWD, paces.EDITS]), AT_ONCE))
    for _ in range(10):
        with db.begin() as connection:
            connection.execute(delete(pace))
        turns = taken_at_once(db, places)
        assert len({turn for place, turn in zip(places, turns, strict=True) if place == paces.CROWD}) == AT_ONCE / 2


def taken_at_once(db: Database, places: Iterable[str]) -> list[datetime]:
    start = Barrier(AT_ONCE)

    def take(place: str) -> datetime:
        start.wait(60)
        with db.begin() as connection:
            return paces.hold(connection, place, NOW).take(SECOND, SECOND / 8)

    with ThreadPoolExecutor(AT_ONCE) as threads:
        return list(threads.map(take, places))
