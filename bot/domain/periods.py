"""Spans of time with a zone: the day, week, month, quarter, half year or year that an observation stands for."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache, partial
from typing import Literal
from zoneinfo import ZoneInfo

from bot.domain.errors import InvalidInput
from bot.domain.kpis import Grain

WeekStart = Literal["monday", "sunday", "saturday"]

MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
YEARS = range(1970, 2200)
"""The years in which anything is recorded; a figure of year 20266 is a slip of the finger."""

_LENGTH_IN_MONTHS = {Grain.MONTH: 1, Grain.QUARTER: 3, Grain.HALF_YEAR: 6, Grain.YEAR: 12}
_NAMES = {g: g.value.replace("_", " ") for g in Grain}
_EXAMPLES = {
    Grain.DAY: "2026-11-23 or yesterday",
    Grain.WEEK: '2026-W47 or "last week"',
    Grain.MONTH: '2026-11 or "last month"',
    Grain.QUARTER: '2026-Q4 or "last quarter"',
    Grain.HALF_YEAR: '2026-H2 or "last half year"',
    Grain.YEAR: '2026 or "last year"',
}
_HALF_SAID = ("the", "this", "current", "last", "previous", "next", "week", "wk", "quarter", "half")
"""What is left of a period of several words when its quotes were forgotten."""

_DAYS_BACK, _WEEKS_BACK = timedelta(days=365), timedelta(weeks=53)
"""How far back a date or a week without a year may lie: all but 29 February and week 53 come again within that."""


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """From `start` up to, not including, `end`; both are UTC. `zone` is the IANA name whose calendar drew the edges."""

    start: datetime
    end: datetime
    grain: Grain
    zone: str = "UTC"

    def contains(self, moment: datetime) -> bool:
        return self.start <= moment < self.end

    def is_complete(self, now: datetime) -> bool:
        """Whether it is over, so that its figure can be compared with a full one."""
        return now >= self.end

    @property
    def length(self) -> timedelta:
        """Elapsed time: a day on which clocks change is 23 or 25 hours long."""
        return self.end - self.start


def containing(moment: datetime, grain: Grain, zone: str = "UTC", week_starts: str = "monday") -> Period:
    """The period of the zone's calendar in which the moment lies."""
    period = _from(_first_day(moment.astimezone(ZoneInfo(zone)).date(), grain, week_starts), grain, zone)
    # Where clocks go back over midnight, a moment can bear the date of the day before the one it is counted in.
    while moment < period.start:
        period = before(period)
    while moment >= period.end:
        period = after(period)
    return period


def before(period: Period) -> Period:
    """The period that ends where this one starts."""
    return _neighbour(period, -1)


def after(period: Period) -> Period:
    """The period that starts where this one ends."""
    return _neighbour(period, 1)


def between(start: datetime, end: datetime, grain: Grain, zone: str = "UTC", week_starts: str = "monday") -> list[Period]:
    """The periods that share a moment with the span from `start` up to, not including, `end`; oldest first."""
    found: list[Period] = []
    period = containing(start, grain, zone, week_starts)
    while start < end and period.start < end:
        found.append(period)
        period = after(period)
    return found


@lru_cache(maxsize=16384)
def label(period: Period) -> str:
    """The period as people say it: "24 Nov 2026", "week 48, 2026" (ISO 8601), "Nov 2026", "Q4 2026", "H2 2026", "2026"."""
    first = _local_day(period)
    match period.grain:
        case Grain.DAY:
            return f"{first.day} {MONTHS[first.month - 1][:3].capitalize()} {first.year}"
        case Grain.WEEK:
            iso = _thursday(first).isocalendar()
            return f"week {iso.week}, {iso.year}"
        case Grain.MONTH:
            return f"{MONTHS[first.month - 1][:3].capitalize()} {first.year}"
        case Grain.QUARTER:
            return f"Q{first.month // 3 + 1} {first.year}"
        case Grain.HALF_YEAR:
            return f"H{first.month // 6 + 1} {first.year}"
        case Grain.YEAR:
            return str(first.year)


@lru_cache(maxsize=16384)
def short(period: Period, beside: Period | None = None) -> str:
    """The period in a few letters: "W47", "23 Nov", "Oct", "Q4"; with its year where that of `beside` is another."""
    first = _local_day(period)
    named = _thursday(first) if period.grain is Grain.WEEK else first
    words = {
        Grain.DAY: f"{first.day} {MONTHS[first.month - 1][:3].capitalize()}",
        Grain.WEEK: f"W{named.isocalendar().week}",
        Grain.MONTH: MONTHS[first.month - 1][:3].capitalize(),
        Grain.QUARTER: f"Q{first.month // 3 + 1}",
        Grain.HALF_YEAR: f"H{first.month // 6 + 1}",
        Grain.YEAR: str(first.year),
    }[period.grain]
    is_told = period.grain is Grain.YEAR or (beside is not None and _year(beside) == _year(period))
    return words if is_told else f"{words} {_year(period)}"


def shorts(periods: Sequence[Period]) -> tuple[str, ...]:
    """Each in a few letters, the year only where it is not that of the latest: "Dec 2025", "Jan", "Feb"."""
    return tuple(short(p, periods[-1]) for p in periods)


def stretch(first: Period, last: Period) -> str:
    """From one period to another: "W22–W29 2026", "Nov 2025–Jan 2026"; one alone by its label."""
    return label(first) if first == last else f"{short(first, last)}–{short(last)}"


def _year(period: Period) -> int:
    first = _local_day(period)
    return (_thursday(first) if period.grain is Grain.WEEK else first).year


def day(on: date, zone: str = "UTC") -> Period:
    """The day of that date in the zone."""
    return _from(on, Grain.DAY, zone)


def read_period(
    text: str,
    grain: Grain | None = None,
    zone: str = "UTC",
    now: datetime | None = None,
    week_starts: str = "monday",
    *,
    future: bool = False,
) -> Period:
    """The period that a person names: "2026-W47", "week 47", "Nov 2026", "Q4 2026", "2026-11-23", "last week", "yesterday".

    A date, "today" or "yesterday" names the period of the wanted grain in which it lies; any other form must be of that grain.
    Without a year it is the latest that has begun, if that is within about a year. `now` defaults to the moment; pass it
    wherever a clock is at hand.

    :raises InvalidInput: it cannot be read, is of another grain, needs its year, or has not begun though `future` is false.
    """
    now = now or datetime.now(UTC)
    words = " ".join(text.lower().replace(",", " ").strip(' "“”').split())
    today = now.astimezone(ZoneInfo(zone)).date()
    named = _read(words, today, week_starts)
    if named is None:
        raise _no_period(text, words, grain or Grain.WEEK)
    said, on = named
    if grain and said not in (grain, Grain.DAY):
        raise InvalidInput(f"{quoted(text)} is a {_NAMES[said]}, but this needs a {_NAMES[grain]}: write {_EXAMPLES[grain]}.")
    if on.year not in YEARS:
        raise InvalidInput(f"{quoted(text)} is outside the years {YEARS[0]} to {YEARS[-1]}; check the year.")
    wanted = grain or said
    period = _from(_first_day(on, wanted, week_starts), wanted, zone)
    if period.start > now and not future:
        raise InvalidInput(f"{label(period)} lies in the future; choose a period that has begun.")
    return period


def read_date(words: str, today: date) -> date | None:
    """The date that lower-case words name: "2026-11-23", "23 nov 2026", "nov 23" (the latest), "today"; else None.

    :raises InvalidInput: it has no year, and the last year had no such day.
    """
    if words in ("today", "yesterday", "tomorrow"):
        return today + timedelta(days={"today": 0, "yesterday": -1, "tomorrow": 1}[words])
    if found := re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", words):
        return _date(int(found[1]), int(found[2]), int(found[3]))
    if found := re.fullmatch(r"(\d{1,2})\.? ([a-z]+)\.?(?: (\d{4}))?", words):
        return _month_day(found[2], int(found[1]), found[3], today)
    if found := re.fullmatch(r"([a-z]+)\.? (\d{1,2})(?: (\d{4}))?", words):
        return _month_day(found[1], int(found[2]), found[3], today)
    return None


def month_number(word: str) -> int | None:
    """1 for "january" or "jan"; None for a word that is no month."""
    return next((i for i, m in enumerate(MONTHS, 1) if word in (m, m[:3]) or (word == "sept" and m == "september")), None)


def quoted(text: str) -> str:
    """What a person wrote, on one line and cut to 40 characters, for a sentence about it."""
    words = " ".join(text.split())
    return f"“{words if len(words) <= 40 else words[:39] + '…'}”"


def _no_period(text: str, words: str, grain: Grain) -> InvalidInput:
    if words in _HALF_SAID:
        said = (
            f'{quoted(text)} is only a part of a period; put all of its words in quotes, as in period="last {_NAMES[grain]}".'
        )
        return InvalidInput(said)
    return InvalidInput(f"{quoted(text)} is no period; write one such as {_EXAMPLES[grain]}.")


def _read(words: str, today: date, week_starts: str) -> tuple[Grain, date] | None:
    if on := read_date(words, today):
        return Grain.DAY, on
    read_week = partial(_read_week, week_starts=week_starts)
    for reader in (_read_relative, read_week, _read_part_of_year, _read_month, _read_year):
        if found := reader(words, today):
            return found
    return None


def _read_relative(words: str, today: date) -> tuple[Grain, date] | None:
    found = re.fullmatch(r"(?:the )?(this|current|last|previous|next) (day|week|month|quarter|half[ -]?year|half|year)", words)
    if not found:
        return None
    unit = found[2].replace("-", " ").replace("halfyear", "half year")
    grain = Grain.HALF_YEAR if unit.startswith("half") else Grain(unit)
    by = {"this": 0, "current": 0, "next": 1}.get(found[1], -1)
    return grain, _step(_first_day(today, grain, "monday"), grain, by) if grain is not Grain.WEEK else today + timedelta(
        weeks=by
    )


def _read_week(words: str, today: date, week_starts: str) -> tuple[Grain, date] | None:
    found = re.fullmatch(r"(?:(?P<a>\d{4})[- ]?)?(?:w|wk|week) ?(?P<n>\d{1,2})(?: (?P<b>\d{4}))?", words)
    if not found or (found["a"] and found["b"]):
        return None
    number, year = int(found["n"]), found["a"] or found["b"]
    if year:
        return _iso_week(int(year), number)
    weeks = (w for y in range(today.year + 1, today.year - 9, -1) if (w := _iso_week(y, number)))
    latest = next((w for w in weeks if _first_day(w[1], Grain.WEEK, week_starts) <= today), None)
    if latest and today - latest[1] > _WEEKS_BACK:
        raise _needs_year(words, f"{latest[1].year}-W{number}")
    return latest


def _iso_week(year: int, number: int) -> tuple[Grain, date] | None:
    try:
        return Grain.WEEK, date.fromisocalendar(year, number, 4)
    except ValueError:
        return None


def _read_part_of_year(words: str, today: date) -> tuple[Grain, date] | None:
    found = re.fullmatch(r"(?:(?P<a>\d{4})[- ]?)?(?P<part>q[1-4]|h[12]|quarter [1-4]|half [12])(?: (?P<b>\d{4}))?", words)
    if not found or (found["a"] and found["b"]):
        return None
    grain = Grain.QUARTER if found["part"].startswith("q") else Grain.HALF_YEAR
    month = (int(found["part"][-1]) - 1) * _LENGTH_IN_MONTHS[grain] + 1
    on = _in_year(month, found["a"] or found["b"], today)
    return (grain, on) if on else None


def _read_month(words: str, today: date) -> tuple[Grain, date] | None:
    if found := re.fullmatch(r"(\d{4})-(\d{1,2})", words):
        on = _date(int(found[1]), int(found[2]), 1)
    elif (found := re.fullmatch(r"([a-z]+)\.?(?: (\d{4}))?", words)) and (month := month_number(found[1])):
        on = _in_year(month, found[2], today)
    else:
        return None
    return (Grain.MONTH, on) if on else None


def _read_year(words: str, _: date) -> tuple[Grain, date] | None:
    found = re.fullmatch(r"\d{4}", words)
    on = _date(int(words), 1, 1) if found else None
    return (Grain.YEAR, on) if on else None


def _in_year(month: int, year: str | None, today: date) -> date | None:
    if year:
        return _date(int(year), month, 1)
    return date(today.year if month <= today.month else today.year - 1, month, 1)


def _month_day(word: str, number: int, year: str | None, today: date) -> date | None:
    month = month_number(word)
    if not month:
        return None
    if year:
        return _date(int(year), month, number)
    dates = (_date(today.year - back, month, number) for back in range(9))
    latest = next((d for d in dates if d and d <= today), None)
    if latest and today - latest > _DAYS_BACK:
        raise _needs_year(f"{number} {word}", latest.isoformat())
    return latest


def _needs_year(said: str, example: str) -> InvalidInput:
    return InvalidInput(f"{quoted(said)} was not within the last year; add its year, as in {example}.")


def _date(year: int, month: int, on: int) -> date | None:
    try:
        return date(year, month, on)
    except ValueError:
        return None


@lru_cache(maxsize=16384)
def _neighbour(period: Period, by: int) -> Period:
    first = _local_day(period)
    while True:
        first = _step(first, period.grain, by)
        found = _from(first, period.grain, period.zone)
        if found.start < found.end:  # a zone that moved over the date line left a date out
            return found


def _from(first: date, grain: Grain, zone: str) -> Period:
    return Period(_midnight(first, zone), _midnight(_step(first, grain, 1), zone), grain, zone)


@lru_cache(maxsize=65536)
def _midnight(on: date, zone: str) -> datetime:
    return datetime(on.year, on.month, on.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)


@lru_cache(maxsize=16384)
def _local_day(period: Period) -> date:
    on = period.start.astimezone(ZoneInfo(period.zone)).date()
    candidates = (on, on - timedelta(days=1), on + timedelta(days=1))
    return next((d for d in candidates if _from(d, period.grain, period.zone) == period), on)


def _first_day(on: date, grain: Grain, week_starts: str) -> date:
    if grain is Grain.DAY:
        return on
    if grain is Grain.WEEK:
        return on - timedelta(days=(on.weekday() - WEEKDAYS.index(week_starts)) % 7)
    months = _LENGTH_IN_MONTHS[grain]
    return date(on.year, (on.month - 1) // months * months + 1, 1)


def _step(first: date, grain: Grain, by: int) -> date:
    if grain is Grain.DAY:
        return first + timedelta(days=by)
    if grain is Grain.WEEK:
        return first + timedelta(weeks=by)
    years, month = divmod(first.month - 1 + by * _LENGTH_IN_MONTHS[grain], 12)
    return date(first.year + years, month + 1, 1)


def _thursday(first: date) -> date:
    # Whatever day a week starts on, it holds one Thursday, and ISO 8601 numbers weeks by theirs.
    return first + timedelta(days=(3 - first.weekday()) % 7)
