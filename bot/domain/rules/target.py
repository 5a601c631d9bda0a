"""The figure misses its target."""

from collections.abc import Iterator

from bot.domain.alert_findings import of_run
from bot.domain.alerts import Finding
from bot.domain.breaches import Judged, run_of
from bot.domain.kpis import Kpi
from bot.domain.readings import Reading, figures_with_intervals
from bot.domain.verdicts import Counted, References, judge

NAME = "target"


def applies(kpi: Kpi) -> bool:
    """Whether the KPI has a target."""
    return kpi.target is not None


def words(kpi: Kpi) -> str:
    """What is asked."""
    return f"misses its target of {kpi.target.words}" if kpi.target else ""


def find(reading: Reading) -> Finding:
    """Whether the latest settled figure misses the target with its whole interval, as `bot.domain.verdicts.judge` says."""
    if reading.stale:
        return Finding("no data", words="No figure came in time, so nobody can tell.")
    if not reading.settled:
        return Finding("unknown")
    _, why = _verdict(reading, len(reading.settled) - 1)
    return of_run(reading, run_of(_judged(reading), 1), "warning", why.rstrip("."))


def _judged(reading: Reading) -> Iterator[Judged]:
    for index in range(len(reading.settled) - 1, -1, -1):
        verdict, _ = _verdict(reading, index)
        past = {"missed": True, "met": False}.get(verdict)
        yield Judged(index, past, past is False)


def _verdict(reading: Reading, index: int) -> tuple[str, str]:
    kpi, observed = reading.kpi, reading.settled[index]
    before = reading.settled[index - 1] if index else None
    previous = before.figures if before and before.period.end == observed.period.start else {}
    figures = figures_with_intervals(kpi, observed)
    return judge(kpi, figures, References(reading.baseline, previous), Counted(observed.n))
