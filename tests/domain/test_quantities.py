from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import quantities
from bot.domain.errors import InvalidInput
from bot.domain.kpis import Unit

HOURS, SHARE, USD, COUNT, POINTS, PP = Unit("h"), Unit("ratio"), Unit("USD"), Unit("count"), Unit("points100"), Unit("pp")
BUSINESS = Unit("h", clock="business")


@pytest.mark.parametrize(
    ("text", "unit", "number"),
    [
        ("0.45", SHARE, "0.45"),
        ("45%", SHARE, "0.45"),
        ("45 %", SHARE, "0.45"),
        ("-3.5 percent", SHARE, "-0.035"),
        ("−3", HOURS, "-3"),
        ("+3", HOURS, "3"),
        ("1,200", USD, "1200"),
        ("$1,200.50", USD, "1200.50"),
        ("1200 usd", USD, "1200"),
        ("USD 1,200", USD, "1200"),
        ("-$5", USD, "-5"),
        ("€5", Unit("EUR"), "5"),
        ("90 min", HOURS, "1.5"),
        ("2h30m", HOURS, "2.5"),
        ("1 day 2 hours", HOURS, "26"),
        ("250ms", Unit("s"), "0.25"),
        ("2 wk", Unit("d"), "14"),
        ("3 mo", Unit("mo"), "3"),
        ("2h", BUSINESS, "2"),
        ("0.4pp", PP, "0.004"),
        ("72/100", POINTS, "72"),
        ("1.5e3", COUNT, "1500"),
        (".5", SHARE, "0.5"),
        ("0e999", COUNT, "0"),
        ("\u00a012 ", COUNT, "12"),
    ],
)
def test_numbers_as_people_type_them(text: str, unit: Unit, number: str) -> None:
    assert quantities.read(text, unit) == Decimal(number)


@pytest.mark.parametrize(
    ("text", "unit", "says"),
    [
        ("NaN", HOURS, "no number"),
        ("sNaN", HOURS, "no number"),
        ("inf", HOURS, "no number"),
        ("-Infinity", HOURS, "no number"),
        ("1e309", HOURS, "too large"),
        ("1e21", HOURS, "too large"),
        ("1e-51", HOURS, "too small"),
        ("1e99999", HOURS, "no number"),
        ("1_000", HOURS, "no number"),
        ("１２", HOURS, "no number"),
        ("12,4", HOURS, "no number"),
        ("1,20,000", HOURS, "no number"),
        ("0x10", HOURS, "no number"),
        ("twelve", HOURS, "no number"),
        ("", HOURS, "no number"),
        ("1" * 65, COUNT, "no number"),
        ("12 EUR", USD, "in EUR, but this is counted in USD"),
        ("£5", USD, "in £"),
        ("45%", HOURS, "a share"),
        ("2h", SHARE, "does not turn into"),
        ("1d", BUSINESS, "does not turn into business hours"),
        ("1 month", HOURS, "does not turn into hours"),
        ("=1+1", COUNT, "no number"),
        ("😀", COUNT, "no number"),
    ],
)
def test_what_is_no_number_is_refused_in_one_sentence(text: str, unit: Unit, says: str) -> None:
    with pytest.raises(InvalidInput, match=says) as refused:
        quantities.read(text, unit)
    assert len(refused.value.text) < 200


@given(st.text(max_size=80), st.sampled_from([HOURS, SHARE, USD, COUNT, POINTS, PP, BUSINESS]))
def test_any_text_gives_a_finite_number_or_is_refused(text: str, unit: Unit) -> None:
    try:
        number = quantities.read(text, unit)
    except InvalidInput:
        return
    assert number.is_finite()
    assert abs(number) < Decimal("1e40")


@given(st.decimals(min_value=-(10**15), max_value=10**15, places=4))
def test_plain_numbers_come_back(number: Decimal) -> None:
    assert quantities.read(str(number), COUNT) == number
    assert quantities.read(f"{number:,f}", USD) == number


def test_lists_are_separated_by_commas_semicolons_or_spaces() -> None:
    for text in ("4, 20, 12", "4;20;12", "4 20 12", "4,20,12", "4 h, 20h; 720 min"):
        assert quantities.read_list(text, HOURS) == (4, 20, 12)
    for bad, says in (("", "empty"), (",;", "empty"), ("4, x", "no number"), ("1," * 10_001, "10,001 numbers")):
        with pytest.raises(InvalidInput, match=says):
            quantities.read_list(bad, HOURS)
