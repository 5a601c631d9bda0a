"""Whether a figure is where it should be: the verdict against the target, and the thresholds that it is past."""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from bot.domain import formats
from bot.domain.baselines import NONE as NO_REFERENCE
from bot.domain.baselines import Reference
from bot.domain.figures import Figure, Interval, Verdict
from bot.domain.kpis import MAIN, Bound, Kpi
from bot.domain.targets import SIGNS

_COMPARE: Mapping[str, Callable[[Decimal, Decimal], bool]] = {
    "lt": operator.lt,
    "lte": operator.le,
    "gt": operator.gt,
    "gte": operator.ge,
    "eq": operator.eq,
    "ne": operator.ne,
}
_WORDS = {"lt": "below", "lte": "at or below", "gt": "above", "gte": "at or above", "eq": "exactly", "ne": "not"}


@dataclass(frozen=True, slots=True)
class References:
    """What bounds may compare a figure with: the baseline, and the figures of the period directly before."""

    baseline: Reference = NO_REFERENCE
    previous: Mapping[str, Decimal | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Counted:
    """How much stands behind a figure: n units, and in words what was counted ("19/20")."""

    n: int | None = None
    words: str = ""


def judge(kpi: Kpi, figures: Mapping[str, Figure], references: References, counted: Counted = Counted()) -> tuple[Verdict, str]:
    """The verdict and the sentence that explains it.

    Met: the value and its whole interval are on the good side of every bound; missed: on the bad side of one; otherwise it
    cannot be told, as with fewer units than `min_n` or a target relative to a baseline that does not exist. A figure without
    an interval, a target of exactly so many, and a target of the best that can be (100 %, none at all) where all that was
    counted fulfils it, are judged by the value alone. The limit itself is on the good side for
    "at least" and "at most".
    """
    if kpi.target is None:
        return "no target", "The definition sets no target."
    figure = figures.get(kpi.target.of)
    if figure is None or figure.value is None:
        return "no data", f"{_named(kpi, kpi.target.of)} has no value."
    wanted = " and ".join(_target_words(kpi, b, references) for b in kpi.target.bounds)
    about = _figure_words(kpi, figure, counted)
    if counted.n is not None and counted.n < kpi.min_n:
        return "cannot tell", f"{about}: n = {counted.n} is under the minimum of {kpi.min_n}, too few to judge {wanted}."
    told = [_side(kpi, b, figures, references) for b in kpi.target.bounds]
    if False in told:
        return "missed", f"{about} misses {wanted}."
    if None not in told:
        return "met", f"{about} meets {wanted}."
    missing = _missing_reference(kpi, references)
    if missing:
        return "cannot tell", f"{about}: {missing}, so nobody can say whether {wanted} is met."
    if figure.interval:
        return "cannot tell", f"{about} may or may not meet {wanted}: the interval lies on both sides."
    return "cannot tell", f"{about}: cannot yet say whether {wanted} is met."


def limit_of(kpi: Kpi, bound: Bound, references: References) -> Decimal | None:
    """The number that the bound compares with, in the figure's unit; None where its reference is absent."""
    if bound.against == "absolute":
        return bound.limit
    start = _reference(kpi, bound, references)
    if start is None:
        return None
    return start + bound.limit * abs(start) if bound.scale == "relative" else start + bound.limit


def holds(kpi: Kpi, bound: Bound, figures: Mapping[str, Figure], references: References) -> bool | None:
    """Whether the figure, or the end of its interval that the bound reads, fulfils it; None where it cannot be told."""
    figure = figures.get(bound.of)
    limit = limit_of(kpi, bound, references)
    if figure is None or figure.value is None or limit is None:
        return None
    if bound.reads == "value":
        return _COMPARE[bound.op](figure.value, limit)
    if figure.interval is None:
        return None
    return _COMPARE[bound.op](figure.interval.low if bound.reads == "ci_low" else figure.interval.high, limit)


def condition(kpi: Kpi, bound: Bound, references: References) -> str:
    """A bound of a threshold in words: "above 2 h", "points: upper end of the interval below 0 pp", "below baseline -2 pp"."""
    end = {"ci_low": "lower end of the interval ", "ci_high": "upper end of the interval "}.get(bound.reads, "")
    words = end + past(kpi, bound, references)
    return words if bound.of == MAIN else f"{kpi.title_of(bound.of)}: {words}"


def within(title: str) -> str:
    """A title inside a sentence: without its capital, unless it is an abbreviation."""
    return title if title[1:2].isupper() else title[:1].lower() + title[1:]


def past(kpi: Kpi, bound: Bound, references: References) -> str:
    """The side of its limit that a bound is about: "above 2 h", "below baseline -2 pp"."""
    return f"{_WORDS[bound.op]} {_limit_words(kpi, bound, references)}"


def _side(kpi: Kpi, bound: Bound, figures: Mapping[str, Figure], references: References) -> bool | None:
    """True on the good side, False on the bad one, None where the interval holds the limit or there is none."""
    figure, limit = figures.get(bound.of), limit_of(kpi, bound, references)
    if figure is None or figure.value is None or limit is None:
        return None
    if bound.reads != "value":
        return holds(kpi, bound, figures, references)
    said = _COMPARE[bound.op](figure.value, limit)
    if figure.interval is None or bound.op in ("eq", "ne"):
        return said
    if said and figure.value == limit == _best_end(bound, figure.interval):
        return True  # the target is the best that can be, and nothing fell short of it
    both = {_COMPARE[bound.op](end, limit) for end in (figure.interval.low, figure.interval.high)}
    return said if both == {said} else None


def _best_end(bound: Bound, found: Interval) -> Decimal:
    return found.high if bound.op in ("gt", "gte") else found.low


def _reference(kpi: Kpi, bound: Bound, references: References) -> Decimal | None:
    if bound.against == "baseline":
        return references.baseline.figures.get(bound.of)
    if bound.against == "previous":
        return references.previous.get(bound.of)
    bounds = kpi.target.bounds if kpi.target else ()
    same = [b for b in bounds if b.of == bound.of and b.against != "target"]
    # Of a range, the end that the threshold looks at: "above the target" means above its upper end.
    ends = [limit for b in same if (limit := limit_of(kpi, b, references)) is not None]
    if not ends:
        return None
    return max(ends) if bound.op in ("gt", "gte") else min(ends)


def _missing_reference(kpi: Kpi, references: References) -> str:
    bounds = kpi.target.bounds if kpi.target else ()
    if any(b.against == "baseline" and limit_of(kpi, b, references) is None for b in bounds):
        return references.baseline.label
    if any(b.against == "previous" and limit_of(kpi, b, references) is None for b in bounds):
        return "there is no figure for the period before"
    return ""


def _target_words(kpi: Kpi, bound: Bound, references: References) -> str:
    return f"{SIGNS[bound.op]} {_limit_words(kpi, bound, references)}"


def _limit_words(kpi: Kpi, bound: Bound, references: References) -> str:
    unit = kpi.unit_of(bound.of)
    if bound.against == "absolute":
        return formats.limit(bound.limit, unit)
    limit, start = limit_of(kpi, bound, references), _reference(kpi, bound, references)
    by = formats.limit_change(bound.limit, None if bound.scale == "relative" else unit) if bound.limit else ""
    if limit is None or start is None:
        return f"{bound.against} {by}".rstrip()
    return f"{formats.value(limit, unit)} ({f'{bound.against} {formats.value(start, unit)} {by}'.rstrip()})"


def _figure_words(kpi: Kpi, figure: Figure, counted: Counted) -> str:
    unit = kpi.unit_of(figure.name)
    value = formats.value(figure.value, unit)
    words = value if figure.name == MAIN else f"{kpi.title_of(figure.name)} {value}"
    behind = [counted.words] if counted.words and figure.name == MAIN else []
    if figure.interval:
        behind.append(formats.interval(figure.interval, unit))
    return f"{words} ({', '.join(behind)})" if behind else words


def _named(kpi: Kpi, figure: str) -> str:
    return kpi.title if figure == MAIN else f"{kpi.title} ({within(kpi.title_of(figure))})"
