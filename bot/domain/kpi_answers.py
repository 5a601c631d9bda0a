"""What is answered when people ask about KPIs or give values: data, before anybody draws it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.entries import Entry
from bot.domain.kpis import Category, Kpi
from bot.domain.observations import Decision, Dimensions, Observation
from bot.domain.periods import Period
from bot.domain.readings import Reading


@dataclass(frozen=True, slots=True)
class Listing:
    """KPIs by category and name, as the asker may see them."""

    readings: tuple[Reading, ...]
    category: Category | None = None
    mine: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """One KPI. `segments` are the sets of dimensions under which it was recorded; `since` is where the asker began to look.

    `waiting` are its values that nobody has decided about.
    """

    reading: Reading
    segments: tuple[Dimensions, ...] = ()
    waiting: tuple[Observation, ...] = ()
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class History:
    """Everything recorded for a KPI, the latest first, corrected and rejected figures too. `more`: there is older."""

    kpi: Kpi
    dimensions: Dimensions
    observations: tuple[Observation, ...]
    more: bool = False


@dataclass(frozen=True, slots=True)
class Published:
    """A figure that was sent in a message. `channel` is where it was posted."""

    observation_id: int
    delivery_id: str
    kind: str
    subject: str
    channel: str
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class Why:
    """Where a figure came from.

    `kpi` is the definition that it was made under. `chain` holds all that was recorded for its period, the first figure first.
    `reading` has its interval and verdict under that definition. `published` says where which figure of the chain went out,
    the latest first.
    """

    kpi: Kpi
    observation: Observation
    reading: Reading
    chain: tuple[Observation, ...]
    decisions: Mapping[int, Decision] = field(default_factory=dict)
    published: tuple[Published, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """A value that would be recorded. `existing` is what is in force for its period already; `provisional`: it would wait."""

    kpi: Kpi
    period: Period
    dimensions: Dimensions
    entry: Entry
    provisional: bool
    existing: Observation | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """A value that was recorded, and the KPI as it reads now. `before` is what it corrected."""

    kpi: Kpi
    observation: Observation
    reading: Reading
    before: Observation | None = None


@dataclass(frozen=True, slots=True)
class Decided:
    """A provisional value that was approved or rejected, and the KPI as it reads now."""

    kpi: Kpi
    observation: Observation
    decision: Decision
    reading: Reading


@dataclass(frozen=True, slots=True)
class ImportProblem:
    """What is wrong on a line of a file, in which column (empty: the whole line), and what to do about it."""

    line: int
    column: str
    problem: str


@dataclass(frozen=True, slots=True)
class Imported:
    """A file of values, checked. With a single problem nothing of it is recorded.

    `values` would be recorded, or were (`applied`); `already` counts the lines whose values are there as they stand.
    """

    kpi: Kpi
    values: tuple[Observation, ...]
    already: int
    problems: tuple[ImportProblem, ...]
    applied: bool = False
