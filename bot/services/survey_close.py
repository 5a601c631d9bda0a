"""The end of a wave: count once, publish what may be published, and destroy what could still tell who said what."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Literal

from bot import ballots
from bot.ballots import CAST, Spoilt
from bot.domain import survey_asked
from bot.domain.errors import Conflict, InvalidInput, NotAllowed
from bot.domain.people import SYSTEM, Asker, Change
from bot.domain.survey_counts import Publication, Respondent, are_enough, publish
from bot.domain.survey_receipts import KPI, suppressed
from bot.domain.survey_reports import Comment, Ended
from bot.domain.survey_waves import KEY_NOT_GIVEN, TOO_FEW, Contract, NoWave, label, load
from bot.domain.surveys import Answer
from bot.services import (
    Services,
    survey_cleaning,
    survey_ending,
    survey_follow_ups,
    survey_invitations,
    survey_kpis,
    survey_reminders,
    survey_told,
    survey_urn,
    survey_waves,
)
from bot.services.survey_invitations import StillInviting
from bot.services.survey_urn import Urn
from storage import Connection, audit, outbox, wave_results, waves
from storage.waves import Invitation, StoredWave

LEAST_LONGER = timedelta(days=1)
"""So much later than before, or more, a wave ends that is given more time because too few answered."""
What = Literal["closed", "extended", "sealed", "unopened"]


def by_hand(services: Services, asker: Asker, name: str, key: str = "") -> Ended:
    """End the open wave of a survey now. With too few answers it stays open once more, and is not closed by hand before its new
    end: whoever asks again and again learns nothing, and destroys nothing. Before everybody is invited too few use up nothing,
    and it is not counted again until then. The same `key` ends one wave alone, however late it comes again.

    :raises NoWave: none is open.
    :raises NotAllowed: the asker did not start it and is no admin.
    :raises Extended: it was extended, and its new end has not come; nothing is counted.
    :raises Conflict: notice was given of a later end, or this request has ended another wave.
    :raises StillInviting: some are still to be invited, and too few have answered, or had when it was tried before.
    :raises KeysNotHere: this process cannot read its keys; nothing is changed.
    """
    try:
        with services.db.begin() as connection:
            row = survey_ending.asked_for(connection, survey_ending.to_close(services, connection, asker, name, lock=True), key)
            survey_ending.insist_on_notice(services, asker, survey_reminders.keep_notice(services, connection, row))
            survey_ending.insist_not_extended(services, asker, row)
            survey_invitations.insist_not_tried(services, connection, asker, row)
            if load(row.contract).mode == "sealed":
                ended = _end_sealed(services, connection, asker, row)
            else:
                ended = _count(services, connection, asker, row)
            survey_told.ended(services, connection, asker, ended, row)
    except StillInviting:
        survey_invitations.keep_tried(services, row.id)
        raise
    survey_cleaning.clean_now(services, asker, ended, row)
    return ended


def throw_away(services: Services, asker: Asker, name: str, key: str = "") -> Ended:
    """Destroy the open wave of a survey unopened: the way out where its keys are lost. The same `key` ends one wave alone.

    :raises NoWave: none is open.
    :raises NotAllowed: the asker is no admin.
    :raises Conflict: this request has ended another wave.
    """
    if not asker.admin:
        raise NotAllowed(who="admins", what="throw answers away unread")
    with services.db.begin() as connection:
        row = survey_ending.asked_for(connection, survey_ending.to_close(services, connection, asker, name, lock=True), key)
        ended = _destroy(services, connection, asker, row, "thrown away unread", by=asker.user_id)
        survey_told.ended(services, connection, asker, ended, row)
    survey_cleaning.clean_now(services, asker, ended, row)
    return ended


def locked(services: Services, asker: Asker, wave_id: int) -> str:
    """What a sealed wave is called that waits for the key of its custodian, who asks.

    :raises NoWave: there is no such wave, or it is not over yet.
    :raises NotAllowed: the asker is not its custodian.
    :raises Conflict: it is not sealed, or was opened or destroyed already, or too few answered: then it is destroyed.
    :raises KeysNotHere: this process cannot read its keys.
    """
    with services.db.read() as connection:
        row = _to_unlock(asker, waves.get(connection, wave_id))
        is_worth_a_key = _has_enough(services, connection, row)
    if not is_worth_a_key:
        unlock(services, asker, wave_id, "")
        raise Conflict(survey_waves.unopened(row, asker.timezone))
    return label(row.survey, row.number)


def unlock(services: Services, asker: Asker, wave_id: int, private: str) -> Ended:
    """Count a sealed wave that is over, with the key of its custodian. The key is kept nowhere.

    One that too few answered, by the flags of its ballots, is destroyed without a look at the key.

    :raises BarometerError: as `locked`.
    :raises InvalidInput: it is not the key of this wave.
    """
    with services.db.begin() as connection:
        row = _to_unlock(asker, waves.get(connection, wave_id, lock=True))
        if _has_enough(services, connection, row):
            _insist_is_key(private, load(row.contract))
            ended = _count(services, connection, asker, row, private)
        else:
            ended = _destroy(services, connection, asker, row, TOO_FEW)
        survey_told.ended(services, connection, asker, ended, row)
    survey_cleaning.clean_now(services, asker, ended, row)
    return ended


def when_due(services: Services, row: StoredWave) -> None:
    """What the clock does with a wave whose time is over.

    :raises KeysNotHere: this process cannot read its keys; nothing is changed.
    """
    with services.db.begin() as connection:
        held = waves.get(connection, row.id, lock=True)
        # Another process may have closed it meanwhile, or extended it: to count that again would destroy it.
        if held is None or held.state != "open":
            return
        held = survey_reminders.keep_notice(services, connection, held)
        if held.closes_at > services.now():
            return
        if load(held.contract).mode != "sealed":
            ended = _count(services, connection, SYSTEM, held)
        elif not survey_waves.awaits_key(held) or survey_waves.key_until(held) > services.now():
            ended = _end_sealed(services, connection, SYSTEM, held)
        else:
            survey_urn.keys_of(services, held)
            ended = _destroy(services, connection, SYSTEM, held, KEY_NOT_GIVEN)
        survey_told.ended(services, connection, SYSTEM, ended, held)
    survey_cleaning.clean_now(services, SYSTEM, ended, held)


def _to_unlock(asker: Asker, row: StoredWave | None) -> StoredWave:
    if row is None:
        raise NoWave(survey="Barometer", state="of that number", hint="Say /pulse list to see what is open.")
    name, contract = label(row.survey, row.number), load(row.contract)
    if contract.mode != "sealed":
        raise Conflict(f"{name} is not sealed, so no key opens it; say /pulse show {row.survey} to see how it stands.")
    if asker.user_id != contract.custodian:
        raise NotAllowed(who="its custodian", what=f"open {name}")
    if row.state == "closed":
        raise Conflict(f"{name} was opened already, and its answers are counted.")
    if row.state == "unopened":
        raise Conflict(survey_waves.unopened(row, asker.timezone))
    if not survey_waves.awaits_key(row):
        raise NoWave(survey=row.survey, state="that is over", hint="Its key is asked for when it ends.")
    return row


def _insist_is_key(private: str, contract: Contract) -> None:
    if ballots.public_of(private) != ballots.check_public(contract.public_key):
        raise InvalidInput(
            "That is not the key of this survey: it belongs to another public key. Look for the right one.", "key"
        )


def _count(services: Services, connection: Connection, asker: Asker, row: StoredWave, private: str = "") -> Ended:
    contract, survey = load(row.contract), survey_waves.survey_of(row)
    invited, urn = waves.invited(connection, row.id), survey_urn.urn_of(services, connection, row)
    has_names, asked = contract.mode == "attributed", _asked(row, invited)
    if not has_names and not _are_enough(row, urn, invited):
        return _too_few(services, connection, asker, row)
    answers, spoilt = _opened(urn, invited, private)
    respondents = [Respondent(p.user_id, p.groups, answers[p.user_id]) for p in invited if p.user_id in answers]
    questions = survey_waves.questions_of(row)
    found = publish(
        questions,
        contract.cuts,
        respondents,
        asked,
        viewers=survey_ending.viewers(contract, invited),
        minimum=contract.minimum,
        comment_minimum=contract.comment_minimum,
    )
    if found is None and not has_names:
        # Enough by their flags, and too few of their bodies open: that is too few as well.
        return _too_few(services, connection, asker, row)
    if found is not None:
        wave_results.keep(connection, row.id, found.counts, found.figures, _comments(services, row, invited, found))
    if has_names:
        waves.keep_attributed(connection, row.id, answers)
    kpi = survey_kpis.record(services, connection, row, survey, found)
    uninvited = survey_invitations.to_come(services, connection, row)
    receipt = {
        "invited": len(asked),
        "opened": len(respondents) if has_names or len(respondents) >= 10 else "5–9",
        **suppressed(questions, found),
        "spoilt": spoilt,
        **({KPI: kpi} if kpi else {}),
        "uninvited": "some" if uninvited.people is None else uninvited.people,
        **{name: row.receipt[name] for name in ("left_out", "names") if name in row.receipt},
    }
    _finish(services, connection, asker, row, state="closed", receipt=receipt)
    answered = found.answered if found and not has_names else len(respondents)
    return replace(_ended(replace(row, invited=len(asked)), "closed", answered), uninvited=uninvited)


def _asked(row: StoredWave, invited: Sequence[Invitation]) -> list[Mapping[str, str]]:
    """The groups of everybody who was asked when the wave opened; where that was not kept yet, of those who are left."""
    left, frozen = [p.groups for p in invited], row.receipt.get(survey_waves.ASKED_BY)
    return left if frozen is None else survey_asked.everybody(left, frozen, row.invited)


def _has_enough(services: Services, connection: Connection, row: StoredWave) -> bool:
    return _are_enough(row, survey_urn.urn_of(services, connection, row), waves.invited(connection, row.id))


def _are_enough(row: StoredWave, urn: Urn, invited: Sequence[Invitation]) -> bool:
    """Whether so many cast their votes that anything may be published. Flags alone tell: no ballot is opened for it."""
    contract, cast = load(row.contract), [Respondent(p.user_id, p.groups, {}) for p in invited if urn.has_cast(p.user_id)]
    viewers = survey_ending.viewers(contract, invited)
    return are_enough(contract.cuts, cast, _asked(row, invited), viewers=viewers, minimum=contract.minimum)


def _opened(urn: Urn, invited: Sequence[Invitation], private: str) -> tuple[dict[str, Mapping[str, Answer]], int]:
    """The answers of all who cast a vote, by person, and how many ballots do not open. In memory, and nowhere else."""
    answers: dict[str, Mapping[str, Answer]] = {}
    spoilt = 0
    for person in invited:
        slot = urn.slot(person.user_id)
        try:
            ballot = ballots.opened(urn.keys, urn.row.key_id, slot, urn.lying.get(slot, b""))
            if ballot.state == CAST:
                payload = ballots.unsealed(private, ballot.payload) if private else ballot.payload
                answers[person.user_id] = ballots.unpack(payload)
        except Spoilt:
            spoilt += 1
    return answers, spoilt


def _comments(services: Services, row: StoredWave, invited: Sequence[Invitation], found: Publication) -> list[Comment]:
    """The comments with random ids, in their order; an author who agreed to be asked back is sealed under a key of its own."""
    known = {person.user_id: (person.zone, person.language) for person in invited}
    key = b""
    made = []
    for each in found.comments:
        number, author = secrets.token_hex(16), None
        if each.author:
            key = key or secrets.token_bytes(ballots.KEY)
            author = survey_follow_ups.sealed_author(key, number, each.author, *known[each.author])
        made.append(Comment(number, row.id, each.question, each.text, author))
    if key:
        survey_waves.key_files(services).keep(survey_follow_ups.reply_key(row), key)
    return sorted(made, key=lambda each: each.id)


def _too_few(services: Services, connection: Connection, asker: Asker, row: StoredWave) -> Ended:
    survey_invitations.insist_on_all(services, connection, asker, row, services.now())
    # Whoever was told that it is over, and its key was asked for, must not find it open again.
    if row.extended or survey_waves.awaits_key(row):
        return _destroy(services, connection, asker, row, TOO_FEW)
    return _extend(services, connection, asker, row)


def _extend(services: Services, connection: Connection, asker: Asker, row: StoredWave) -> Ended:
    now = services.now()
    until = max(now + (row.closes_at - row.opens_at), max(now, row.closes_at) + LEAST_LONGER)
    receipt = {**row.receipt, survey_waves.EXTENDED_AT: now.isoformat()}
    waves.change(connection, row.id, extended=True, closes_at=until, receipt=receipt)
    outbox.prolong(connection, "survey", survey_waves.SUBJECT.format(id=row.id), until)
    longer = replace(row, closes_at=until, receipt=receipt)
    is_reminded = any(hour < until for hour in survey_reminders.plan(services, connection, longer, now))
    audit.write(connection, now, Change(asker.user_id, "survey.extended", label(row.survey, row.number)))
    needed = survey_ending.needed(connection, row)
    return replace(_ended(longer, "extended", None), needed=needed, is_reminded=is_reminded)


def _destroy(services: Services, connection: Connection, asker: Asker, row: StoredWave, why: str, *, by: str = "") -> Ended:
    receipt = {"invited": row.invited, "opened": 0, "why": why, "left_out": row.receipt.get("left_out", {})}
    if survey_waves.awaits_key(row):
        receipt[survey_waves.KEY_WANTED] = row.receipt[survey_waves.KEY_WANTED]
    _finish(services, connection, asker, row, state="unopened", receipt=receipt | ({"by": by} if by else {}))
    return replace(_ended(row, "unopened", None), why=why, by=by)


def _finish(
    services: Services,
    connection: Connection,
    asker: Asker,
    row: StoredWave,
    *,
    state: waves.State,
    receipt: Mapping[str, object],
) -> None:
    now = services.now()
    receipt = {**receipt, "counted_at": now.isoformat()}
    if survey_ending.BY in row.receipt:
        receipt[survey_ending.BY] = row.receipt[survey_ending.BY]
    waves.forget_people(connection, row.id, survey_waves.SUBJECT.format(id=row.id))
    waves.change(connection, row.id, state=state, open_key=None, closes_at=min(row.closes_at, now), receipt=receipt)
    audit.write(connection, now, Change(asker.user_id, f"survey.{state}", label(row.survey, row.number), None, dict(receipt)))


def _end_sealed(services: Services, connection: Connection, asker: Asker, row: StoredWave) -> Ended:
    """Ask the custodian for the key, if it is worth theirs: with too few answers the wave ends as any other."""
    now = services.now()
    if survey_waves.awaits_key(row):
        survey_told.remind_of_key(services, connection, row)
        return _awaiting(row)
    if not _has_enough(services, connection, row):
        return _too_few(services, connection, asker, row)
    over = replace(row, closes_at=min(row.closes_at, now))
    waves.change(
        connection, row.id, closes_at=over.closes_at, receipt={**row.receipt, survey_waves.KEY_WANTED: now.isoformat()}
    )
    if asker != SYSTEM:
        audit.write(connection, now, Change(asker.user_id, "survey.close", label(row.survey, row.number)))
    survey_told.ask_for_key(services, connection, asker, _awaiting(over), over)
    return _awaiting(over)


def _awaiting(row: StoredWave) -> Ended:
    return replace(_ended(row, "sealed", None), until=survey_waves.key_until(row))


def _ended(row: StoredWave, what: What, answered: int | None) -> Ended:
    name = label(row.survey, row.number)
    return Ended(name, survey_waves.survey_of(row), load(row.contract), what, row.invited, answered, row.closes_at)
