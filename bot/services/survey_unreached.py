"""Invitations that did not arrive: how many is told, and nowhere whose they were."""

import logging

from bot.domain.deliveries import Delivery
from bot.domain.digests import is_person
from bot.presenters import pulse as presenter
from bot.services import Services, deliveries, survey_waves
from storage import Connection, outbox, waves
from storage.waves import StoredWave

log = logging.getLogger(__name__)


GONE = "unreached_gone"
"""In the receipt of an open wave: how many of those who were not reached were deleted since."""


def keep(connection: Connection, wave: StoredWave, person: str) -> None:
    """Before somebody is taken out of a wave, which is held: have them counted still if they were not reached.

    One fewer would tell that they were deleted.
    """
    if person in outbox.lost(connection, survey_waves.SUBJECT.format(id=wave.id)):
        waves.change(connection, wave.id, receipt={**wave.receipt, GONE: wave.receipt.get(GONE, 0) + 1})


def tell(services: Services, connection: Connection, row: Delivery, advice: str) -> None:
    """Tell whoever started the wave, and who hears of all that is not delivered, how many of its people were not reached.

    It is one message, which says more as there are more.
    """
    number = row.subject.removeprefix(survey_waves.SUBJECT.format(id=""))
    wave = waves.get(connection, int(number)) if number.isdecimal() else None
    if wave is None:
        log.error("an invitation was not delivered: %s", advice)
        return
    opening = survey_waves.described(wave, survey_waves.survey_of(wave))
    log.error("an invitation to %s was not delivered: %s", opening.label, advice)
    for person in deliveries.to_tell(services, wave.opened_by if is_person(wave.opened_by) else "", row.target):
        told = deliveries.post(
            services,
            connection,
            key=f"unreached:{wave.key_id}:{person}",
            kind="notice",
            target=person,
            message=presenter.unreached(opening, 1),
            # Not that of the invitations, which the close deletes: held from both ends, neither would come to its own.
            subject=opening.label,
            due_at=deliveries.heard_at(services, connection, person),
        )
        # Counted while the message is held: of two that fail at the same time, the later one counts both.
        outbox.lock(connection, told)
        n = len(outbox.lost(connection, row.subject)) + _gone(connection, wave.id)
        deliveries.edit(services, connection, told, presenter.unreached(opening, n))


def _gone(connection: Connection, wave_id: int) -> int:
    wave = waves.get(connection, wave_id)
    return int(wave.receipt.get(GONE, 0)) if wave else 0
