"""Public holidays where a zone is."""

from datetime import date, timedelta
from unittest.mock import patch
from zoneinfo import available_timezones

import holidays as library
import pytest

from bot import holidays
from bot.holidays import country_of, is_holiday


@pytest.mark.parametrize(
    ("zone", "country"),
    [
        ("Europe/Oslo", "NO"),
        ("Europe/Berlin", "DE"),
        ("America/New_York", "US"),
        ("America/Toronto", "CA"),
        ("Australia/Lord_Howe", "AU"),
        ("Asia/Kolkata", "IN"),
        ("Asia/Calcutta", "IN"),
        ("US/Eastern", "US"),
        ("Europe/Kiev", "UA"),
    ],
)
def test_a_zone_lies_in_a_country(zone: str, country: str) -> None:
    """Oslo's clocks have been those of Berlin since 1970; its holidays are not."""
    assert country_of(zone) == country


@pytest.mark.parametrize("zone", ["Etc/UTC", "UTC", "CET", "EST", "Iceland", "Africa/Timbuktu", "Mars/Olympus", ""])
def test_what_lies_in_no_country_or_in_any_of_several_has_none(zone: str) -> None:
    """Timbuktu stands for Abidjan's zone: better no holidays than those of another country."""
    assert country_of(zone) == ""
    assert not any(is_holiday(date(2026, 1, 1) + timedelta(days=n), zone) for n in range(366))


def test_every_country_of_the_table_has_holidays() -> None:
    countries = {country_of(zone) for zone in available_timezones()} - {""}
    assert len(countries) > 240
    assert {c for c in countries if c not in library.list_supported_countries()} == set()


@pytest.mark.parametrize(
    ("day", "zone", "is_off"),
    [
        (date(2026, 5, 17), "Europe/Oslo", True),
        (date(2026, 5, 17), "Europe/Stockholm", False),
        (date(2026, 4, 6), "Europe/Oslo", True),  # Easter Monday
        (date(2026, 11, 26), "America/New_York", True),  # Thanksgiving: the fourth Thursday
        (date(2026, 11, 26), "America/Toronto", False),
        (date(2026, 7, 3), "America/New_York", True),  # the Fourth of July is a Saturday
        (date(2026, 1, 26), "Asia/Kolkata", True),
        (date(2026, 1, 26), "Australia/Lord_Howe", True),
        (date(2026, 11, 24), "Europe/Oslo", False),
    ],
)
def test_known_days(day: date, zone: str, is_off: bool) -> None:
    assert is_holiday(day, zone) is is_off


def test_a_country_that_the_library_does_not_know_has_no_holidays() -> None:
    with patch.object(holidays, "country_of", return_value="XX"):
        assert not is_holiday(date(2026, 1, 1), "Europe/Oslo")


def test_a_year_is_computed_once() -> None:
    """Everybody of a large survey asks for the same few days."""
    holidays._holidays.cache_clear()
    with patch.object(library, "country_holidays", wraps=library.country_holidays) as computed:
        for n in range(730):
            is_holiday(date(2026, 1, 1) + timedelta(days=n), "Europe/Oslo")
    assert computed.call_count == 2
