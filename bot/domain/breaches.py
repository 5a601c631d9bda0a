"""Which threshold a KPI is past, for how many periods running, and when it has recovered."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from bot.domain import formats
from bot.domain.baselines import Reference
from bot.domain.figures import Breach, Figure
from bot.domain.kpis import MAIN, Bound, Kpi, Level, Threshold
from bot.domain.observations import Observation
from bot.domain.verdicts import References, condition, holds, past, within

Figures = Callable[[Observation], Mapping[str, Figure]]
ENOUGH = 20
"""Nobody waits for more good periods than so many."""


class Judged(NamedTuple):
    """The observation at the index `place`: whether it is past a threshold (None: it does not say), and has recovered."""

    place: int
    past: bool | None
    recovered: bool


class Run(NamedTuple):
    """What the latest observations are: `bad` of them running and firing, or yet too few ("pending"), or `good` of them.

    `first_bad` and `first_good` are the indexes at which the run began. "unknown": the latest does not say.
    """

    outcome: Literal["bad", "pending", "good", "unknown"]
    bad: int = 0
    first_bad: int | None = None
    good: int = 0
    first_good: int | None = None


class Standing(NamedTuple):
    """How a KPI stands to its thresholds: to the gravest that fires, else to one that is pending, else good."""

    level: Level
    words: str
    run: Run


def breach(kpi: Kpi, settled: Sequence[Observation], figures_of: Figures, baseline: Reference) -> Breach | None:
    """The gravest threshold that the latest observation is past; None where there is none.

    `settled` are approved observations of whole periods, oldest first. A threshold is entered when its condition has held for
    `for_periods` of them running, and left when it no longer holds and `recover`, where given, does. A figure without a value
    neither enters nor leaves one. Burn rates are of minutes and hours and are not judged on periods.
    """
    for threshold in _gravest_first(kpi):
        run = run_of(_judged(kpi, threshold, settled, figures_of, baseline), threshold.for_periods)
        if run.outcome == "bad":
            return Breach(threshold.level, run.bad, _words(kpi, threshold, settled, figures_of, baseline))
    return None


def standing(kpi: Kpi, settled: Sequence[Observation], figures_of: Figures, baseline: Reference) -> Standing | None:
    """How the latest observations stand to all thresholds, judged as `breach` does; None without observations or conditions.

    Good is what is clear of every threshold; of several, the fewest good periods count.
    """
    conditions = [t for t in _gravest_first(kpi) if t.any_of]
    if not (settled and conditions):
        return None
    runs = [(t, run_of(_judged(kpi, t, settled, figures_of, baseline), t.for_periods)) for t in conditions]
    for wanted in ("bad", "pending"):
        for threshold, run in runs:
            if run.outcome == wanted:
                return Standing(threshold.level, _words(kpi, threshold, settled, figures_of, baseline), run)
    threshold, run = min(runs, key=lambda pair: (pair[1].outcome == "good", pair[1].good))
    return Standing(threshold.level, _value_words(kpi, settled, figures_of), run)


def run_of(judged: Iterable[Judged], for_periods: int) -> Run:
    """What observations, the latest first, say together; only as many are looked at as are needed."""
    episode: list[Judged] = []
    good: list[Judged] = []
    for each in judged:
        clear = each.past is False and each.recovered
        if (clear and episode) or (good and each.past is not None and not clear) or len(good) >= ENOUGH:
            break
        if clear:
            good.append(each)
        elif not good:
            episode.append(each)
    if good:
        return Run("good", good=len(good), first_good=good[-1].place)
    return _of_episode(episode[::-1], for_periods)


def _of_episode(episode: Sequence[Judged], for_periods: int) -> Run:
    """The run at the end of what came since the last observation that was surely clear, the oldest first."""
    streak = running = 0
    first: int | None = None
    fires = False
    for each in episode:
        if each.past is None:
            continue
        if each.past:
            first = each.place if not running else first
            streak, running = streak + 1, running + 1
            fires = fires or streak >= for_periods
        elif fires and not each.recovered:
            streak, running = 0, running + 1
        else:
            streak, running, first = 0, 0, None
    if fires and running:
        return Run("bad", running, first)
    return Run("pending", streak, first) if streak else Run("unknown")


def _gravest_first(kpi: Kpi) -> list[Threshold]:
    return sorted(kpi.thresholds, key=lambda t: t.level != "critical")


def _judged(
    kpi: Kpi, threshold: Threshold, settled: Sequence[Observation], figures_of: Figures, baseline: Reference
) -> Iterator[Judged]:
    """Whether each observation is past the threshold and has recovered, the latest first."""
    for index in range(len(settled) - 1, -1, -1):
        figures, references = _at(settled, index, figures_of, baseline)
        recovered = all(holds(kpi, b, figures, references) for b in threshold.recover)
        yield Judged(index, _is_past(kpi, threshold, figures, references), recovered)


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


def _value_words(kpi: Kpi, settled: Sequence[Observation], figures_of: Figures) -> str:
    return f"{formats.value(figures_of(settled[-1])[MAIN].value, kpi.unit)} is within its limits"
