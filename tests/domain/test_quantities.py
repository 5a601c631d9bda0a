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
        ("1h 2h", HOURS, "“1h 2h” is several values, but only one is wanted; write one, larger units first, as in 1h 30m."),
        ("200ms 300ms", Unit("ms"), "is several values"),
        ("30m 1h", HOURS, "is several values"),
        ("1h 30m 2h", HOURS, "is several values"),
        ("2,5h", HOURS, "no number"),
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


_UNITS = ("w", "d", "h", "m", "s", "ms")
_one_duration = st.sets(st.sampled_from(_UNITS), min_size=1).flatmap(
    lambda units: st.tuples(*[st.tuples(st.integers(1, 99), st.just(u)) for u in _UNITS if u in units])
)


def _written(duration: tuple[tuple[int, str], ...]) -> str:
    return " ".join(f"{number}{unit}" for number, unit in duration)


@given(_one_duration)
def test_units_that_go_down_are_one_duration(duration: tuple[tuple[int, str], ...]) -> None:
    parts = [quantities.read(_written((part,)), Unit("ms")) for part in duration]
    assert quantities.read(_written(duration), Unit("ms")) == sum(parts)
    assert quantities.read_list(_written(duration), Unit("ms")) == (sum(parts),)


_ending_in_ms = _one_duration.map(lambda d: (*[part for part in d if part[1] != "ms"], (1, "ms")))


@given(st.lists(_ending_in_ms, min_size=2))
def test_a_unit_that_does_not_go_down_begins_the_next_value(durations: list[tuple[tuple[int, str], ...]]) -> None:
    each = tuple(quantities.read(_written(d), Unit("ms")) for d in durations)
    side_by_side = " ".join(_written(d) for d in durations)
    assert quantities.read_list(side_by_side, Unit("ms")) == each
    assert quantities.read_list(", ".join(_written(d) for d in durations), Unit("ms")) == each
    with pytest.raises(InvalidInput):
        quantities.read(side_by_side, Unit("ms"))


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("1h 2h", "1 2"),
        ("1h 30m 2h 15m", "1.5 2.25"),
        ("1h 30m, 2h 3h", "1.5 2 3"),
        ("-1h 2h", "-1 2"),
        ("2, 5 h", "2 5"),
        ("4h,20h", "4 20"),
        ("2.5,3.5", "2.5 3.5"),
        (".5,5", "0.5 5"),
        ("4; 20", "4 20"),
        ("100\n200", "100 200"),
    ],
)
def test_values_of_a_list_may_stand_side_by_side(text: str, numbers: str) -> None:
    assert quantities.read_list(text, HOURS) == tuple(Decimal(n) for n in numbers.split())


@pytest.mark.parametrize(
    ("text", "one", "several"),
    [
        ("2,5h", "2.5h", "2, 5h"),
        ("2,5 h, 3,5 h", "2.5 h", "2, 5 h"),
        ("4; 3,5", "3.5", "3, 5"),
        ("0,125 h", "0.125 h", "0, 125 h"),
        ("12,500", "12500 or 12.500", "12, 500"),
        ("1,234,567 s", "1234567 s", "1, 234, 567 s"),
        ("1,234.5", "1234.5", "1, 234.5"),
        ("1.234,5", "1234.5", "1.234, 5"),
        ("12 500;", "12500", "12, 500"),
        ("2,5e3", "2.5", "2, 5"),
    ],
)
def test_what_may_be_one_number_or_several_is_refused_with_both_ways_to_write_it(text: str, one: str, several: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        quantities.read_list(text, HOURS)
    assert refused.value.text.endswith(f"may be one number or several; write one as {one}, and several as {several}.")


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.sampled_from(["", "h", " h", " hours"]))
def test_a_comma_between_digits_needs_a_space_to_separate(left: int, right: int, unit: str) -> None:
    assert quantities.read_list(f"{left}, {right}{unit}", HOURS) == (left, right)
    with pytest.raises(InvalidInput, match="may be one number or several") as refused:
        quantities.read_list(f"{left},{right}{unit}", HOURS)
    assert f"{left}.{right}{unit}" in refused.value.text
    assert f"{left}, {right}{unit}" in refused.value.text


@given(st.text(max_size=80) | st.text(alphabet="0123456789.,;- \nhms%", max_size=40), st.sampled_from([HOURS, USD, SHARE]))
def test_any_text_gives_a_list_or_is_refused(text: str, unit: Unit) -> None:
    said = ""
    numbers: tuple[Decimal, ...] = ()
    try:
        numbers = quantities.read_list(text, unit)
    except InvalidInput as refused:
        said = refused.text
    assert bool(numbers) != bool(said)
    assert all(n.is_finite() for n in numbers)
    assert len(said) < 300
    assert "\n" not in said


@pytest.mark.parametrize(
    ("text", "number"),
    [("0", 0), (" 12 ", 12), ("999999999", 999_999_999), ("", None), ("-1", None), ("1.5", None), ("9" * 5_000, None)],
)
def test_a_whole_number_has_up_to_nine_digits(text: str, number: int | None) -> None:
    assert quantities.whole(text) == number
