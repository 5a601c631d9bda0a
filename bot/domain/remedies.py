"""A remedy under way: who asked for it, who agreed, what was sent, and whether it helped."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.domain.alerts import Alert
from bot.domain.kpis import Kpi, Remedy

State = Literal["asked", "approved", "sent", "failed", "expired", "refused", "recovered", "no effect"]
MOST_TRIES = 5
ELDERS = "executive_sponsor"
"""A role that may agree to any remedy."""


@dataclass(frozen=True, slots=True)
class Run:
    """One use of a remedy. `approvals` are the people who agreed; `key` and `body` are the same in every try of it."""

    id: int
    alert_id: int
    remedy: str
    dry_run: bool
    state: State
    needed: int
    approvals: tuple[str, ...]
    asked_by: str
    asked_at: datetime
    expires_at: datetime
    key: str
    answer: str = ""
    body: str = ""
    tries: int = 0
    next_at: datetime | None = None

    @property
    def missing(self) -> int:
        """How many people still have to agree."""
        return max(0, self.needed - len(self.approvals))


def remedy_of(kpi: Kpi | None, name: str) -> Remedy | None:
    """The remedy of that name in the definition of a KPI."""
    return next((each for each in kpi.alerts.remedies if each.name == name), None) if kpi else None


def needed(remedy: Remedy, one: Alert, *, dry_run: bool) -> int:
    """How many people besides the one who asks have to agree; nobody, if nothing is changed."""
    return 0 if dry_run else remedy.approvals[one.level]


def body(run: Run, one: Alert) -> bytes:
    """What is sent, as JSON: as things stand when enough people have agreed."""
    said = {
        "remedy": run.remedy,
        "dry_run": run.dry_run,
        "alert": one.name,
        "rule": one.rule,
        "kpi": one.kpi,
        "dimensions": dict(one.dimensions),
        "level": one.level,
        "fired_at": one.fired_at.isoformat() if one.fired_at else None,
        "incident": f"INC-{one.incident}" if one.incident else None,
        "asked_by": run.asked_by,
        "approved_by": list(run.approvals),
    }
    return json.dumps(said, ensure_ascii=False, sort_keys=True).encode()


def headers(secret: str, run: Run, sent: bytes, now: datetime) -> Mapping[str, str]:
    """What proves that a request is ours, and that it is the same one again.

    The signature is `v1=` and the hexadecimal HMAC-SHA256 of `v1:<timestamp>:<body>` with the shared secret.
    """
    timestamp = str(int(now.timestamp()))
    signature = hmac.new(secret.encode(), b"v1:" + timestamp.encode() + b":" + sent, hashlib.sha256).hexdigest()
    return {
        "Content-Type": "application/json",
        "Idempotency-Key": run.key,
        "X-Barometer-Timestamp": timestamp,
        "X-Barometer-Signature": f"v1={signature}",
    }
