"""Answering: a page of the form as it stands, and what was filled in, kept in a ballot that nobody can tell from the others.

Nothing here is logged, queued, audited or given a receipt: that somebody has answered stands nowhere but in the sealed ballot.
"""

from collections.abc import Mapping
from typing import Literal

from bot import ballots
from bot.ballots import CAST, DRAFT, Ballot, Keys
from bot.domain.errors import InvalidInput
from bot.domain.questions import KINDS, Input
from bot.domain.survey_counts import ASK
from bot.domain.survey_waves import Contract, Kept, NotInvited, Over, Sheet, label, load, pages
from bot.domain.surveys import Answer, Question, said
from bot.key_files import KeysNotHere
from bot.services import Services, survey_waves
from storage import Connection, waves
from storage.waves import Invitation, StoredWave


class Altered(KeysNotHere):
    """The contract of {wave} was changed in the database after it opened, so its ballots stay shut; put it back as it was."""


def sheet(services: Services, user: str, wave_id: int, page: int = 1) -> Sheet:
    """A page of the form (from 1), with what this person answered so far.

    :raises NotInvited: they are not among those who are asked.
    :raises Over: the wave is closed.
    :raises KeysNotHere: this process cannot read the keys of the wave.
    """
    with services.db.read() as connection:
        row, invitation = _entered(services, connection, user, wave_id)
        body = waves.ballot_at(connection, wave_id, _slot(services, row, user))
    contract, keys = load(row.contract), keys_of(services, row)
    found = _opened(keys, row, user, body)
    answers = {} if contract.mode == "sealed" else ballots.unpack(found.payload)
    return _sheet(row, contract, invitation, answers, page=page, answered=found.state == CAST)


def keep(services: Services, user: str, wave_id: int, page: int, given: Mapping[str, str]) -> Sheet | Kept:
    """Keep what was filled in on a page: the next page, or on the last one that all is answered.

    The same twice is the same as once. What is wrong changes nothing.

    :raises InvalidInput: an answer cannot be read, or a required one is missing; `field` names the input.
    :raises NotInvited: they are not among those who are asked.
    :raises Over: the wave is closed.
    """
    with services.db.begin() as connection:
        row, invitation = _entered(services, connection, user, wave_id, lock=True)
        contract, keys, survey = load(row.contract), keys_of(services, row), survey_waves.survey_of(row)
        all_pages = pages(survey, contract.mode, row.number)
        page = min(max(page, 1), len(all_pages))
        before = _opened(keys, row, user, waves.ballot_at(connection, wave_id, _slot(services, row, user)))
        answers = {} if contract.mode == "sealed" else ballots.unpack(before.payload)
        for question in all_pages[page - 1]:
            answers = _answered(answers, question, given)
        last = page == len(all_pages)
        state: ballots.State = CAST if last or before.state == CAST else DRAFT
        _write(services, connection, row, user, Ballot(state, ballots.pack(answers)))
    if last:
        return _kept(row, contract, invitation, "answered")
    return _sheet(row, contract, invitation, answers, page=page + 1, answered=state == CAST)


def withdraw(services: Services, user: str, wave_id: int) -> Kept:
    """Take back what somebody answered: their ballot is a dummy again.

    :raises NotInvited: they are not among those who are asked.
    :raises Over: the wave is closed.
    """
    with services.db.begin() as connection:
        row, invitation = _entered(services, connection, user, wave_id, lock=True)
        contract = load(row.contract)
        _write(services, connection, row, user, Ballot())
    return _kept(row, contract, invitation, "withdrawn")


def keys_of(services: Services, row: StoredWave) -> Keys:
    """The keys of an open wave.

    :raises KeysNotHere: this process cannot read them.
    :raises Altered: the contract in the database is not the one that people were promised.
    """
    raw = survey_waves.key_files(services).read(row.key_id)
    if raw[2 * ballots.KEY :] != ballots.digest(row.contract):
        raise Altered(wave=label(row.survey, row.number))
    return ballots.keys_in(raw)


def reseal(
    keys: Keys, row: StoredWave, lying: Mapping[bytes, bytes], *, length: int, own: bytes, new: Ballot
) -> dict[bytes, bytes]:
    """All ballots of a wave sealed anew, that in the slot `own` with new content: from outside each has changed alike."""
    bodies = {}
    for slot, body in lying.items():
        try:
            ballot = new if slot == own else ballots.opened(keys, row.key_id, slot, body)
        except ballots.Spoilt:
            bodies[slot] = body  # it is counted as spoilt at the close
            continue
        bodies[slot] = ballots.closed(keys, row.key_id, slot, ballot, length)
    return bodies


def _kept(row: StoredWave, contract: Contract, invitation: Invitation, what: Literal["answered", "withdrawn"]) -> Kept:
    name = label(row.survey, row.number)
    return Kept(row.id, name, contract.mode, row.closes_at, what, invitation.language, invitation.zone)


def _entered(
    services: Services, connection: Connection, user: str, wave_id: int, *, lock: bool = False
) -> tuple[StoredWave, Invitation]:
    row = waves.get(connection, wave_id, lock=lock)
    if row is None:
        raise NotInvited(wave="that survey")
    if row.state != "open" or row.closes_at <= services.now():
        raise Over(wave=label(row.survey, row.number))
    invitation = waves.invitation_of(connection, wave_id, user)
    if invitation is None:
        raise NotInvited(wave=label(row.survey, row.number))
    return row, invitation


def _write(services: Services, connection: Connection, row: StoredWave, user: str, ballot: Ballot) -> None:
    """Put a ballot into somebody's slot, and seal all others of the wave anew."""
    contract, survey, keys = load(row.contract), survey_waves.survey_of(row), keys_of(services, row)
    length = survey_waves.ballot_length(survey, contract, row.number)
    if contract.mode == "sealed":
        # An empty ballot is sealed as well: what lies in a slot looks the same, whoever has the other keys.
        payload = ballot.payload.ljust(length - ballots.SEALED, b" ")
        ballot = Ballot(ballot.state, ballots.sealed(contract.public_key, payload))
    lying = waves.ballots(connection, row.id)
    slot = ballots.slot_of(keys, row.key_id, user)
    waves.write_ballots(connection, row.id, reseal(keys, row, lying, length=length, own=slot, new=ballot))


def _slot(services: Services, row: StoredWave, user: str) -> bytes:
    return ballots.slot_of(keys_of(services, row), row.key_id, user)


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
    label = "I may be asked back; nobody learns who I am"
    return (*inputs, Input(question.id + ASK, "tick", label))


def _answered(answers: Mapping[str, Answer], question: Question, given: Mapping[str, str]) -> dict[str, Answer]:
    """The answers with what a page says of one question; what was left empty is taken back."""
    answer = _read(question, given)
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
        raise InvalidInput("Answer this one, or choose that you prefer not to say.", name)
    return answer


def _sheet(
    row: StoredWave, contract: Contract, invitation: Invitation, answers: Mapping[str, Answer], page: int, *, answered: bool
) -> Sheet:
    survey = survey_waves.survey_of(row)
    all_pages = pages(survey, contract.mode, row.number)
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
    )
