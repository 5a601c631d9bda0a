"""A digest as it is defined: for whom, when, where, which KPIs, and when it is better not sent."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from bot.domain.kpis import Category, Grain, Kpi
from bot.domain.people import Asker
from bot.domain.schedules import Schedule

Audience = Literal["ops", "product", "executive", "risk"]
Cadence = Literal["daily", "weekly", "monthly", "quarterly"]
Compare = Literal["previous", "baseline", "target"]
Skip = Literal["no_new_data", "nothing_to_report"]

AUDIENCES: Mapping[Audience, frozenset[str]] = {
    "ops": frozenset({"ops", "sre", "data_engineer", "model_steward"}),
    "product": frozenset({"product", "product_owner"}),
    "executive": frozenset({"executive", "executive_sponsor", "ai_lead"}),
    "risk": frozenset({"risk", "risk_officer", "compliance_officer"}),
}
"""The roles of people that belong to each audience: any of them may send and schedule its digests."""

GRAINS: Mapping[Cadence, Grain] = {
    "daily": Grain.DAY,
    "weekly": Grain.WEEK,
    "monthly": Grain.MONTH,
    "quarterly": Grain.QUARTER,
}
"""The period that a digest of each cadence speaks about, where a KPI has it."""

SECTIONS = ("summary", "attention", "corrections", "surveys", "charts", "scorecard", "gaps", "heartbeat")
"""What a digest may consist of, in the order in which it is read."""

COMPARISONS: tuple[Compare, ...] = ("previous", "target", "baseline")
SKIPS: tuple[Skip, ...] = ("no_new_data", "nothing_to_report")
MAX_CHARTS = 2
MAX_TOP = 10


@dataclass(frozen=True, slots=True)
class Selection:
    """Which KPIs: all, or those of any of the categories, names and owner roles given."""

    everything: bool = False
    categories: tuple[Category, ...] = ()
    names: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()

    def picks(self, kpi: Kpi) -> bool:
        return self.everything or kpi.category in self.categories or kpi.name in self.names or kpi.owner in self.owners

    @property
    def words(self) -> str:
        """How a person says it: "reliability, model performance"."""
        if self.everything:
            return "every KPI"
        named = [c.value.replace("_", " ") for c in self.categories] + list(self.names)
        return ", ".join(named + [f"those of the {o.replace('_', ' ')}" for o in self.owners])


@dataclass(frozen=True, slots=True)
class DigestDefinition:
    """One digest. `target` is the id of a channel or person, empty while it goes nowhere; `owner` the id of a person.

    `charts` is "auto", or the names of up to two KPIs; empty: none. `deadline` is how long after its due time a digest still
    makes sense. `stale` says what becomes of the digest when every KPI of it is stale: marked so, or not sent.
    """

    name: str
    title: str
    audience: Audience
    schedule: Schedule
    cadence: Cadence
    kpis: Selection
    target: str = ""
    owner: str = ""
    compare: tuple[Compare, ...] = COMPARISONS
    top: int = 3
    sections: tuple[str, ...] = SECTIONS
    charts: tuple[str, ...] | Literal["auto"] = "auto"
    skip_if: frozenset[Skip] = frozenset()
    stale: Literal["mark", "skip"] = "mark"
    deadline: timedelta = timedelta(hours=12)
    file: str = ""
    line: int = 0

    @property
    def grain(self) -> Grain:
        """The period that it speaks about."""
        return GRAINS[self.cadence]

    @property
    def is_direct(self) -> bool:
        """Whether it goes to one person instead of a channel."""
        return is_person(self.target)

    def sent_to(self, target: str) -> "DigestDefinition":
        """The same digest to another channel or person."""
        return replace(self, target=target)


def is_person(target: str) -> bool:
    """Whether an id is that of a person or of a conversation with one."""
    return target[:1] in ("U", "W", "D")


def audience_asker(definition: DigestDefinition) -> Asker:
    """The audience itself as somebody who asks: a channel shows only what everybody in it may see."""
    return Asker("barometer", frozenset({definition.audience}), definition.schedule.zone)


def may_direct(asker: Asker, definition: DigestDefinition) -> bool:
    """Whether this person may send, schedule, pause and resume a digest: an admin, its owner, or one of its audience."""
    return asker.admin or asker.user_id == definition.owner != "" or bool(asker.roles & AUDIENCES[definition.audience])


def deadline_of(definition: DigestDefinition, due: datetime) -> datetime:
    """The moment from which a digest due at `due` is no longer worth sending."""
    return due + definition.deadline


def span_words(span: timedelta) -> str:
    """A span as definitions write it: "12h", "3d", "90m"."""
    minutes = int(span.total_seconds() // 60)
    for size, letter in ((24 * 60, "d"), (60, "h")):
        if minutes and minutes % size == 0:
            return f"{minutes // size}{letter}"
    return f"{minutes}m"
