"""Waves that are closed, and who may see what is shown of them."""

from bot.domain.errors import NotAllowed
from bot.domain.people import Asker
from bot.domain.survey_waves import NoWave, label, load
from bot.services import Services, surveys
from storage import Connection, waves
from storage.waves import StoredWave

TERMINAL = "terminal"
"""Whoever may open the database in a terminal may read what was published in it anyway."""


def may_see(asker: Asker, row: StoredWave, channel: str) -> bool:
    """Whether the results of a wave are for this person: for its viewers, or for all who ask where they are shown."""
    contract = load(row.contract)
    shown_here = bool(contract.channel and channel == contract.channel)
    return asker.user_id in contract.viewers or shown_here or asker.user_id == TERMINAL


def insist_may_see(asker: Asker, row: StoredWave, channel: str) -> None:
    """Insist that the results of a wave are for this person.

    :raises NotAllowed: they are for others.
    """
    if not may_see(asker, row, channel):
        raise NotAllowed(who="those whom its contract names", what=f"see the results of {label(row.survey, row.number)}")


def closed(services: Services, connection: Connection, name: str, number: str = "") -> StoredWave:
    """The latest closed wave of a survey, or that of a number; the survey itself may be deleted.

    :raises NoWave: there is none.
    :raises NoSuchSurvey: nor is there a survey of that name.
    """
    survey = name.strip().lower()
    found = waves.of_survey(connection, survey, ("closed",))
    if not found:
        survey = surveys.named(services, connection, name).name
        is_open = waves.open_of(connection, survey)
        hint = "One is open; nothing is shown before it is closed." if is_open else f"Start one with /pulse start {survey}."
        raise NoWave(survey=survey, state="with results", hint=hint)
    wanted = number.strip().lstrip("#")
    for row in found:
        if wanted in ("", str(row.number)):
            return row
    known = ", ".join(str(row.number) for row in found[:10])
    raise NoWave(survey=survey, state=f"{wanted[:9]} with results", hint=f"There is wave={known}.")
