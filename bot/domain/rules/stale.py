"""The next figure is late."""

from bot.domain.alerts import AT_ONCE, Finding
from bot.domain.kpis import Kpi
from bot.domain.periods import label
from bot.domain.readings import Reading

NAME = "stale"
EVENTS = frozenset({"incidents"})
"""Sources that speak only when something happens: silence is good news there."""


def applies(kpi: Kpi) -> bool:
    """Whether figures are to come in every period."""
    return any(i.source not in EVENTS for i in kpi.inputs)


def words(kpi: Kpi) -> str:
    """After how long a figure is late."""
    return f"no figure {kpi.stale_after.normalize():f} periods after the last"


def find(reading: Reading) -> Finding:
    """Whether the next approved figure is late."""
    if reading.observation is None:
        return Finding("unknown")
    if not reading.stale:
        return Finding("good", words="Figures come in time.", good=AT_ONCE, point=reading.observation.id)
    last = next((o for o in reversed(reading.history) if o.state == "approved"), None)
    since = f" since {label(last.period)}" if last else ""
    return Finding("bad", "warning", f"no figure{since}", since=reading.due, point=last.id if last else None)
