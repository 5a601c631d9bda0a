"""What is answered when people ask about incidents: data, before anybody draws it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

from bot.domain.detection import Phase
from bot.domain.incident_stats import Durations
from bot.domain.incidents import Incident, Kind, Mark, Moment, Severity, Source, hours

MEASURES: Mapping[str, tuple[Moment, Moment]] = {
    "mttd": ("arose", "detected"),
    "mtta": ("detected", "acknowledged"),
    "mttr": ("detected", "resolved"),
}
"""Each measure with the moments between which it counts."""


def length(one: Incident, measure: str) -> float | None:
    """How many hours a measure is for an incident that came so far; None for MTTD where nobody knows when it began."""
    first, last = MEASURES[measure]
    if first == "arose" and not one.onset_known:
        return None
    return hours(one.at(first), one.at(last))


class Course(NamedTuple):
    """As much of an incident as its measures need: what it is, and its moments in force; `onset` says who or what gave `arose`.

    A plain tuple, and not an `Incident` with its marks, for statistics read all that there ever were.
    """

    severity: Severity
    kind: Kind
    model: str
    merged_into: int | None
    onset: Source | None
    arose: datetime | None
    detected: datetime | None
    acknowledged: datetime | None
    resolved: datetime | None
    id: int = 0

    @property
    def left_out(self) -> str | None:
        """Why it is in no measure; None if it is in them."""
        if self.merged_into:
            return "merged"
        return None if self.kind == "real" else self.kind

    @property
    def is_open(self) -> bool:
        """As that of the incident: what is closed was resolved before."""
        return self.resolved is None and not self.merged_into

    @property
    def onset_known(self) -> bool:
        """As that of the incident."""
        return self.onset not in (None, "declared")


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
class Task:
    """Something that is to be done; `place` is its number in the incident."""

    place: int
    words: str
    done: bool


def tasks(events: Sequence[Event]) -> list[Task]:
    """What is to be done, in the order in which it was noted."""
    done = {e.details["task"] for e in events if e.kind == "task done"}
    return [Task(e.details["task"], e.text, e.details["task"] in done) for e in events if e.kind == "task"]


def links(events: Sequence[Event]) -> list[tuple[str, str]]:
    """What an incident is tied to: what kind of thing, and which."""
    return [(e.details["what"], e.text) for e in events if e.kind == "link"]


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
class Alarm:
    """An alert that shows an incident: its name, what at most one open incident is about, when its rule was true, and, where
    its source says so, when what is bad began.
    """

    name: str
    key: str
    at: datetime
    began: datetime | None = None


@dataclass(frozen=True, slots=True)
class Announcement:
    """How an incident is opened: where it is told (empty: nowhere), by which request, and what shows it.

    `apart`: it is to have a channel of its own.
    """

    channel: str = ""
    key: str = ""
    evidence: Evidence | None = None
    alarm: Alarm | None = None
    apart: bool = False


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
    """`measures` by name, over `counted` incidents detected in the period; `left_out` says how many of what are not counted.

    Unless it is `whole`, private incidents of others are not in it.
    """

    since: datetime | None
    as_of: datetime
    model: str
    severity: str
    counted: int
    measures: Mapping[str, Durations]
    onsets: Onsets
    left_out: Mapping[str, int]
    phases: Sequence[Phase]
    whole: bool
