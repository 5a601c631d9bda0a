"""Which figures went out, where and when."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from storage.tables import delivery, publication


@dataclass(frozen=True, slots=True)
class Published:
    """A figure that was sent in a message. `channel` is where it was posted."""

    observation_id: int
    delivery_id: str
    kind: str
    subject: str
    channel: str
    sent_at: datetime


def of(connection: Connection, observation_ids: Iterable[int]) -> list[Published]:
    """Where these observations were published, the latest first; what is still on its way is not."""
    query = (
        select(publication.c.observation_id, delivery)
        .join(delivery, delivery.c.id == publication.c.delivery_id)
        .where(publication.c.observation_id.in_(list(observation_ids)), delivery.c.sent_at.is_not(None))
        .order_by(delivery.c.sent_at.desc(), delivery.c.id)
    )
    return [
        Published(row.observation_id, row.id, row.kind, row.subject, row.channel or row.target, row.sent_at)
        for row in connection.execute(query)
    ]
