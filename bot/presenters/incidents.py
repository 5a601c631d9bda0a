"""How an incident is told: its state first, then its times, then what to do next."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.domain.incident_answers import MEASURES, Dossier, Event, length, links, tasks
from bot.domain.incidents import ESTIMATES, MEMBER, MOMENTS, Incident, Mark, Moment, Status, hours
from bot.domain.parts import (
    Button,
    Buttons,
    Cell,
    Facts,
    Heading,
    Inline,
    Mention,
    Message,
    Note,
    Part,
    Span,
    Table,
    Text,
    bold,
    code,
    text,
)
from bot.domain.people import SYSTEM
from bot.domain.times import show_time
from bot.presenters.incident_words import elapsed, known_by
from bot.presenters.kpi_words import person, person_cell

NEXT: Mapping[Status, tuple[tuple[str, str], ...]] = {
    "open": (("Acknowledge", "incident.acknowledged"), ("Resolve", "incident.resolved")),
    "acknowledged": (("Mitigated", "incident.mitigated"), ("Resolve", "incident.resolved")),
    "mitigated": (("Resolve", "incident.resolved"),),
    "resolved": (("Close", "incident.closed"), ("Reopen", "incident.reopen")),
    "closed": (),
}
"""The next steps of each state, as buttons."""
_LINKED = {"kpi": "KPI"}
_MADE = "A channel of its own is being made; its people are invited to it."
_SEEN_BY = "It is private: you, those with a role in it, its members and admins see it, and it is told in no other channel."
HAPPENED = {
    "acknowledged": "is on it",
    "mitigated": "says that the harm is stopped",
    "resolved": "resolved it",
    "closed": "closed it",
    "reopened": "opened it again",
    "edited": "corrected its times",
    "update": "says",
    "merged": "merged it",
    "absorbed": "merged into it",
    "link": "linked to it",
    "task": "noted what is to be done",
    "task done": "has done",
    "recovered": "proposes its end",
    "removed": "took out",
}


def head(one: Incident, zone: str) -> Message:
    """The message at the head of the thread of an incident; it is changed in place as the incident goes on."""
    return Message(summary(one), (*_card(one, zone), *_steps(one)))


def summary(one: Incident) -> str:
    """An incident in one sentence."""
    marks = ("" if one.kind == "real" else f", a {one.kind}") + (", private" if one.private else "")
    return f"{one.name} ({one.severity}{marks}) is {one.status}: {one.title}"


def told(one: Incident, zone: str, *, again: bool = False, apart: bool = False) -> Message:
    """What a person is answered who opened an incident: where it is told, or, if nowhere, how it stands.

    `apart`: it is to have a channel of its own.
    """
    message = head(one, zone)
    seen = [Note(_SEEN_BY)] if one.private and not again else []
    seen += [Note(_MADE)] if apart and not again else []
    if not one.channel or again:
        return Message(message.summary, (*message.parts, *seen))
    where = text(f"{message.summary}. It is told in ", Mention("channel", one.channel), ".")
    return Message(message.summary, (where, *seen, *_steps(one)))


def awaited(one: Incident) -> Message:
    """What a person is answered who asked for a channel."""
    return Message(_MADE, (text(f"{one.name}: {_MADE}"),))


def apart(one: Incident) -> Message:
    """That what happens is told elsewhere from now on."""
    line = text(f"{one.name} has a channel of its own: ", Mention("channel", one.own_channel), ". What happens is told there.")
    return Message(f"{one.name} has a channel of its own.", (line,))


def changed(one: Incident) -> Message:
    """What a person is answered who changed an incident: where it stands now, and the next steps."""
    return Message(summary(one), (text(summary(one)), *_steps(one)))


def shown(found: Dossier, zone: str, now: datetime) -> Message:
    """One incident on one screen, with what it is tied to, what is to be done, and every time that was corrected."""
    one = found.incident
    parts = [*_card(one, zone), Facts(tuple(_lengths(one, now)))]
    parts += [Facts(rows) for rows in (_links(found.events), _tasks(found.events)) if rows]
    if corrected := _corrected(found.ledger):
        columns = ("Time", "Set to", "By", "Because")
        table = tuple(
            (m.moment, show_time(m.at, zone) if m.at else "taken back", person_cell(m.actor), m.reason) for m in corrected
        )
        parts.append(Table("Times that were corrected", columns, table))
    return Message(summary(one), (*parts, *_steps(one)))


def happened(one: Incident, told: Event, zone: str) -> Message:
    """One line in the thread: who did what, when, and why."""
    words = HAPPENED.get(told.kind, told.kind)
    when = f" at {show_time(told.at, zone)}" if told.kind in MOMENTS else ""
    if told.kind in ("assigned", "removed"):
        whom = person(str(told.details["person"]))
        done, end = ("took", " out.") if told.kind == "removed" else ("made", f" {told.text}.")
        return Message(f"{one.name}: {told.text} {told.kind}", (text(person(told.actor), f" {done} ", whom, end),))
    line = text(person(told.actor), f" {words}{when}", f": {told.text}" if told.text else ".")
    return Message(f"{one.name}: {words}{when}", (line,))


def nudge(one: Incident, zone: str, now: datetime) -> Message:
    """That the time for the resolution runs out."""
    by = one.resolve_by
    assert by is not None
    left = hours(now, by) or 0.0
    if left > 0:
        words = f"{one.name} is to be resolved by {show_time(by, zone)}: {elapsed(left)} left."
    else:
        words = f"{one.name} was to be resolved by {show_time(by, zone)}, {elapsed(-left)} ago."
    return Message(words, (text(*_whom(one), words),))


def ask(one: Incident) -> Message:
    """That people wait to hear what is new."""
    words = f"what is new in {one.name}? Those concerned wait to hear."
    way = Note(f'Say /incident update {one.name} "…", or resolve it.')
    return Message(f"{one.name}: what is new?", (text(*_whom(one), words), way))


def proposed(one: Incident, at: datetime, why: str, zone: str) -> Message:
    """That what showed an incident is good again: a person says whether it ended then."""
    words = f"{why}. Was {one.name} resolved at {show_time(at, zone)}?"
    steps = Buttons((Button("Resolved then", "incident.recovered", f"{one.id}|{at.isoformat()}", "primary"),))
    return Message(words, (text(words), steps))


def listing(found: Sequence[Incident], now: datetime) -> Message:
    """The open incidents, the gravest first."""
    if not found:
        return Message("No incident is open.", (text("No incident is open."),))
    count = len(found)
    line = f"{count} incident{'s are' if count > 1 else ' is'} open."
    columns = ("Incident", "Severity", "State", "For", "What")
    rows = tuple((each.name, each.severity, each.status, _so_far(each, now), _titled(each)) for each in found)
    note = Note("/incident show INC-7 tells more of one; /incident list all shows those of the past as well.")
    return Message(line, (text(bold(line)), Table("Open incidents", columns, rows), note))


def past(found: Sequence[Incident], zone: str) -> Message:
    """Every incident, the newest first."""
    if not found:
        return Message("There was no incident yet.", (text("There was no incident yet."),))
    columns = ("Incident", "Severity", "State", "Detected", "What")
    rows = tuple((each.name, each.severity, _state_words(each), _at(each, "detected", zone), _titled(each)) for each in found)
    line = f"{len(found)} incident{'s' if len(found) > 1 else ''}, the newest first."
    return Message(line, (text(bold(line)), Table("Incidents", columns, rows)))


def timeline(found: Dossier, zone: str) -> Message:
    """What happened, in the order in which it happened."""
    name = found.incident.name
    rows = tuple((show_time(e.at, zone), person_cell(e.actor), e.kind, _words(e)) for e in found.events)
    count = f"{len(rows)} entr{'ies' if len(rows) > 1 else 'y'}"
    table = Table("What happened", ("When", "Who", "What", "Words"), rows)
    return Message(f"Timeline of {name}: {count}.", (Heading(f"Timeline of {name}"), table))


def _card(one: Incident, zone: str) -> list[Part]:
    parts: list[Part] = [Heading(f"{one.name} · {one.title}"), _state(one), Facts(tuple(_times(one, zone)))]
    if one.own_channel:
        parts.append(text("Its own channel: ", Mention("channel", one.own_channel)))
    return [*parts, _people(one)] if one.roles or one.members else parts


def _steps(one: Incident) -> list[Part]:
    steps = [] if one.merged_into else [Button(words, action, str(one.id)) for words, action in NEXT[one.status]]
    if (arose := one.marks.get("arose")) and arose.source in ESTIMATES:
        steps.append(Button("It began then", "incident.confirm", str(one.id)))
    return [Buttons(tuple(steps))] if steps else []


def _corrected(ledger: Sequence[Mark]) -> list[Mark]:
    """What was written of the moments that were set more than once."""
    times = Counter(mark.moment for mark in ledger)
    return [mark for mark in ledger if times[mark.moment] > 1]


def _links(events: Sequence[Event]) -> tuple[tuple[str, str], ...]:
    return tuple((_LINKED.get(what, what.capitalize()), which) for what, which in links(events))


def _tasks(events: Sequence[Event]) -> tuple[tuple[str, str], ...]:
    return tuple((f"Task {t.place}", f"{t.words}{' (done)' if t.done else ''}") for t in tasks(events))


def _state(one: Incident) -> Text:
    runs: list[str | Inline] = [bold(_state_words(one)), f" · {one.severity}"]
    if one.kind != "real":
        runs.append(f" · {one.kind}: not counted")
    if one.private:
        runs.append(" · private")
    if one.backfilled:
        runs.append(" · written down later")
    if one.model:
        runs += [" · model ", code(one.model)]
    return text(*runs, " · opened by ", person(one.opened_by))


def _words(e: Event) -> Cell:
    return person_cell(str(e.details["person"])) if e.kind == "removed" else e.text


def _titled(one: Incident) -> str:
    return f"{one.title} (private)" if one.private else one.title


def _state_words(one: Incident) -> str:
    return f"Merged into INC-{one.merged_into}" if one.merged_into else one.status.capitalize()


def _whom(one: Incident) -> tuple[Inline, str]:
    holder = one.roles.get("communications") or one.roles.get("commander") or one.opened_by
    if holder == SYSTEM.user_id:  # a rule opened it, and nobody has taken it yet
        return Span("everybody"), ", "
    return person(holder), ", "


def _people(one: Incident) -> Text:
    runs: list[str | Inline] = []
    for role, holder in [*one.roles.items(), *((MEMBER, each) for each in one.members)]:
        runs += [" · " if runs else "", f"{role.capitalize()}: ", person(holder)]
    return text(*runs)


def _times(one: Incident, zone: str) -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    for moment in MOMENTS:
        mark = one.marks.get(moment)
        if mark and mark.at:
            rows.append((moment.capitalize(), f"{show_time(mark.at, zone)}{known_by(mark, zone)}"))
    if one.is_open and one.counts and (by := one.resolve_by):
        rows.append(("To be resolved by", show_time(by, zone)))
    return rows


def _lengths(one: Incident, now: datetime) -> list[tuple[str, str]]:
    detect, acknowledged, resolve = (length(one, measure) for measure in MEASURES)
    rows = [("Time to detect", elapsed(detect) if detect is not None else "unknown: nobody said when it began")]
    if acknowledged is not None:
        rows.append(("Time to acknowledge", elapsed(acknowledged)))
    if resolve is not None or one.is_open:  # what was merged or closed without a resolution takes no more time
        rows.append(("Time to resolve", elapsed(resolve) if resolve is not None else f"{_so_far(one, now)} so far"))
    return rows


def _so_far(one: Incident, now: datetime) -> str:
    return elapsed(max(hours(one.at("detected"), now) or 0.0, 0.0))


def _at(one: Incident, moment: Moment, zone: str) -> str:
    at = one.at(moment)
    return show_time(at, zone) if at else ""
