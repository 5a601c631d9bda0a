"""Who has their invitation to an open wave, and who is still to get it: the ledger tells, and nothing else does."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.domain.errors import BarometerError
from bot.domain.people import Asker
from bot.domain.survey_waves import label
from bot.domain.times import show_time
from bot.presenters import pulse as presenter
from bot.services import Services, survey_opening
from storage import Connection, outbox, waves
from storage.waves import Invitation, StoredWave

TRIED_AT = "tried_at"
"""In the receipt of a wave: when somebody first tried to close it, with too few answers and invitations still to come."""


class StillInviting(BarometerError):
    """{people} still to be invited to {wave}, {last}, and too few had answered {tried}: wait until then, or {instead}."""


@dataclass(frozen=True, slots=True)
class ToCome:
    """How many are still to be invited, and when the first and the last of them; None: that is being worked out."""

    people: int
    first: datetime | None
    last: datetime | None


def arrived(connection: Connection, row: StoredWave) -> Mapping[str, datetime]:
    """Since when people have their invitation, for whoever has one."""
    return outbox.arrived(connection, "survey", survey_opening.SUBJECT.format(id=row.id))


def to_come(connection: Connection, row: StoredWave) -> ToCome:
    """The invitations that are still to be sent, also those that nobody has written yet."""
    subject = survey_opening.SUBJECT.format(id=row.id)
    people, first, last = outbox.awaited(connection, "survey", subject)
    if row.told:
        return ToCome(people, first, last)
    written = outbox.targets(connection, "survey", subject)
    unwritten = sum(person.user_id not in written for person in waves.invited(connection, row.id))
    return ToCome(people + unwritten, first, None if unwritten else last)


def zones(everybody: Iterable[Invitation], arrived: Mapping[str, datetime]) -> dict[str, datetime]:
    """Since when somebody in a zone has their invitation, by the zones in which somebody has."""
    found: dict[str, datetime] = {}
    for person in everybody:
        if person.user_id in arrived:
            found[person.zone] = min(arrived[person.user_id], found.get(person.zone, arrived[person.user_id]))
    return found


def insist_not_tried(services: Services, connection: Connection, asker: Asker, row: StoredWave) -> None:
    """Insist that nobody tried to close a wave too early before, or that everybody is invited by now: each further try would
    tell whether enough have answered meanwhile.

    :raises StillInviting: neither is so.
    """
    if TRIED_AT in row.receipt:
        insist_on_all(services, connection, asker, row, datetime.fromisoformat(row.receipt[TRIED_AT]))


def insist_on_all(services: Services, connection: Connection, asker: Asker, row: StoredWave, tried: datetime) -> None:
    """Insist that everybody is invited to a wave whose time is not over, and that too few had answered when it was `tried`.

    :raises StillInviting: some are not.
    """
    found = to_come(connection, row)
    if found.people and row.closes_at > services.now():
        raise StillInviting(
            people=presenter.people(found.people),
            wave=label(row.survey, row.number),
            last=f"the last {show_time(found.last, asker.timezone)}" if found.last else "in a moment",
            tried=show_time(tried, asker.timezone),
            instead=f"have an admin end it unread with /pulse close {row.survey} unopened=yes",
        )


def keep_tried(services: Services, wave_id: int) -> None:
    """Write down that somebody tried to close a wave too early."""
    with services.db.begin() as connection:
        row = waves.get(connection, wave_id, lock=True)
        if row is not None and row.state == "open":
            waves.change(connection, wave_id, receipt={TRIED_AT: services.now().isoformat(), **row.receipt})
