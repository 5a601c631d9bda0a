"""Safe arithmetic over named inputs: what a formula of a KPI may say, and what it gives."""

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Context, Decimal, DecimalException, DivisionByZero, InvalidOperation, Overflow
from functools import lru_cache
from typing import Literal

from bot.domain.errors import BarometerError
from bot.domain.kpis import MAIN, Input, Kpi
from bot.domain.observations import Inputs

Kind = Literal["number", "list"]
Value = Decimal | tuple[Decimal, ...]

MAX_TEXT = 500
MAX_DEPTH = 24
MAX_CONSTANT = Decimal("1e15")

ARITHMETIC = Context(prec=34, Emax=120, Emin=-120, traps=[DivisionByZero, InvalidOperation, Overflow])
"""34 digits, as IEEE 754 decimal128 keeps; beyond 1e120 there is no value."""

_ALLOWED = re.compile(r"[A-Za-z0-9_+\-*/(),.\s]*", re.ASCII)
_STUCK = re.compile(r"(?<![A-Za-z0-9_.])[0-9.]*[0-9][0-9.]*[A-Za-z_]", re.ASCII)
_LONG = re.compile(r"(?<![A-Za-z0-9_.])[0-9.]{17,}", re.ASCII)


class BadFormula(BarometerError):
    """The formula {problem}; {mend}."""


class _NoValueError(Exception):
    """An input is missing, or the arithmetic has no result."""


@dataclass(frozen=True, slots=True)
class Function:
    """What a formula may call: the kinds that it reads (`numbers` any number of numbers) and how it computes."""

    takes: Literal["list", "numbers", "list or numbers", "list and percentile"]
    usage: str
    compute: Callable[..., Decimal]


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula that was found safe. `names` are the inputs that it reads, in the order of their first use."""

    text: str
    names: tuple[str, ...]
    tree: ast.expr = field(repr=False, compare=False)

    def value(self, inputs: Inputs) -> Decimal | None:
        """The result in the unit of the figure; None is "no value": an input is missing, or there is no finite result."""
        try:
            result = _evaluate(self.tree, inputs)
        except (_NoValueError, DecimalException):
            return None
        return result if isinstance(result, Decimal) else None


def figures(kpi: Kpi, inputs: Inputs) -> dict[str, Decimal | None]:
    """The KPI's own figure (under `MAIN`) and every `also` figure; None is "no value".

    :raises BadFormula: a formula of the KPI is not one that `compiled` accepts.
    """
    kinds = kinds_of(kpi.inputs)
    texts = {MAIN: kpi.formula, **kpi.also}
    return {name: compiled(text, kinds).value(inputs) for name, text in texts.items()}


def kinds_of(inputs: Iterable[Input]) -> tuple[tuple[str, Kind], ...]:
    """Each input's name and whether it is a number or a list."""
    return tuple((i.name, i.kind) for i in inputs)


@lru_cache(maxsize=4096)
def compiled(text: str, inputs: tuple[tuple[str, Kind], ...]) -> Formula:
    """The formula in `text`, which may read `inputs`.

    :raises BadFormula: it says anything but arithmetic over these inputs, or too much of it.
    """
    _check_text(text)
    tree = _parsed(text.strip())
    if _kind(tree, dict(inputs), 0) == "list":
        raise BadFormula(problem="gives a list", mend="say which number of it is meant, such as mean(…) or median(…)")
    return Formula(text.strip(), tuple(dict.fromkeys(_names_in(tree))), tree)


def _check_text(text: str) -> None:
    if not text.strip():
        raise BadFormula(problem="is empty", mend="write arithmetic over the inputs, such as good / total")
    if len(text) > MAX_TEXT:
        raise BadFormula(problem=f"is {len(text)} characters long", mend=f"write it in {MAX_TEXT} characters or fewer")
    if "**" in text:
        raise BadFormula(problem="raises to a power", mend="only + - * / are known; multiply instead")
    if strange := next((c for c in text if not _ALLOWED.fullmatch(c)), None):
        raise BadFormula(
            problem=f"has the character {strange!r} in it",
            mend="write it with input names, numbers, + - * / and parentheses",
        )
    if stuck := _STUCK.search(text):
        raise BadFormula(
            problem=f"has {stuck.group()!r} in it, which is neither a number nor a name",
            mend="write numbers as plain digits and begin names with a letter",
        )
    if _LONG.search(text):
        raise BadFormula(problem="holds a number of more than 15 digits", mend="round it")


def _parsed(text: str) -> ast.expr:
    # Python's own parser is safe to call on short ASCII text; what is too deep for it is too deep for a person.
    try:
        return ast.parse(" ".join(text.split()), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise BadFormula(
            problem="cannot be read", mend="check its parentheses, commas and that every operator has two sides"
        ) from None


def _kind(node: ast.expr, inputs: Mapping[str, Kind], depth: int) -> Kind:
    """What `node` gives, having made sure that it is allowed."""
    if depth > MAX_DEPTH:
        raise BadFormula(problem=f"is nested more than {MAX_DEPTH} deep", mend="split it, or simplify its parentheses")
    match node:
        case ast.Constant():
            return _constant_kind(node)
        case ast.Name(id=name):
            return _input_kind(name, inputs)
        case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=operand):
            return _number(operand, inputs, depth)
        case ast.BinOp(op=ast.Add() | ast.Sub() | ast.Mult() | ast.Div(), left=left, right=right):
            _number(left, inputs, depth)
            return _number(right, inputs, depth)
        case ast.Call():
            return _call_kind(node, inputs, depth)
        case _:
            raise BadFormula(problem=_REFUSED.get(type(node), "is not plain arithmetic"), mend=_ONLY)


_ONLY = "only input names, numbers, + - * /, parentheses and the listed functions are known"
_REFUSED: dict[type, str] = {
    ast.Attribute: "looks inside something with a dot",
    ast.Compare: "compares",
    ast.BoolOp: "uses and/or",
    ast.UnaryOp: "uses not",
    ast.BinOp: "uses an operator that is not known",
    ast.Tuple: "holds a list with commas outside a function",
    ast.Lambda: "defines a function",
    ast.IfExp: "uses if/else",
    ast.Starred: "unpacks with *",
}


def _number(node: ast.expr, inputs: Mapping[str, Kind], depth: int) -> Kind:
    if _kind(node, inputs, depth + 1) == "list":
        words = ast.unparse(node)
        raise BadFormula(problem=f"calculates with the list {words}", mend=f"say which number is meant, such as mean({words})")
    return "number"


def _constant_kind(node: ast.Constant) -> Kind:
    if isinstance(node.value, bool) or not isinstance(node.value, int | float):
        raise BadFormula(problem=f"uses {node.value!r}, which is not a number", mend=_ONLY)
    if not abs(node.value) <= MAX_CONSTANT:
        raise BadFormula(problem="holds a huge number", mend=f"keep numbers up to {MAX_CONSTANT:,.0f}")
    return "number"


def _input_kind(name: str, inputs: Mapping[str, Kind]) -> Kind:
    if name in inputs:
        return inputs[name]
    if name in FUNCTIONS:
        raise BadFormula(problem=f"names the function {name} without calling it", mend=f"write {FUNCTIONS[name].usage}")
    known = ", ".join(inputs) or "none"
    raise BadFormula(problem=f"reads {name}, which is not an input", mend=f"add it under inputs, or use one of: {known}")


def _call_kind(node: ast.Call, inputs: Mapping[str, Kind], depth: int) -> Kind:
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    if name not in FUNCTIONS:
        called = name or "something that is not a name"
        raise BadFormula(problem=f"calls {called}", mend=f"the functions are {', '.join(FUNCTIONS)}")
    if node.keywords or not node.args:
        raise BadFormula(problem=f"calls {name} in an unknown way", mend=f"write {FUNCTIONS[name].usage}")
    kinds = [_kind(a, inputs, depth + 1) for a in node.args]
    if not _fits(FUNCTIONS[name], kinds, node.args):
        raise BadFormula(problem=f"gives {name} what it cannot read", mend=f"write {FUNCTIONS[name].usage}")
    return "number"


def _fits(function: Function, kinds: Sequence[Kind], arguments: Sequence[ast.expr]) -> bool:
    numbers = all(k == "number" for k in kinds)
    match function.takes:
        case "list":
            return kinds == ["list"]
        case "numbers":
            return numbers
        case "list or numbers":
            return kinds == ["list"] or (numbers and len(kinds) > 1)
        case "list and percentile":
            share = arguments[-1].value if isinstance(arguments[-1], ast.Constant) else None
            return kinds == ["list", "number"] and isinstance(share, int | float) and 0 <= share <= 100


def _names_in(tree: ast.expr) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id not in FUNCTIONS:
            yield node.id


def _evaluate(node: ast.expr, inputs: Inputs) -> Value:
    match node:
        case ast.Constant(value=value):
            return Decimal(repr(value)) if isinstance(value, int | float) else Decimal()
        case ast.Name(id=name):
            return _input(inputs.get(name))
        case ast.UnaryOp(op=op, operand=operand):
            number = _scalar(operand, inputs)
            return ARITHMETIC.minus(number) if isinstance(op, ast.USub) else ARITHMETIC.plus(number)
        case ast.BinOp(left=left, op=op, right=right):
            return _OPERATIONS[type(op)](_scalar(left, inputs), _scalar(right, inputs))
        case ast.Call(func=ast.Name(id="coalesce"), args=arguments):
            return _coalesce(arguments, inputs)
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return FUNCTIONS[name].compute(*(_evaluate(a, inputs) for a in arguments))
        case _:
            raise _NoValueError


_OPERATIONS: dict[type[ast.operator], Callable[[Decimal, Decimal], Decimal]] = {
    ast.Add: ARITHMETIC.add,
    ast.Sub: ARITHMETIC.subtract,
    ast.Mult: ARITHMETIC.multiply,
    ast.Div: ARITHMETIC.divide,
}


def _scalar(node: ast.expr, inputs: Inputs) -> Decimal:
    result = _evaluate(node, inputs)
    if not isinstance(result, Decimal):
        raise _NoValueError
    return result


def _input(value: Value | None) -> Value:
    if isinstance(value, Decimal):
        return _finite(value)
    if value is None:
        raise _NoValueError
    return tuple(_finite(v) for v in value)


def _finite(value: Decimal) -> Decimal:
    if not value.is_finite():
        raise _NoValueError
    return ARITHMETIC.plus(value)


def _coalesce(arguments: Sequence[ast.expr], inputs: Inputs) -> Decimal:
    for argument in arguments:
        try:
            return _scalar(argument, inputs)
        except (_NoValueError, DecimalException):
            continue
    raise _NoValueError


def _some(values: Value) -> tuple[Decimal, ...]:
    if isinstance(values, Decimal) or not values:
        raise _NoValueError
    return values


def _sum(values: Value) -> Decimal:
    total = Decimal()
    for value in _some(values):
        total = ARITHMETIC.add(total, value)
    return total


def _count(values: Value) -> Decimal:
    if isinstance(values, Decimal):
        raise _NoValueError
    return Decimal(len(values))


def _mean(values: Value) -> Decimal:
    return ARITHMETIC.divide(_sum(values), Decimal(len(_some(values))))


def _median(values: Value) -> Decimal:
    return _percentile(values, Decimal(50))


def _percentile(values: Value, share: Value) -> Decimal:
    """Linear interpolation between closest ranks: method 7 of Hyndman and Fan (1996), numpy's default."""
    ordered = sorted(_some(values))
    if not isinstance(share, Decimal):
        raise _NoValueError
    position = ARITHMETIC.divide(ARITHMETIC.multiply(share, Decimal(len(ordered) - 1)), Decimal(100))
    below = int(position)
    above = min(below + 1, len(ordered) - 1)
    step = ARITHMETIC.subtract(ordered[above], ordered[below])
    return ARITHMETIC.add(ordered[below], ARITHMETIC.multiply(ARITHMETIC.subtract(position, Decimal(below)), step))


def _smallest(*values: Value) -> Decimal:
    return min(_spread(values))


def _largest(*values: Value) -> Decimal:
    return max(_spread(values))


def _first(*values: Value) -> Decimal:
    return _spread(values)[0]


def _spread(values: tuple[Value, ...]) -> tuple[Decimal, ...]:
    if len(values) == 1:
        return _some(values[0])
    return tuple(v for v in values if isinstance(v, Decimal))


FUNCTIONS: dict[str, Function] = {
    "mean": Function("list", "mean(list)", _mean),
    "median": Function("list", "median(list)", _median),
    "p": Function("list and percentile", "p(list, 90), with a percentile from 0 to 100", _percentile),
    "min": Function("list or numbers", "min(list) or min(a, b)", _smallest),
    "max": Function("list or numbers", "max(list) or max(a, b)", _largest),
    "sum": Function("list", "sum(list)", _sum),
    "count": Function("list", "count(list)", _count),
    "coalesce": Function("numbers", "coalesce(a, b): the first that has a value", _first),
}
"""Everything that a formula may call. `coalesce` looks at its arguments one by one, so `value` computes it itself."""
