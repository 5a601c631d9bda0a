"""A target as a person says it."""

from collections.abc import Sequence

from bot.domain.formats import value
from bot.domain.kpis import Bound, Unit

_WORDS = {"gte": "at least", "lte": "at most", "gt": "above", "lt": "below", "eq": "exactly", "ne": "not"}


def describe(bounds: Sequence[Bound], unit: Unit) -> str:
    """The bounds of a target in words: "1.0% to 5.0%", "at most 2 h", "at least 10% above the baseline"."""
    lows = [b for b in bounds if b.op == "gte" and b.against == "absolute"]
    highs = [b for b in bounds if b.op == "lte" and b.against == "absolute"]
    if len(lows) == len(highs) == 1 and len(bounds) == 2:
        return f"{value(lows[0].limit, unit)} to {value(highs[0].limit, unit)}"
    return " and ".join(_one(b, unit) for b in bounds)


def _one(bound: Bound, unit: Unit) -> str:
    if bound.against == "absolute":
        return f"{_WORDS[bound.op]} {value(bound.limit, unit)}"
    if bound.limit == 0:
        return f"no {'lower' if bound.op in {'gt', 'gte'} else 'higher'} than the {bound.against}"
    side = "above" if bound.limit > 0 else "below"
    return f"{_needed(bound)} {_size(bound, unit)} {side} the {bound.against}"


def _needed(bound: Bound) -> str:
    # "At most −20%" is a fall of at least 20%.
    wants_more = (bound.op in {"gt", "gte"}) == (bound.limit > 0)
    return "at least" if wants_more else "at most"


def _size(bound: Bound, unit: Unit) -> str:
    if bound.scale == "relative":
        return f"{(abs(bound.limit) * 100).normalize():f}%"
    if unit.code in {"ratio", "pp"}:
        return f"{(abs(bound.limit) * 100).normalize():f} percentage points"
    return value(abs(bound.limit), unit)
