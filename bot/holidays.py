"""Public holidays by time zone. The one module that knows the library `holidays`."""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from importlib.resources import files


def is_holiday(day: date, zone: str) -> bool:
    """Whether a day is a public holiday of the whole country that an IANA zone lies in; where none is known, it is not."""
    country = country_of(zone)
    return bool(country) and day in _holidays(country, day.year)


def country_of(zone: str) -> str:
    """The ISO 3166 code of the country that an IANA zone lies in, as `zone.tab` of the tz database has it; empty: unknown.

    An older name such as US/Eastern has the country of the zone that it stands for, if that lies in one country alone.
    """
    return _countries().get(zone, "")


@lru_cache(maxsize=1)
def _countries() -> Mapping[str, str]:
    found = {zone: country for country, zone in _lines("zone.tab")}
    lies_in = {zone: countries for countries, zone in _lines("zone1970.tab")}
    for line in _text("tzdata.zi"):
        if line.startswith("L "):
            _, zone, older = line.split()
            # Of several countries it may be any, and the holidays of a wrong one are worse than none.
            if "," not in lies_in.get(zone, ","):
                found.setdefault(older, lies_in[zone])
    return found


def _lines(table: str) -> list[tuple[str, str]]:
    """The country, or several with commas, and the zone of each line."""
    cells = [line.split("\t") for line in _text(table) if not line.startswith("#")]
    return [(countries, zone) for countries, _, zone, *_ in cells]


def _text(name: str) -> list[str]:
    return (files("tzdata") / "zoneinfo" / name).read_text(encoding="utf-8").splitlines()


@lru_cache(maxsize=1024)
def _holidays(country: str, year: int) -> frozenset[date]:
    import holidays

    try:
        return frozenset(holidays.country_holidays(country, years=year))
    except NotImplementedError:
        return frozenset()
