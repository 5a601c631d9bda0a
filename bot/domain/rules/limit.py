"""The figure is past a threshold of its definition, for as many periods as that says."""

from bot.domain.alert_findings import of_run
from bot.domain.alerts import Finding
from bot.domain.breaches import standing
from bot.domain.kpis import Kpi
from bot.domain.readings import Reading, figures_of
from bot.domain.verdicts import References, condition

NAME = "limit"


def applies(kpi: Kpi) -> bool:
    """Whether a threshold has a condition on the figure."""
    return any(t.any_of for t in kpi.thresholds)


def words(kpi: Kpi) -> str:
    """The thresholds in words, the gravest first."""
    found = []
    for threshold in sorted(kpi.thresholds, key=lambda t: t.level != "critical"):
        groups = [" and ".join(condition(kpi, b, References()) for b in group) for group in threshold.any_of]
        lasting = f", {threshold.for_periods} periods running" if threshold.for_periods > 1 else ""
        if groups:
            found.append(f"{threshold.level}: {' or '.join(groups)}{lasting}")
    return "; ".join(found)


def find(reading: Reading) -> Finding:
    """The gravest threshold that the latest settled figures are past; the operator says on which side the limit itself is."""
    found = standing(reading.kpi, reading.settled, figures_of(reading.kpi), reading.baseline)
    if found is None:
        return Finding("no data" if reading.stale else "unknown", words="There is no figure that can be judged.")
    if reading.stale:
        return Finding("no data", found.level, "No figure came in time, so nobody can tell.")
    return of_run(reading, found.run, found.level, found.words)
