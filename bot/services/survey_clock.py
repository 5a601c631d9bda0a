"""What the clock does for surveys: start what is due, end what is over, remind, and clean up after whoever died."""

import logging
from datetime import datetime, timedelta

from bot.domain.errors import BarometerError, Unavailable
from bot.domain.people import Asker
from bot.domain.schedules import due_between, from_words, next_due
from bot.domain.survey_waves import Terms
from bot.key_files import KeysNotHere
from bot.services import Services, people, survey_close, survey_follow_ups, survey_reminders, survey_waves
from storage import outbox, queue, surveys, waves
from storage.surveys import StoredSchedule

KEPT_WITH_NAMES = timedelta(days=730)
"""How long the answers of attributed waves are kept."""

log = logging.getLogger(__name__)


def run(services: Services) -> datetime | None:
    """Do what is due; when something is due next."""
    _start_due(services)
    for row in _to_do(services):
        try:
            _take_further(services, row)
        except KeysNotHere as error:
            log.warning("wave %s: %s", row.id, error)
    survey_follow_ups.fire(services)
    reminded = survey_reminders.fire(services)
    with services.db.begin() as connection:
        waves.prune_attributed(connection, services.now() - KEPT_WITH_NAMES)
        moments = [reminded, waves.soonest_end(connection), *_coming(services, surveys.schedules(connection))]
    return min((moment for moment in moments if moment is not None and moment > services.now()), default=None)


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
        survey_close.clean(services, row.id)


def _start_due(services: Services) -> None:
    now = services.now()
    with services.db.read() as connection:
        found = [each for each in surveys.schedules(connection) if not each.paused and _due(services, each, now)]
        askers = {each.owner: people.known(services, connection, each.owner) for each in found}
    for each in found:
        # The same due time makes one wave, so one that was started and not noted is not started twice.
        _start(services, askers[each.owner], each, _due(services, each, now)[-1])
        with services.db.begin() as connection:
            surveys.change_schedule(connection, each.survey, last_due=now)


def _start(services: Services, asker: Asker, stored: StoredSchedule, due: datetime) -> None:
    try:
        key = f"schedule:{stored.survey}:{due.isoformat()}"
        survey_waves.start(services, asker, stored.survey, Terms(**stored.terms), key=key)
    except Unavailable:
        raise
    except BarometerError as error:
        log.warning("%s was not started: %s", stored.survey, error)


def _due(services: Services, stored: StoredSchedule, now: datetime) -> list[datetime]:
    return due_between(from_words(stored.schedule, services.settings.timezone), stored.last_due, now)


def _coming(services: Services, stored: list[StoredSchedule]) -> list[datetime]:
    now = services.now()
    return [next_due(from_words(s.schedule, services.settings.timezone), now, 1)[0] for s in stored if not s.paused]
