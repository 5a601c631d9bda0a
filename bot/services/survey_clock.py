"""What the clock does for surveys: start what is due, end what is over, remind, and clean up after whoever died."""

import logging
from datetime import datetime, timedelta
from functools import lru_cache

from bot.domain.errors import BarometerError, Unavailable
from bot.services import (
    Services,
    survey_cleaning,
    survey_close,
    survey_follow_ups,
    survey_reminders,
    survey_schedules,
    survey_waves,
)
from storage import outbox, queue, waves

KEPT = timedelta(days=730)
"""How long comments are kept, and the answers of attributed waves."""

log = logging.getLogger(__name__)


def run(services: Services) -> datetime | None:
    """Do what is due; when something is due next. What cannot be done for one wave holds up no other.

    Waves end before others start, for one that is over is not in the way of the next.
    """
    now = services.now()
    for row in _to_do(services):
        try:
            _take_further(services, row)
        except Unavailable:
            raise
        except BarometerError as error:
            _warn(row.id, error.text)
    survey_schedules.start_due(services, now)
    survey_follow_ups.fire(services)
    reminded = survey_reminders.fire(services)
    scheduled, now = survey_schedules.soonest(services), services.now()
    with services.db.begin() as connection:
        waves.prune(connection, now - KEPT)
        moments = [reminded, scheduled, waves.soonest_end(connection, now)]
    return min((moment for moment in moments if moment is not None and moment > now), default=None)


def _to_do(services: Services) -> list[waves.StoredWave]:
    with services.db.read() as connection:
        return waves.to_do(connection, services.now())


def _take_further(services: Services, row: waves.StoredWave) -> None:
    if row.state == "open" and row.closes_at <= services.now():
        survey_close.when_due(services, row)
    elif row.state in ("opening", "open"):
        with services.db.begin() as connection:
            # One job for a wave in a lease's time, whoever sweeps.
            turn = int(outbox.clock(connection).timestamp() // services.settings.lease.total_seconds())
            queue.enqueue(connection, survey_waves.JOB, str(row.id), f"{survey_waves.JOB}:{row.id}:{turn}")
    else:
        survey_cleaning.clean(services, row.id)


@lru_cache(maxsize=256)
def _warn(wave_id: int, words: str) -> None:
    """Say once what the clock finds again every few seconds."""
    log.warning("wave %s: %s", wave_id, words)
