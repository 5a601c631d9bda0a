"""What an incident says in its channel: one message that stays up to date, and what happened in its thread."""

from bot.domain.incident_answers import Event
from bot.domain.incidents import Incident
from bot.presenters import incidents as presenter
from bot.services import Services, deliveries
from storage import Connection, incidents


def announce(services: Services, connection: Connection, made: Incident) -> str:
    """Post the message of an incident, if this transaction is kept; give the delivery's id."""
    return deliveries.post(
        services,
        connection,
        key=f"incident:{made.name}",
        kind="incident",
        target=made.channel,
        message=presenter.head(made, services.settings.timezone),
        subject=made.name,
        owner=made.opened_by,
    )


def changed(services: Services, connection: Connection, made: Incident, told: Event) -> None:
    """Bring the message of an incident up to date, and say in its thread what happened."""
    head = incidents.message_of(connection, made.id)
    if head is None:
        return
    deliveries.edit(services, connection, head, presenter.head(made, services.settings.timezone))
    count = len(incidents.events(connection, made.id))
    deliveries.post(
        services,
        connection,
        key=f"incident:{made.name}:{count}",
        kind="incident",
        target=made.channel,
        message=presenter.happened(made, told, services.settings.timezone),
        subject=made.name,
        owner=made.opened_by,
        thread_of=head,
    )
