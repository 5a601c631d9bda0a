"""A KPI as a person reads it: the latest figure with everything that makes it believable."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Literal

from bot.domain import intervals
from bot.domain.baselines import NONE as NO_REFERENCE
from bot.domain.baselines import Reference, reference
from bot.domain.breaches import breach
from bot.domain.figures import Breach, Comparison, Figure, Interval, Unusual, Verdict
from bot.domain.kpis import MAIN, Direction, Kpi
from bot.domain.observations import Observation
from bot.domain.periods import Period, after, label
from bot.domain.unusual import unusual
from bot.domain.verdicts import Counted, References, judge, limit_of

__all__ = ["Breach", "Comparison", "Figure", "Interval", "Reading", "Unusual", "Verdict", "read"]


@dataclass(frozen=True, slots=True)
class Reading:
    """The state of one KPI (one set of dimensions) at a moment. `observation` is None where there is no data at all.

    `observation` is that of the latest period that is over; `running` that of the period that is not, which is never compared
    with a whole one (where nothing else is known, `observation` is the running one, and nothing is judged).
    `history` runs from the oldest to the latest whole period, at the KPI's own grain, the latest included.
    `limits` are the numbers that the bounds of the target compare with, in their order; None where a reference is absent.
    `settled` are the approved observations of whole periods on which thresholds are judged, oldest first, and `baseline` is
    what they are compared with. `no_baseline` says why there is no comparison with the baseline, where there is none.
    `provisional`: not approved yet, or labels are still coming in. `stale`: the next approved figure is late; it was `due`.
    """

    kpi: Kpi
    dimensions: Mapping[str, str]
    as_of: datetime
    observation: Observation | None
    figures: Mapping[str, Figure] = field(default_factory=dict)
    verdict: Verdict = "no data"
    why_verdict: str = ""
    comparisons: tuple[Comparison, ...] = ()
    breach: Breach | None = None
    unusual: Unusual | None = None
    stale: bool = False
    due: datetime | None = None
    provisional: bool = False
    too_few: bool = False
    history: tuple[Observation, ...] = ()
    running: Observation | None = None
    limits: tuple[Decimal | None, ...] = ()
    no_baseline: str = ""
    settled: tuple[Observation, ...] = ()
    baseline: Reference = NO_REFERENCE

    @property
    def value(self) -> Decimal | None:
        """The KPI's own figure."""
        figure = self.figures.get("value")
        return figure.value if figure else None


def read(
    kpi: Kpi,
    history: Sequence[Observation],
    as_of: datetime,
    dimensions: Mapping[str, str] | None = None,
    *,
    start: Sequence[Observation] = (),
) -> Reading:
    """The state of a KPI at `as_of` from its observations, oldest first.

    Rejected observations do not count; of several for one period the last approved one does, or else the last. Thresholds and
    what is unusual are judged on approved figures whose labels are in and that rest on `min_n` units or more; a provisional
    figure is shown, and neither raises nor clears anything. A figure of fewer than `min_group` people is withheld.
    `start`: the KPI's first observations, where `bot.domain.baselines.needs_start` and `history` does not reach them.
    """
    rows = _rows(kpi, history, as_of)
    whole = [o for o in rows if o.period.is_complete(as_of)]
    running = rows[-1] if rows and not rows[-1].period.is_complete(as_of) else None
    shown = whole[-1] if whole else running
    if shown is None:
        return Reading(kpi, dimensions or {}, as_of, None, why_verdict="Nothing has been recorded.")
    settled = [o for o in whole if _is_settled(kpi, o, as_of)]
    earlier = [o for o in settled if o is not shown]
    baseline = reference(kpi, earlier, [o for o in _rows(kpi, start, as_of) if _is_settled(kpi, o, as_of)])
    figures = figures_with_intervals(kpi, shown)
    references = References(baseline, _previous(earlier, shown))
    verdict, why = _verdict(kpi, shown, figures, references, as_of)
    stale, due = _freshness(kpi, rows, as_of)
    return Reading(
        kpi,
        dimensions if dimensions is not None else shown.dimensions,
        as_of,
        shown,
        figures,
        verdict,
        why,
        comparisons=_comparisons(kpi, shown, earlier, baseline) if whole else (),
        breach=_breach(kpi, settled, shown, baseline),
        unusual=_unusual(kpi, earlier, shown) if settled and settled[-1] is shown else None,
        stale=stale,
        due=due,
        provisional=shown.state == "provisional" or not _is_mature(kpi, shown, as_of),
        too_few=_too_few(kpi, shown),
        history=tuple(whole),
        running=running,
        limits=tuple(limit_of(kpi, bound, references) for bound in kpi.target.bounds) if kpi.target else (),
        no_baseline="" if baseline.figures else baseline.label,
        settled=tuple(settled),
        baseline=baseline,
    )


def holds_until(kpi: Kpi, history: Iterable[Observation], as_of: datetime) -> datetime:
    """The first moment from `as_of` on at which the passing of time alone may change what `read` says of these observations."""
    moments = {moment for o in history for moment in _turns(kpi, o.period)}
    return min((moment for moment in moments if moment >= as_of), default=datetime.max.replace(tzinfo=UTC))


def _turns(kpi: Kpi, period: Period) -> tuple[datetime, ...]:
    """When a period begins, ends, has its labels in, and has its successor late."""
    settled = period.end + kpi.label_delay
    return period.start, period.end, settled, settled + _patience(kpi, period)


def holds_baseline(kpi: Kpi, start: Sequence[Observation], as_of: datetime) -> bool:
    """Whether the first observations of a KPI, as far as they are given, are all that its baseline at `as_of` is drawn from."""
    rows = [o for o in _rows(kpi, start, as_of) if o.period.grain is kpi.grain and _is_settled(kpi, o, as_of)]
    return bool(reference(kpi, (), rows).figures)


def _rows(kpi: Kpi, history: Sequence[Observation], as_of: datetime) -> list[Observation]:
    """One observation a period, at the KPI's own grain (or, where it has none, at that of the latest), oldest first."""
    known = [o for o in history if o.state != "rejected" and o.period.start <= as_of]
    if not known:
        return []
    grain = kpi.grain if any(o.period.grain is kpi.grain for o in known) else known[-1].period.grain
    found: dict[datetime, Observation] = {}
    for observed in known:
        standing = found.get(observed.period.start)
        if observed.period.grain is grain and (
            standing is None or (standing.state, observed.state) != ("approved", "provisional")
        ):
            found[observed.period.start] = observed
    rows = [found[moment] for moment in sorted(found)]
    return [_withheld(o) if o.n is not None and o.n < kpi.min_group else o for o in rows] if kpi.min_group else rows


def _withheld(observed: Observation) -> Observation:
    """The observation of a group so small that its figures would tell of single people."""
    return replace(observed, inputs={}, figures=dict.fromkeys(observed.figures), numerator=None, denominator=None)


def figures_with_intervals(kpi: Kpi, observed: Observation) -> dict[str, Figure]:
    """Every figure of an observation with its interval, where one can be had."""
    return {
        name: Figure(name, observed.figures.get(name), intervals.interval_of(kpi, name, observed.inputs, observed.figures))
        for name in (MAIN, *kpi.also)
    }


def figures_of(kpi: Kpi) -> Callable[[Observation], Mapping[str, Figure]]:
    """How an observation of the KPI is read for its thresholds: with intervals only where one of them reads an interval."""
    reads_intervals = any(b.reads != "value" for t in kpi.thresholds for group in (*t.any_of, t.recover) for b in group)
    return partial(figures_with_intervals if reads_intervals else _values, kpi)


def _values(kpi: Kpi, observed: Observation) -> dict[str, Figure]:
    return {name: Figure(name, observed.figures.get(name)) for name in (MAIN, *kpi.also)}


def _is_mature(kpi: Kpi, observed: Observation, as_of: datetime) -> bool:
    return observed.period.end + kpi.label_delay <= as_of


def _too_few(kpi: Kpi, observed: Observation) -> bool:
    return observed.n is not None and observed.n < max(kpi.min_n, kpi.min_group)


def _is_settled(kpi: Kpi, observed: Observation, as_of: datetime) -> bool:
    return observed.state == "approved" and _is_mature(kpi, observed, as_of) and not _too_few(kpi, observed)


def _previous(earlier: Sequence[Observation], shown: Observation) -> Mapping[str, Decimal | None]:
    before = earlier[-1] if earlier else None
    return before.figures if before and before.period.end == shown.period.start else {}


def _verdict(
    kpi: Kpi, shown: Observation, figures: Mapping[str, Figure], references: References, as_of: datetime
) -> tuple[Verdict, str]:
    if shown.n is not None and shown.n < kpi.min_group:
        return "cannot tell", f"Fewer than {kpi.min_group} people are behind this figure, so it is not shown."
    verdict, why = judge(kpi, figures, references, Counted(shown.n, _counted(shown)))
    if verdict in ("met", "missed", "cannot tell") and not shown.period.is_complete(as_of):
        return "cannot tell", f"{label(shown.period)} is not over, so its figure is not judged yet."
    return verdict, why


def _counted(observed: Observation) -> str:
    top, bottom = observed.numerator, observed.denominator
    whole = top is not None and bottom is not None and top == top.to_integral_value() and bottom == bottom.to_integral_value()
    return f"{top:,.0f}/{bottom:,.0f}" if whole else ""


def _comparisons(kpi: Kpi, shown: Observation, earlier: Sequence[Observation], baseline: Reference) -> tuple[Comparison, ...]:
    found: list[Comparison] = []
    before = next((o for o in reversed(earlier) if o.value is not None), None)
    if shown.value is None:
        return ()
    if before is not None and before.value is not None:
        found.append(_compared(kpi, "previous", shown.value, before.value, label(before.period)))
    if MAIN in baseline.figures:
        found.append(_compared(kpi, "baseline", shown.value, baseline.figures[MAIN], baseline.label))
    return tuple(found)


def _compared(kpi: Kpi, against: Literal["previous", "baseline"], value: Decimal, start: Decimal, words: str) -> Comparison:
    points = value - start
    share = points / abs(start) if start else None
    return Comparison(against, start, words, points, share, better(kpi.direction, start, value))


def better(direction: Direction, start: Decimal, value: Decimal) -> bool | None:
    """Whether going from `start` to `value` is good; None where it is neither."""
    if value == start or direction is Direction.NONE:
        return None
    if direction is Direction.ZERO:
        return None if abs(value) == abs(start) else abs(value) < abs(start)
    return (value > start) == (direction is Direction.UP)


def _breach(kpi: Kpi, settled: Sequence[Observation], shown: Observation, baseline: Reference) -> Breach | None:
    found = breach(kpi, settled, figures_of(kpi), baseline)
    if found and settled[-1] is not shown:
        return replace(found, words=f"{found.words} in {label(settled[-1].period)}")
    return found


def _unusual(kpi: Kpi, earlier: Sequence[Observation], shown: Observation) -> Unusual | None:
    if shown.value is None:
        return None
    found = unusual([o.value for o in earlier if o.value is not None], shown.value)
    if found.low is None or found.high is None:
        return found
    middle = Decimal(repr((found.low + found.high) / 2))
    return replace(found, favourable=better(kpi.direction, middle, shown.value))


def _freshness(kpi: Kpi, rows: Sequence[Observation], as_of: datetime) -> tuple[bool, datetime]:
    """Whether an approved figure is late, and when the next one was or is expected."""
    last = next((o.period for o in reversed(rows) if o.state == "approved"), None)
    if last is None:
        first = rows[0].period
        return as_of > first.end + kpi.label_delay + _patience(kpi, first), first.end + kpi.label_delay
    late = last.end + kpi.label_delay + _patience(kpi, last)
    return as_of > late, after(last).end + kpi.label_delay


def _patience(kpi: Kpi, period: Period) -> timedelta:
    return period.length * float(kpi.stale_after)
