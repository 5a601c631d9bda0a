"""How what a rule found becomes an alert, the same for the rules of KPIs and for what comes from outside."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.domain.alert_answers import Event
from bot.domain.alerts import PATIENT, Alert, Finding, Patience, advance, goes_on
from bot.domain.parts import Message
from bot.domain.people import SYSTEM, Change
from bot.presenters import alerts as presenter
from bot.services import Services, alert_attention, alert_incidents, alert_messages
from storage import Connection, alerts, audit, outbox, remedies

RAISES = ("bad", "pending", "error")
"""What begins an alert where there is none."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What an alert is about: at most one open alert has its `key`. `facts` are told beside what the rule found."""

    key: str
    rule: str
    title: str
    kpi: str = ""
    dimensions: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)
    channel: str = ""
    details: Message | None = None


def heard(
    services: Services, connection: Connection, about: Subject, found: Finding, patience: Patience = PATIENT
) -> Alert | None:
    """Take up what a rule found about a subject; the alert as it stands after it, None where there is none.

    The same finding twice changes nothing. What fires soon after it resolved is the same alert, in the same message.
    """
    now = services.now()
    before = alerts.latest(connection, about.key)
    if before is None or not goes_on(before, found, now, patience):
        return _begin(services, connection, about, found, now)
    if before.state == "resolved" and found.outcome != "bad":
        return before
    if before.state == "pending" and found.outcome == "good":
        alerts.drop(connection, before.id)
        return None
    after = advance(before, found, now, patience)
    if after == before:
        return before
    if before.state == "pending" and after.is_open:
        after = replace(after, facts=about.facts, channel=about.channel)
    return written(services, connection, before, after, details=about.details)


def written(
    services: Services, connection: Connection, before: Alert | None, after: Alert, *, details: Message | None = None
) -> Alert:
    """Write down how an alert changed, tell whom it concerns, and bring its messages up to date."""
    now = services.now()
    changes = list(_changes(before, after, now))
    for change in changes:
        alerts.note(connection, after.id, change)
        audit.write(connection, now, Change(change.actor, f"alert.{change.kind}", after.name, None, None, change.text))
    kinds = {change.kind for change in changes}
    again = ("firing again" in kinds and not after.flaps) or ("level" in kinds and after.level == "critical")
    made = alert_attention.attended(services, connection, after, again=again)
    is_new = _was_told_first(before, made)
    if not is_new:
        alert_messages.redraw(services, connection, made)
    if details is not None and is_new:
        alert_messages.say(services, connection, made, details, "details")
    if again and before is not None and before.told_at is not None and not made.held:
        alert_messages.say(services, connection, made, presenter.anew(made), f"anew:{made.times}:{made.level}")
    if kinds & {"firing", "firing again", "level"}:
        made = alert_incidents.opened_by_rule(services, connection, made)
    if "resolved" in kinds:
        _resolved(services, connection, made)
    return made


def _was_told_first(before: Alert | None, made: Alert) -> bool:
    return made.told_at is not None and (before is None or before.told_at is None)


def ended(services: Services, connection: Connection, one: Alert, why: str) -> None:
    """End an alert for a reason that is no recovery."""
    if one.state == "pending":
        alerts.drop(connection, one.id)
    else:
        now = services.now()
        written(services, connection, one, replace(one, state="resolved", resolved_at=now, words=why))


def _begin(services: Services, connection: Connection, about: Subject, found: Finding, now: datetime) -> Alert | None:
    if found.outcome not in RAISES:
        return None
    pending = Alert(
        0,
        about.key,
        about.rule,
        about.kpi,
        about.dimensions,
        about.title,
        found.level,
        "pending",
        now,
        facts=about.facts,
        channel=about.channel,
    )
    after = advance(pending, found, now)
    made = alerts.add(connection, after)
    assert made is not None, "its key is locked"
    if not made.is_open:
        return made
    return written(services, connection, None, made, details=about.details)


def _changes(before: Alert | None, after: Alert, now: datetime) -> Iterator[Event]:
    """What happened between two states of an alert."""
    was = before.state if before else "pending"
    kind = ""
    if after.state == "error" and was != "error":
        kind = "error"
    elif after.is_open and was in ("pending", "resolved"):
        kind = "firing" if after.times == 1 else "firing again"
    elif after.state != was:
        kind = "known again" if after.state == "firing" else after.state
    elif before is not None and after.level != before.level:
        kind = "level"
    if kind:
        text = f"{after.level}: {after.words}" if kind == "level" else after.words
        yield Event(now, SYSTEM.user_id, kind, text, {"level": after.level, "since": after.since and after.since.isoformat()})


def _resolved(services: Services, connection: Connection, one: Alert) -> None:
    """What ends with an alert: what was still to be said of it, and what it held back."""
    now = services.now()
    outbox.cancel_later(connection, "alert", one.name, now, f"{one.name} is resolved")
    if one.kpi and one.told_at is not None:
        alert_messages.say(services, connection, one, presenter.ended(one), f"resolved:{one.times}")
    alerts.wake(connection, now, held_by=one.name)
    remedies.wake(connection, one.id, now)
    alert_incidents.recovered(services, connection, one)
