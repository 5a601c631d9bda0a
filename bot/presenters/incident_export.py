"""An incident for those who write its review: a Markdown page with the timeline in it, and JSON for programs."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from bot.domain.incident_answers import MEASURES, Dossier, Event, length, links, tasks
from bot.domain.incidents import MEMBER, MOMENTS, Incident, Mark
from bot.domain.times import show_time
from bot.presenters.incident_words import elapsed, known_by

EMPTY = "*To be written.*"


def named(found: Dossier) -> list[str]:
    """The ids of those whom the page names, its roles first."""
    one = found.incident
    return [*one.roles.values(), *one.members, *(e.actor for e in found.events)]


def markdown(found: Dossier, zone: str, names: Mapping[str, str] = MappingProxyType({})) -> str:
    """The page: what is known is filled in, and what only people know is left to them. `names` are those of people, by id."""
    one, events = found.incident, found.events
    private = ", private" if one.private else ""
    head = [f"# {one.name}: {_plain(one.title)}", "", f"Severity {one.severity}, {one.kind}, {one.status}{private}."]
    if one.model:
        head.append(f"Model {_plain(one.model)}.")
    parts = [
        *head,
        *_section("Summary", [EMPTY]),
        *_section("Impact", [EMPTY]),
        *_section("Times", _times(one, zone)),
        *_section("People", _people(one, names)),
        *_section("Links", [f"- {what}: {_plain(which)}" for what, which in links(events)] or ["None."]),
        *_section("Timeline", _timeline(events, zone, names)),
        *_section("Why it happened", [EMPTY]),
        *_section("What helped, and what stood in the way", [EMPTY]),
        *_section("To do", _tasks(events)),
    ]
    return "\n".join(parts) + "\n"


def as_json(found: Dossier) -> dict[str, Any]:
    """Everything that is known of an incident; times in UTC, lengths in hours."""
    one = found.incident
    return {
        "incident": one.name,
        "title": one.title,
        "severity": one.severity,
        "kind": one.kind,
        "status": one.status,
        "model": one.model,
        "opened_by": one.opened_by,
        "merged_into": f"INC-{one.merged_into}" if one.merged_into else None,
        "backfilled": one.backfilled,
        "roles": dict(one.roles),
        "members": list(one.members),
        "private": one.private,
        "times": {moment: _mark(one.marks[moment]) for moment in MOMENTS if moment in one.marks},
        "hours": {name: length(one, name) for name in MEASURES},
        "ledger": [{"moment": mark.moment, **_mark(mark)} for mark in found.ledger],
        "timeline": [_event(e) for e in found.events],
    }


def _section(title: str, lines: Sequence[str]) -> list[str]:
    return ["", f"## {title}", "", *lines]


def _people(one: Incident, names: Mapping[str, str]) -> list[str]:
    held = [*one.roles.items(), *((MEMBER, each) for each in one.members)]
    return [f"- {role}: {_who(person, names)}" for role, person in held] or ["Nobody was assigned."]


def _times(one: Incident, zone: str) -> list[str]:
    rows = ["| moment | when |", "|---|---|"]
    rows += [
        f"| {moment} | {show_time(mark.at, zone)}{known_by(mark, zone)} |"
        for moment in MOMENTS
        if (mark := one.marks.get(moment)) and mark.at
    ]
    names = {"mttd": "detected after", "mtta": "acknowledged after", "mttr": "resolved after"}
    return [*rows, "", *(f"- {names[name]} {elapsed(h)}" for name in MEASURES if (h := length(one, name)) is not None)]


def _timeline(events: Sequence[Event], zone: str, names: Mapping[str, str]) -> list[str]:
    rows = ["| when | who | what | |", "|---|---|---|---|"]
    return rows + [f"| {show_time(e.at, zone)} | {_who(e.actor, names)} | {e.kind} | {_plain(e.text)} |" for e in events]


def _tasks(events: Sequence[Event]) -> list[str]:
    return [f"- [{'x' if t.done else ' '}] {_plain(t.words)}" for t in tasks(events)] or [EMPTY]


def _who(person: str, names: Mapping[str, str]) -> str:
    return f"{_plain(names[person])} ({person})" if person in names else person


def _plain(text: str) -> str:
    """Text of people, so that it cannot break the page."""
    for character in "\\`*_{}[]<>#|":
        text = text.replace(character, f"\\{character}")
    return text


def _mark(mark: Mark) -> dict[str, Any]:
    return {
        "at": mark.at.isoformat() if mark.at else None,
        "source": mark.source,
        "by": mark.actor,
        "recorded_at": mark.recorded_at.isoformat(),
        "reason": mark.reason,
        "between": [mark.low.isoformat() if mark.low else None, mark.high.isoformat()] if mark.high else None,
    }


def _event(e: Event) -> dict[str, Any]:
    when = {"at": e.at.isoformat(), "recorded_at": e.recorded_at.isoformat()}
    return {**when, "by": e.actor, "kind": e.kind, "text": e.text, "details": dict(e.details)}
