"""Calendar periods: they tile time in every zone, and are read as people say them."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import InvalidInput
from bot.domain.kpis import Grain
from bot.domain.periods import after, before, between, containing, day, label, read_period

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
ZONES = [
    "UTC",
    "Europe/Oslo",
    "America/New_York",
    "America/Sao_Paulo",  # clocks went forward at midnight
    "America/St_Johns",  # clocks went back from a minute past midnight
    "America/Havana",
    "Africa/Cairo",
    "Asia/Kolkata",
    "Asia/Beirut",
    "Asia/Gaza",
    "Australia/Lord_Howe",  # half an hour
    "Pacific/Apia",  # left out 30 December 2011
    "Pacific/Kwajalein",  # left out 21 August 1993, a Saturday
    "Pacific/Chatham",
]
moments = st.datetimes(datetime(1975, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
tricky = st.sampled_from(
    [
        datetime(2011, 12, 30, 10, tzinfo=UTC),
        datetime(2011, 12, 30, 9, 59, tzinfo=UTC),
        datetime(1993, 8, 20, 12, tzinfo=UTC),
        datetime(2006, 10, 29, 2, 31, tzinfo=UTC),
        datetime(2006, 10, 29, 3, 0, tzinfo=UTC),
        datetime(2018, 11, 4, 3, 0, tzinfo=UTC),
        datetime(2026, 10, 25, 1, 0, tzinfo=UTC),
    ]
)
grains, zones = st.sampled_from(list(Grain)), st.sampled_from(ZONES)
starts = st.sampled_from(["monday", "sunday", "saturday"])


@given(moments | tricky, grains, zones, starts)
def test_periods_tile_time_without_gap_or_overlap(moment, grain, zone, week_starts):
    period = containing(moment, grain, zone, week_starts)
    assert period.contains(moment)
    assert period.start < period.end
    assert after(period).start == period.end
    assert before(period).end == period.start
    assert before(after(period)) == period
    assert after(before(period)) == period


@given(moments | tricky, grains, zones, starts)
def test_a_period_contains_its_own_ends_and_no_more(moment, grain, zone, week_starts):
    period = containing(moment, grain, zone, week_starts)
    last = period.end - timedelta(microseconds=1)
    assert containing(period.start, grain, zone, week_starts) == period
    assert containing(last, grain, zone, week_starts) == period
    assert containing(period.end, grain, zone, week_starts) == after(period)


@given(moments, grains, zones, starts)
def test_a_label_is_read_back_as_the_same_period(moment, grain, zone, week_starts):
    period = containing(moment, grain, zone, week_starts)
    assert read_period(label(period), grain, zone, NOW, week_starts, future=True) == period


@given(moments, st.sampled_from(["monday", "sunday", "saturday"]), zones)
def test_a_week_starts_on_its_day(moment, week_starts, zone):
    start = containing(moment, Grain.WEEK, zone, week_starts).start.astimezone(ZoneInfo(zone))
    # Where midnight was skipped, the day began late; where a date was, the week began with the next.
    assert (start - timedelta(hours=start.hour)).strftime("%A").lower() == week_starts or zone == "Pacific/Kwajalein"


@given(st.text(max_size=60), grains | st.none(), zones)
def test_any_text_is_read_or_refused_in_a_sentence(text, grain, zone):
    try:
        said = label(read_period(text, grain, zone, NOW))
    except InvalidInput as refusal:
        said = refusal.text
    assert 0 < len(said) < 200
    assert "\n" not in said


def test_days_on_which_clocks_change_are_23_and_25_hours_long():
    assert day(date(2026, 3, 29), "Europe/Oslo").length == timedelta(hours=23)
    assert day(date(2026, 10, 25), "Europe/Oslo").length == timedelta(hours=25)
    assert day(date(2026, 10, 26), "Europe/Oslo").length == timedelta(hours=24)


def test_the_edges_are_the_zones_midnights():
    period = read_period("2026-03-29", Grain.DAY, "Europe/Oslo", NOW)
    assert (period.start, period.end) == (datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 3, 29, 22, tzinfo=UTC))


def test_a_period_is_complete_at_its_end_and_not_before():
    period = containing(NOW, Grain.WEEK)
    assert not period.is_complete(period.end - timedelta(microseconds=1))
    assert period.is_complete(period.end)


def test_the_periods_between_two_moments():
    found = between(datetime(2026, 1, 15, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC), Grain.MONTH)
    assert [label(p) for p in found] == ["Jan 2026", "Feb 2026", "Mar 2026"]
    assert between(NOW, NOW, Grain.DAY) == []


@pytest.mark.parametrize(
    ("text", "grain", "wanted"),
    [
        ("2026-W47", Grain.WEEK, "week 47, 2026"),
        ("week 47", Grain.WEEK, "week 47, 2026"),
        ("W47", Grain.WEEK, "week 47, 2026"),
        ("2026w47", Grain.WEEK, "week 47, 2026"),
        ("week 47 2025", Grain.WEEK, "week 47, 2025"),
        ("week 50", Grain.WEEK, "week 50, 2025"),
        ("week 53 2020", Grain.WEEK, "week 53, 2020"),
        ("“last week”", Grain.WEEK, "week 47, 2026"),
        ('"Nov 2026"', Grain.MONTH, "Nov 2026"),
        ("last week", Grain.WEEK, "week 47, 2026"),
        ("This Week", Grain.WEEK, "week 48, 2026"),
        ("2026-11", Grain.MONTH, "Nov 2026"),
        ("Nov 2026", Grain.MONTH, "Nov 2026"),
        ("november", Grain.MONTH, "Nov 2026"),
        ("december", Grain.MONTH, "Dec 2025"),
        ("sept", Grain.MONTH, "Sep 2026"),
        ("this month", Grain.MONTH, "Nov 2026"),
        ("last month", Grain.MONTH, "Oct 2026"),
        ("Q4 2026", Grain.QUARTER, "Q4 2026"),
        ("2026-Q4", Grain.QUARTER, "Q4 2026"),
        ("q3", Grain.QUARTER, "Q3 2026"),
        ("last quarter", Grain.QUARTER, "Q3 2026"),
        ("H2 2026", Grain.HALF_YEAR, "H2 2026"),
        ("last half year", Grain.HALF_YEAR, "H1 2026"),
        ("2026", Grain.YEAR, "2026"),
        ("last year", Grain.YEAR, "2025"),
        ("2026-11-23", Grain.DAY, "23 Nov 2026"),
        ("23 November 2026", Grain.DAY, "23 Nov 2026"),
        ("Nov 23, 2026", Grain.DAY, "23 Nov 2026"),
        ("31 dec", Grain.DAY, "31 Dec 2025"),
        ("today", Grain.DAY, "24 Nov 2026"),
        ("yesterday", Grain.DAY, "23 Nov 2026"),
        ("yesterday", Grain.WEEK, "week 48, 2026"),
        ("2026-11-22", Grain.WEEK, "week 47, 2026"),
        ("2026-05-01", Grain.QUARTER, "Q2 2026"),
    ],
)
def test_what_people_write(text, grain, wanted):
    assert label(read_period(text, grain, "Europe/Oslo", NOW)) == wanted


def test_without_a_grain_the_words_tell_it():
    assert read_period("2026-11", None, "UTC", NOW).grain is Grain.MONTH
    assert read_period("2026-11-02", None, "UTC", NOW).grain is Grain.DAY


def test_weeks_that_start_on_sunday_bear_the_number_of_their_thursday():
    period = read_period("week 48", Grain.WEEK, "UTC", NOW, "sunday")
    assert period.start == datetime(2026, 11, 22, tzinfo=UTC)
    assert label(period) == "week 48, 2026"


def test_today_is_the_zones_day():
    late = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)
    assert label(read_period("today", Grain.DAY, "Asia/Kolkata", late)) == "25 Nov 2026"


@pytest.mark.parametrize(
    ("text", "grain", "sentence"),
    [
        ("", Grain.WEEK, '“” is no period; write one such as 2026-W47 or "last week".'),
        ("2026-13", Grain.MONTH, '“2026-13” is no period; write one such as 2026-11 or "last month".'),
        ("2025-W53", Grain.WEEK, '“2025-W53” is no period; write one such as 2026-W47 or "last week".'),
        ("2026-02-30", Grain.DAY, "“2026-02-30” is no period; write one such as 2026-11-23 or yesterday."),
        ("11/23/2026", Grain.DAY, "“11/23/2026” is no period; write one such as 2026-11-23 or yesterday."),
        ("2026-11", Grain.WEEK, '“2026-11” is a month, but this needs a week: write 2026-W47 or "last week".'),
        ("last", Grain.WEEK, '“last” is only a part of a period; put all of its words in quotes, as in period="last week".'),
        ("This", Grain.MONTH, '“This” is only a part of a period; put all of its words in quotes, as in period="last month".'),
        ("W53", Grain.WEEK, "“w53” was not within the last year; add its year, as in 2020-W53."),
        ("29 feb", Grain.DAY, "“29 feb” was not within the last year; add its year, as in 2024-02-29."),
        ("31 feb", Grain.DAY, "“31 feb” is no period; write one such as 2026-11-23 or yesterday."),
        ("week 54", Grain.WEEK, '“week 54” is no period; write one such as 2026-W47 or "last week".'),
        ("next week", Grain.WEEK, "week 49, 2026 lies in the future; choose a period that has begun."),
        ("2027", Grain.YEAR, "2027 lies in the future; choose a period that has begun."),
        ("0001", Grain.YEAR, "“0001” is outside the years 1970 to 2199; check the year."),
    ],
)
def test_what_is_refused(text, grain, sentence):
    with pytest.raises(InvalidInput) as refusal:
        read_period(text, grain, "UTC", NOW)
    assert refusal.value.text == sentence


@given(st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)), st.integers(1, 53), starts)  # noqa: DTZ001
def test_a_week_without_a_year_is_the_latest_that_has_begun(now, number, week_starts):
    try:
        found = read_period(f"week {number}", Grain.WEEK, "UTC", now, week_starts)
    except InvalidInput as refusal:
        said = refusal.text
        assert number == 53, said
    else:
        assert label(found).startswith(f"week {number},")
        assert found.start <= now < found.start + timedelta(weeks=54)
        later = label(found).replace(str(int(label(found)[-4:])), str(int(label(found)[-4:]) + 1))
        with pytest.raises(InvalidInput):
            read_period(later, Grain.WEEK, "UTC", now, week_starts)


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.dates(date(2000, 1, 1), date(2000, 12, 31)))
def test_a_day_without_a_year_is_within_the_last_year(today, on):
    now = datetime(today.year, today.month, today.day, 12, tzinfo=UTC)
    words = f"{on.day} {on:%b}"
    try:
        found = read_period(words, Grain.DAY, "UTC", now)
    except InvalidInput as refusal:
        said = refusal.text
        assert (on.month, on.day) == (2, 29), said
    else:
        assert found.start <= now < found.start + timedelta(days=366)
        assert label(found).startswith(words)
