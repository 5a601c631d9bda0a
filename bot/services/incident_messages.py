"""What an incident says in its channels: a message in each that stays up to date, and what happened.

That is told in the channel that the incident has of its own, or else in the thread of its message.
"""

from bot.domain.incident_answers import Event
from bot.domain.incidents import Incident
from bot.domain.parts import Message
from bot.domain.people import SYSTEM
from bot.presenters import incidents as presenter
from bot.services import Services, deliveries
from storage import Connection, incidents


def announce(services: Services, connection: Connection, made: Incident) -> str:
    """Post the message of an incident, if this transaction is kept; give the delivery's id."""
    return _post(services, connection, made, presenter.head(made, services.settings.timezone))


def announce_apart(services: Services, connection: Connection, made: Incident) -> str:
    """Post its message in the channel that it now has of its own, and say so where it is told; give the delivery's id."""
    words, head = presenter.head(made, services.settings.timezone), incidents.message_of(connection, made.id)
    if head is not None:
        deliveries.edit(services, connection, head, words)
        _post(services, connection, made, presenter.apart(made), key="apart", thread_of=head)
    return _post(services, connection, made, words, key="own", target=made.own_channel)


def changed(services: Services, connection: Connection, made: Incident, told: Event, *, count: int) -> None:
    """Bring the messages of an incident up to date, and say what happened, as the `count`th event."""
    zone = services.settings.timezone
    for head in incidents.messages_of(connection, made.id):
        deliveries.edit(services, connection, head, presenter.head(made, zone))
    say(services, connection, made, presenter.happened(made, told, zone), key=str(count))


def say(services: Services, connection: Connection, one: Incident, message: Message, *, key: str) -> None:
    """Say something about an incident to those who follow it, if it is told anywhere; the same `key` twice is one."""
    head = incidents.message_of(connection, one.id)
    if one.own_channel:
        _post(services, connection, one, message, key=key, target=one.own_channel)
    elif head is not None:
        _post(services, connection, one, message, key=key, thread_of=head)


def _post(
    services: Services,
    connection: Connection,
    one: Incident,
    message: Message,
    *,
    key: str = "",
    target: str = "",
    thread_of: str | None = None,
) -> str:
    return deliveries.post(
        services,
        connection,
        key=f"incident:{one.name}:{key}" if key else f"incident:{one.name}",
        kind="incident",
        target=target or one.channel,
        message=message,
        subject=one.name,
        owner="" if one.opened_by == SYSTEM.user_id else one.opened_by,
        thread_of=thread_of,
    )
