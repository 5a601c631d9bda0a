"""Waves that are started again and again: each due time once, whoever notices it, and the latest alone of those missed."""

from datetime import datetime, time, timedelta

from bot.domain.errors import BarometerError, Unavailable
from bot.domain.parts import Message, text
from bot.domain.schedules import Schedule, due_between, from_words, next_due
from bot.domain.survey_waves import Terms
from bot.services import Services, deliveries, people, survey_waves
from storage import Connection, surveys, waves
from storage.surveys import StoredSchedule

LATE = timedelta(hours=2)
"""Whose hour it was when a wave was due is asked at once if that was noticed within this time; later, when it is next."""


def start_due(services: Services) -> None:
    """Start the waves that are due. Whoever scheduled one that cannot be started is told why, once."""
    now = services.now()
    with services.db.read() as connection:
        found = [each.survey for each in surveys.schedules(connection) if _due(services, each, now)]
    for name in found:
        with services.db.begin() as connection:
            _start(services, connection, name, now)


def soonest(services: Services) -> datetime | None:
    """When the next wave is started."""
    now = services.now()
    with services.db.read() as connection:
        found = [_read(services, each) for each in surveys.schedules(connection) if not each.paused]
    return min((next_due(each, now, 1)[0] for each in found), default=None)


def _start(services: Services, connection: Connection, name: str, now: datetime) -> None:
    stored = surveys.schedule_of(connection, name, lock=True)
    moments = _due(services, stored, now) if stored else []
    if stored is None or not moments:
        return
    due, schedule = moments[-1], _read(services, stored)
    terms = Terms(**{"at": f"{time(schedule.hour, schedule.minute):%H:%M}"} | dict(stored.terms))
    asker = people.known(services, connection, stored.owner)
    key, opens_at = f"schedule:{name}:{due.isoformat()}", due if now - due <= LATE else now
    try:
        survey_waves.begin(services, connection, asker, name, terms, key=key, opens_at=opens_at)
    except Unavailable:
        raise
    except BarometerError as error:
        _tell(services, connection, stored, due, error)
    surveys.change_schedule(connection, name, last_due=due)


def _tell(services: Services, connection: Connection, stored: StoredSchedule, due: datetime, error: BarometerError) -> None:
    in_the_way = waves.open_of(connection, stored.survey)
    words = f"{stored.survey} was due and was not started. {error.text}"
    deliveries.post(
        services,
        connection,
        key=f"survey-schedule:{stored.survey}:{in_the_way.key_id if in_the_way else due.isoformat()}",
        kind="notice",
        target=stored.owner,
        message=Message(words, (text(words),)),
    )


def _due(services: Services, stored: StoredSchedule, now: datetime) -> list[datetime]:
    return [] if stored.paused else due_between(_read(services, stored), stored.last_due, now)


def _read(services: Services, stored: StoredSchedule) -> Schedule:
    return from_words(stored.schedule, services.settings.timezone)
