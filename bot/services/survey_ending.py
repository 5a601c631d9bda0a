"""Whether somebody may end a wave by hand now, in which ways, and how many answers it takes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.errors import BarometerError, Conflict
from bot.domain.people import Asker
from bot.domain.survey_asked import ToCome
from bot.domain.survey_waves import Contract, label, load
from bot.domain.times import show_time
from bot.services import Services, survey_invitations, survey_notice, survey_waves
from bot.services.survey_invitations import StillInviting
from storage import Connection, waves
from storage.waves import Invitation, StoredWave

BY = "ended_by"
"""In the receipt of a wave that somebody ended: the key of their request, which ends no other when it comes once more."""


class Extended(BarometerError):
    """Too few had answered {wave}, so it stays open until {when}, as everybody was told, and closes by itself then."""


@dataclass(frozen=True, slots=True)
class Ways:
    """How somebody can end a wave now: `why` it cannot be counted at once, empty if it can, and with which notice.

    `too_few` says how many answers are too few, empty where any number is enough; then it stays open once more, or is
    destroyed if it `was_extended`. While people are `to_come` to be invited, too few close nothing.
    """

    label: str
    why: str
    spans: tuple[str, ...]
    unread: bool
    too_few: str
    was_extended: bool
    to_come: ToCome


def ways(services: Services, asker: Asker, name: str) -> Ways:
    """What can be offered to somebody who wants to end the open wave of a survey.

    :raises BarometerError: as `by_hand`, if there is no way.
    """
    with services.db.read() as connection:
        row = to_close(services, connection, asker, name)
        spans, why = survey_notice.spans(services, connection, asker, row), ""
        try:
            insist_on_notice(services, asker, row)
            insist_not_extended(services, asker, row)
            survey_invitations.insist_not_tried(services, connection, asker, row)
        except (Extended, StillInviting, Conflict) as error:
            if not spans and not asker.admin:
                raise
            why = error.text
        contract = load(row.contract)
        too_few = "" if contract.mode == "attributed" else f"fewer than {needed(connection, row)}"
        to_come = survey_invitations.to_come(services, connection, row)
    return Ways(label(row.survey, row.number), why, spans, asker.admin, too_few, row.extended, to_come)


def to_close(services: Services, connection: Connection, asker: Asker, name: str, *, lock: bool = False) -> StoredWave:
    """The open wave of a survey that the asker wants to end.

    :raises NoWave: none is open, or it is being opened.
    :raises NotAllowed: the asker did not start it and is no admin.
    """
    row = survey_waves.open_wave(services, connection, name.strip().lower(), lock=lock)
    survey_waves.insist_may_run(asker, row, "close")
    if row.state == "opening":
        survey_waves.insist_is_open(services, row)
    return row


def needed(connection: Connection, row: StoredWave) -> str:
    """How many answers are needed to show anything, whoever has answered: who sees results knows an answer of their own."""
    contract = load(row.contract)
    if contract.channel:
        return f"{contract.minimum + 1} answers"
    is_seen = row.receipt.get(survey_waves.SEEN)
    if is_seen is None:
        is_seen = bool(viewers(contract, waves.invited(connection, row.id)))
    more = f", or {contract.minimum + 1} with that of somebody who sees the results,"
    return f"{contract.minimum} answers{more if is_seen else ''}"


def insist_not_extended(services: Services, asker: Asker, row: StoredWave) -> None:
    """Insist that a wave was not extended, or that its new end has come.

    :raises Extended: neither is so.
    """
    if row.extended and services.now() < row.closes_at:
        raise Extended(wave=label(row.survey, row.number), when=show_time(row.closes_at, asker.timezone))


def asked_for(connection: Connection, row: StoredWave, key: str) -> StoredWave:
    """The wave, with the request that ends it.

    :raises Conflict: that has ended another one.
    """
    for earlier in waves.of_survey(connection, row.survey):
        if key and earlier.id != row.id and earlier.receipt.get(BY) == key:
            name = label(row.survey, earlier.number)
            raise Conflict(f"That has ended {name} already; say /pulse close {row.survey} anew to end the one that is open.")
    return replace(row, receipt={**row.receipt, BY: key}) if key else row


def insist_on_notice(services: Services, asker: Asker, row: StoredWave) -> None:
    """Insist that no notice was given of a later end.

    :raises Conflict: it was.
    """
    said = row.receipt.get(survey_waves.NOTICED)
    until = row.closes_at if survey_waves.NOTICE_AT in row.receipt else datetime.fromisoformat(said) if said else None
    if until is not None and services.now() < until:
        then = "; it does by itself then" if until == row.closes_at else ", and it may be closed from then on"
        raise Conflict(f"Notice was given that it closes {show_time(until, asker.timezone)}{then}.")


def viewers(contract: Contract, invited: Sequence[Invitation]) -> frozenset[str] | None:
    """Those who are asked and will see the results: None, where everybody may."""
    if contract.channel:
        return None
    return frozenset(p.user_id for p in invited) & frozenset(contract.viewers)
