"""How what the example organisation was told in the past comes into its channels: at once, and in the order of then."""

from bot.domain import parts
from bot.domain.deliveries import Delivery, Envelope, Sent
from bot.services import Services
from handlers.slack.deliver import SlackPoster
from storage import outbox


def nowhere(services: Services) -> None:
    """Take it as said, where there is no workspace."""
    with services.db.begin() as connection:
        for row in _unsaid(outbox.everything(connection)):
            outbox.change(connection, row.id, state="sent", sent_at=services.now())


def in_workspace(services: Services, poster: SlackPoster) -> None:
    """Post it, to a workspace whose clock shows the moment at which it was said.

    The ledger's own way waits a second for each message of a channel, for which nobody who starts an example has the time.
    """
    with services.db.begin() as connection:
        known = {row.id: row for row in outbox.everything(connection)}
        for row in _unsaid(list(known.values())):
            sent = poster.post(_envelope(row, known))
            assert isinstance(sent, Sent), f"the example could not be told: {sent}"
            place = {"channel": sent.channel, "ts": sent.ts}
            outbox.change(connection, row.id, state="sent", sent_at=services.now(), tries=1, **place)
            known[row.id] = outbox.get(connection, row.id) or row


def _unsaid(rows: list[Delivery]) -> list[Delivery]:
    """What waits: heads before what stands in their threads, and changes of them last."""
    return sorted((row for row in rows if row.state == "due"), key=lambda row: (bool(row.edits), row.parent_id is not None))


def _envelope(row: Delivery, known: dict[str, Delivery]) -> Envelope:
    thread, head = known.get(row.parent_id or ""), known.get(row.edits or "")
    place = thread or head
    return Envelope(
        row.id,
        row.kind,
        row.target,
        parts.load(row.payload),
        channel=place.channel if place else None,
        thread_ts=thread.ts if thread else None,
        edits_ts=head.ts if head else None,
    )
