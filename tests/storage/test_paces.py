"""The paces of channels, of a crowd and of the workspace."""

from datetime import datetime, timedelta

from storage import Connection, Database, paces
from tests.conftest import NOW

SECOND = timedelta(seconds=1)


def test_slots_of_a_channel_are_apart_and_together_keep_the_workspaces_pace(db: Database) -> None:
    with db.begin() as connection:
        slots = [paces.hold(connection, f"C{n % 2}", NOW).take(SECOND, SECOND / 4) for n in range(8)]
    assert slots[0::2] == [NOW + n * SECOND for n in range(4)]
    assert slots[1::2] == [NOW + SECOND / 4 + n * SECOND for n in range(4)]


def crowd(connection: Connection, at: datetime, since: datetime | None = None) -> datetime:
    return paces.hold(connection, paces.CROWD, at).take(SECOND, SECOND, since=since)


def test_who_waited_in_a_crowd_may_have_a_turn_that_nobody_took(db: Database) -> None:
    with db.begin() as connection:
        crowd(connection, NOW)
        slots = [crowd(connection, NOW + 10 * SECOND, NOW + 5 * SECOND) for _ in range(3)]
    assert slots == [NOW + n * SECOND for n in (5, 6, 7)]


def test_turns_in_a_time_that_slack_forbade_are_not_given(db: Database) -> None:
    with db.begin() as connection:
        paces.hold(connection, paces.CROWD, NOW).block(NOW + 9 * SECOND)
        slots = [crowd(connection, NOW + 12 * SECOND, NOW) for _ in range(2)]
        paces.hold(connection, "C1", NOW + 12 * SECOND).block(NOW + 30 * SECOND)
        paces.hold(connection, "C2", NOW + 12 * SECOND).block(NOW + 30 * SECOND)
        slots.append(crowd(connection, NOW + 13 * SECOND, NOW))
    assert slots == [NOW + 9 * SECOND, NOW + 10 * SECOND, NOW + 30 * SECOND], "nor when it is the workspace that has to wait"


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
