"""When something is due: daily to quarterly, at an hour of the schedule's own zone, through every change of the clock."""

import calendar
import difflib
import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, cast, get_args
from zoneinfo import ZoneInfo

from bot.domain.errors import InvalidInput
from bot.domain.times import first_moment, read_zone

Every = Literal["daily", "weekdays", "weekly", "monthly", "quarterly"]
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
LAST: Literal["last"] = "last"
_FILLERS = frozenset({"at", "on", "the", "every", "of", "day", "and"})
_COMMON_YEAR = date(2027, 1, 1)
"""Whose February is the shortest that there is."""
_EVERY_SO_MANY = re.compile(r"\bevery (?:other|second|third|\d{1,3}(?:nd|rd|th)?) (?:day|week|month|quarter)s?\b", re.ASCII)
_ONE = {"every": "rhythm", "at": "hour", "day": "day of the month", "timezone": "time zone"}


@dataclass(frozen=True, slots=True)
class Schedule:
    """A due time per day, working day, week, month or quarter, at `hour`:`minute` in `zone` (an IANA name).

    `on` names the weekdays of a weekly schedule. `day` is the day of the month (1 to 28, or "last") of a monthly or quarterly
    one; `month` is which month of the quarter, 1 to 3.
    """

    every: Every
    hour: int
    minute: int
    zone: str
    on: tuple[str, ...] = ()
    day: int | Literal["last"] = 1
    month: int = 1

    def __post_init__(self) -> None:
        _check(self)

    @property
    def keeps_to_workdays(self) -> bool:
        """Whether none of its days is named as a Saturday or Sunday; a day of the month may fall on one."""
        return self.every != "daily" and not {"saturday", "sunday"} & set(self.on)

    @property
    def words(self) -> str:
        """How a person says it: "every Monday at 09:00 Europe/Oslo"."""
        return f"{_days_in_words(self)} at {self.hour:02}:{self.minute:02} {self.zone}"


def due_between(schedule: Schedule, after: datetime, until: datetime) -> list[datetime]:
    """Every due time later than `after`, up to and including `until`, in UTC and in order.

    An hour that the clock skips is due at the first moment after the gap; an hour that it repeats is due once, the first time.
    """
    found: list[datetime] = []
    for due in _from(schedule, after):
        if due > until:
            break
        found.append(due)
    return found


def next_due(schedule: Schedule, after: datetime, count: int = 3) -> list[datetime]:
    """The first `count` due times later than `after`, in UTC."""
    moments = _from(schedule, after)
    return [next(moments) for _ in range(count)]


def shortest_gap(schedule: Schedule) -> timedelta:
    """The least time from one due time to the next, as a calendar has it: a week for every Tuesday, whatever clocks do."""
    days = list(itertools.islice(_dates(schedule, _COMMON_YEAR), 20))
    return min(later - earlier for earlier, later in itertools.pairwise(days))


def run_key(digest: str, schedule: Schedule, due: datetime) -> str:
    """What names one run: the digest and its local due time without offset, so that a repeated hour makes one run."""
    return f"{digest}@{due.astimezone(ZoneInfo(schedule.zone)):%Y-%m-%dT%H:%M}"


def from_mapping(mapping: Mapping[str, object], default_zone: str = "UTC") -> Schedule:
    """The schedule that a definition's YAML gives: `every`, `at`, `timezone`, and `on`, `day` or `month`.

    :raises InvalidInput: it cannot be; the text says what to write instead.
    """
    unknown = set(mapping) - {"every", "at", "timezone", "on", "day", "month"}
    if unknown:
        raise InvalidInput(f"A schedule has no “{sorted(unknown)[0]}”; it has every, at, timezone, on, day and month.")
    hour, minute = _clock(str(mapping.get("at", "09:00")))
    every, day = str(mapping.get("every", "")).strip().lower(), str(mapping.get("day", "1")).strip().lower()
    return Schedule(
        _every(every),
        hour,
        minute,
        read_zone(str(mapping.get("timezone", default_zone))),
        _weekdays(mapping.get("on", ())),
        LAST if day == LAST else _whole(day, "day"),
        _whole(str(mapping.get("month", 1)), "month"),
    )


def from_words(text: str, default_zone: str) -> Schedule:
    """The schedule that a person typed, such as "weekly monday 09:00 Europe/Oslo" or "monthly last 8:30".

    :raises InvalidInput: it cannot be read; the text says what to write instead.
    """
    if skipped := _EVERY_SO_MANY.search(text.lower()):
        raise InvalidInput(
            f"“{skipped[0]}” is no rhythm that can be kept; write daily, weekdays, weekly, monthly or quarterly."
        )
    found: dict[str, str] = {}
    days: list[str] = []
    for word in text.replace(",", " ").split():
        low = word.lower()
        if low in _FILLERS:
            continue
        if name := _weekday_or_none(low):
            days.append(name)
        else:
            _add(found, *_one_word(word, low, is_weekly=found.get("every") == "weekly"))
    if days:
        found.setdefault("every", "weekly")
    if "day" in found and found.get("every", "monthly") not in ("monthly", "quarterly"):
        told = f"“{found['day']}” is a day of the month, which only a monthly or quarterly schedule has"
        raise InvalidInput(f"{told}; write an hour as 09:00.")
    return from_mapping({**found, "on": days}, default_zone)


def in_words(schedule: Schedule) -> str:
    """The words from which `from_words` reads this schedule: "weekly monday 09:00 Europe/Oslo"."""
    day = [str(schedule.day)] if schedule.every in ("monthly", "quarterly") else []
    return " ".join([schedule.every, *schedule.on, *day, f"{schedule.hour:02}:{schedule.minute:02}", schedule.zone])


def _from(schedule: Schedule, after: datetime) -> Iterator[datetime]:
    at = time(schedule.hour, schedule.minute)
    latest = after.astimezone(UTC)
    # A gap moves a due time later by a day at most (islands that crossed the date line), so the walk begins two days before.
    for day in _dates(schedule, latest.astimezone(ZoneInfo(schedule.zone)).date() - timedelta(days=2)):
        moment = first_moment(day, at, schedule.zone)
        if moment > latest:
            latest = moment
            yield moment


def _dates(schedule: Schedule, start: date) -> Iterator[date]:
    if schedule.every in ("monthly", "quarterly"):
        yield from _month_days(schedule, start)
        return
    wanted = _weekday_numbers(schedule)
    while True:
        if start.weekday() in wanted:
            yield start
        start += timedelta(days=1)


def _month_days(schedule: Schedule, start: date) -> Iterator[date]:
    year, month = start.year, start.month
    while True:
        if schedule.every == "monthly" or (month - 1) % 3 + 1 == schedule.month:
            last = calendar.monthrange(year, month)[1]
            day = date(year, month, last if schedule.day == LAST else int(schedule.day))
            if day >= start:
                yield day
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)


def _weekday_numbers(schedule: Schedule) -> frozenset[int]:
    if schedule.every == "daily":
        return frozenset(range(7))
    if schedule.every == "weekdays":
        return frozenset(range(5))
    return frozenset(WEEKDAYS.index(name) for name in schedule.on)


def _check(schedule: Schedule) -> None:
    if not (0 <= schedule.hour <= 23 and 0 <= schedule.minute <= 59):
        raise InvalidInput(f"{schedule.hour}:{schedule.minute:02} is no time of day; write 00:00 to 23:59.")
    read_zone(schedule.zone)
    if (schedule.every == "weekly") != bool(schedule.on):
        raise InvalidInput("A weekly schedule, and no other, names its weekdays, such as on: monday.")
    if not set(schedule.on) <= set(WEEKDAYS):
        raise InvalidInput("Name weekdays in full: monday, tuesday … sunday.")
    if isinstance(schedule.day, int) and not 1 <= schedule.day <= 28:
        none = "No month" if schedule.day < 1 else "Not every month"
        raise InvalidInput(f"{none} has a day {schedule.day}; use 1 to 28, or “last” for the last day.")
    if schedule.month not in (1, 2, 3):
        raise InvalidInput("The month of a quarter is 1, 2 or 3.")


def _days_in_words(schedule: Schedule) -> str:
    match schedule.every:
        case "daily":
            return "every day"
        case "weekdays":
            return "every working day (Monday to Friday)"
        case "weekly":
            names = [name.capitalize() for name in sorted(schedule.on, key=WEEKDAYS.index)]
            return "every " + (names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1])
    day = "on the last day" if schedule.day == LAST else f"on day {schedule.day}"
    if schedule.every == "monthly":
        return f"{day} of every month"
    return f"{day} of the {('first', 'second', 'third')[schedule.month - 1]} month of every quarter"


def _every(word: str) -> Every:
    if word not in get_args(Every):
        near = difflib.get_close_matches(word, get_args(Every), 1)
        hint = f"did you mean {near[0]}?" if near else "write daily, weekdays, weekly, monthly or quarterly."
        raise InvalidInput(f"A schedule cannot be “{word[:40]}”; {hint}" if word else f"Say how often it is due: {hint}")
    return cast(Every, word)


def _weekdays(value: object) -> tuple[str, ...]:
    words = re.split(r"[\s,]+", value.strip()) if isinstance(value, str) else value
    if not isinstance(words, list | tuple):
        raise InvalidInput("Name weekdays instead of numbering them, such as on: monday.")
    names = []
    for word in words:
        name = _weekday_or_none(str(word).lower())
        if name is None:
            raise InvalidInput(f"“{str(word)[:40]}” is no weekday; name it, such as monday.")
        if name not in names:
            names.append(name)
    return tuple(names)


def _weekday_or_none(word: str) -> str | None:
    bare = word.removesuffix("s") if word.endswith("days") else word
    return next((name for name in WEEKDAYS if bare == name or (len(bare) in (3, 4) and name.startswith(bare))), None)


def _one_word(word: str, low: str, *, is_weekly: bool) -> tuple[str, str]:
    """What a word says of a schedule, and how `from_mapping` has it. After "weekly", what is nothing else is no weekday."""
    if re.fullmatch(r"\d{1,2}[:.]\d{2}", low):
        return "at", low.replace(".", ":").zfill(5)
    if low == LAST or re.fullmatch(r"\d{1,2}(st|nd|rd|th)?", low):
        return "day", re.sub(r"\D", "", low) or LAST
    if low[0].isdigit() or low in ("am", "pm", "noon", "midnight"):
        raise InvalidInput(f"“{word[:40]}” is no hour; write the hour as 09:00, as in weekdays 09:00.")
    if low in ("weekday", "workday", "workdays"):
        return "every", "weekdays"
    if "/" in word or low in ("utc", "gmt"):
        return "timezone", word
    if low not in get_args(Every) and (is_weekly or low.removesuffix("s").endswith("day")):
        near = difflib.get_close_matches(low, WEEKDAYS, 1, 0.8)
        hint = f"did you mean {near[0]}?" if near else "write monday, tuesday, wednesday, thursday, friday, saturday or sunday."
        raise InvalidInput(f"“{word[:40]}” is no weekday; {hint}")
    return "every", _every(low)


def _add(found: dict[str, str], key: str, said: str) -> None:
    before = found.setdefault(key, said)
    if before.lower() != said.lower():
        raise InvalidInput(f"A schedule has one {_ONE[key]}, not both “{before[:40]}” and “{said[:40]}”; keep one of them.")


def _clock(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{1,2}):(\d{2})", text.strip())
    if match is None or int(match[1]) > 23 or int(match[2]) > 59:
        raise InvalidInput(f"“{text.strip()[:40]}” is no time of day; write one from 00:00 to 23:59, such as 09:00.")
    return int(match[1]), int(match[2])


def _whole(text: str, what: str) -> int:
    if not re.fullmatch(r"\d{1,3}", text):
        raise InvalidInput(f"“{text[:40]}” is no {what}; write a number" + (", or last." if what == "day" else "."))
    return int(text)
