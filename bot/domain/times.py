"""Moments as people type them. The grammar is ours and strict: libraries guess, and a guessed hour becomes a wrong figure."""

import difflib
import re
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from bot.domain.errors import InvalidInput
from bot.domain.periods import MONTHS, WEEKDAYS, YEARS, day, quoted, read_date

FORMS = "2026-11-23 14:00, yesterday 14:00, monday 09:00 or 2h ago"
"""What a person is told to write."""

_SECONDS = {"s": 1, "sec": 1, "second": 1, "m": 60, "min": 60, "minute": 60, "h": 3600, "hr": 3600, "hour": 3600}
_DAYS = {"d": 1, "day": 1, "w": 7, "wk": 7, "week": 7}
_UNIT = re.compile(r"(\d{1,6}(?:\.\d{1,3})?|an?) ?([a-z]+?)s?(?: and)?(?: |$)")
_CLOCK = re.compile(
    r"(?P<h>\d{1,2})(?::(?P<m>\d{2})(?::(?P<s>\d{2})(?:\.(?P<f>\d{1,9}))?)?)? ?(?P<half>am|pm)?"
    r" ?(?P<offset>z|utc|gmt|[+-]\d{2}:?\d{2}|[+-]\d{2})?(?: ?\(?(?P<turn>first|second)\)?)?$"
)


def read_time(text: str, now: datetime, zone: str, future: bool = False) -> datetime:
    """The moment in UTC that a person in `zone` names: ISO 8601, "now", "2h ago", "yesterday 14:00", "monday 09:00", "14:00".

    A weekday is the latest that is not after `now` (with `future`, the next that is not before it). The name of a zone at the
    end, as `show_time` writes it, replaces `zone`. An hour that clocks repeat needs its offset, or "first" or "second".

    :raises InvalidInput: it cannot be read, lies in the future though `future` is false, or is an hour that does not exist.
    """
    words, zone = _zone_at_end(" ".join(text[:100].split()), zone)
    words = words.lower()
    try:
        moment = now if words == "now" else _relative(words, now, zone) or _absolute(words, now, zone, future)
    except OverflowError:
        moment = datetime.min.replace(tzinfo=UTC)
    if moment is None:
        raise InvalidInput(f"{quoted(text)} is no time that I can read; write one such as {FORMS}.")
    if moment.year not in YEARS:
        raise InvalidInput(f"{quoted(text)} is outside the years {YEARS[0]} to {YEARS[-1]}; check the year.")
    if moment > now and not future:
        raise InvalidInput(f"{show_time(moment, zone)} lies in the future; write a time that has passed.")
    return moment


def show_time(moment: datetime, zone: str) -> str:
    """The moment on the zone's clocks, to the minute: "Mon 23 Nov 2026 09:00 Europe/Oslo".

    In an hour that clocks repeat, the offset tells which: "Sun 25 Oct 2026 02:30+01:00 Europe/Oslo".
    """
    local = moment.astimezone(ZoneInfo(zone))
    words = f"{show_date(local.date())} {local:%H:%M}"
    return f"{words}{_offset(local) if _is_repeated(local) else ''} {zone}"


def show_date(on: date) -> str:
    """The date with its weekday: "Mon 23 Nov 2026"."""
    weekday, month = WEEKDAYS[on.weekday()][:3].capitalize(), MONTHS[on.month - 1][:3].capitalize()
    return f"{weekday} {on.day} {month} {on.year}"


def read_zone(text: str) -> str:
    """The IANA name of a time zone, in its own spelling.

    :raises InvalidInput: there is no such zone; the text names the nearest.
    """
    name = "_".join(text.split())
    found = _zones().get(name.lower())
    if found:
        return found
    near = nearest_zone(name)
    hint = f"did you mean {near}?" if near else "write one such as Europe/Oslo."
    raise InvalidInput(f"{quoted(text)} is no IANA time zone; {hint}")


def nearest_zone(name: str) -> str | None:
    """The IANA zone whose name, or whose city, is nearest; None if none is near."""
    wanted = name.lower()
    cities = {zone.rsplit("/", 1)[-1]: zone for zone in sorted(_zones(), reverse=True) if "/" in zone}
    for names in (_zones(), cities):
        if near := difflib.get_close_matches(wanted, list(names), n=1, cutoff=0.75):
            return _zones()[cities.get(near[0], near[0])]
    return None


def at(on: date, clock: time, zone: str) -> datetime:
    """The moment in UTC when clocks in `zone` show `clock` on that date. `clock.fold` 1 picks the second of a repeated hour.

    :raises InvalidInput: clocks skip that hour on that day.
    """
    local = datetime.combine(on, clock, ZoneInfo(zone))
    if _is_skipped(local):
        raise InvalidInput(
            f"{clock:%H:%M} on {show_date(on)} does not exist in {zone}: clocks are put forward over it. Choose another time."
        )
    return local.astimezone(UTC)


def first_moment(on: date, clock: time, zone: str) -> datetime:
    """The moment in UTC when clocks in `zone` first show `clock` on that date, or where they skip it, the end of the gap."""
    local, here = datetime.combine(on, clock), ZoneInfo(zone)
    first = local.replace(tzinfo=here, fold=0).astimezone(UTC)
    if first.astimezone(here).replace(tzinfo=None) == local:
        return first
    low, high = local.replace(tzinfo=here, fold=1).astimezone(UTC), first
    before = low.astimezone(here).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
        low, high = (middle, high) if middle.astimezone(here).utcoffset() == before else (low, middle)
    return high


def is_repeated(on: date, clock: time, zone: str) -> bool:
    """Whether clocks in `zone` show that time twice on that date."""
    return _is_repeated(datetime.combine(on, clock, ZoneInfo(zone)))


def _relative(words: str, now: datetime, zone: str) -> datetime | None:
    if words.endswith(" ago"):
        amount, sign = words.removesuffix(" ago"), -1
    elif words.startswith("in "):
        amount, sign = words.removeprefix("in "), 1
    else:
        return None
    if not re.fullmatch(f"(?:{_UNIT.pattern})+", amount):
        return None
    days = seconds = 0.0
    for number, unit in _UNIT.findall(amount):
        count = 1.0 if number in ("a", "an") else float(number)
        if unit in _SECONDS:
            seconds += count * _SECONDS[unit]
        elif unit in _DAYS and count == int(count):
            days += count * _DAYS[unit]
        else:
            return None
    return _moved(now, sign * days, sign * seconds, zone)


def _moved(now: datetime, days: float, seconds: float, zone: str) -> datetime:
    local = now.astimezone(ZoneInfo(zone))
    start = at(local.date() + timedelta(days=days), local.timetz().replace(tzinfo=None), zone) if days else now
    return start + timedelta(seconds=seconds)


def _absolute(words: str, now: datetime, zone: str, future: bool) -> datetime | None:
    today = now.astimezone(ZoneInfo(zone)).date()
    if on := read_date(words, today):
        return day(on, zone).start
    on_words, _, rest = _split(words)
    found = _CLOCK.match(rest)
    clock = _clock(found) if found else None
    if not found or clock is None:
        return None
    on = today if not on_words else read_date(on_words, today) or _dated_weekday(on_words, today)
    if on:
        return _on_clock(on, clock, found, zone)
    weekday = _weekday(on_words)
    return _on_weekday(weekday, clock, found, now, zone, future=future) if weekday else None


def _split(words: str) -> tuple[str, str, str]:
    iso = re.fullmatch(r"(\d{4}-\d{1,2}-\d{1,2})[t ](.+)", words)
    if iso:
        return iso[1], " ", iso[2]
    found = re.search(r"(?:^| )(?:at )?(\d{1,2}(?::\d\d| ?[ap]m).*)$", words)
    return (words[: found.start()].rstrip(","), " ", found[1]) if found else ("", "", "")


def _clock(found: re.Match[str]) -> time | None:
    hour, minute, second = (int(found[part] or 0) for part in ("h", "m", "s"))
    if found["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if found["half"] == "pm" else 0)
    elif found["m"] is None:
        return None
    try:
        return time(hour, minute, second, int((found["f"] or "0").ljust(6, "0")[:6]))
    except ValueError:
        return None


def _on_clock(on: date, clock: time, found: re.Match[str], zone: str) -> datetime | None:
    if found["offset"]:
        offset = _read_offset(found["offset"])
        return None if offset is None else (datetime.combine(on, clock, UTC) - offset)
    if is_repeated(on, clock, zone):
        if not found["turn"]:
            first, second = (_offset(datetime.combine(on, clock.replace(fold=f), ZoneInfo(zone))) for f in (0, 1))
            raise InvalidInput(
                f"{clock:%H:%M} on {show_date(on)} happens twice in {zone}: add the offset, {first} or {second}, to say which."
            )
        clock = clock.replace(fold=int(found["turn"] == "second"))
    return at(on, clock, zone)


def _on_weekday(weekday: str, clock: time, found: re.Match[str], now: datetime, zone: str, *, future: bool) -> datetime | None:
    today = now.astimezone(ZoneInfo(zone)).date()
    ago = (today.weekday() - WEEKDAYS.index(weekday)) % 7
    moment = _on_clock(today - timedelta(days=ago), clock, found, zone)
    if moment is None or moment == now:
        return moment
    if future and moment < now:
        return _on_clock(today + timedelta(days=7 - ago), clock, found, zone)
    if not future and moment > now:
        return _on_clock(today - timedelta(days=7), clock, found, zone)
    return moment


def _weekday(words: str) -> str | None:
    word = words.removeprefix("on ").removeprefix("last ").removeprefix("next ")
    return next((w for w in WEEKDAYS if word in (w, w[:3])), None)


def _dated_weekday(words: str, today: date) -> date | None:
    weekday, _, rest = words.partition(" ")
    on = read_date(rest.replace(",", ""), today) if _weekday(weekday.rstrip(",")) else None
    return on if on and WEEKDAYS[on.weekday()].startswith(weekday.rstrip(",")[:3]) else None


def _read_offset(words: str) -> timedelta | None:
    if words in ("z", "utc", "gmt"):
        return timedelta()
    digits = words[1:].replace(":", "").ljust(4, "0")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    if offset > timedelta(hours=15) or int(digits[2:]) > 59:
        return None
    return -offset if words[0] == "-" else offset


def _zone_at_end(words: str, zone: str) -> tuple[str, str]:
    start, _, last = words.rpartition(" ")
    if start and ("/" in last):
        return start, read_zone(last)
    return words, zone


def _is_skipped(local: datetime) -> bool:
    return local.astimezone(UTC).astimezone(local.tzinfo).replace(tzinfo=None) != local.replace(tzinfo=None)


def _is_repeated(local: datetime) -> bool:
    return not _is_skipped(local) and local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()


def _offset(local: datetime) -> str:
    words = f"{local:%z}"
    return f"{words[:3]}:{words[3:5]}"


@lru_cache(maxsize=1)
def _zones() -> dict[str, str]:
    return {name.lower(): name for name in available_timezones() if name not in ("localtime", "posixrules", "Factory")}
