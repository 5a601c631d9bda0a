"""Notice before a wave is closed early: those who have not answered hear of its new end, and have hours left."""

from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.errors import Conflict, InvalidInput
from bot.domain.people import Asker, Change
from bot.domain.survey_waves import Opening, Over, label
from bot.domain.times import show_time
from bot.services import Services, survey_invitations, survey_reminders, survey_terms, survey_waves
from bot.services.survey_hours import reminded_by_hand
from storage import Connection, audit, waves
from storage.waves import StoredWave

LEAST = timedelta(hours=2)
"""So long whoever is told last has left."""
SPANS = ("2h", "4h", "24h")
"""What is offered; in words it is any time from `LEAST` on."""


def close(services: Services, asker: Asker, name: str, notice: str) -> Opening:
    """Have the open wave of a survey end earlier, and those told who have not answered: once, in the words of a reminder.

    :raises InvalidInput: the notice cannot be read or is too short, it ends no later as it is, or notice was given of a later
        end.
    :raises NoWave: none is open.
    :raises Over: its time is over.
    :raises NotAllowed: the asker did not start it and is no admin.
    :raises Conflict: notice was given before, or some have their invitation still to come: it says the end as it is now.
    """
    now, span = services.now(), survey_terms.notice(notice, LEAST)
    with services.db.begin() as connection:
        row = survey_waves.open_wave(services, connection, name, lock=True)
        survey_waves.insist_may_run(asker, row, "close")
        _insist_can_be_given(services, connection, asker, row)
        moment = _last_told(services, connection, row) + span
        if moment >= row.closes_at:
            raise InvalidInput(
                f"It closes {show_time(row.closes_at, asker.timezone)} as it is, and with that notice not before.", "notice"
            )
        bound = _bound_until(row)
        if moment < bound:
            raise InvalidInput(
                f"Notice was given that it closes {show_time(bound, asker.timezone)}, and nobody closes it before; with that "
                "notice it would, so give a longer one.",
                "notice",
            )
        announced = {
            survey_waves.NOTICE_AT: now.isoformat(),
            survey_waves.NOTICE_SPAN: span.total_seconds(),
            survey_waves.ANNOUNCED: row.closes_at.isoformat(),
        }
        waves.change(connection, row.id, closes_at=moment)
        earlier = replace(row, closes_at=moment, receipt={**row.receipt, **announced})
        survey_reminders.plan(services, connection, earlier, now)
        change = Change(asker.user_id, "survey.notice", label(row.survey, row.number), None, {"closes_at": moment.isoformat()})
        audit.write(connection, now, change)
    return survey_waves.described(earlier, survey_waves.survey_of(earlier))


def spans(services: Services, connection: Connection, asker: Asker, row: StoredWave) -> tuple[str, ...]:
    """Those of `SPANS` with which notice can be given now.

    :raises NoWave: it is being opened.
    """
    try:
        _insist_can_be_given(services, connection, asker, row)
    except (Conflict, Over):
        return ()
    last = _last_told(services, connection, row)
    ends = {each: last + survey_terms.notice(each, LEAST) for each in SPANS}
    return tuple(each for each, end in ends.items() if _bound_until(row) <= end < row.closes_at)


def _bound_until(row: StoredWave) -> datetime:
    """Before when nobody closes it, since notice was given of that end before it was given a later one."""
    said = row.receipt.get(survey_waves.NOTICED)
    return datetime.fromisoformat(said) if said else row.opens_at


def _insist_can_be_given(services: Services, connection: Connection, asker: Asker, row: StoredWave) -> None:
    survey_waves.insist_is_open(services, row)
    if survey_waves.NOTICE_AT in row.receipt:
        raise Conflict(f"Notice was given already: it closes {show_time(row.closes_at, asker.timezone)}.")
    _insist_everybody_is_invited(services, connection, asker, row)


def _insist_everybody_is_invited(services: Services, connection: Connection, asker: Asker, row: StoredWave) -> None:
    to_come = survey_invitations.to_come(services, connection, row)
    if to_come or not row.told:
        when = f"the last {show_time(to_come.last, asker.timezone)}" if to_come.last else "in a moment"
        raise Conflict(f"Some are still to be invited, {when}; give notice after that.")


def _last_told(services: Services, connection: Connection, row: StoredWave) -> datetime:
    """When the last of those who are asked could be told, if none had answered: who has makes no difference."""
    zones = survey_waves.zones_of(row, waves.invited(connection, row.id))
    hours = {reminded_by_hand(services, services.now(), zone) for zone in zones}
    return max(hours, default=services.now()) + timedelta(seconds=row.invited / services.settings.messages_per_second)
