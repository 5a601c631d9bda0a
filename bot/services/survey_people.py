"""What people say of themselves: not to be asked, or to be taken out; and who stayed, for retention."""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from bot import ballots
from bot.ballots import Ballot
from bot.domain.csv_tables import read_csv
from bot.domain.errors import InvalidInput, Unavailable
from bot.domain.intervals import wilson
from bot.domain.people import Asker, Change
from bot.services import Services, kpi_entry, survey_answers, survey_opening, survey_waves
from storage import audit, surveys, waves
from storage.waves import StoredWave

LINE = 0.85
"""Retention that the framework asks for is above this share."""


@dataclass(frozen=True, slots=True)
class Erased:
    """What was deleted of a person: open waves that they were taken out of, and waves whose answers had their name."""

    waves: int
    attributed: int


@dataclass(frozen=True, slots=True)
class Retention:
    """Who stayed in a year, with Wilson's 95 % interval, and whether that is above the line of 85 %."""

    year: int
    start: int
    stayed: int
    low: float
    high: float

    @property
    def verdict(self) -> str:
        """met: the whole interval is above the line; missed: below it; else cannot tell."""
        return "met" if self.low > LINE else "missed" if self.high < LINE else "cannot tell"


def retention(services: Services, asker: Asker, given: Mapping[str, str], key: str = "") -> Retention:
    """Record the retention of a year: of `start` people at its beginning `stayed` are here at its end.

    :raises InvalidInput: a number or the year cannot be read.
    :raises BarometerError: as `kpi_entry.record`.
    """
    year, start, stayed = (_whole(given.get(name, ""), name) for name in ("year", "start", "stayed"))
    if start < 1 or stayed > start:
        raise InvalidInput("start= is how many were here at the beginning of the year, stayed= how many of them still are.")
    fields = {"start": str(start), "stayed": str(stayed), "period": str(year)}
    kpi_entry.record(services, asker, "retention", "", fields, key=key)
    low, high = wilson(stayed, start) or (0.0, 1.0)
    return Retention(year, start, stayed, low, high)


def retention_of_file(services: Services, asker: Asker, year: str, content: bytes, key: str = "") -> Retention:
    """As `retention`, counted from a CSV file of everybody: person, joined and left, as dates.

    :raises InvalidInput: the file or a date in it cannot be read.
    """
    number = _whole(year, "year")
    first, last = date(number, 1, 1), date(number, 12, 31)
    table = read_csv(content)
    if missing := [name for name in ("person", "joined", "left") if name not in table.columns]:
        raise InvalidInput(f"The file has no column {missing[0]}; its columns are person, joined and left.", "file")
    start = stayed = 0
    for row in table.rows:
        joined, left = (_day(row.cells[name], name, row.line) for name in ("joined", "left"))
        if joined is not None and joined < first and (left is None or left >= first):
            start += 1
            stayed += left is None or left > last
    return retention(services, asker, {"year": year, "start": str(start), "stayed": str(stayed)}, key)


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
        survey_answers.keys_of(services, row)  # all of it, or nothing
    for row in asked:
        _take_out(services, row, asker.user_id)
    with services.db.begin() as connection:
        attributed = waves.erase_attributed(connection, asker.user_id)
        audit.write(connection, services.now(), Change(asker.user_id, "survey.erase", "their own answers"))
    if attributed:
        with contextlib.suppress(Unavailable):  # it is deleted; what the old pages hold goes with the next rewrite
            services.db.rewrite(("attributed_answer",))
    return Erased(len(asked), attributed)


def _whole(text: str, name: str) -> int:
    if not text.strip().isdecimal():
        raise InvalidInput(f"{name}= is a whole number, as in /pulse retention year=2026 start=40 stayed=36.", name)
    return int(text)


def _day(text: str, name: str, line: int) -> date | None:
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise InvalidInput(f"Line {line}: {name} is no date such as 2026-03-01.", "file") from error


def _take_out(services: Services, row: StoredWave, user: str) -> None:
    """Without their ballot and invitation, and all others sealed anew, so that nobody can tell whose went."""
    with services.db.begin() as connection:
        held = waves.get(connection, row.id, lock=True)
        if held is None or held.state != "open":
            return
        keys = survey_answers.keys_of(services, held)
        slot = ballots.slot_of(keys, held.key_id, user)
        subject = survey_opening.SUBJECT.format(id=held.id)
        if not waves.forget_person(connection, held.id, user, slot, subject):
            return
        survey, contract = survey_waves.survey_of(held), survey_waves.contract_of(held)
        length = survey_waves.ballot_length(survey, contract, held.number)
        lying = waves.ballots(connection, held.id)
        waves.write_ballots(connection, held.id, survey_answers.reseal(keys, held, lying, length=length, own=b"", new=Ballot()))
        waves.change(connection, held.id, invited=len(lying))
