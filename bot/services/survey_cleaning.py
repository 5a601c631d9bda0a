"""After the end of a wave: its keys are destroyed, what was deleted is overwritten, and then its results are told."""

import logging
from dataclasses import replace
from datetime import timedelta

from bot.domain.errors import BarometerError
from bot.domain.people import Asker
from bot.domain.survey_reports import Ended
from bot.domain.survey_waves import LOST
from bot.key_files import KeysNotHere
from bot.services import Services, survey_told, survey_waves
from storage import waves
from storage.waves import StoredWave

LOST_AFTER = timedelta(days=30)
"""Keys that no process finds for so long after the end are lost, and with them what they opened."""

log = logging.getLogger(__name__)


def clean(services: Services, wave_id: int) -> bool:
    """Destroy the keys of a wave that has ended, and overwrite what was deleted. False: that has to be tried again.

    :raises KeysNotHere: they are not in the folder of this process, but may be in that of another.
    """
    with services.db.read() as connection:
        row = waves.get(connection, wave_id)
    if row is None or row.state not in ("closed", "unopened", "failed") or row.cleaned:
        return True
    if "keys_destroyed" not in row.receipt:
        row = _without_keys(services, row)
    if not services.db.rewrite(waves.REWRITTEN):
        return False
    with services.db.read() as connection:
        told = survey_told.when_cleaned(connection, row)
    with services.db.begin() as connection:
        waves.change(connection, wave_id, cleaned=True)
        survey_told.post(services, connection, row, "receipt", told, owner=row.opened_by)
    survey_waves.key_files(services).forget(row.key_id)
    return True


def _without_keys(services: Services, row: StoredWave) -> StoredWave:
    """Destroy the keys of a wave, and write down when."""
    day = services.now().date().isoformat()
    try:
        survey_waves.key_files(services).destroy(row.key_id)
    except KeysNotHere:
        # Nothing was ever sealed with the keys of a wave that failed.
        if row.state != "failed" and row.closes_at + LOST_AFTER > services.now():
            raise
        day = LOST
    with services.db.begin() as connection:
        now = waves.get(connection, row.id, lock=True) or row
        row = replace(now, receipt={"keys_destroyed": day, **now.receipt})
        waves.change(connection, row.id, receipt=row.receipt)
    return row


def clean_now(services: Services, asker: Asker, ended: Ended, row: StoredWave) -> None:
    """Clean if it has ended. It has whatever comes of that: if it is left to the clock, results are said to come."""
    if ended.what not in ("closed", "unopened"):
        return
    try:
        if clean(services, row.id):
            return
    except BarometerError as error:
        log.warning("wave %s is not cleaned up yet: %s", row.id, error)
    with services.db.begin() as connection:
        survey_told.comes_later(services, connection, asker, ended, row)
