"""Due times, through every change of the clock."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import InvalidInput
from bot.domain.schedules import WEEKDAYS, Schedule, due_between, from_mapping, from_words, in_words, next_due, run_key
from bot.domain.times import read_zone


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc]


def local(moments: list[datetime], zone: str) -> list[str]:
    return [m.astimezone(ZoneInfo(zone)).strftime("%a %y-%m-%d %H:%M") for m in moments]


def test_a_monday_digest_keeps_its_hour_when_the_clocks_change() -> None:
    schedule = Schedule("weekly", 9, 0, "Europe/Oslo", ("monday",))
    assert next_due(schedule, utc(2026, 3, 20), 2) == [utc(2026, 3, 23, 8), utc(2026, 3, 30, 7)]
    assert next_due(schedule, utc(2026, 10, 20), 2) == [utc(2026, 10, 26, 8), utc(2026, 11, 2, 8)]


def test_kolkata_has_half_an_hour() -> None:
    assert next_due(Schedule("daily", 9, 0, "Asia/Kolkata"), utc(2026, 11, 24), 1) == [utc(2026, 11, 24, 3, 30)]


def test_an_hour_that_does_not_exist_is_due_at_the_first_moment_after_the_gap() -> None:
    schedule = Schedule("daily", 2, 30, "Europe/Oslo")
    assert local(next_due(schedule, utc(2026, 3, 28, 12), 2), "Europe/Oslo") == ["Sun 26-03-29 03:00", "Mon 26-03-30 02:30"]
    assert run_key("ops", schedule, utc(2026, 3, 29, 1)) == "ops@2026-03-29T03:00"


def test_an_hour_that_happens_twice_is_due_once_and_the_first_time() -> None:
    schedule = Schedule("daily", 2, 30, "Europe/Oslo")
    assert due_between(schedule, utc(2026, 10, 24, 12), utc(2026, 10, 25, 12)) == [utc(2026, 10, 25, 0, 30)]
    assert run_key("ops", schedule, utc(2026, 10, 25, 0, 30)) == run_key("ops", schedule, utc(2026, 10, 25, 1, 30))


def test_lord_howe_moves_by_half_an_hour() -> None:
    zone = "Australia/Lord_Howe"
    assert local(next_due(Schedule("daily", 2, 15, zone), utc(2026, 10, 3, 12), 2), zone) == [
        "Sun 26-10-04 02:30",
        "Mon 26-10-05 02:15",
    ]
    assert len(due_between(Schedule("daily", 1, 45, zone), utc(2026, 4, 4, 0), utc(2026, 4, 5, 0))) == 1


def test_a_day_that_an_island_skipped_gives_no_second_run_of_the_next() -> None:
    zone = "Pacific/Apia"
    assert local(next_due(Schedule("daily", 0, 0, zone), utc(2011, 12, 29, 0), 3), zone) == [
        "Thu 11-12-29 00:00",
        "Sat 11-12-31 00:00",
        "Sun 12-01-01 00:00",
    ]


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        (Schedule("weekdays", 8, 0, "UTC"), ["Fri 26-11-27 08:00", "Mon 26-11-30 08:00", "Tue 26-12-01 08:00"]),
        (
            Schedule("weekly", 8, 0, "UTC", ("friday", "tuesday")),
            ["Fri 26-11-27 08:00", "Tue 26-12-01 08:00", "Fri 26-12-04 08:00"],
        ),
        (
            Schedule("monthly", 8, 0, "UTC", day="last"),
            ["Mon 26-11-30 08:00", "Thu 26-12-31 08:00", "Sun 27-01-31 08:00"],
        ),
        (Schedule("monthly", 8, 0, "UTC", day=28), ["Sat 26-11-28 08:00", "Mon 26-12-28 08:00", "Thu 27-01-28 08:00"]),
        (Schedule("quarterly", 8, 0, "UTC"), ["Fri 27-01-01 08:00", "Thu 27-04-01 08:00", "Thu 27-07-01 08:00"]),
        (
            Schedule("quarterly", 8, 0, "UTC", day="last", month=2),
            ["Mon 26-11-30 08:00", "Sun 27-02-28 08:00", "Mon 27-05-31 08:00"],
        ),
    ],
)
def test_next_three(schedule: Schedule, expected: list[str]) -> None:
    assert local(next_due(schedule, utc(2026, 11, 26, 8)), "UTC") == expected


schedules = st.builds(
    Schedule,
    st.sampled_from(["daily", "weekdays"]),
    st.integers(0, 23),
    st.integers(0, 59),
    st.sampled_from(
        ["Europe/Oslo", "Asia/Kolkata", "Australia/Lord_Howe", "America/New_York", "UTC", "Pacific/Apia", "Africa/Casablanca"]
    ),
) | st.builds(
    Schedule,
    st.just("weekly"),
    st.integers(0, 23),
    st.integers(0, 59),
    st.sampled_from(["Europe/Oslo", "America/St_Johns"]),
    st.lists(st.sampled_from(WEEKDAYS), min_size=1, unique=True).map(tuple),
)


moments = st.integers(0, 7_600).flatmap(
    lambda d: st.integers(0, 1439).map(lambda m: utc(2009, 1, 1) + timedelta(days=d, minutes=m))
)


@given(schedules, moments, st.lists(st.integers(1, 20_000), max_size=8))
def test_however_the_time_is_cut_every_due_time_is_found_once(schedule: Schedule, start: datetime, cuts: list[int]) -> None:
    after = start
    edges = [after]
    for minutes in cuts:
        edges.append(edges[-1] + timedelta(minutes=minutes))
    pieces = [due for a, b in itertools.pairwise(edges) for due in due_between(schedule, a, b)]
    assert pieces == due_between(schedule, after, edges[-1])
    assert len({run_key("d", schedule, due) for due in pieces}) == len(pieces)


@given(schedules, moments)
def test_a_due_time_shows_its_hour_unless_the_clock_skipped_it(schedule: Schedule, start: datetime) -> None:
    zone = ZoneInfo(schedule.zone)
    for due in next_due(schedule, start, 5):
        shown = due.astimezone(zone)
        if (shown.hour, shown.minute) != (schedule.hour, schedule.minute):
            assert (due - timedelta(seconds=1)).astimezone(zone).utcoffset() != shown.utcoffset()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("weekly monday 09:00 Europe/Oslo", "every Monday at 09:00 Europe/Oslo"),
        ("every monday, fridays at 9:05", "every Monday and Friday at 09:05 Asia/Kolkata"),
        ("daily 07:15 utc", "every day at 07:15 UTC"),
        ("weekdays 8.30", "every working day (Monday to Friday) at 08:30 Asia/Kolkata"),
        ("monthly last 08:30 europe/oslo", "on the last day of every month at 08:30 Europe/Oslo"),
        ("monthly on the 15th", "on day 15 of every month at 09:00 Asia/Kolkata"),
        ("monday and wednesday 9:00", "every Monday and Wednesday at 09:00 Asia/Kolkata"),
        ("daily 9:00 09:00 utc UTC daily", "every day at 09:00 UTC"),
        ("quarterly", "on day 1 of the first month of every quarter at 09:00 Asia/Kolkata"),
    ],
)
def test_words(words: str, expected: str) -> None:
    assert from_words(words, "Asia/Kolkata").words == expected


def test_a_mapping() -> None:
    schedule = from_mapping({"every": "weekly", "on": ["Mon", "friday"], "at": "9:00", "timezone": "europe/oslo"})
    assert schedule == Schedule("weekly", 9, 0, "Europe/Oslo", ("monday", "friday"))
    assert from_mapping({"every": "monthly", "day": "last"}, "Europe/Oslo") == Schedule(
        "monthly", 9, 0, "Europe/Oslo", day="last"
    )


@pytest.mark.parametrize(
    ("mapping", "says"),
    [
        ({"every": "daily", "at": "25:00"}, "25:00"),
        ({"every": "daily", "at": "nine"}, "00:00 to 23:59"),
        ({"every": "daily", "timezone": "Europe/Olso"}, "did you mean Europe/Oslo?"),
        ({"every": "daily", "timezone": "oslo"}, "did you mean Europe/Oslo?"),
        ({"every": "daily", "timezone": "../../etc/passwd"}, "is no IANA time zone"),
        ({"every": "monthly", "day": 31}, "last"),
        ({"every": "monthly", "day": "0"}, "1 to 28"),
        ({"every": "monthly", "day": "first"}, "number, or last"),
        ({"every": "weekly"}, "weekdays"),
        ({"every": "weekly", "on": 1}, "instead of numbering"),
        ({"every": "weekly", "on": "1"}, "is no weekday"),
        ({"every": "daily", "on": "monday"}, "A weekly schedule, and no other"),
        ({"every": "weakly"}, "did you mean weekly?"),
        ({}, "Say how often"),
        ({"every": "daily", "hour": 9}, "has no “hour”"),
        ({"every": "quarterly", "month": 4}, "1, 2 or 3"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(mapping: dict[str, object], says: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        from_mapping(mapping)
    assert says in refused.value.text
    assert "\n" not in refused.value.text


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("daily 09:00 10:00", "A schedule has one hour, not both “09:00” and “10:00”; keep one of them."),
        ("daily Europe/Oslo Europe/London", "one time zone, not both “Europe/Oslo” and “Europe/London”; keep one of them."),
        ("daily weekly 09:00", "one rhythm, not both “daily” and “weekly”; keep one of them."),
        ("monthly 3 last", "one day of the month, not both “3” and “last”; keep one of them."),
        ("weekdays 9am", "“9am” is no hour; write the hour as 09:00, as in weekdays 09:00."),
        ("weekdays 9 am", "“am” is no hour; write the hour as 09:00, as in weekdays 09:00."),
        ("weekdays 0900", "“0900” is no hour;"),
        ("daily 10", "“10” is a day of the month, which only a monthly or quarterly schedule has; write an hour as 09:00."),
        ("monday last 09:00", "“last” is a day of the month, which only"),
        ("weekly blursday 10:00", "“blursday” is no weekday; write monday, tuesday, wednesday, thursday, friday, saturday or"),
        ("every 2 weeks", "“every 2 weeks” is no rhythm that can be kept; write daily, weekdays, weekly, monthly"),
        ("every other week monday", "“every other week” is no rhythm that can be kept"),
        ("monthly 0", "No month has a day 0; use 1 to 28"),
        ("weekly mondy 10:00", "“mondy” is no weekday; did you mean monday?"),
        ("blursdays 10:00", "“blursdays” is no weekday; write monday"),
        ("weekly sometimes", "“sometimes” is no weekday; write monday"),
        ("fortnightly 10:00", "A schedule cannot be “fortnightly”"),
        ("weekdays 09:00 sometimes", "A schedule cannot be “sometimes”"),
        ("daily 25:00", "“25:00” is no time of day"),
        ("monday daily", "A weekly schedule, and no other"),
        ("", "Say how often it is due"),
    ],
)
def test_words_that_contradict_each_other_are_refused(words: str, sentence: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        from_words(words, "UTC")
    assert sentence in refused.value.text


@given(schedules, st.randoms())
def test_the_words_of_a_schedule_are_read_back_in_any_order(schedule: Schedule, random: Random) -> None:
    words = in_words(schedule).split()
    random.shuffle(words)
    again = from_words(" ".join(words), "Asia/Kolkata")
    assert again.words == replace(schedule, month=1).words


_hours = st.tuples(st.integers(0, 23), st.integers(0, 59)).map(lambda at: f"{at[0]:02}:{at[1]:02}")


@given(st.lists(_hours, min_size=2, max_size=2, unique=True), st.sampled_from(["daily", "weekdays", "monday", "monthly 3"]))
def test_two_hours_are_never_one(hours: list[str], every: str) -> None:
    with pytest.raises(InvalidInput, match="A schedule has one hour"):
        from_words(f"{hours[0]} {every} {hours[1]}", "UTC")


@given(st.text(max_size=60))
def test_any_words_give_a_schedule_or_a_sentence(words: str) -> None:
    try:
        assert from_words(words, "UTC").words
    except InvalidInput as refused:
        sentence = refused.text
    else:
        sentence = "."
    assert sentence.endswith((".", "?"))


@given(st.text(max_size=40))
def test_any_zone_is_known_or_refused(name: str) -> None:
    try:
        key = ZoneInfo(read_zone(name)).key
    except InvalidInput as refused:
        key = refused.text
    assert "time zone" in key or key.lower() == name.strip().lower().replace(" ", "_")
