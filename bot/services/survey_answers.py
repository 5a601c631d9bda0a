"""Answering: a page of the form as it stands, and what was filled in, kept in a ballot that nobody can tell from the others.

Nothing here is logged, queued, audited or given a receipt: that somebody has answered stands nowhere but in the sealed ballot.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Literal, NoReturn

from bot import ballots
from bot.ballots import CAST, DRAFT, EMPTY, Ballot, Keys
from bot.domain.errors import InvalidFields, InvalidInput
from bot.domain.question_inputs import tick
from bot.domain.questions import KINDS, Input
from bot.domain.sentences import Unfit, say
from bot.domain.survey_counts import ASK
from bot.domain.survey_waves import Contract, Kept, NotInvited, Sheet, label, load
from bot.domain.surveys import Answer, Question, said
from bot.services import Services, survey_waves
from bot.services.survey_urn import Put, Urn, keys_of, put
from storage import Connection, waves
from storage.waves import Invitation, StoredWave


def sheet(services: Services, user: str, wave_id: int, page: int = 1) -> Sheet:
    """A page of the form (from 1), with what this person answered so far.

    :raises NotInvited: they are not among those who are asked.
    :raises Over: the wave is closed.
    :raises KeysNotHere: this process cannot read the keys of the wave.
    """
    with services.db.read() as connection:
        row, invitation = _entered(services, connection, user, wave_id)
        keys = keys_of(services, row)
        body = waves.ballot_at(connection, wave_id, ballots.slot_of(keys, row.key_id, user))
    contract, found = load(row.contract), _opened(keys, row, user, body)
    answers = {} if contract.mode == "sealed" else ballots.unpack(found.payload)
    return _sheet(row, contract, invitation, answers, page=page, answered=found.state == CAST)


def keep(services: Services, user: str, wave_id: int, page: int, given: Mapping[str, str]) -> Sheet | Kept:
    """Keep what was filled in on a page: the next page, or on the last one that all is answered.

    The same twice is the same as once. What is wrong changes nothing.

    :raises InvalidFields: answers cannot be read, or required ones are missing.
    :raises InvalidInput: none of all pages is answered; `field` names the input.
    :raises NotInvited: they are not among those who are asked.
    :raises Over: the wave is closed.
    """
    with services.db.read() as connection:
        row, invitation = _entered(services, connection, user, wave_id)
    contract = load(row.contract)
    all_pages = survey_waves.pages_of(row)
    page = min(max(page, 1), len(all_pages))
    last, asked = page == len(all_pages), all_pages[page - 1]
    read = _all_read(asked, given)

    def change(urn: Urn) -> Put:
        slot = _own_slot(services, urn, user)
        before = urn.ballot(slot)
        answers = {} if contract.mode == "sealed" else ballots.unpack(before.payload)
        for question, answer in read:
            answers = _answered(answers, question, answer, given)
        if last and not answers:
            _refuse_nothing(asked[0], contract, invitation, was_cast=before.state == CAST)
        # Of pages that were emptied there is nothing to count until something is answered.
        state: ballots.State = CAST if answers and (last or before.state == CAST) else DRAFT
        told: Sheet | Kept = (
            _kept(urn.row, contract, invitation, "answered")
            if last
            else _sheet(urn.row, contract, invitation, answers, page=page + 1, answered=state == CAST)
        )
        return Put(slot, _ballot(urn.row, contract, state, answers), told)

    return put(services, wave_id, change)


def back(services: Services, user: str, wave_id: int, page: int, given: Mapping[str, str]) -> Sheet:
    """The page before; what was filled in on this one is kept. What cannot be is left as it was, and holds nobody up.

    :raises NotInvited: they are not among those who are asked.
    :raises Over: the wave is closed.
    """
    with services.db.read() as connection:
        row, invitation = _entered(services, connection, user, wave_id)
    contract, all_pages = load(row.contract), survey_waves.pages_of(row)
    page = min(page, len(all_pages))
    if page <= 1:
        return sheet(services, user, wave_id)
    read = list(_readable(all_pages[page - 1], given))

    def change(urn: Urn) -> Put:
        slot = _own_slot(services, urn, user)
        before = urn.ballot(slot)
        answers = ballots.unpack(before.payload)
        for question, answer in read:
            answers = _answered(answers, question, answer, given)
        state: ballots.State = CAST if answers and before.state == CAST else DRAFT
        told = _sheet(urn.row, contract, invitation, answers, page=page - 1, answered=state == CAST)
        return Put(slot, _ballot(urn.row, contract, state, answers), told)

    found = put(services, wave_id, change)
    assert isinstance(found, Sheet)
    return found


def withdraw(services: Services, user: str, wave_id: int) -> Kept:
    """Take back what somebody answered: their ballot is a dummy again.

    :raises NotInvited: they are not among those who are asked.
    :raises Over: the wave is closed.
    """
    with services.db.read() as connection:
        row, invitation = _entered(services, connection, user, wave_id)
    contract = load(row.contract)

    def change(urn: Urn) -> Put:
        told = _kept(urn.row, contract, invitation, "withdrawn")
        return Put(_own_slot(services, urn, user), _ballot(urn.row, contract, EMPTY, {}), told)

    kept = put(services, wave_id, change)
    assert isinstance(kept, Kept)
    return kept


def _kept(row: StoredWave, contract: Contract, invitation: Invitation, what: Literal["answered", "withdrawn"]) -> Kept:
    name = label(row.survey, row.number)
    return Kept(row.id, name, contract.mode, row.closes_at, what, invitation.language, invitation.zone)


def _entered(services: Services, connection: Connection, user: str, wave_id: int) -> tuple[StoredWave, Invitation]:
    row = waves.get(connection, wave_id)
    if row is None:
        raise NotInvited
    _insist_open(services, row)
    invitation = waves.invitation_of(connection, wave_id, user)
    if invitation is None:
        raise NotInvited(wave=label(row.survey, row.number))
    return row, invitation


def _insist_open(services: Services, row: StoredWave) -> None:
    if row.state != "open" or row.closes_at <= services.now():
        raise survey_waves.over(row)


def _own_slot(services: Services, urn: Urn, user: str) -> bytes:
    """The slot of somebody, looked at again while the wave is held: it may be closed, or they be out of it, meanwhile."""
    _insist_open(services, urn.row)
    slot = urn.slot(user)
    if slot not in urn.lying:
        raise NotInvited(wave=label(urn.row.survey, urn.row.number))
    return slot


def _ballot(row: StoredWave, contract: Contract, state: ballots.State, answers: Mapping[str, Answer]) -> Ballot:
    payload = ballots.pack(answers) if answers else b""
    if contract.mode == "sealed":
        # An empty ballot is sealed as well: what lies in a slot looks the same, whoever has the other keys.
        length = survey_waves.ballot_length(row)
        payload = ballots.sealed(contract.public_key, payload.ljust(length - ballots.SEALED, b" "))
    return Ballot(state, payload)


def _opened(keys: Keys, row: StoredWave, user: str, body: bytes | None) -> Ballot:
    """What lies in somebody's slot; a ballot that was tampered with is as good as none, and can be filled in anew."""
    if body is None:
        return Ballot()
    try:
        return ballots.opened(keys, row.key_id, ballots.slot_of(keys, row.key_id, user), body)
    except ballots.Spoilt:
        return Ballot()


def _inputs(question: Question, contract: Contract, language: str) -> tuple[Input, ...]:
    """What is asked; under a comment, whether its author may be asked back."""
    inputs = KINDS[question.kind].inputs(question, language)
    if question.kind != "comment" or contract.mode == "attributed":
        return inputs
    return (*inputs, tick(question.id + ASK, say("asking_back", language), say("ask_back", language)))


def _answered(
    answers: Mapping[str, Answer], question: Question, answer: Answer | None, given: Mapping[str, str]
) -> dict[str, Answer]:
    """The answers with what a page says of one question; what was left empty is taken back."""
    kept = {name: each for name, each in answers.items() if name not in (question.id, question.id + ASK)}
    if answer is not None:
        kept[question.id] = answer
        if given.get(question.id + ASK):
            kept[question.id + ASK] = "yes"
    return kept


def _read(question: Question, given: Mapping[str, str]) -> Answer | None:
    answer = KINDS[question.kind].read(question, given)
    if answer is None and question.required:
        name = KINDS[question.kind].inputs(question, "")[0].name
        raise Unfit("needs_answer", name)
    return answer


def _all_read(asked: Sequence[Question], given: Mapping[str, str]) -> list[tuple[Question, Answer | None]]:
    read, wrong = [], []
    for question in asked:
        try:
            read.append((question, _read(question, given)))
        except InvalidInput as error:
            wrong.append(error)
    if wrong:
        raise InvalidFields(wrong)
    return read


def _readable(asked: Sequence[Question], given: Mapping[str, str]) -> Iterator[tuple[Question, Answer | None]]:
    for question in asked:
        with suppress(InvalidInput):
            yield question, _read(question, given)


def _refuse_nothing(first: Question, contract: Contract, invitation: Invitation, *, was_cast: bool) -> NoReturn:
    name = _inputs(first, contract, "")[0].name
    if was_cast:
        raise Unfit("nothing_left", name, button=say("take_back", invitation.language))
    raise Unfit("nothing_answered", name)


def _sheet(
    row: StoredWave, contract: Contract, invitation: Invitation, answers: Mapping[str, Answer], page: int, *, answered: bool
) -> Sheet:
    survey = survey_waves.survey_of(row)
    all_pages = survey_waves.pages_of(row)
    page = min(max(page, 1), len(all_pages))
    asked, language = all_pages[page - 1], invitation.language
    filled: dict[str, str] = {}
    for question in asked:
        if question.id in answers:
            filled |= KINDS[question.kind].fill(question, answers[question.id])
        if answers.get(question.id + ASK):
            filled[question.id + ASK] = "yes"
    return Sheet(
        wave=row.id,
        label=label(row.survey, row.number),
        title=said(survey.title, language),
        about=said(survey.about, language),
        mode=contract.mode,
        minimum=contract.minimum,
        closes_at=row.closes_at,
        page=page,
        pages=len(all_pages),
        inputs=tuple(each for q in asked for each in _inputs(q, contract, language)),
        language=language,
        zone=invitation.zone,
        answered=answered,
        filled=filled,
        viewers=contract.viewers,
        custodian=contract.custodian,
    )
