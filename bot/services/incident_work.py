"""What people do in an incident besides taking it through its states: say what is new, share the work, tie it to others."""

from collections.abc import Mapping

from bot.domain.errors import Conflict, InvalidInput
from bot.domain.incident_answers import Event, Told, links, tasks
from bot.domain.incidents import (
    LINKS,
    ROLES,
    Incident,
    read_link,
    read_role,
    read_severity,
    read_title,
    read_words,
)
from bot.domain.people import Asker
from bot.services import Services
from bot.services.incident_records import locked, written
from storage import Connection, incidents

__all__ = ["LINKS", "ROLES", "assign", "link", "merge", "task", "task_done", "update"]


def update(services: Services, asker: Asker, number: int, note: str, fields: Mapping[str, str]) -> Told:
    """Say what is new in an incident; `fields` may set its severity and title.

    :raises InvalidInput: there is nothing new, or a field cannot be read.
    """
    note, changes = read_words(note), _changes(fields)
    if not note and not changes:
        raise InvalidInput('Say what is new, as in update INC-3 "traffic is on the old model" severity=medium.')
    with services.db.begin() as connection:
        standing, now = locked(connection, number), services.now()
        anew = {name: [getattr(standing, name), value] for name, value in changes.items() if getattr(standing, name) != value}
        if not note and not anew:
            raise InvalidInput(f"{standing.name} is {', '.join(str(v) for v in changes.values())} already.")
        if anew:
            incidents.change(connection, number, **{name: value for name, (_, value) in anew.items()})
        words = "; ".join([*([note] if note else []), *(f"{name} {was} → {value}" for name, (was, value) in anew.items())])
        return _told(services, connection, standing, Event(now, now, asker.user_id, "update", words, {"changes": anew}))


def merge(services: Services, asker: Asker, number: int, into: int) -> Told:
    """Say that an incident is the same as another: it ends, is counted no more, and the other goes on. Gives the other.

    :raises InvalidInput: one of them is not there, or both are the same.
    :raises Conflict: either was merged before.
    """
    if number == into:
        raise InvalidInput("An incident cannot be merged into itself; name two.")
    with services.db.begin() as connection:
        pair = {each: locked(connection, each) for each in sorted((number, into))}
        for each in pair.values():
            if each.merged_into:
                raise Conflict(f"{each.name} was merged into INC-{each.merged_into} before; name that one.")
        now, one, other = services.now(), pair[number], pair[into]
        incidents.change(connection, number, merged_into=into, open_key=None)
        _told(services, connection, one, Event(now, now, asker.user_id, "merged", f"into {other.name}", {"into": into}))
        absorbed = Event(now, now, asker.user_id, "absorbed", f"{one.name}: {one.title}", {"from": number})
        return _told(services, connection, other, absorbed)


def assign(services: Services, asker: Asker, number: int, role: str, person: str) -> Told:
    """Give somebody a role in an incident: commander, communications or steward.

    :raises InvalidInput: there is no such role.
    """
    named = read_role(role)
    with services.db.begin() as connection:
        standing, now = locked(connection, number), services.now()
        _insist_open(standing)
        incidents.change(connection, number, roles={**standing.roles, named: person})
        details = {"role": named, "person": person, "before": standing.roles.get(named, "")}
        return _told(services, connection, standing, Event(now, now, asker.user_id, "assigned", named, details))


def link(services: Services, asker: Asker, number: int, what: str, to: str) -> Told:
    """Tie an incident to a model version, dataset, KPI, alert, runbook, message or another incident.

    :raises InvalidInput: it is none of these, or nothing is named.
    """
    kind, named = read_link(what), read_words(to)
    if not named:
        raise InvalidInput(f"Say which {kind}, as in link INC-3 {kind}=NAME.")
    with services.db.begin() as connection:
        standing, now = locked(connection, number), services.now()
        if (kind, named) in links(incidents.events(connection, number)):
            return Told(standing, again=True)
        return _told(services, connection, standing, Event(now, now, asker.user_id, "link", named, {"what": kind}))


def task(services: Services, asker: Asker, number: int, words: str) -> Told:
    """Note something that is to be done.

    :raises InvalidInput: it does not say what.
    """
    said = read_words(words)
    if not said:
        raise InvalidInput('Say what is to be done, as in task INC-3 "add an alert on the share of zeros".')
    with services.db.begin() as connection:
        standing, now = locked(connection, number), services.now()
        place = 1 + len(tasks(incidents.events(connection, number)))
        return _told(services, connection, standing, Event(now, now, asker.user_id, "task", said, {"task": place}))


def task_done(services: Services, asker: Asker, number: int, place: int) -> Told:
    """Tick a task off; `place` is its number in the incident.

    :raises InvalidInput: there is no such task.
    :raises Conflict: it is done already.
    """
    with services.db.begin() as connection:
        standing, now = locked(connection, number), services.now()
        found = next((t for t in tasks(incidents.events(connection, number)) if t.place == place), None)
        if found is None:
            raise InvalidInput(f"{standing.name} has no task {place}; /incident show {standing.name} lists them.")
        if found.done:
            raise Conflict(f"Task {place} of {standing.name} is done already.")
        return _told(services, connection, standing, Event(now, now, asker.user_id, "task done", found.words, {"task": place}))


def _told(services: Services, connection: Connection, standing: Incident, told: Event) -> Told:
    return Told(written(services, connection, standing, told))


def _changes(fields: Mapping[str, str]) -> dict[str, str]:
    read = {"severity": read_severity, "title": read_title}
    return {name: read[name](said) for name, said in fields.items() if said.strip()}


def _insist_open(one: Incident) -> None:
    if one.status == "closed":
        raise Conflict(f"{one.name} is closed; nobody works on it any more.")
