"""What people say of themselves: not to be asked, or to be taken out; and who stayed, for retention."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot import ballots
from bot.ballots import Ballot
from bot.domain.csv_tables import read_table
from bot.domain.errors import InvalidInput
from bot.domain.people import Asker, Change
from bot.domain.survey_comparisons import Verdict
from bot.domain.survey_retention import Turnover, retention_of
from bot.services import Services, kpi_entry, survey_answers, survey_waves
from storage import audit, surveys, waves
from storage.waves import StoredWave

LINE = 0.85
"""Retention that the framework asks for is above this share."""


@dataclass(frozen=True, slots=True)
class Erased:
    """What was deleted of a person: open waves that they were taken out of, and waves whose answers had their name."""

    waves: int
    attributed: int


def opt_out(services: Services, asker: Asker) -> bool:
    """Ask this person no more, from the next wave on. False: they said so before."""
    with services.db.begin() as connection:
        return surveys.opt_out(connection, asker.user_id)


def opt_in(services: Services, asker: Asker) -> bool:
    """Ask this person again. False: they are asked as it is."""
    with services.db.begin() as connection:
        return surveys.opt_in(connection, asker.user_id)


def erase(services: Services, asker: Asker) -> Erased:
    """Take a person out of everything that is open, and delete every answer that has their name.

    What is counted already is in figures of at least five people, from which nobody can be taken out again.

    :raises KeysNotHere: this process cannot read the keys of an open wave.
    """
    with services.db.read() as connection:
        asked = waves.open_invitations(connection, asker.user_id)
    for row in asked:
        _take_out(services, row, asker.user_id)
    with services.db.begin() as connection:
        attributed = waves.erase_attributed(connection, asker.user_id)
        audit.write(connection, services.now(), Change(asker.user_id, "survey.erase", "their own answers"))
    return Erased(len(asked), attributed)


def _take_out(services: Services, row: StoredWave, user: str) -> None:
    """Without their ballot and invitation, and all others sealed anew, so that nobody can tell whose went."""
    with services.db.begin() as connection:
        held = waves.get(connection, row.id, lock=True)
        if held is None or held.state != "open":
            return
        keys = survey_answers.keys_of(services, held)
        slot = ballots.slot_of(keys, held.key_id, user)
        if not waves.forget_person(connection, held.id, user, slot):
            return
        survey, contract = survey_waves.survey_of(held), survey_waves.contract_of(held)
        length = survey_waves.ballot_length(survey, contract, held.number)
        lying = waves.ballots(connection, held.id)
        waves.write_ballots(connection, held.id, survey_answers.reseal(keys, held, lying, length, b"", Ballot()))
        waves.change(connection, held.id, invited=len(lying))
