"""An alert: what a rule finds, the state that follows from it, and what may be done about it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal, get_args

from bot.domain.errors import Conflict, InvalidInput
from bot.domain.kpis import Alerting, Level

Outcome = Literal["bad", "pending", "good", "no data", "error", "unknown"]
"""What a rule says: bad, bad but not yet for long enough, good, no figure came, it cannot be computed, it cannot be told."""
State = Literal["pending", "firing", "no data", "error", "resolved"]
Status = Literal["pending", "firing", "acknowledged", "snoozed", "no data", "error", "resolved"]
"""The state as people see it: what somebody acknowledged or snoozed still fires."""
Verdict = Literal["real", "expected", "false alarm"]

LEVELS: tuple[Level, ...] = ("critical", "warning")
"""The gravest first."""
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
AT_ONCE = 1_000
"""So many good periods end an alert whatever it waits for: rules say so that judge no single periods."""
FLAPS_FROM = 3
"""An alert that fired so often, each time soon after it had resolved, flaps."""
STEADY = 3
"""How many good periods a flapping alert waits for before it resolves."""
SOON = timedelta(hours=1)
"""What fires again so soon after it resolved, or within two of its periods, is the same alert."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule says at a moment, in words that stand by themselves: "512 ms is above 450 ms".

    `since` is when what is bad began, as far as the figures tell (the start of the first bad period), and `data_at` when the
    figure that shows it was there; `good` how many good periods there were running, and `good_since` when the first of them
    began. `point` is the id of the observation judged.
    """

    outcome: Outcome
    level: Level = "warning"
    words: str = ""
    since: datetime | None = None
    bad: int = 0
    good: int = 0
    good_since: datetime | None = None
    point: int | None = None
    n: int | None = None
    data_at: datetime | None = None


def reached(step: Mapping[str, object]) -> list[str]:
    """Whom a step of an escalation reaches: ids of people, or of the channel."""
    found = step["to"]
    return [str(each) for each in found] if isinstance(found, list) else []


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert as it stands. `key` is what at most one open alert is about.

    `active_at` is when its rule was first found true, `fired_at` when that had lasted for long enough; `since` when what is bad
    began; `good_since` when it was good again. `times` counts how often it fired. `facts` are what its source says of it.
    `held` says why nobody is told of it; `told_at` when somebody first was.
    """

    id: int
    key: str
    rule: str
    kpi: str
    dimensions: Mapping[str, str]
    title: str
    level: Level
    state: State
    active_at: datetime
    words: str = ""
    fired_at: datetime | None = None
    fired_words: str = ""
    resolved_at: datetime | None = None
    since: datetime | None = None
    data_at: datetime | None = None
    good_since: datetime | None = None
    good: int = 0
    times: int = 0
    point: int | None = None
    n: int | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    acknowledged_at: datetime | None = None
    acknowledged_by: str = ""
    snoozed_until: datetime | None = None
    held: str = ""
    told_at: datetime | None = None
    heard_at: datetime | None = None
    channel: str = ""
    plan: tuple[Mapping[str, object], ...] = ()
    step: int = 0
    next_at: datetime | None = None
    verdict: str = ""
    incident: int | None = None

    @property
    def name(self) -> str:
        """How it is called everywhere: "ALERT-7"."""
        return f"ALERT-{self.id}"

    @property
    def is_open(self) -> bool:
        """Whether it goes on: it fires, or nobody can tell that it does not."""
        return self.state in ("firing", "no data", "error")

    @property
    def flaps(self) -> bool:
        """Whether it fires and resolves again and again."""
        return self.times >= FLAPS_FROM

    def reached_by(self, *steps: str) -> list[str]:
        """The ids of those whom these steps of its escalation reach, in their order."""
        return [who for each in self.plan if each["step"] in steps for who in reached(each)]

    def status(self, now: datetime) -> Status:
        """The state as people see it."""
        if self.state in ("resolved", "pending"):
            return self.state
        if self.snoozed_until is not None and now < self.snoozed_until:
            return "snoozed"
        if self.acknowledged_at is not None and self.state == "firing":
            return "acknowledged"
        return self.state


@dataclass(frozen=True, slots=True)
class Patience:
    """How long an alert waits: for how many further good periods, and how soon what fires again is the same alert."""

    keep_firing_for: int = 0
    soon: timedelta = SOON


PATIENT = Patience()


def patience_of(alerts: Alerting, length: timedelta) -> Patience:
    """How long the alerts of a KPI wait whose periods have this length: what fires again within two of them is the same."""
    return Patience(alerts.keep_firing_for, max(SOON, 2 * length))


def advance(alert: Alert, found: Finding, now: datetime, patience: Patience = PATIENT) -> Alert:
    """The alert after a rule said something; the same alert where nothing changed.

    A new alert is pending with `times` 0 and becomes what the finding says. "No data" and "error" change nothing but the state
    of what is open: they never resolve it. Where it cannot be told, all stays as it is. Good periods resolve what fires once
    there were `keep_firing_for` after the first one (`STEADY`, where it flaps).
    """
    match found.outcome:
        case "bad":
            return _fired(alert, found, now)
        case "pending":
            return alert if alert.is_open else replace(alert, **_begun(found))
        case "no data" | "error" if alert.is_open:
            return replace(alert, state=found.outcome, words=found.words)
        case "error":
            return replace(_fired(alert, found, now), state="error")
        case "good" if alert.is_open:
            return _better(alert, found, now, patience)
        case _:
            return alert


def goes_on(alert: Alert, found: Finding, now: datetime, patience: Patience) -> bool:
    """Whether what a rule says now is about this alert still: it is not resolved, or so freshly that what fires is the same."""
    if alert.state != "resolved":
        return True
    is_fresh = alert.resolved_at is not None and now - alert.resolved_at <= patience.soon
    return is_fresh and found.outcome not in ("pending", "error")


def _fired(alert: Alert, found: Finding, now: datetime) -> Alert:
    told: dict[str, Any] = {"state": "firing", "words": found.words, "level": found.level, "point": found.point, "n": found.n}
    if alert.is_open:
        # It goes on, as before: what is bad began when it began.
        if (alert.level, found.level) == ("warning", "critical"):
            told["snoozed_until"] = None  # who wanted to hear nothing of a warning wants to hear of this
        return replace(alert, **({} if alert.since else _begun(found)) | told, good=0, good_since=None)
    again = alert.state == "resolved"
    flaps = alert.times + 1 >= FLAPS_FROM
    fresh: dict[str, Any] = (
        {"acknowledged_at": None, "acknowledged_by": "", "snoozed_until": None} if again and not flaps else {}
    )
    return replace(
        alert,
        **told,
        **fresh,
        active_at=now if again else alert.active_at,
        fired_at=now,
        fired_words=found.words,
        resolved_at=None,
        since=found.since,
        data_at=found.data_at,
        good=0,
        good_since=None,
        times=alert.times + 1,
    )


def _begun(found: Finding) -> dict[str, Any]:
    return {"words": found.words, "since": found.since, "data_at": found.data_at, "point": found.point}


def _better(alert: Alert, found: Finding, now: datetime, patience: Patience) -> Alert:
    needed = 1 + (max(patience.keep_firing_for, STEADY - 1) if alert.flaps else patience.keep_firing_for)
    better = replace(
        alert, state="firing", words=found.words, good=found.good, good_since=found.good_since, point=found.point, n=found.n
    )
    return replace(better, state="resolved", resolved_at=now) if found.good >= needed else better


def insist_open(alert: Alert) -> None:
    """Insist that there is something to do about an alert.

    :raises Conflict: it is resolved, or only pending.
    """
    if alert.state == "resolved":
        raise Conflict(f"{alert.name} is resolved; there is nothing left to do.")
    if alert.state == "pending":
        raise Conflict(f"{alert.name} does not fire yet; there is nothing to do.")


def read_number(text: str) -> int:
    """The number of an alert, written as ALERT-7, alert7 or 7.

    :raises InvalidInput: it is none.
    """
    found = re.fullmatch(r"(?:alert-?)?#?(\d{1,9})", text.strip().casefold())
    if found is None:
        said = f"“{text[:30]}” is no alert; write" if text.strip() else "Say which alert:"
        raise InvalidInput(f"{said} its number, such as ALERT-7. /alert list shows those that fire.")
    return int(found[1])


def read_verdict(text: str) -> Verdict:
    """What somebody says of an alert: real, expected or false alarm.

    :raises InvalidInput: it is none of them.
    """
    for verdict in VERDICTS:
        if text.strip().casefold() == verdict:
            return verdict
    raise InvalidInput(f"There is no verdict “{text[:30]}”; choose {', '.join(VERDICTS)}.")
