"""A target as a person says it."""

from collections.abc import Sequence

from bot.domain.formats import limit, limit_change
from bot.domain.kpis import Bound, Unit

_WORDS = {"gte": "at least", "lte": "at most", "gt": "above", "lt": "below", "eq": "exactly", "ne": "not"}
SIGNS = {"lt": "<", "lte": "≤", "gt": ">", "gte": "≥", "eq": "=", "ne": "≠"}


def describe(bounds: Sequence[Bound], unit: Unit) -> str:
    """The bounds of a target in words: "1% to 5%", "at most 2 h", "at least 10% above the baseline"."""
    lows = [b for b in bounds if b.op == "gte" and b.against == "absolute"]
    highs = [b for b in bounds if b.op == "lte" and b.against == "absolute"]
    if len(lows) == len(highs) == 1 and len(bounds) == 2:
        return f"{limit(lows[0].limit, unit)} to {limit(highs[0].limit, unit)}"
    return " and ".join(_one(b, unit) for b in bounds)


def brief(bounds: Sequence[Bound], unit: Unit) -> str:
    """The bounds of a target in signs, for a table: "1% to 5%", "≤ 2 h", "≥ baseline +10%"."""
    if len(bounds) == 2 and {b.op for b in bounds} == {"gte", "lte"} and all(b.against == "absolute" for b in bounds):
        return describe(bounds, unit)
    return " and ".join(_signed(b, unit) for b in bounds)


def _signed(bound: Bound, unit: Unit) -> str:
    if bound.against == "absolute":
        return f"{SIGNS[bound.op]} {limit(bound.limit, unit)}"
    by = limit_change(bound.limit, None if bound.scale == "relative" else unit) if bound.limit else ""
    return f"{SIGNS[bound.op]} {bound.against} {by}".rstrip()


def _one(bound: Bound, unit: Unit) -> str:
    if bound.against == "absolute":
        return f"{_WORDS[bound.op]} {limit(bound.limit, unit)}"
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
    return limit(abs(bound.limit), unit)
