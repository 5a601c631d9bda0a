"""How a survey recurs, as it was said: when, whom it asks, on which terms; and who hears that somebody else changed it."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.domain.audiences import Audience, read_audience, read_file
from bot.domain.errors import InvalidInput
from bot.domain.parts import Message
from bot.domain.people import Asker
from bot.domain.schedules import Schedule, next_due
from bot.domain.survey_reports import Recurring
from bot.domain.survey_waves import label
from bot.presenters import pulse_schedules as presenter
from bot.services import Services, deliveries
from storage import Connection
from storage.people import zone_of
from storage.surveys import StoredSchedule

_SHOWN = ("closes", "at", "mode", "cuts", "custodian")
"""The terms that are told as they were said."""
_TICK = timedelta(microseconds=1)


def starts(schedule: Schedule, now: datetime, over: datetime) -> datetime:
    """When the next wave is started while there is one that is over then: what is due before falls out."""
    return next_due(schedule, max(now, over - _TICK), 1)[0]


def described(found: Schedule, stored: StoredSchedule, now: datetime) -> Recurring:
    """How a survey recurs, for people."""
    due_at, until = next_due(found, now, 1)[0], stored.open_until
    asked, terms = _audience(stored.terms), stored.terms
    viewers = tuple(dict.fromkeys([stored.owner, *terms.get("viewers", "").replace(",", " ").split()]))
    return Recurring(
        words=found.words,
        due_at=starts(found, now, until) if until is not None else due_at,
        asks=asked.channels + asked.groups,
        people=len(asked.people),
        channel=terms.get("channel", ""),
        viewers=viewers,
        workdays=found.keeps_to_workdays,
        terms={name: terms[name] for name in _SHOWN if name in terms},
        held=(label(stored.survey, stored.open_number), until) if until and stored.open_number and until > due_at else None,
    )


def dropped(before: StoredSchedule | None, terms: Mapping[str, str]) -> tuple[str, ...]:
    """What was said of a schedule before besides whom it asks, and is not said of it in these terms."""
    was = before.terms if before and not before.paused else {}
    return tuple(name for name in ("channel", "viewers", *_SHOWN) if name in was and name not in terms)


def without_people(terms: Mapping[str, str]) -> dict[str, str]:
    """Terms as the audit log may have them for good: not who is asked, where people are named."""
    named = naming(terms)
    return {name: value for name, value in terms.items() if name not in named}


def naming(terms: Mapping[str, str]) -> frozenset[str]:
    """Which of the terms name people who are asked."""
    said = terms.get("audience", "")
    names_people = {"file": "file" in terms, "audience": bool(said) and bool(read_audience(said).people)}
    return frozenset(name for name, is_so in names_people.items() if is_so)


def tell_owner(
    services: Services, connection: Connection, before: StoredSchedule | None, asker: Asker, now: Recurring | None = None
) -> None:
    """Tell whoever scheduled a survey that somebody else did so anew, or, without what it is `now`, that it recurs no more."""
    if before is None or before.owner == asker.user_id:
        return
    zone, owner = zone_of(connection, before.owner) or services.settings.timezone, before.owner
    message: Message = presenter.stopped(before.survey, asker.user_id)
    if now is not None:
        message = presenter.scheduled_anew(before.survey, now, asker.user_id, zone)
    key = f"survey-scheduled:{before.survey}:{services.now().isoformat()}:{owner}"
    deliveries.post(services, connection, key=key, kind="notice", target=owner, message=message)


def _audience(terms: Mapping[str, str]) -> Audience:
    try:
        return read_file(terms["file"].encode()).audience if "file" in terms else read_audience(terms.get("audience", ""))
    except InvalidInput:
        return Audience()  # all of them were deleted since
