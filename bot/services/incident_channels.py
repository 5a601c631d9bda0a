"""The channel that an incident may have of its own: made, its people in it, its topic true, and put away at the end."""

from collections.abc import Mapping
from dataclasses import replace

from bot.domain.deliveries import Postponed, Refused
from bot.domain.digests import is_person
from bot.domain.errands import Done, Errand, Result
from bot.domain.incident_answers import Event
from bot.domain.incident_channels import names, topic
from bot.domain.incidents import Incident
from bot.domain.people import Change
from bot.services import Services, errands, incident_messages
from storage import Connection, audit, incidents, outbox
from storage import errands as stored

TAKEN = "name_taken"


def request(services: Services, connection: Connection, one: Incident, asked_by: str) -> None:
    """Have the channel made, if this transaction is kept; asked again after it failed, it is tried again."""
    errands.put(services, connection, "create", f"create:{one.name}", incident=one.id, asked_by=asked_by)


def keep(
    services: Services, connection: Connection, before: Incident | None, made: Incident, told: Event, *, count: int
) -> None:
    """Bring the channel of an incident, if it has one, in line with what happened, the `count`th event."""
    if not made.own_channel:
        return
    stood = before.people if before else frozenset()
    for person in sorted(made.people - stood):
        _put(services, connection, "invite", made, told.actor, turn=count, person=person)
    # Whoever only hands a role on may stay, but not where they would see more than they may.
    if made.private or told.kind == "removed":
        for person in sorted(stood - made.people):
            _put(services, connection, "remove", made, told.actor, turn=count, person=person)
    if before is None or topic(before) != topic(made):
        _retitle(services, connection, made, told.actor, count)
    ended = made.status == "closed" and (before is None or before.status != "closed")
    if ended and services.settings.archive_channels:
        _put(services, connection, "archive", made, told.actor, turn=count)


def _retitle(services: Services, connection: Connection, one: Incident, asked_by: str, count: int) -> None:
    # What nobody has begun yet will say how things stand then.
    if not stored.is_waiting(connection, one.id, "topic"):
        _put(services, connection, "topic", one, asked_by, turn=count)


def _put(
    services: Services, connection: Connection, kind: str, one: Incident, asked_by: str, *, turn: int, person: str = ""
) -> None:
    if person and not is_person(person):
        return
    key = f"{kind}:{one.name}:{person}:{turn}"
    details = {"person": person} if person else {}
    errands.put(services, connection, kind, key, incident=one.id, asked_by=asked_by, **details)


def _one(services: Services, errand: Errand) -> Incident:
    with services.db.read() as connection:
        one = incidents.get(connection, errand.incident_id or 0)
    assert one is not None, "no incident is ever deleted"
    return one


def _make(services: Services, workspace: errands.Workspace, errand: Errand) -> Result:
    one = _one(services, errand)
    if one.own_channel or one.status == "closed":
        return Done()
    result: Result = Done()
    for name in names(one):
        result = workspace.make_channel(name, private=one.private)
        if not _is_taken(result):
            return result
        if errand.tries > 1:
            # The answer to a former try may have been lost: then the channel of that name is ours.
            found = workspace.find_made(name)
            if not isinstance(found, Done) or found.found:
                return found
    return result


def _is_taken(result: Result) -> bool:
    return isinstance(result, Refused) and result.code == TAKEN


def _made(services: Services, connection: Connection, errand: Errand, found: Mapping[str, str]) -> None:
    one = incidents.lock(connection, errand.incident_id or 0)
    if one is None or not found:
        return
    now, channel = services.now(), found["channel"]
    incidents.change(connection, one.id, own_channel=channel)
    incidents.note(connection, one.id, Event(now, now, errand.asked_by, "channel", f"#{found['name']}", {"channel": channel}))
    audit.write(connection, now, Change(errand.asked_by, "incident.channel", one.name, None, {"channel": channel}))
    made = replace(one, own_channel=channel)
    incidents.change(connection, one.id, own_message_id=incident_messages.announce_apart(services, connection, made))
    for person in sorted(made.people):
        _put(services, connection, "invite", made, errand.asked_by, turn=0, person=person)
    _retitle(services, connection, made, errand.asked_by, 0)


def _invite(services: Services, workspace: errands.Workspace, errand: Errand) -> Result:
    one, person = _one(services, errand), errand.details["person"]
    return workspace.invite(one.own_channel, person) if person in one.people else Done()


def _remove(services: Services, workspace: errands.Workspace, errand: Errand) -> Result:
    one, person = _one(services, errand), errand.details["person"]
    return Done() if person in one.people else workspace.remove(one.own_channel, person)


def _set_topic(services: Services, workspace: errands.Workspace, errand: Errand) -> Result:
    one = _one(services, errand)
    return workspace.set_topic(one.own_channel, topic(one))


def _archive(services: Services, workspace: errands.Workspace, errand: Errand) -> Result:
    one = _one(services, errand)
    with services.db.read() as connection:
        if outbox.is_awaited(connection, one.own_channel):
            return Postponed("what is still to be said there")
    return workspace.archive(one.own_channel)


def _nothing(services: Services, connection: Connection, errand: Errand, found: Mapping[str, str]) -> None:
    """It is done, and there is nothing to write down."""


ACTS: Mapping[str, errands.Act] = {
    "create": errands.Act(_make, _made, "INC-{incident} has no channel of its own"),
    "invite": errands.Act(_invite, _nothing, "was not invited to the channel of INC-{incident}"),
    "remove": errands.Act(_remove, _nothing, "was not taken out of the channel of INC-{incident}"),
    "topic": errands.Act(_set_topic, _nothing, "The topic of the channel of INC-{incident} is not up to date"),
    "archive": errands.Act(_archive, _nothing, "The channel of INC-{incident} was not archived"),
}
