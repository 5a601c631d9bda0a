"""Moments as people type them: read in their zone, or refused in one sentence."""

import contextlib
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import InvalidInput
from bot.domain.times import at, read_time, read_zone, show_date, show_time

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
OSLO = "Europe/Oslo"
REAL = sorted(z for z in available_timezones() if "/" in z and not z.startswith(("Etc", "posix", "right")))


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("now", "2026-11-24 10:00"),
        ("2h ago", "2026-11-24 08:00"),
        ("90 minutes ago", "2026-11-24 08:30"),
        ("1 h 30 min ago", "2026-11-24 08:30"),
        ("1.5 hours ago", "2026-11-24 08:30"),
        ("an hour ago", "2026-11-24 09:00"),
        ("3 days ago", "2026-11-21 10:00"),
        ("2 weeks ago", "2026-11-10 10:00"),
        ("yesterday 14:00", "2026-11-23 13:00"),
        ("Yesterday at 2pm", "2026-11-23 13:00"),
        ("today 9:30", "2026-11-24 08:30"),
        ("9am", "2026-11-24 08:00"),
        ("12 am", "2026-11-23 23:00"),
        ("monday 09:00", "2026-11-23 08:00"),
        ("tue 12:00", "2026-11-17 11:00"),
        ("tuesday 11:00", "2026-11-24 10:00"),
        ("last friday 09:00", "2026-11-20 08:00"),
        ("10:00", "2026-11-24 09:00"),
        ("2026-11-23", "2026-11-22 23:00"),
        ("23 nov 14:00", "2026-11-23 13:00"),
        ("2026-11-23 14:00", "2026-11-23 13:00"),
        ("2026-11-23T14:00Z", "2026-11-23 14:00"),
        ("2026-11-23T14:00:00.000+02:00", "2026-11-23 12:00"),
        ("2026-11-23 14:00 -0330", "2026-11-23 17:30"),
        ("2026-10-25 02:30+01:00", "2026-10-25 01:30"),
        ("2026-10-25 02:30 first", "2026-10-25 00:30"),
        ("2026-10-25 02:30 second", "2026-10-25 01:30"),
        ("Mon 23 Nov 2026 09:00 Asia/Kolkata", "2026-11-23 03:30"),
        ("yesterday 14:00 asia/kolkata", "2026-11-23 08:30"),
    ],
)
def test_what_people_write(text, utc):
    assert f"{read_time(text, NOW, OSLO):%Y-%m-%d %H:%M}" == utc


@pytest.mark.parametrize(
    "text",
    [
        "", "soon", "monday", "yesterday 9", "25:00", "13pm", "24:00", "2026-02-30 10:00", "2026-11-23 14:00+25:00",
        "0 parsecs ago", "1e9 h ago", "1.5 days ago", "11/23/2026 10:00", "Tue 23 Nov 2026 09:00",
        "٣ h ago " * 20, "²:00",
    ],
)  # fmt: skip
def test_what_cannot_be_read(text):
    with pytest.raises(InvalidInput, match="no time that I can read; write one such as"):
        read_time(text, NOW, OSLO)


def test_a_weekday_that_is_not_the_dates_is_refused():
    assert read_time("Mon 23 Nov 2026 09:00", NOW, OSLO)
    with pytest.raises(InvalidInput):
        read_time("Sun 23 Nov 2026 09:00", NOW, OSLO)


def test_the_hour_that_does_not_exist_is_refused():
    with pytest.raises(InvalidInput) as refusal:
        read_time("2026-03-29 02:30", NOW, OSLO)
    assert refusal.value.text == (
        "02:30 on Sun 29 Mar 2026 does not exist in Europe/Oslo: clocks are put forward over it. Choose another time."
    )


def test_the_hour_that_comes_twice_needs_its_offset():
    with pytest.raises(InvalidInput) as refusal:
        read_time("2026-10-25 02:30", NOW, OSLO)
    assert refusal.value.text == (
        "02:30 on Sun 25 Oct 2026 happens twice in Europe/Oslo: add the offset, +02:00 or +01:00, to say which."
    )


def test_the_future_is_refused_unless_allowed():
    with pytest.raises(InvalidInput) as refusal:
        read_time("14:00", NOW, OSLO)
    assert refusal.value.text == "Tue 24 Nov 2026 14:00 Europe/Oslo lies in the future; write a time that has passed."
    assert read_time("14:00", NOW, OSLO, future=True) == datetime(2026, 11, 24, 13, tzinfo=UTC)
    assert read_time("in 2 hours", NOW, OSLO, future=True) == datetime(2026, 11, 24, 12, tzinfo=UTC)
    assert read_time("monday 09:00", NOW, OSLO, future=True) == datetime(2026, 11, 30, 8, tzinfo=UTC)
    assert read_time("tomorrow 09:00", NOW, OSLO, future=True) == datetime(2026, 11, 25, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "0001-01-01",
        "0001-01-01 00:00",
        "9999-12-31",
        "9999-12-31 23:59",
        "9999-12-31 23:59-12:00",
        "999999 weeks ago",
        "1969-12-31",
    ],
)
def test_years_that_nobody_means_are_refused(text):
    with pytest.raises(InvalidInput, match="outside the years 1970 to 2199; check the year"):
        read_time(text, NOW, OSLO, future=True)


def test_days_ago_keep_the_time_of_day_across_a_change_of_clocks():
    now = datetime(2026, 10, 26, 8, 0, tzinfo=UTC)
    assert show_time(read_time("2 days ago", now, OSLO), OSLO) == "Sat 24 Oct 2026 09:00 Europe/Oslo"
    assert show_time(read_time("48 hours ago", now, OSLO), OSLO) == "Sat 24 Oct 2026 10:00 Europe/Oslo"


def test_a_time_is_shown_with_its_zone_and_the_repeated_hour_with_its_offset():
    assert show_time(datetime(2026, 11, 23, 8, 0, tzinfo=UTC), OSLO) == "Mon 23 Nov 2026 09:00 Europe/Oslo"
    assert show_time(datetime(2026, 10, 25, 0, 30, tzinfo=UTC), OSLO) == "Sun 25 Oct 2026 02:30+02:00 Europe/Oslo"
    assert show_time(datetime(2026, 10, 25, 1, 30, tzinfo=UTC), OSLO) == "Sun 25 Oct 2026 02:30+01:00 Europe/Oslo"
    assert show_date(date(2026, 2, 1)) == "Sun 1 Feb 2026"


@given(st.datetimes(datetime(1990, 1, 1), datetime(2026, 11, 24), timezones=st.just(UTC)), st.sampled_from(REAL))  # noqa: DTZ001
def test_what_is_shown_is_read_back_to_the_minute(moment, zone):
    minute = moment.replace(second=0, microsecond=0)
    assert read_time(show_time(minute, zone), NOW, "UTC") == minute


@given(st.text(max_size=80) | st.from_regex(r"[0-9a-z :+\-]{1,30}( ago)?", fullmatch=True), st.booleans())
def test_any_text_is_read_or_refused(text, future):
    moment = NOW
    with contextlib.suppress(InvalidInput):
        moment = read_time(text, NOW, OSLO, future=future)
    assert moment.utcoffset() == timedelta()
    assert future or moment <= NOW


def test_a_clock_time_of_a_zone():
    assert at(date(2026, 3, 28), time(9), OSLO) == datetime(2026, 3, 28, 8, tzinfo=UTC)
    assert at(date(2026, 3, 29), time(9), OSLO) == datetime(2026, 3, 29, 7, tzinfo=UTC)


@pytest.mark.parametrize(("text", "name"), [("europe/oslo", OSLO), ("America/New York", "America/New_York"), ("utc", "UTC")])
def test_a_zone_in_its_own_spelling(text, name):
    assert read_zone(text) == name


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("Europ/Oslo", "did you mean Europe/Oslo?"),
        ("oslo", "did you mean Europe/Oslo?"),
        ("Asia/Kolkatta", "did you mean Asia/Kolkata?"),
        ("new york", "did you mean America/New_York?"),
        ("../../etc/passwd", "write one such as Europe/Oslo."),
        ("xyzzy", "write one such as Europe/Oslo."),
    ],
)
def test_an_unknown_zone_gets_the_nearest_name(text, hint):
    with pytest.raises(InvalidInput, match="is no IANA time zone; ") as refusal:
        read_zone(text)
    assert refusal.value.text.endswith(hint)
