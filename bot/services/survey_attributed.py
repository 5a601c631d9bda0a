"""The answers of waves that said that they keep names: for their viewers, and each look is written down."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.domain.csv_tables import neutral
from bot.domain.errors import InvalidInput
from bot.domain.people import Asker, Change
from bot.domain.questions import KINDS
from bot.domain.survey_counts import Respondent, publish
from bot.domain.survey_receipts import RECOUNT, TEXTS, as_counted, suppressed
from bot.domain.survey_waves import ForOthers, NamesForOthers, label, load
from bot.domain.surveys import DECLINED, Answer, Question, answers_of, said
from bot.services import Services, survey_viewers, survey_waves
from storage import Connection, audit, wave_results, waves
from storage.waves import StoredWave


@dataclass(frozen=True, slots=True)
class Named:
    """Who answered what in one wave: for each person a cell for each question, empty where they did not answer it."""

    label: str
    questions: tuple[str, ...]
    people: tuple[tuple[str, tuple[str, ...]], ...]


def answers(services: Services, asker: Asker, name: str, number: str = "", channel: str = "") -> Named:
    """Who answered what in the latest closed wave of a survey, or in that of a number.

    :raises NoWave: none is closed.
    :raises ForOthers: its results are for others.
    :raises NamesForOthers: its results are shown in this `channel`, and its names to others.
    :raises InvalidInput: it keeps no names.
    """
    with services.db.begin() as connection:
        row = _row(services, connection, asker, name, number=number, channel=channel)
        wave, contract = label(row.survey, row.number), load(row.contract)
        if contract.mode != "attributed":
            raise InvalidInput(f"{wave} keeps no names: nobody can tell who answered what.", "by")
        if not survey_viewers.may_read_names(contract, asker.user_id):
            raise NamesForOthers(wave, contract.viewers)
        found = waves.attributed(connection, row.id)
        audit.write(connection, services.now(), Change(asker.user_id, "survey.read_names", wave))
    asked = survey_waves.questions_of(row)
    people = tuple((user, _cells(asked, given)) for user, given in found.items())
    return Named(wave, tuple(said(question.text) for question in asked), people)


def erase(services: Services, wave_id: int, user: str) -> bool:
    """Delete somebody's answers from a wave that kept names, and count it anew. False: there are none."""
    with services.db.begin() as connection:
        erased = waves.erase_attributed(connection, wave_id, user)
        if erased is None:
            return False
        _count_without(connection, wave_id, erased)
    return True


def may_read(services: Services, asker: Asker, name: str, number: str = "") -> bool:
    """Whether somebody may read who answered what in a wave."""
    with services.db.read() as connection:
        row = survey_viewers.closed(services, connection, name, number, zone=asker.timezone)
    return survey_viewers.may_read_names(load(row.contract), asker.user_id)


def _row(services: Services, connection: Connection, asker: Asker, name: str, *, number: str, channel: str) -> StoredWave:
    """The wave of a number, or the latest that somebody may see: as one of its viewers, or else in a channel."""
    try:
        return survey_viewers.shown(services, connection, asker, name, number=number)
    except ForOthers:
        return survey_viewers.shown(services, connection, asker, name, number=number, channel=channel)


def _count_without(connection: Connection, wave_id: int, erased: Mapping[str, Answer]) -> None:
    """Count a wave anew of the answers that are left of it when those of one person were deleted.

    Beside all the others by name, the figures that were would tell what that person answered. Groups have none any more: who
    was in which is not kept. The receipt of the close stays, with this beside it. The wave is to be cleaned up after once more:
    what was deleted still lies in old pages.
    """
    row = waves.get(connection, wave_id, lock=True)
    if row is None:
        return
    contract, questions = load(row.contract), survey_waves.questions_of(row)
    left = {user: answers_of(given) for user, given in waves.attributed(connection, wave_id).items()}
    before = as_counted(row.receipt)
    invited = max(int(before.get("invited", 0)) - 1, len(left))
    wave_results.forget_figures(connection, wave_id)
    for question in questions:
        if KINDS[question.kind].SHAPE == "text" and isinstance(said_there := erased.get(question.id), str):
            wave_results.forget_comment(connection, wave_id, question.id, said_there)
    found = publish(
        questions,
        (),
        [Respondent(user, {}, given) for user, given in left.items()],
        [{}] * invited,
        viewers=None if contract.channel else frozenset(contract.viewers) & left.keys(),
        minimum=contract.minimum,
        comment_minimum=contract.comment_minimum,
    )
    if found is not None:
        wave_results.keep(connection, wave_id, found.counts, found.figures, ())
    without = int(row.receipt.get(RECOUNT, {}).get("without", 0)) + 1
    told = {"without": without, "invited": invited, "opened": len(left), **suppressed(questions, found)}
    # What others wrote stays, however few they are now.
    told[TEXTS] = before.get(TEXTS, 0)
    waves.change(connection, wave_id, receipt={**row.receipt, RECOUNT: told}, cleaned=False)


def as_csv(found: Named) -> bytes:
    """The same as CSV, a person a line; no cell is taken for a formula."""
    written = io.StringIO(newline="")
    writer = csv.writer(written)
    for row in (("person", *found.questions), *((user, *cells) for user, cells in found.people)):
        writer.writerow(map(neutral, row))
    return written.getvalue().encode("utf-8-sig")


def _cells(asked: Sequence[Question], given: Mapping[str, Answer]) -> tuple[str, ...]:
    return tuple(_words(question, given[question.id]) if question.id in given else "" for question in asked)


def _words(question: Question, answer: Answer) -> str:
    """An answer as people read it: options by their words."""
    labels = {option.id: said(option.text) for option in question.options}
    if answer == DECLINED:
        return "prefers not to say"
    if not isinstance(answer, str):
        return ", ".join(labels.get(each, each) for each in answer)
    return answer if KINDS[question.kind].SHAPE == "text" else labels.get(answer, answer.replace("_", " "))
