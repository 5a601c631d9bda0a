"""Waves that are closed, and who may see what is shown of them."""

from bot.domain.people import Asker
from bot.domain.survey_receipts import RECOUNT
from bot.domain.survey_waves import Contract, CountedAnew, ForOthers, NoWave, label, load
from bot.domain.times import show_time
from bot.services import Services, survey_waves, surveys
from storage import Connection, waves
from storage.waves import StoredWave

TERMINAL = "terminal"
"""Whoever may open the database in a terminal may read what was published in it anyway."""


def may_see(asker: Asker, row: StoredWave, channel: str) -> bool:
    """Whether the results of a wave are for this person: for its viewers, or for all who ask where they are shown.

    Of one that was counted anew without somebody, only for those who read names: beside the results that were shown first, the
    new ones tell what that person answered.
    """
    return are_for(load(row.contract), asker.user_id, channel if RECOUNT not in row.receipt else "")


def are_for(contract: Contract, user: str, channel: str) -> bool:
    """Whether results are for somebody under this contract, as `may_see` says of a wave."""
    shown_here = bool(contract.channel and channel == contract.channel)
    return user in contract.viewers or shown_here or user == TERMINAL


def may_read_names(contract: Contract, user: str) -> bool:
    """Whether somebody may read who answered what: its viewers alone, wherever its figures are shown."""
    return contract.mode == "attributed" and user in (*contract.viewers, TERMINAL)


def insist_may_see(asker: Asker, row: StoredWave, channel: str) -> None:
    """Insist that the results of a wave are for this person.

    :raises ForOthers: they are for others.
    :raises CountedAnew: they are now, since somebody was deleted.
    """
    if may_see(asker, row, channel):
        return
    contract = load(row.contract)
    if are_for(contract, asker.user_id, channel):
        raise CountedAnew(label(row.survey, row.number), contract.viewers)
    raise ForOthers(label(row.survey, row.number), row.opened_by, in_channel=bool(contract.channel))


def shown(
    services: Services, connection: Connection, asker: Asker, name: str, *, number: str = "", channel: str = ""
) -> StoredWave:
    """The closed wave of a number, or without one the latest whose results are for this person.

    :raises NoWave: there is none.
    :raises NoSuchSurvey: nor is there a survey of that name.
    :raises ForOthers: its results, or those of all waves, are for others; or CountedAnew.
    """
    if not number.strip().lstrip("#") and (row := latest_for(connection, asker, name.strip().lower(), channel)):
        return row
    row = closed(services, connection, name, number, zone=asker.timezone)
    insist_may_see(asker, row, channel)
    return row


def latest_for(connection: Connection, asker: Asker, survey: str, channel: str) -> StoredWave | None:
    """The latest closed wave of a survey whose results are for this person; None: there is none."""
    rows = waves.of_survey(connection, survey, ("closed",))
    return next((row for row in rows if may_see(asker, row, channel)), None)


def closed(services: Services, connection: Connection, name: str, number: str = "", *, zone: str) -> StoredWave:
    """The latest closed wave of a survey, or that of a number; the survey itself may be deleted. Times are said in `zone`.

    :raises NoWave: there is none.
    :raises NoSuchSurvey: nor is there a survey of that name.
    """
    survey = name.strip().lower()
    found = waves.of_survey(connection, survey, ("closed",))
    if not found:
        raise _none_closed(connection, surveys.named(services, connection, name).name, zone)
    wanted = number.strip().lstrip("#")
    for row in found:
        if wanted in ("", str(row.number)):
            return row
    known = ", ".join(str(row.number) for row in found[:10])
    raise NoWave(survey=survey, state=f"{wanted[:9]} with results", hint=f"There is wave={known}.")


def _none_closed(connection: Connection, survey: str, zone: str) -> NoWave:
    """Why there is nothing to see of a survey of which no wave is closed."""
    row, people = waves.open_of(connection, survey), tuple[str, ...]()
    hint = survey_waves.what_became(connection, survey) or f"Start one with /pulse start {survey}."
    if row is not None:
        hint = "One is open; nothing is shown before it is closed."
    if row is not None and survey_waves.awaits_key(row):
        until, people = show_time(survey_waves.key_until(row), zone), (load(row.contract).custodian,)
        hint = f"{survey_waves.waits(row)}, until {until}; nothing is shown before it is opened."
    return NoWave(people, survey=survey, state="with results", hint=hint)
