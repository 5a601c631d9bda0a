"""The hour at which a person is written to, through holidays, quiet hours and every change of the clock."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from bot.domain.own_hours import QuietHours, own_hour, working_hour

OSLO, NEW_YORK, LORD_HOWE = "Europe/Oslo", "America/New_York", "Australia/Lord_Howe"
QUIET = QuietHours(time(20), time(8))
MAY_17 = date(2027, 5, 17)
"""A Monday."""


def never(day: date, zone: str) -> bool:
    return False


def on_may_17(day: date, zone: str) -> bool:
    return zone == OSLO and day == MAY_17


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc]


def local(moment: datetime, zone: str) -> str:
    return moment.astimezone(ZoneInfo(zone)).strftime("%a %d %b %H:%M %z")


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        (OSLO, "Mon 23 Nov 09:00 +0100"),
        (NEW_YORK, "Mon 23 Nov 09:00 -0500"),
        ("Asia/Kolkata", "Tue 24 Nov 09:00 +0530"),
        (LORD_HOWE, "Tue 24 Nov 09:00 +1100"),
    ],
)
def test_each_is_written_to_at_the_hour_of_their_own_clock_once_it_is_open(zone: str, expected: str) -> None:
    """It opens at 09:00 in Oslo, which is 13:30 in Kolkata: there the hour has passed."""
    assert local(own_hour(utc(2026, 11, 23, 8), time(9), zone, QUIET, never), zone) == expected


def test_without_an_hour_it_is_at_once_or_when_quiet_hours_end() -> None:
    opens = utc(2026, 11, 23, 8)
    assert own_hour(opens, None, OSLO, QUIET, never) == opens
    assert local(own_hour(opens, None, NEW_YORK, QUIET, never), NEW_YORK) == "Mon 23 Nov 08:00 -0500"
    assert own_hour(opens, None, NEW_YORK, None, never) == opens


def test_an_hour_in_quiet_hours_waits_for_their_end() -> None:
    assert local(own_hour(utc(2026, 11, 23, 8), time(22), OSLO, QUIET, never), OSLO) == "Tue 24 Nov 08:00 +0100"


@pytest.mark.parametrize(
    ("clock", "expected"),
    [
        (time(9), "Tue 18 May 09:00 +0200"),
        (None, "Tue 18 May 10:30 +0200"),
        (time(22), "Tue 18 May 08:00 +0200"),
    ],
)
def test_a_holiday_moves_it_to_the_next_day_that_is_none_at_the_same_hour(clock: time | None, expected: str) -> None:
    """At 22:00 it is quiet: it would have been due on the 18th at 08:00, which no holiday moves."""
    opens = utc(2027, 5, 17, 8, 30) if clock is None else utc(2027, 5, 17, 4)
    assert local(own_hour(opens, clock, OSLO, QUIET, on_may_17), OSLO) == expected


def test_a_holiday_after_a_quiet_evening_does_not_cost_another_evening() -> None:
    assert local(own_hour(utc(2027, 5, 16, 10), time(22), OSLO, QUIET, on_may_17), OSLO) == "Tue 18 May 08:00 +0200"


def test_the_holiday_of_another_country_moves_nobody() -> None:
    assert local(own_hour(utc(2027, 5, 17, 4), time(9), NEW_YORK, QUIET, on_may_17), NEW_YORK) == "Mon 17 May 09:00 -0400"


def test_a_reminder_waits_for_a_working_day() -> None:
    """Saturday, then Sunday, then a holiday."""
    assert local(working_hour(utc(2027, 5, 15, 4), time(9), OSLO, QUIET, on_may_17), OSLO) == "Tue 18 May 09:00 +0200"
    assert local(own_hour(utc(2027, 5, 15, 4), time(9), OSLO, QUIET, on_may_17), OSLO) == "Sat 15 May 09:00 +0200"


@pytest.mark.parametrize(
    ("zone", "opens", "clock", "expected"),
    [
        (OSLO, utc(2026, 3, 28, 12), time(2, 30), "Sun 29 Mar 03:00 +0200"),
        (NEW_YORK, utc(2026, 3, 7, 12), time(2, 30), "Sun 08 Mar 03:00 -0400"),
        (LORD_HOWE, utc(2026, 10, 3, 12), time(2, 15), "Sun 04 Oct 02:30 +1100"),
        (OSLO, utc(2026, 10, 24, 12), time(2, 30), "Sun 25 Oct 02:30 +0200"),
        (NEW_YORK, utc(2026, 10, 31, 12), time(1, 30), "Sun 01 Nov 01:30 -0400"),
        (LORD_HOWE, utc(2026, 4, 4, 3), time(1, 45), "Sun 05 Apr 01:45 +1100"),
    ],
)
def test_a_skipped_hour_is_the_end_of_the_gap_and_a_repeated_one_is_the_first(
    zone: str, opens: datetime, clock: time, expected: str
) -> None:
    assert local(own_hour(opens, clock, zone, None, never), zone) == expected


def test_quiet_hours_that_end_in_a_gap_end_with_it() -> None:
    quiet = QuietHours(time(22), time(2, 30))
    assert local(quiet.over(utc(2026, 3, 28, 23), OSLO), OSLO) == "Sun 29 Mar 03:00 +0200"


def test_quiet_hours_that_begin_anew_in_the_gap_in_which_they_end_last_another_day() -> None:
    quiet = QuietHours(time(2, 45), time(2, 30))
    assert local(quiet.over(utc(2026, 3, 29, 0, 50), OSLO), OSLO) == "Mon 30 Mar 02:30 +0200"


def test_quiet_hours_that_end_in_a_repeated_hour_never_end_before_they_are_asked_about() -> None:
    """02:15 comes again an hour after 02:15, and is quiet again."""
    quiet = QuietHours(time(22), time(2, 30))
    assert local(quiet.over(utc(2026, 10, 25, 0, 15), OSLO), OSLO) == "Sun 25 Oct 02:30 +0200"
    assert local(quiet.over(utc(2026, 10, 25, 1, 15), OSLO), OSLO) == "Sun 25 Oct 02:30 +0100"


zones = st.sampled_from([OSLO, NEW_YORK, LORD_HOWE, "Asia/Kolkata", "America/St_Johns", "Pacific/Apia", "Africa/Cairo"])
clocks = st.builds(time, st.integers(0, 23), st.integers(0, 59))
changes = [utc(2026, 3, 29, 1), utc(2026, 10, 25, 1), utc(2026, 3, 8, 7), utc(2026, 11, 1, 6), utc(2026, 4, 4, 15)]
near_changes = st.sampled_from(changes).flatmap(lambda at: st.integers(-2_000, 2_000).map(lambda m: at + timedelta(minutes=m)))
any_moments = st.integers(0, 9_000_000).map(lambda m: utc(2010, 1, 1) + timedelta(minutes=m))
quiets = st.none() | st.builds(QuietHours, clocks, clocks)
days_off = st.sets(st.integers(0, 40), max_size=25)


@pytest.mark.parametrize("hour", [own_hour, working_hour])
@given(opens=near_changes | any_moments, clock=st.none() | clocks, zone=zones, quiet=quiets, off=days_off)
@example(opens=utc(2006, 10, 29, 2, 45), clock=time(0, 0), zone="America/St_Johns", quiet=None, off=set())
@example(opens=utc(2011, 12, 30, 5), clock=time(9), zone="Pacific/Apia", quiet=QUIET, off={0, 1, 2})
def test_never_early_never_in_quiet_hours_and_never_on_a_day_off(
    hour: Callable[..., datetime], *, opens: datetime, clock: time | None, zone: str, quiet: QuietHours | None, off: set[int]
) -> None:
    first = opens.astimezone(ZoneInfo(zone)).date()
    off_days = {first + timedelta(days=n) for n in off}

    found = hour(opens, clock, zone, quiet, lambda day, where: where == zone and day in off_days)

    here = found.astimezone(ZoneInfo(zone))
    assert found >= opens
    assert found.tzinfo is UTC
    assert here.date() not in off_days
    assert hour is own_hour or here.weekday() < 5
    assert quiet is None or quiet.over(found, zone) == found
    if quiet and quiet.start != quiet.end:
        minutes = [t.hour * 60 + t.minute for t in (quiet.start, quiet.end, here.time())]
        assert (minutes[2] - minutes[0]) % 1440 >= (minutes[1] - minutes[0]) % 1440
    # Its hour may have passed today, and tomorrow's may be quiet or skipped: from the day after that, no free day is missed.
    free = (first + timedelta(days=n) for n in range(2, 60) if n not in off)
    assert here.date() <= next(day for day in free if hour is own_hour or day.weekday() < 5)


@given(any_moments, clocks, st.sampled_from([OSLO, NEW_YORK, LORD_HOWE]))
def test_on_an_ordinary_day_it_is_the_hour_that_was_asked_for_within_a_day(opens: datetime, clock: time, zone: str) -> None:
    found = own_hour(opens, clock, zone, None, never)
    here = found.astimezone(ZoneInfo(zone))
    offsets = {(found + timedelta(hours=n)).astimezone(ZoneInfo(zone)).utcoffset() for n in (-3, 0, 3)}
    assume(len(offsets) == 1)
    assert here.time() == clock
    assert found - opens <= timedelta(hours=26)
