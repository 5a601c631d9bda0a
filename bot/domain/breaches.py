"""Which threshold a KPI is past, for how many periods running, and when it has recovered."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from bot.domain import formats
from bot.domain.baselines import Reference
from bot.domain.figures import Breach, Figure
from bot.domain.kpis import MAIN, Bound, Kpi, Threshold
from bot.domain.observations import Observation
from bot.domain.verdicts import References, condition, holds, past, within

Figures = Callable[[Observation], Mapping[str, Figure]]


def breach(kpi: Kpi, settled: Sequence[Observation], figures_of: Figures, baseline: Reference) -> Breach | None:
    """The gravest threshold that the latest observation is past; None where there is none.

    `settled` are approved observations of whole periods, oldest first. A threshold is entered when its condition has held for
    `for_periods` of them running, and left when it no longer holds and `recover`, where given, does. A figure without a value
    neither enters nor leaves one. Burn rates are of minutes and hours and are not judged on periods.
    """
    for threshold in sorted(kpi.thresholds, key=lambda t: t.level != "critical"):
        running = _running(kpi, threshold, settled, figures_of, baseline)
        if running:
            words = _words(kpi, threshold, settled, figures_of, baseline)
            return Breach(threshold.level, running, words)
    return None


def _running(kpi: Kpi, threshold: Threshold, settled: Sequence[Observation], figures_of: Figures, baseline: Reference) -> int:
    """For how many observations the threshold has been passed without recovery; 0 where it is not."""
    streak = running = 0
    fires = False
    for is_past, recovered in _episode(kpi, threshold, settled, figures_of, baseline):
        if is_past is None:
            continue
        if is_past:
            streak, running = streak + 1, running + 1
            fires = fires or streak >= threshold.for_periods
        elif fires and not recovered:
            streak, running = 0, running + 1
        else:
            streak, running = 0, 0
    return running if fires else 0


def _episode(
    kpi: Kpi, threshold: Threshold, settled: Sequence[Observation], figures_of: Figures, baseline: Reference
) -> list[tuple[bool | None, bool]]:
    """Whether each observation is past the threshold and has recovered, since the last that was surely clear of it."""
    found: list[tuple[bool | None, bool]] = []
    for index in range(len(settled) - 1, -1, -1):
        figures, references = _at(settled, index, figures_of, baseline)
        past = _is_past(kpi, threshold, figures, references)
        recovered = all(holds(kpi, b, figures, references) for b in threshold.recover)
        if past is False and recovered:
            break
        found.append((past, recovered))
    return found[::-1]


def _at(
    settled: Sequence[Observation], index: int, figures_of: Figures, baseline: Reference
) -> tuple[Mapping[str, Figure], References]:
    observed = settled[index]
    before = settled[index - 1] if index else None
    follows = before is not None and before.period.end == observed.period.start
    return figures_of(observed), References(baseline, before.figures if before and follows else {})


def _is_past(kpi: Kpi, threshold: Threshold, figures: Mapping[str, Figure], references: References) -> bool | None:
    told = [_all(holds(kpi, b, figures, references) for b in group) for group in threshold.any_of]
    return True if True in told else None if None in told else False


def _all(told: Iterable[bool | None]) -> bool | None:
    known = list(told)
    return False if False in known else None if None in known else bool(known)


def _words(kpi: Kpi, threshold: Threshold, settled: Sequence[Observation], figures_of: Figures, baseline: Reference) -> str:
    figures, references = _at(settled, len(settled) - 1, figures_of, baseline)
    for group in threshold.any_of:
        if _all(holds(kpi, b, figures, references) for b in group):
            return ", and ".join(_said(kpi, b, figures, references) for b in group)
    bounds = threshold.recover or tuple(b for group in threshold.any_of for b in group)
    back = " and ".join(condition(kpi, b, references) for b in bounds)
    value = formats.value(figures[MAIN].value, kpi.unit)
    return f"{value} is not yet {back}" if threshold.recover else f"{value} does not say whether it is still {back}"


def _said(kpi: Kpi, bound: Bound, figures: Mapping[str, Figure], references: References) -> str:
    value = formats.value(figures[bound.of].value, kpi.unit_of(bound.of))
    named = value if bound.of == MAIN else f"the {within(kpi.title_of(bound.of))} of {value}"
    if bound.reads == "value":
        return f"{named} is {past(kpi, bound, references)}"
    end = "lower" if bound.reads == "ci_low" else "upper"
    return f"the {end} end of the interval of {named.removeprefix('the ')} is {past(kpi, bound, references)}"
