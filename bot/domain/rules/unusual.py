"""The latest figure is unusual among those before it, by the published rule, and on the bad side."""

from decimal import Decimal

from bot.domain import formats
from bot.domain.alerts import AT_ONCE, Finding
from bot.domain.kpis import Kpi
from bot.domain.readings import Reading

NAME = "unusual"


def applies(_: Kpi) -> bool:
    """Any KPI has a history, or will have."""
    return True


def words(_: Kpi) -> str:
    """The rule in a few words; `bot.domain.unusual.RULE` says it whole."""
    return "unusual among the figures before, on the bad side (false alarms 1 in 100)"


def find(reading: Reading) -> Finding:
    """Whether the latest settled figure is unusual, unless it is so on the good side."""
    told, last = reading.unusual, reading.settled[-1] if reading.settled else None
    if reading.stale:
        return Finding("no data", words="No figure came in time, so nobody can tell.")
    if told is None or last is None or told.state == "history too short":
        return Finding("unknown")
    value = formats.value(last.value, reading.kpi.unit)
    if told.state == "usual" or told.favourable:
        return Finding("good", words=f"{value} is usual", good=AT_ONCE, good_since=last.period.start, point=last.id, n=last.n)
    usual = "" if told.low is None or told.high is None else f": usual is {_span(reading, told.low, told.high)}"
    return Finding(
        "bad", "warning", f"{value} is unusual{usual}", last.period.start, 1, point=last.id, n=last.n, data_at=last.recorded_at
    )


def _span(reading: Reading, low: float, high: float) -> str:
    unit = reading.kpi.unit
    return " to ".join(formats.value(Decimal(repr(end)), unit) for end in (low, high))
