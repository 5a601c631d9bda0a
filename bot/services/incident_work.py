"""What people do in an incident besides taking it through its states: say what is new, share the work, tie it to others."""

from collections.abc import Mapping

from bot.domain import alerts
from bot.domain.errors import Conflict, InvalidInput
from bot.domain.incident_answers import Event, Told, links, tasks
from bot.domain.incidents import (
    LINKS,
    MEMBER,
    ROLES,
    Incident,
    read_link,
    read_number,
    read_role,
    read_runbook,
    read_severity,
    read_title,
    read_words,
)
from bot.domain.people import Asker
from bot.services import Services, alert_access, definitions, incident_channels
from bot.services.incident_records import get, locked, written
from storage import Connection, incidents

__all__ = ["LINKS", "ROLES", "assign", "give_channel", "link", "merge", "remove", "task", "task_done", "update"]


def update(services: Services, asker: Asker, number: int, note: str, fields: Mapping[str, str]) -> Told:
    """Say what is new in an incident; `fields` may set its severity and title.

    :raises InvalidInput: there is nothing new, or a field cannot be read.
    :raises Conflict: it is closed.
    """
    note, changes = read_words(note), _changes(fields)
    if not note and not changes:
        raise InvalidInput('Say what is new, as in update INC-3 "traffic is on the old model" severity=medium.')
    with services.db.begin() as connection:
        standing, now = _worked_on(connection, asker, number), services.now()
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
    :raises Conflict: either was merged before, one of them is private and the other is not, or the first goes on and the
        other is over.
    """
    if number == into:
        raise InvalidInput("An incident cannot be merged into itself; name two.")
    with services.db.begin() as connection:
        pair = {each: locked(connection, asker, each) for each in sorted((number, into))}
        for each in pair.values():
            if each.merged_into:
                raise Conflict(f"{each.name} was merged into INC-{each.merged_into} before; name that one.")
        now, one, other = services.now(), pair[number], pair[into]
        _insist_alike(one, other)
        _insist_goes_on(one, other)
        incidents.change(connection, number, merged_into=into, open_key=None)
        _told(services, connection, one, Event(now, now, asker.user_id, "merged", f"into {other.name}", {"into": into}))
        absorbed = Event(now, now, asker.user_id, "absorbed", f"{one.name}: {one.title}", {"from": number})
        return _told(services, connection, other, absorbed)


def assign(services: Services, asker: Asker, number: int, role: str, person: str) -> Told:
    """Give somebody a role in an incident: commander, communications or steward; or let them be a member without one.

    :raises InvalidInput: there is no such role.
    :raises Conflict: it is closed.
    """
    if role == MEMBER:
        return _add_member(services, asker, number, person)
    named = read_role(role)
    with services.db.begin() as connection:
        standing, now = _worked_on(connection, asker, number), services.now()
        incidents.change(connection, number, roles={**standing.roles, named: person})
        details = {"role": named, "person": person, "before": standing.roles.get(named, "")}
        return _told(services, connection, standing, Event(now, now, asker.user_id, "assigned", named, details))


def remove(services: Services, asker: Asker, number: int, person: str) -> Told:
    """Take somebody out of an incident, its roles and members: of a private one, they see nothing more.

    :raises InvalidInput: they opened it, or are not in it.
    """
    with services.db.begin() as connection:
        standing, now = locked(connection, asker, number), services.now()
        if person not in standing.people or person == standing.opened_by:
            why = "opened it, and stays in it" if person == standing.opened_by else "is not in it"
            raise InvalidInput(f"That person {why}; /incident show {standing.name} lists its people.")
        roles = {role: holder for role, holder in standing.roles.items() if holder != person}
        incidents.change(connection, number, roles=roles, members=[each for each in standing.members if each != person])
        return _told(services, connection, standing, Event(now, now, asker.user_id, "removed", "", {"person": person}))


def give_channel(services: Services, asker: Asker, number: int) -> Told:
    """Have a channel made for an incident alone; if that failed before, try again.

    :raises InvalidInput: there is no such incident.
    :raises Conflict: it has one, or is closed.
    """
    with services.db.begin() as connection:
        standing = _worked_on(connection, asker, number)
        if standing.own_channel:
            raise Conflict(f"{standing.name} has a channel of its own already.")
        incident_channels.request(services, connection, standing, asker.user_id)
        return Told(standing)


def link(services: Services, asker: Asker, number: int, what: str, to: str) -> Told:
    """Tie an incident, also one that is closed, to a model version, dataset, KPI, alert, runbook, message or another incident.

    :raises InvalidInput: it is none of these, nothing is named, or there is no such alert or incident that the asker may see.
    :raises UnknownKpi: there is no such KPI that the asker may see.
    """
    kind, named = read_link(what), read_words(to)
    if not named:
        raise InvalidInput(f"Say which {kind}, as in link INC-3 {kind}=NAME.")
    with services.db.begin() as connection:
        standing, now = locked(connection, asker, number), services.now()
        named = _there(services, connection, asker, kind, named)
        if (kind, named) == ("incident", standing.name):
            raise InvalidInput("An incident cannot be linked to itself; name another.")
        if (kind, named) in links(incidents.events(connection, number)):
            return Told(standing, again=True)
        return _told(services, connection, standing, Event(now, now, asker.user_id, "link", named, {"what": kind}))


def task(services: Services, asker: Asker, number: int, words: str) -> Told:
    """Note something that is to be done.

    :raises InvalidInput: it does not say what.
    :raises Conflict: it is closed.
    """
    said = read_words(words)
    if not said:
        raise InvalidInput('Say what is to be done, as in task INC-3 "add an alert on the share of zeros".')
    with services.db.begin() as connection:
        standing, now = _worked_on(connection, asker, number), services.now()
        place = 1 + len(tasks(incidents.events(connection, number)))
        return _told(services, connection, standing, Event(now, now, asker.user_id, "task", said, {"task": place}))


def task_done(services: Services, asker: Asker, number: int, place: int) -> Told:
    """Tick a task off; `place` is its number in the incident.

    :raises InvalidInput: there is no such task.
    :raises Conflict: it is done already.
    """
    with services.db.begin() as connection:
        standing, now = locked(connection, asker, number), services.now()
        found = next((t for t in tasks(incidents.events(connection, number)) if t.place == place), None)
        if found is None:
            raise InvalidInput(f"{standing.name} has no task {place}; /incident show {standing.name} lists them.")
        if found.done:
            raise Conflict(f"Task {place} of {standing.name} is done already.")
        return _told(services, connection, standing, Event(now, now, asker.user_id, "task done", found.words, {"task": place}))


def _add_member(services: Services, asker: Asker, number: int, person: str) -> Told:
    with services.db.begin() as connection:
        standing, now = _worked_on(connection, asker, number), services.now()
        if person in standing.people:
            return Told(standing, again=True)
        incidents.change(connection, number, members=[*standing.members, person])
        details = {"role": MEMBER, "person": person, "before": ""}
        return _told(services, connection, standing, Event(now, now, asker.user_id, "assigned", MEMBER, details))


def _told(services: Services, connection: Connection, standing: Incident, told: Event) -> Told:
    return Told(written(services, connection, standing, told))


def _changes(fields: Mapping[str, str]) -> dict[str, str]:
    read = {"severity": read_severity, "title": read_title}
    return {name: read[name](said) for name, said in fields.items() if said.strip()}


def _insist_alike(one: Incident, other: Incident) -> None:
    """The words of one are told in the other, so both must be open to the same eyes, or both to chosen ones."""
    if one.private != other.private:
        hidden, seen = (one, other) if one.private else (other, one)
        raise Conflict(
            f"{hidden.name} is private and {seen.name} is not, so they cannot be merged; resolve the one that is not needed."
        )


def _insist_goes_on(one: Incident, other: Incident) -> None:
    """What goes on must not end in something that is over: nobody would hear of it any more."""
    if one.is_open and not other.is_open:
        ways = "merge it the other way" if other.status == "closed" else f"merge it the other way, or reopen {other.name}"
        raise Conflict(f"{other.name} is {other.status} and {one.name} goes on; {ways}.")


def _there(services: Services, connection: Connection, asker: Asker, kind: str, named: str) -> str:
    """The name of what an incident is tied to, as it is called everywhere, if it is there as the asker sees it."""
    if kind == "incident":
        return get(connection, asker, read_number(named)).name
    if kind == "alert":
        return alert_access.get(services, connection, asker, alerts.read_number(named)).name
    if kind == "kpi":
        return definitions.named(services, connection, asker, named).name
    return read_runbook(named) if kind == "runbook" else named


def _worked_on(connection: Connection, asker: Asker, number: int) -> Incident:
    """An incident that people still work on: a closed one takes corrections and links alone."""
    one = locked(connection, asker, number)
    if one.status == "closed":
        raise Conflict(f"{one.name} is closed; nobody works on it any more.")
    return one
