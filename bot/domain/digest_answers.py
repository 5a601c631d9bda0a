"""What is answered when people ask about digests, and what they fill in: data, before anybody draws it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from bot.domain.deliveries import Delivery
from bot.domain.digests import DigestDefinition

RunState = Literal["queued", "building", "built", "skipped", "failed"]


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a digest: when it was due, when it was begun, where it goes, and what became of it and why."""

    id: str
    digest: str
    due_at: datetime
    fired_at: datetime
    state: RunState
    target: str
    asked_by: str = ""
    reason: str = ""
    tries: int = 0
    lease_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """A digest as it stands, with its next run if it has one, and whether the asker may change it."""

    definition: DigestDefinition
    paused: bool
    next_due: datetime | None
    last: Run | None
    may_direct: bool


@dataclass(frozen=True, slots=True)
class Form:
    """What a person fills in to make or change a digest; what is left empty stays as it is.

    `when` is as people type it ("weekly monday 09:00 Europe/Oslo"); `kpis` lists categories, names and owner roles, or "all";
    `compare` what figures are compared with, `skip_if` when nothing is sent: words of `bot.domain.digests`, or "none".
    """

    when: str = ""
    target: str = ""
    audience: str = ""
    kpis: str = ""
    title: str = ""
    top: str = ""
    owner: str = ""
    compare: str = ""
    skip_if: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """A digest as it would be, its coming runs, and the YAML to keep. `is_new`: there was none of this name."""

    definition: DigestDefinition
    coming: tuple[datetime, ...]
    yaml: str
    is_new: bool


@dataclass(frozen=True, slots=True)
class Sent:
    """A run that was asked for. `again`: the same request came before, and nothing more was done."""

    definition: DigestDefinition
    run: str
    again: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A run of a digest with its delivery, which is None if there was nothing to deliver.

    `replies` counts the messages of its thread by their state.
    """

    run: Run
    delivery: Delivery | None
    replies: Mapping[str, int] = field(default_factory=dict)
