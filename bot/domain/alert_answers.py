"""What is answered when people ask about alerts: data, before anybody draws it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.domain import intervals
from bot.domain.alerts import Alert
from bot.domain.intervals import Ends
from bot.domain.kpis import Kpi


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened with an alert."""

    at: datetime
    actor: str
    kind: str
    text: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Dossier:
    """All that is known of an alert: as it stands, what happened, and its KPI where it is of one."""

    alert: Alert
    events: Sequence[Event]
    kpi: Kpi | None = None


@dataclass(frozen=True, slots=True)
class JudgedRule:
    """A rule with what became of its alerts in the last 90 days: how many fired, were judged, and of those were real."""

    name: str
    is_on: bool
    words: str
    fired: int
    judged: int
    real: int

    @property
    def precision(self) -> Ends | None:
        """Wilson's 95 % interval of the share that was real; None where none was judged."""
        return intervals.wilson(self.real, self.judged, 0.95) if self.judged else None
