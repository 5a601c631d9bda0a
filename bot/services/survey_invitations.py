"""Who has their invitation to an open wave, and how many are still to get it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from bot.domain import survey_asked
from bot.domain.errors import BarometerError
from bot.domain.people import Asker
from bot.domain.survey_asked import Hour, ToCome
from bot.domain.survey_waves import label
from bot.domain.times import show_time
from bot.presenters import pulse as presenter
from bot.services import Services, survey_waves
from bot.services.survey_hours import invited_at
from storage import Connection, outbox, waves
from storage.waves import Invitation, StoredWave

TRIED_AT = "tried_at"
"""In the receipt of a wave: when somebody first tried to close it, with too few answers and invitations still to come."""


FEW = 10
"""Fewer invitations than this that are late are not counted out: whoever is deleted before theirs came would be seen to go."""


class StillInviting(BarometerError):
    """{people} still to be invited to {wave}, {last}, and too few had answered {tried}: wait until then, or {instead}."""


def arrived(connection: Connection, row: StoredWave) -> Mapping[str, datetime]:
    """Since when people have their invitation, for whoever has one."""
    return outbox.arrived(connection, "survey", survey_waves.SUBJECT.format(id=row.id))


def to_come(services: Services, connection: Connection, row: StoredWave) -> ToCome:
    """The invitations that are still to be sent, also those that nobody has written yet.

    It is of the hours at which people were to be asked when the wave opened: of those who are left, it would tell who was
    deleted. Of those whose hour has come only the ledger knows.
    """
    each = timedelta(seconds=1 / services.settings.messages_per_second)
    people, last = survey_asked.still_waiting(_hours(row), services.now(), each)
    unsent = _unsent(connection, row)
    late = unsent.total()
    if not people and 0 < late < FEW:
        return ToCome(None, _put_off(services, row, survey_waves.zones_of(row, ()), last))
    zones = [zone for zone, n in unsent.items() if n >= FEW]
    return ToCome(max(people, late if late >= FEW else 0), _put_off(services, row, zones, last))


def _put_off(services: Services, row: StoredWave, zones: Iterable[str], last: datetime | None) -> datetime | None:
    """When the last are invited, where those in these zones may not be written to now."""
    now = services.now()
    moments = [moment for zone in zones if zone and (moment := invited_at(services, row, zone, now)) > now]
    return max([*moments, *([last] if last else [])], default=None)


def first(services: Services, row: StoredWave) -> datetime | None:
    """When the first are invited; None: that is past."""
    earliest = min((hour.at for hour in _hours(row)), default=services.now())
    return earliest if earliest > services.now() else None


def _unsent(connection: Connection, row: StoredWave) -> Counter[str]:
    """How many of those who are left have no invitation yet, by zone."""
    subject = survey_waves.SUBJECT.format(id=row.id)
    moving = Counter(outbox.moving(connection, "survey", subject))
    if row.told:
        return moving
    written = outbox.targets(connection, "survey", subject)
    return moving + Counter(person.zone for person in waves.invited(connection, row.id) if person.user_id not in written)


def _hours(row: StoredWave) -> list[Hour]:
    later = survey_asked.later_kept(row.receipt.get(survey_waves.LATER_HOURS, []))
    return [*survey_asked.hours_kept(row.receipt.get(survey_waves.HOURS, {})).values(), *later]


def reached(services: Services, connection: Connection, row: StoredWave) -> dict[str, datetime]:
    """As `zones`, of everybody in a wave; those of a zone of which nobody is left were invited at their hour."""
    everybody = waves.invited(connection, row.id)
    kept, left = survey_asked.hours_kept(row.receipt.get(survey_waves.HOURS, {})), {person.zone for person in everybody}
    gone = {zone: hour.at for zone, hour in kept.items() if zone not in left and hour.at <= services.now()}
    return gone | zones(everybody, arrived(connection, row))


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
    found = to_come(services, connection, row)
    if found and row.closes_at > services.now():
        raise StillInviting(
            people=presenter.still(found),
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
