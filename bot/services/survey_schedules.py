"""Waves that are started again and again: each due time once, whoever notices it, and the latest alone of those missed."""

from datetime import datetime, time, timedelta

from bot.domain.errors import BarometerError, Conflict, Unavailable
from bot.domain.parts import Message, Text
from bot.domain.schedules import Schedule, due_between, from_words, next_due
from bot.domain.survey_waves import Terms, label
from bot.domain.times import show_time
from bot.presenters.kpi_words import mentioning
from bot.services import Services, deliveries, people, survey_recurring, survey_waves
from storage import Connection, surveys, waves
from storage.surveys import StoredSchedule
from storage.waves import StoredWave

LATE = timedelta(hours=2)
"""Whose hour it was when a wave was due is asked at once if that was noticed within this time; later, when it is next."""


def start_due(services: Services, until: datetime | None = None) -> None:
    """Start the waves that are due by now, or were `until` a moment. Whoever scheduled one that cannot be started is told why,
    once for each time that it is due.
    """
    now = until or services.now()
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
        survey_waves.begin(services, connection, asker, name, terms, key=key, opens_at=opens_at, schedule=schedule)
    except Unavailable:
        raise
    except BarometerError as error:
        row = waves.open_of(connection, name)
        if isinstance(error, Conflict) and row is not None:
            error = Conflict(_in_the_way(row, schedule, now, asker.timezone), _custodian(row))
        _tell(services, connection, stored, due, error)
    surveys.change_schedule(connection, name, last_due=due)


def _custodian(row: StoredWave) -> tuple[str, ...]:
    found = survey_waves.contract_of(row).custodian
    return (found,) if found else ()


def _in_the_way(row: StoredWave, schedule: Schedule, now: datetime, zone: str) -> str:
    """Why none is started while this wave is not over, and when the next one is."""
    awaits = survey_waves.awaits_key(row)
    over = survey_waves.key_until(row) if awaits else row.closes_at
    starts = survey_recurring.starts(schedule, now, over)
    until = show_time(over, zone)
    if awaits:
        stands = f"{survey_waves.waits(row)}, until {until} at the latest"
    elif row.extended:
        stands = f"{label(row.survey, row.number)} was extended, for too few had answered, and is open until {until}"
    elif row.state == "opening":
        stands = f"{label(row.survey, row.number)} is being opened, and closes {until} at the earliest"
    else:
        stands = f"{label(row.survey, row.number)} is open until {until}"
    return f"{stands}; the next one starts {show_time(starts, zone)}{', or when it is due after the key' if awaits else ''}."


def _tell(services: Services, connection: Connection, stored: StoredSchedule, due: datetime, error: BarometerError) -> None:
    words = f"{stored.survey} was due and was not started. {error.text}"
    deliveries.post(
        services,
        connection,
        key=f"survey-schedule:{stored.survey}:{due.isoformat()}",
        kind="notice",
        target=stored.owner,
        message=Message(words, (Text(mentioning(words, error.people)),)),
    )


def _due(services: Services, stored: StoredSchedule, now: datetime) -> list[datetime]:
    return [] if stored.paused else due_between(_read(services, stored), stored.last_due, now)


def _read(services: Services, stored: StoredSchedule) -> Schedule:
    return from_words(stored.schedule, services.settings.timezone)
