"""What an incident says in its channel: one message that stays up to date, and what happened in its thread."""

from bot.domain.incident_answers import Event
from bot.domain.incidents import Incident
from bot.domain.parts import Message
from bot.presenters import incidents as presenter
from bot.services import Services, deliveries
from storage import Connection, incidents


def announce(services: Services, connection: Connection, made: Incident) -> str:
    """Post the message of an incident, if this transaction is kept; give the delivery's id."""
    return say(services, connection, made, presenter.head(made, services.settings.timezone))


def changed(services: Services, connection: Connection, made: Incident, told: Event, *, count: int) -> None:
    """Bring the message of an incident up to date, and say in its thread what happened, as the `count`th event."""
    head = incidents.message_of(connection, made.id)
    if head is None:
        return
    zone = services.settings.timezone
    deliveries.edit(services, connection, head, presenter.head(made, zone))
    say(services, connection, made, presenter.happened(made, told, zone), key=str(count), thread_of=head)


def say(
    services: Services,
    connection: Connection,
    one: Incident,
    message: Message,
    *,
    key: str = "",
    thread_of: str | None = None,
) -> str:
    """Post a message about an incident to its channel; the same `key` twice is one. Gives the delivery's id."""
    return deliveries.post(
        services,
        connection,
        key=f"incident:{one.name}:{key}" if key else f"incident:{one.name}",
        kind="incident",
        target=one.channel,
        message=message,
        subject=one.name,
        owner=one.opened_by,
        thread_of=thread_of,
    )
