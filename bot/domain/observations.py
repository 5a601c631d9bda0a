"""What was observed: one figure for one KPI, one set of dimensions and one period, never overwritten."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal

from bot.domain.periods import Period

Dimensions = Mapping[str, str]
Outcome = Literal["approved", "rejected"]
State = Literal["provisional"] | Outcome
Inputs = Mapping[str, Decimal | tuple[Decimal, ...]]


@dataclass(frozen=True, slots=True)
class Provenance:
    """Who or what a figure came from, and why. `run` names a run of the source, `evidence` a link or a file."""

    source: str
    actor: str
    run: str = ""
    note: str = ""
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """What somebody decided about a provisional figure."""

    outcome: Outcome
    actor: str
    at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Observation:
    """A recorded figure. `figures` holds the KPI's own value under `value` and its `also` figures by name; None is "no value".

    `supersedes` is the id of the observation that this one corrects.
    """

    id: int
    kpi: str
    period: Period
    inputs: Inputs
    figures: Mapping[str, Decimal | None]
    numerator: Decimal | None
    denominator: Decimal | None
    n: int | None
    provenance: Provenance
    definition_version: int
    recorded_at: datetime
    state: State = "approved"
    dimensions: Dimensions = field(default_factory=dict)
    supersedes: int | None = None

    @property
    def value(self) -> Decimal | None:
        """The KPI's own figure."""
        return self.figures.get("value")


def in_force(recorded: Iterable[Observation]) -> list[Observation]:
    """The figure that counts for each period, oldest first. `recorded` is in the order of recording.

    It is the latest approved one, or else the latest provisional one: what was rejected never counts, and a correction that
    waits for a decision leaves in force what it means to correct.
    """
    standing: dict[tuple[datetime, datetime], Observation] = {}
    for o in recorded:
        place = (o.period.start, o.period.end)
        if o.state == "approved" or (o.state == "provisional" and not _is_approved(standing.get(place))):
            standing[place] = o
    return sorted(standing.values(), key=lambda o: (o.period.start, o.period.end))


def _is_approved(o: Observation | None) -> bool:
    return o is not None and o.state == "approved"
