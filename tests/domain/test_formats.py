"""Figures as text: the same everywhere."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import formats
from bot.domain.figures import Comparison, Interval
from bot.domain.kpis import Unit

numbers = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12)
units = st.builds(
    Unit, st.sampled_from(sorted(formats.unit_codes())), st.sampled_from(["", ".1%", ",.0f", "+.2f", ".3g", ".3f"])
)


@pytest.mark.parametrize(
    ("number", "unit", "text"),
    [
        ("0.124", Unit("ratio"), "12.4%"),
        ("-0.0001", Unit("ratio"), "0.0%"),
        ("0.9992", Unit("ratio", ".3%"), "99.920%"),
        ("0.8312", Unit("ratio", ".3f"), "0.831"),
        ("0.2", Unit("ratio", "+.1%"), "+20.0%"),
        ("0.004", Unit("pp"), "+0.40 pp"),
        ("-0.004", Unit("pp"), "-0.40 pp"),
        ("0.00001", Unit("pp"), "0.00 pp"),
        ("126000", Unit("USD", "$,.0f"), "126,000 USD"),
        ("126000.5", Unit("EUR"), "126,000.50 EUR"),
        ("126000.5", Unit("JPY"), "126,001 JPY"),
        ("1.2345", Unit("KWD"), "1.235 KWD"),
        ("1e300", Unit("USD"), "1.000e+300 USD"),
        ("6.25", Unit("h"), "6.3 h"),
        ("72", Unit("h"), "72 h"),
        ("0.0123", Unit("h"), "0.012 h"),
        ("250.4", Unit("ms", ".0f ms"), "250 ms"),
        ("9", Unit("wk", ".1f wk"), "9.0 wk"),
        ("72", Unit("points100", ".0f/100"), "72/100"),
        ("0.07", Unit("index", ".3f"), "0.070"),
        ("0.0000023", Unit("pvalue", ".3g"), "2.30e-6"),
        ("0.2", Unit("pvalue"), "0.200"),
        ("12000", Unit("count"), "12,000"),
        ("0", Unit("count"), "0"),
        ("1e-30", Unit("count"), "1.0e-30"),
        ("NaN", Unit("count"), "no value"),
        ("Infinity", Unit("USD"), "no value"),
    ],
)
def test_figures(number, unit, text):
    assert formats.value(Decimal(number), unit) == text


def test_what_could_not_be_computed_is_never_zero():
    assert formats.value(None, Unit("ratio")) == "no value"


@given(numbers, units)
def test_no_figure_is_a_negative_zero_or_empty(number, unit):
    text = formats.value(number, unit)
    assert text.strip() == text != ""
    digits = text.split(" ")[0].rstrip("%").removesuffix("/100")
    assert not digits.startswith("-") or digits.strip("-0.,")
    assert not digits.startswith("+") or digits.strip("+0.,")


@given(st.decimals(min_value=-1000, max_value=1000, places=6), st.integers(0, 6))
def test_rounding_is_to_the_nearest_and_half_away_from_zero(number, places):
    text = formats.value(number, Unit("count", f",.{places}f")).replace(",", "")
    assert abs(Decimal(text) - number) <= Decimal(1).scaleb(-places) / 2
    assert formats.value(Decimal("0.25"), Unit("ratio", ".0%")) == "25%"
    assert formats.value(Decimal("2.5"), Unit("count", ".0f")) == "3"
    assert formats.value(Decimal("-2.5"), Unit("count", ".0f")) == "-3"


@pytest.mark.parametrize(
    ("number", "unit", "text"),
    [
        ("0.9", Unit("ratio", ".0%"), "90%"),
        ("0.9995", Unit("ratio", ".0%"), "99.95%"),
        ("2", Unit("h", ".1f h"), "2 h"),
        ("0.01", Unit("pp"), "+1 pp"),
        ("1000000", Unit("USD"), "1,000,000 USD"),
        ("0", Unit("count"), "0"),
        ("75", Unit("points100"), "75/100"),
    ],
)
def test_a_limit_is_never_rounded(number, unit, text):
    assert formats.limit(Decimal(number), unit) == text


def test_allowed_changes_are_never_rounded():
    assert formats.limit_change(Decimal("-0.02"), Unit("ratio")) == "-2 pp"
    assert formats.limit_change(Decimal("0.1255"), None) == "+12.55%"
    assert formats.limit_change(Decimal(-5), Unit("points100")) == "-5 points"


def test_intervals_say_the_unit_once():
    ends = Interval(Decimal("0.764"), Decimal("0.991"), Decimal("0.95"), "wilson")
    assert formats.interval(ends, Unit("ratio")) == "95% CI 76.4 to 99.1%"
    points = Interval(Decimal("0.0023"), Decimal("0.0057"), Decimal("0.95"), "newcombe")
    assert formats.interval(points, Unit("pp")) == "95% CI +0.23 to +0.57 pp"
    assert formats.span(Decimal("1.5"), Decimal("4"), Unit("h", ".1f")) == "1.5 to 4.0 h"


def changed(reference, points, unit):
    start, by = Decimal(reference), Decimal(points)
    return formats.change(Comparison("previous", start, "", by, by / abs(start) if start else None, None), unit)


@pytest.mark.parametrize(
    ("reference", "points", "unit", "text"),
    [
        ("0.02", "0.004", Unit("ratio"), "+0.40 pp (+20.0% on 2.0%)"),
        ("0.004", "0.014", Unit("ratio"), "+1.40 pp (+350% on 0.4%)"),
        ("0.02", "0.004", Unit("pp"), "+0.40 pp"),
        ("0.80", "-0.02", Unit("ratio", ".3f"), "-0.020 (-2.5%)"),
        ("3.1", "3.1", Unit("h", ".1f"), "+3.1 h (+100%)"),
        ("3.1", "0.001", Unit("h", ".1f"), "<0.1 h up"),
        ("3.1", "-0.001", Unit("h", ".1f"), "<0.1 h down"),
        ("3.1", "0", Unit("h", ".1f"), "no change"),
        ("0", "3", Unit("count"), "+3"),
        ("62", "16", Unit("points100"), "+16 points (+25.8%)"),
        ("100", "-12.5", Unit("USD"), "-12.50 USD (-12.5%)"),
        ("0", "0.05", Unit("ratio"), "+5.00 pp"),
    ],
)
def test_changes(reference, points, unit, text):
    assert changed(reference, points, unit) == text


def test_a_sparkline_has_a_place_for_every_value():
    assert formats.sparkline([1, 2, None, 3, Decimal(8)]) == "▁▂·▃█"
    assert formats.sparkline([Decimal("0.95")] * 3) == "▄▄▄"
    assert formats.sparkline([None, None]) == "··"
    assert formats.sparkline([]) == ""


@given(st.lists(st.none() | st.decimals(-1000, 1000, allow_nan=False), max_size=80))
def test_a_sparkline_rises_with_its_values(values):
    drawn = formats.sparkline(values)
    assert len(drawn) == len(values)
    known = sorted((v, c) for v, c in zip(values, drawn, strict=True) if v is not None)
    assert [c for _, c in known] == sorted(c for _, c in known)


def test_units():
    codes = formats.unit_codes()
    assert {"ratio", "pp", "USD", "EUR", "count", "index", "pvalue", "points100"} <= set(codes)
    assert {"ms", "s", "min", "h", "d", "wk"} <= set(codes)
    assert all(codes.values())
    assert formats.is_money(Unit("NOK"))
    assert not formats.is_money(Unit("h"))
