"""Which figures went out, where and when."""

from collections.abc import Iterable

from sqlalchemy import Connection, select

from bot.domain.kpi_answers import Published
from storage.tables import delivery, publication


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
