"""Waves of surveys: started by hand or by the clock, opened once their audience is known, and told to everybody in it."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import cast, get_args

from bot import ballots
from bot.domain.audiences import Member, chosen, read_audience, read_file
from bot.domain.digest_documents import SPAN
from bot.domain.errors import BarometerError, Conflict, InvalidInput, NotAllowed
from bot.domain.people import Asker, Change
from bot.domain.survey_waves import (
    LONGEST_OPEN,
    SHORTEST_OPEN,
    Contract,
    NoWave,
    Opening,
    Terms,
    dump,
    label,
    load,
)
from bot.domain.surveys import Mode, Survey
from bot.domain.times import read_time
from bot.key_files import KeyFiles
from bot.services import Services, surveys
from storage import Connection, audit, queue, waves
from storage.waves import StoredWave

JOB = "survey.open"
"""The job of the queue that opens a wave."""
Groups = Mapping[str, Mapping[str, str]]
"""The values of cuts that people belong to, by person."""
LEADS = frozenset({"ai_lead", "executive", "executive_sponsor", "product_owner", "team_lead"})
"""The roles that may ask people outside the channels that they are in themselves."""


class NotEnoughPeople(BarometerError):
    """{wave} was not opened: of its audience {invited} can be asked, and at least {least} are needed. Ask a larger one."""


def start(services: Services, asker: Asker, name: str, terms: Terms, *, here: str = "", key: str = "") -> Opening:
    """Begin a wave of a survey: its audience is asked for, frozen, and written to. The same `key` twice is one wave.

    Without an audience, those in the channel `here` are asked.

    :raises NoSuchSurvey: there is none of that name.
    :raises InvalidInput: a word of the terms cannot be read.
    :raises NotAllowed: the asker has no role that may ask such an audience.
    :raises Conflict: a wave of it is open.
    """
    with services.db.begin() as connection:
        if key and (known := waves.by_key(connection, key)):
            return replace(described(known, survey_of(known)), again=True)
        survey = surveys.named(services, connection, name)
        contract = _contract(asker, survey, terms, here)
        lasts = _span(services, asker, survey, terms.closes)
        asks = {"audience": terms.audience.strip() or here, "file": terms.file}
        row = _begin(services, connection, asker, survey, contract, lasts=lasts, key=key, asks=asks)
    return described(row, survey)


def _begin(
    services: Services,
    connection: Connection,
    asker: Asker,
    survey: Survey,
    contract: Contract,
    *,
    lasts: timedelta,
    key: str,
    asks: Mapping[str, str],
) -> StoredWave:
    now = services.now()
    row = waves.add(
        connection,
        survey=survey.name,
        open_key=survey.name,
        contract=dump(contract),
        state="opening",
        key_id=uuid.uuid4().hex,
        opened_by=asker.user_id,
        opens_at=now,
        closes_at=now + lasts,
        receipt={},
        key=key or None,
        asks=asks,
    )
    if row is None:
        raise Conflict(f"A wave of {survey.name} is open already; close it first with /pulse close {survey.name}.")
    change = Change(asker.user_id, "survey.start", label(row.survey, row.number), None, {"contract": row.contract})
    audit.write(connection, now, change)
    queue.enqueue(connection, JOB, str(row.id), f"{JOB}:{row.id}")
    return row


def freeze(
    services: Services, wave_id: int, members: Sequence[Member], groups: Groups, opted_out: frozenset[str]
) -> Opening | None:
    """Settle who is asked, with a dummy ballot for each. None: the wave was opened, or given up, before.

    :raises NotEnoughPeople: too few to publish anything about.
    """
    with services.db.read() as connection:
        row = waves.get(connection, wave_id)
    if row is None or row.state != "opening":
        return None
    contract = load(row.contract)
    people = chosen(members, opted_out)
    least = contract.minimum
    if len(people.invited) < least:
        raise NotEnoughPeople(wave=label(row.survey, row.number), invited=len(people.invited), least=least)
    zone = services.settings.timezone
    invited = [
        waves.Invitation(p.user_id, _cuts(contract, groups.get(p.user_id, {})), p.zone or zone, p.language)
        for p in people.invited
    ]
    with services.db.begin() as connection:
        row = waves.get(connection, wave_id, lock=True)
        if row is None or row.state != "opening":
            return None
        # While the wave is held: whoever else opens it must not put other keys in the place of these.
        waves.invite(connection, wave_id, invited, _dummies(services, row, contract, invited))
        settled = {"state": "open", "asks": None, "invited": len(invited), "receipt": {"left_out": dict(people.left_out)}}
        waves.change(connection, wave_id, **settled)
        row = waves.get(connection, wave_id)
    assert row is not None
    return described(row, survey_of(row))


def _dummies(
    services: Services, row: StoredWave, contract: Contract, invited: Sequence[waves.Invitation]
) -> dict[bytes, bytes]:
    """New keys for a wave, kept before anything is sealed with them, and an empty ballot for everybody."""
    keys, files = ballots.new_keys(), key_files(services)
    files.destroy(row.key_id)
    files.keep(row.key_id, keys.raw + ballots.digest(row.contract))
    length = ballot_length(survey_of(row), contract, row.number)
    slots = {ballots.slot_of(keys, row.key_id, p.user_id) for p in invited}
    return {slot: ballots.closed(keys, row.key_id, slot, ballots.Ballot(), length) for slot in slots}


def _cuts(contract: Contract, groups: Mapping[str, str]) -> dict[str, str]:
    """The values of the cuts that the contract declares, without what would make two groups one."""
    return {cut: " ".join(groups[cut].replace("=", " ").replace(",", " ").split()) for cut in contract.cuts if groups.get(cut)}


def give_up(services: Services, wave_id: int) -> StoredWave | None:
    """A wave that could not be opened. None: it is not being opened any more."""
    with services.db.begin() as connection:
        row = waves.get(connection, wave_id, lock=True)
        if row is None or row.state != "opening":
            return None
        waves.change(connection, wave_id, state="failed", open_key=None, asks=None)
    key_files(services).destroy(row.key_id)
    return row


def open_wave(connection: Connection, name: str, *, lock: bool = False) -> StoredWave:
    """The wave of a survey that is open.

    :raises NoWave: none is.
    """
    row = waves.open_of(connection, name, lock=lock)
    if row is None:
        raise NoWave(survey=name, state="that is open", hint=f"Start one with /pulse start {name}.")
    return row


def insist_may_run(asker: Asker, row: StoredWave, what: str) -> None:
    """Insist that somebody started this wave, or is an admin.

    :raises NotAllowed: they are neither.
    """
    if not asker.admin and asker.user_id != row.opened_by:
        raise NotAllowed(who="admins and whoever started it", what=f"{what} {label(row.survey, row.number)}")


def extend(services: Services, asker: Asker, name: str, until: str) -> Opening:
    """Let the open wave of a survey end later.

    :raises InvalidInput: that is not later than now, or too long.
    :raises NotAllowed: the asker did not start it and is no admin.
    """
    now = services.now()
    with services.db.begin() as connection:
        row = open_wave(connection, name, lock=True)
        insist_may_run(asker, row, "extend")
        moment = _until(until, now, asker.timezone, row.opens_at)
        if moment <= row.closes_at:
            raise InvalidInput(f"It closes later than that already; say /pulse close {name} to end it now.", "closes")
        waves.change(connection, row.id, closes_at=moment)
        change = Change(asker.user_id, "survey.extend", label(row.survey, row.number), None, {"closes_at": moment.isoformat()})
        audit.write(connection, now, change)
    return described(replace(row, closes_at=moment), survey_of(row))


def check(services: Services, asker: Asker, name: str, terms: Terms) -> None:
    """Insist that a wave could be started so, without starting it.

    :raises BarometerError: as `start`.
    """
    with services.db.read() as connection:
        survey = surveys.named(services, connection, name)
        _contract(asker, survey, terms, "")
        _span(services, asker, survey, terms.closes)


def contract_of(row: StoredWave) -> Contract:
    """What was promised when the wave was started."""
    return load(row.contract)


def survey_of(row: StoredWave) -> Survey:
    """The survey as it was when the wave was started."""
    return surveys.read_one(load(row.contract).survey)


def described(row: StoredWave, survey: Survey) -> Opening:
    """A wave for whoever runs it."""
    contract = load(row.contract)
    return Opening(
        id=row.id,
        label=label(row.survey, row.number),
        title=survey.title,
        mode=contract.mode,
        minimum=contract.minimum,
        opens_at=row.opens_at,
        closes_at=row.closes_at,
        audience=contract.audience,
        channel=contract.channel,
        invited=row.invited,
        left_out=row.receipt.get("left_out", {}),
    )


def ballot_length(survey: Survey, contract: Contract, number: int) -> int:
    """How many bytes the payload of every ballot of a wave has room for."""
    most = surveys.longest_payload(survey.asked(number))
    return most + (ballots.SEALED if contract.mode == "sealed" else 0)


def key_files(services: Services) -> KeyFiles:
    """Where the keys of waves are kept."""
    return KeyFiles(services.settings.survey_keys)


def _contract(asker: Asker, survey: Survey, terms: Terms, here: str) -> Contract:
    audience = terms.audience.strip() or here
    if terms.file:
        found = read_file(terms.file.encode())
        words, columns = f"{len(found.people)} people of a file", found.cuts
    else:
        if not audience:
            raise InvalidInput("Say who is asked: audience= with a channel, a user group or people.", "audience")
        read, columns = read_audience(audience), ()
        words = " ".join((*read.channels, *read.groups, *([f"{len(read.people)} people"] if read.people else [])))
        _insist_may_ask(asker, is_one_channel=len(read.channels) == 1 and not read.groups and not read.people)
    cuts = tuple(dict.fromkeys(terms.cuts.replace(",", " ").split())) or tuple(
        c for c in survey.cuts if c in (*columns, "group")
    )
    if unknown := [cut for cut in cuts if cut not in (*columns, "group")]:
        raise InvalidInput(
            f"Nobody knows who belongs to which “{unknown[0][:40]}”: give a file with such a column, or cuts=group for the "
            "user groups and channels of the audience.",
            "cuts",
        )
    mode = _mode(terms.mode or survey.mode)
    if mode == "sealed" and not (terms.public_key and terms.custodian):
        raise InvalidInput(
            "A sealed survey needs somebody who keeps its key: they say barometer surveys keys on a machine of their own and "
            "give you the public half; then add custodian=@them key=PUBLIC.",
            "custodian",
        )
    if mode == "sealed" and terms.custodian == asker.user_id:
        raise InvalidInput("Somebody else than you keeps the key of a sealed survey; name another custodian.", "custodian")
    return Contract(
        survey=surveys.written(survey),
        mode=mode,
        minimum=survey.minimum,
        comment_minimum=survey.comment_minimum,
        cuts=cuts,
        audience=words,
        viewers=tuple(dict.fromkeys([asker.user_id, *terms.viewers.replace(",", " ").split()])),
        channel=terms.channel,
        at=_hour(terms.at),
        custodian=terms.custodian if mode == "sealed" else "",
        public_key=ballots.check_public(terms.public_key) if mode == "sealed" else "",
    )


def _insist_may_ask(asker: Asker, *, is_one_channel: bool) -> None:
    if not is_one_channel and not asker.admin and not asker.roles & LEADS:
        roles = ", ".join(sorted(role.replace("_", " ") for role in LEADS))
        raise NotAllowed(who=f"admins and people with one of the roles {roles}", what="ask more than one channel of their own")


def _mode(word: str) -> Mode:
    if word not in get_args(Mode):
        raise InvalidInput(f"A survey is {', '.join(get_args(Mode))}; “{word[:40]}” is none of them.", "mode")
    return cast(Mode, word)


def _hour(text: str) -> str:
    if not text.strip():
        return ""
    hour, _, minute = text.strip().partition(":")
    if not (hour.isdecimal() and minute.isdecimal() and int(hour) < 24 and int(minute) < 60 and len(minute) == 2):
        raise InvalidInput("at= is the hour on everybody's own clock, such as at=10:00.", "at")
    return f"{int(hour):02}:{minute}"


def _span(services: Services, asker: Asker, survey: Survey, text: str) -> timedelta:
    if not text.strip():
        return survey.closes
    now = services.now()
    return _until(text, now, asker.timezone, now) - now


def _until(text: str, now: datetime, zone: str, opens_at: datetime) -> datetime:
    """When a wave ends: after a span such as 3d, or at a moment."""
    units = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
    if span := SPAN.fullmatch(text.strip().lower()):
        moment = now + int(span[1]) * units[span[2]]
    else:
        moment = read_time(text, now, zone, future=True)
    if moment - now < SHORTEST_OPEN or moment - opens_at > LONGEST_OPEN:
        least, most = int(SHORTEST_OPEN.total_seconds() // 60), LONGEST_OPEN.days
        raise InvalidInput(f"A survey is open for at least {least} minutes from now, and {most} days at most.", "closes")
    return moment
