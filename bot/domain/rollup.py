"""A KPI over a longer period, computed anew from the inputs of its parts: never an average of ratios."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from bot.domain.formulas import figures
from bot.domain.kpis import Input, Kpi
from bot.domain.observations import Inputs, Observation
from bot.domain.periods import Period, label

Quantity = Decimal | tuple[Decimal, ...]


@dataclass(frozen=True, slots=True)
class Rolled:
    """The inputs and figures of several observations as one; without figures, `why_not` says why they cannot be had."""

    inputs: Inputs = field(default_factory=dict)
    figures: Mapping[str, Decimal | None] = field(default_factory=dict)
    why_not: str = ""


def pooled(kpi: Kpi, parts: Sequence[Observation]) -> Rolled:
    """The figures of `parts`, oldest first, as if they had been one observation.

    Each input is brought together as its definition says (sum, mean, last, least, greatest, all of a list); then the formula
    is evaluated once.
    """
    if not parts:
        return Rolled(why_not="nothing was recorded")
    inputs: dict[str, Quantity] = {}
    for given in kpi.inputs:
        found = [o.inputs.get(given.name) for o in parts]
        present = [q for q in found if q is not None]
        if len(present) < len(found) and (given.required or present):
            return Rolled(why_not=f"{given.title or given.name} is not known for every part")
        if not present:
            continue
        together = _together(given, present)
        if together is None:
            return Rolled(why_not=f"{given.title or given.name} of parts cannot be added up to a whole")
        inputs[given.name] = together
    return Rolled(inputs, figures(kpi, inputs))


def over(kpi: Kpi, history: Sequence[Observation], whole: Period) -> Rolled:
    """The figures of a longer period from the observations of its parts, which must cover it without gap or overlap."""
    parts = [o for o in history if o.state == "approved" and o.period.start >= whole.start and o.period.end <= whole.end]
    edge = whole.start
    for part in parts:
        if part.period.start != edge:
            return Rolled(why_not=f"{label(whole)} is not covered: something is missing before {label(part.period)}")
        edge = part.period.end
    if edge != whole.end:
        return Rolled(why_not=f"{label(whole)} is not covered to its end")
    return pooled(kpi, parts)


def _together(given: Input, values: Sequence[Quantity]) -> Quantity | None:
    lists = [v for v in values if isinstance(v, tuple)]
    if given.kind == "list" or lists:
        if len(lists) < len(values) or given.aggregate not in ("list", "sum", "last"):
            return None
        return lists[-1] if given.aggregate == "last" else tuple(number for v in lists for number in v)
    numbers = [v for v in values if isinstance(v, Decimal)]
    match given.aggregate:
        case "sum":
            return sum(numbers, Decimal(0))
        case "mean":
            return sum(numbers, Decimal(0)) / len(numbers)
        case "last":
            return numbers[-1]
        case "max":
            return max(numbers)
        case "min":
            return min(numbers)
        case _:
            return numbers[0] if len(numbers) == 1 else None
