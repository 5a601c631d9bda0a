"""Formulas: what they give, what they refuse, and that nothing that a person types can harm."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.formulas import MAX_DEPTH, BadFormula, compiled, figures, kinds_of
from bot.domain.kpis import Category, Direction, Grain, Input, Kpi, Unit

KINDS = (("a", "number"), ("b", "number"), ("c", "number"), ("xs", "list"))


def value(text: str, **inputs: object) -> Decimal | None:
    return compiled(text, KINDS).value(inputs)  # type: ignore[arg-type]


def d(*numbers: object) -> tuple[Decimal, ...]:
    return tuple(Decimal(str(n)) for n in numbers)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a + b * c", "14"),
        ("(a + b) * c", "20"),
        ("-a + +b", "1"),
        ("a - -b", "5"),
        ("a / b / c", "0.1666666666666666666666666666666667"),
        ("1 - a / c", "0.5"),
        (".5 * a", "1"),
        ("2. * a", "4"),
        ("0.1 + 0.2", "0.3"),
        ("\n  a\n  + b ", "5"),
        ("mean(xs)", "2.5"),
        ("median(xs)", "2.5"),
        ("p(xs, 90)", "3.7"),
        ("p(xs, 0)", "1"),
        ("p(xs, 100)", "4"),
        ("min(xs) + max(xs)", "5"),
        ("min(a, b, c)", "2"),
        ("max(a, b)", "3"),
        ("sum(xs)", "10"),
        ("count(xs)", "4"),
        ("coalesce(a / 0, b)", "3"),
        ("coalesce(a, b)", "2"),
    ],
)
def test_arithmetic(text: str, expected: str) -> None:
    assert value(text, a=Decimal(2), b=Decimal(3), c=Decimal(4), xs=d(4, 1, 3, 2)) == Decimal(expected)


@pytest.mark.parametrize(
    ("text", "inputs"),
    [
        ("a / b", {"a": Decimal(1), "b": Decimal(0)}),
        ("a / b", {"a": Decimal(0), "b": Decimal(0)}),
        ("a / b", {"a": Decimal(1)}),
        ("a + 1", {"a": None}),
        ("a + 1", {"a": Decimal("NaN")}),
        ("a + 1", {"a": Decimal("sNaN")}),
        ("a + 1", {"a": Decimal("Infinity")}),
        ("a + 1", {"a": Decimal("1e309")}),
        ("a * a", {"a": Decimal("1e100")}),
        ("mean(xs)", {"xs": ()}),
        ("median(xs)", {"xs": ()}),
        ("sum(xs)", {"xs": ()}),
        ("p(xs, 50)", {"xs": ()}),
        ("max(xs)", {"xs": ()}),
        ("mean(xs)", {"xs": (Decimal(1), Decimal("NaN"))}),
        ("mean(xs)", {"xs": Decimal(1)}),
        ("count(xs)", {"xs": Decimal(1)}),
        ("a + 1", {"a": (Decimal(1),)}),
        ("coalesce(a, b)", {}),
    ],
)
def test_there_is_no_value(text: str, inputs: dict[str, object]) -> None:
    assert value(text, **inputs) is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is empty"),
        (" \n", "is empty"),
        ("a" * 501, "501 characters"),
        ("a.real", "with a dot"),
        ("a.__class__.__mro__", "with a dot"),
        ("__import__(a)", "calls __import__"),
        ("open(a)", "calls open"),
        ("(lambda: a)()", "':'"),
        ("xs[0]", "'['"),
        ("9**9**9", "power"),
        ("a ** b", "power"),
        ("pow(a, b)", "calls pow"),
        ("a // b", "operator"),
        ("a % b", "'%'"),
        ("a < b", "'<'"),
        ("a == b", "'='"),
        ("f'{a}'", '"\'"'),
        ("a and b", "and/or"),
        ("not a", "uses not"),
        ("a if b else c", "if/else"),
        ("a, b", "commas"),
        ("(a, b)", "commas"),
        ("a is b", "compares"),
        ("a in xs", "compares"),
        ("True", "not a number"),
        ("None", "not a number"),
        ("1e9", "neither a number nor a name"),
        ("0x10", "neither a number nor a name"),
        ("1_000", "neither a number nor a name"),
        ("3a", "neither a number nor a name"),
        ("1if a else b", "neither a number nor a name"),
        ("0.12345678901234567", "15 digits"),
        ("1000000000000001 * a", "huge"),
        ("9" * 400, "15 digits"),
        ("99999999999999.9999", "15 digits"),
        ("(" * 60 + "a" + ")" * 60 + "+", "cannot be read"),
        ("-" * 490 + "a", "deep"),
        ("a +", "cannot be read"),
        ("a b", "cannot be read"),
        ("012", "cannot be read"),
        ("a; b", "';'"),
        ("a := b", "':'"),
        ("а + b", "'а'"),
        ("d + 1", "reads d, which is not an input"),
        ("mean", "without calling it"),
        ("mean()", "unknown way"),
        ("mean(*xs)", "unpacks"),
        ("mean(a)", "cannot read"),
        ("mean(xs, xs)", "cannot read"),
        ("p(xs)", "cannot read"),
        ("p(xs, 101)", "cannot read"),
        ("p(xs, a)", "cannot read"),
        ("min(a)", "cannot read"),
        ("coalesce(xs, a)", "cannot read"),
        ("mean(mean)(xs)", "calls something"),
        ("xs", "gives a list"),
        ("xs + 1", "calculates with the list xs"),
        ("-xs", "calculates with the list xs"),
        ("+".join(["(a"] * 40) + ")" * 40, "nested"),
    ],
)
def test_what_is_refused(text: str, says: str) -> None:
    with pytest.raises(BadFormula) as refusal:
        compiled(text, KINDS)
    assert says in refusal.value.text
    assert "\n" not in refusal.value.text
    assert refusal.value.text.endswith(".")
    assert ";" in refusal.value.text


def test_a_keyword_argument_is_refused() -> None:
    with pytest.raises(BadFormula, match="'='"):
        compiled("p(xs, q=90)", KINDS)


def test_the_deepest_that_is_allowed_works() -> None:
    text = "-" * (MAX_DEPTH) + "a"
    assert value(text, a=Decimal(1)) == 1
    with pytest.raises(BadFormula, match="nested"):
        compiled("-" + text, KINDS)


@given(st.text(max_size=600))
@settings(max_examples=300)
def test_no_text_crashes(text: str) -> None:
    try:
        formula = compiled(text, KINDS)
    except BadFormula:
        return
    assert set(formula.names) <= {"a", "b", "c", "xs"}


@given(st.text(alphabet="abcxsmenp0123456789.,()+-*/ \n_", max_size=120), st.decimals(), st.decimals())
@settings(max_examples=500)
def test_no_formula_crashes(text: str, a: Decimal, b: Decimal) -> None:
    try:
        formula = compiled(text, KINDS)
    except BadFormula:
        return
    result = formula.value({"a": a, "b": b, "xs": (a, b)})
    assert result is None or result.is_finite()


names = {"a": Fraction(7, 4), "b": Fraction(-3), "c": Fraction(1, 8)}
leaves = st.one_of(
    st.sampled_from(sorted(names)).map(lambda n: (n, names[n])),
    st.decimals(min_value=0, max_value=1000, places=3).map(lambda n: (f"{n:f}", Fraction(n))),
)


def combine(children: st.SearchStrategy[tuple[str, Fraction | None]]) -> st.SearchStrategy[tuple[str, Fraction | None]]:
    def binary(left: tuple[str, Fraction | None], op: str, right: tuple[str, Fraction | None]) -> tuple[str, Fraction | None]:
        x, y = left[1], right[1]
        if x is None or y is None or (op == "/" and y == 0):
            return f"({left[0]} {op} {right[0]})", None
        results = {"+": lambda: x + y, "-": lambda: x - y, "*": lambda: x * y, "/": lambda: x / y}
        return f"({left[0]} {op} {right[0]})", results[op]()

    negated = children.map(lambda c: (f"-{c[0]}", None if c[1] is None else -c[1]))
    return st.one_of(st.builds(binary, children, st.sampled_from("+-*/"), children), negated)


@given(st.recursive(leaves, combine, max_leaves=12))
@settings(max_examples=400)
def test_it_agrees_with_fractions(expression: tuple[str, Fraction | None]) -> None:
    text, expected = expression
    if len(text) > 500:
        return
    inputs = {n: Decimal(v.numerator) / Decimal(v.denominator) for n, v in names.items()}
    result = value(text, **inputs)
    if expected is None:
        assert result is None or abs(result) > 10**9  # what divided by zero may, rounded, have divided by almost zero
    else:
        assert result is not None
        scale = max(abs(expected), Fraction(1))
        assert abs(Fraction(result) - expected) <= scale * Fraction(1, 10**12) or abs(expected) > 10**9


@given(st.lists(st.integers(-(10**6), 10**6), min_size=1, max_size=40), st.integers(0, 100))
def test_percentiles_are_those_of_numpy(values: list[int], share: int) -> None:
    result = value(f"p(xs, {share})", xs=d(*values))
    assert result is not None
    assert float(result) == pytest.approx(float(numpy.percentile(values, share)), rel=1e-9, abs=1e-6)
    assert float(value("median(xs)", xs=d(*values)) or 0) == pytest.approx(float(numpy.median(values)))
    assert float(value("mean(xs)", xs=d(*values)) or 0) == pytest.approx(float(numpy.mean(values)), abs=1e-9)


def kpi() -> Kpi:
    return Kpi(
        name="lift",
        title="Lift",
        category=Category.BUSINESS,
        definition="How much better.",
        inputs=(Input("a", "A"), Input("b", "B")),
        formula="(a - b) / b",
        unit=Unit("ratio"),
        direction=Direction.UP,
        frequency=(Grain.WEEK,),
        owner="product_owner",
        also={"points": "a - b"},
    )


def test_figures_are_the_kpis_own_and_its_others() -> None:
    assert figures(kpi(), {"a": Decimal("0.024"), "b": Decimal("0.02")}) == {
        "value": Decimal("0.2"),
        "points": Decimal("0.004"),
    }
    assert figures(kpi(), {"a": Decimal("0.024"), "b": Decimal(0)}) == {"value": None, "points": Decimal("0.024")}
    with pytest.raises(BadFormula):
        figures(replace(kpi(), formula="z"), {})


def test_a_formula_knows_which_inputs_it_reads() -> None:
    assert compiled("b + coalesce(a, b)", kinds_of(kpi().inputs)).names == ("b", "a")
