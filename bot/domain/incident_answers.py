"""What is answered when people ask about incidents: data, before anybody draws it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from bot.domain.incident_stats import Durations
from bot.domain.incidents import Incident, Mark, Moment

MEASURES: Mapping[str, tuple[Moment, Moment]] = {
    "mttd": ("arose", "detected"),
    "mtta": ("detected", "acknowledged"),
    "mttr": ("detected", "resolved"),
}
"""Each measure with the moments between which it counts."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened in an incident: `at` is when, `recorded_at` when it was written down."""

    at: datetime
    recorded_at: datetime
    actor: str
    kind: str
    text: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Evidence:
    """A message that shows an incident: where it stands, by whom, and how it begins."""

    channel: str
    ts: str
    user: str
    text: str

    @property
    def at(self) -> datetime:
        """When it was written."""
        return datetime.fromtimestamp(float(self.ts), UTC)


@dataclass(frozen=True, slots=True)
class Announcement:
    """How an incident is opened: where it is told (empty: nowhere), by which request, and what shows it."""

    channel: str = ""
    key: str = ""
    evidence: Evidence | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """An incident after a change. `again`: the same request had made it before."""

    incident: Incident
    again: bool = False


@dataclass(frozen=True, slots=True)
class Dossier:
    """All that is known of an incident: as it stands, every entry about its moments, and what happened in it."""

    incident: Incident
    ledger: Sequence[Mark]
    events: Sequence[Event]


@dataclass(frozen=True, slots=True)
class Onsets:
    """How the beginning of incidents is known: measured (a person or an alert), estimated (from a series), or unknown."""

    measured: int
    estimated: int
    unknown: int


@dataclass(frozen=True, slots=True)
class Stats:
    """`measures` by name, over `counted` incidents detected in the period; `left_out` says how many of what are not counted."""

    since: datetime | None
    as_of: datetime
    model: str
    severity: str
    counted: int
    measures: Mapping[str, Durations]
    onsets: Onsets
    left_out: Mapping[str, int]
