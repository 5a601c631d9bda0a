"""Something that the workspace is asked for besides messages: what it is, and what may come of a try."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from bot.domain.deliveries import Postponed, Refused, Throttled, Unknown

State = Literal["due", "done", "failed"]
LIFETIME = timedelta(hours=1)
"""After how long it is no longer tried."""


@dataclass(frozen=True, slots=True)
class Errand:
    """A row of the list of errands. `key` says what it is, so that it is not done twice; `asked_by` hears if it fails.

    `due_at` and `deadline` are on the bot's clock. Whoever does it holds it, as `lease_owner`, until `lease_until`.
    """

    id: str
    key: str
    kind: str
    incident_id: int | None
    details: Mapping[str, Any]
    asked_by: str
    state: State
    tries: int
    due_at: datetime
    deadline: datetime
    lease_until: datetime | None
    lease_owner: str | None
    error: str


@dataclass(frozen=True, slots=True)
class Done:
    """It is done; `found` is what came of it."""

    found: Mapping[str, str] = field(default_factory=dict)


Result = Done | Throttled | Refused | Postponed | Unknown
