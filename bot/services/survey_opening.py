"""How a wave opens: its audience is asked for, settled, and each person written to at an hour of their own."""

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache, partial, reduce

from bot.domain.audiences import Audience, Member, Reason, chosen, read_audience, read_file
from bot.domain.errors import BarometerError, Unavailable
from bot.domain.parts import Message, Text
from bot.domain.people import Asker
from bot.domain.survey_waves import Opening, label, load
from bot.domain.surveys import said
from bot.key_files import KeysNotKept
from bot.presenters import pulse as presenter
from bot.presenters.kpi_words import mentioning
from bot.services import Services, deliveries, people, survey_actions, survey_terms, survey_told, survey_waves
from bot.services.survey_audience import Directory, Unanswered, insist_belongs
from bot.services.survey_freezing import Groups, freeze
from bot.services.survey_hours import asked_at, in_turn, reminded_at
from storage import Connection, outbox, surveys, waves
from storage.people import zone_of
from storage.waves import Invitation, StoredWave

BATCH = 100
"""How many invitations are written down in one transaction: others wait for it, and have as long before the next."""
INVITING = "inviting_until"
"""In the receipt of a wave: until when a process has it to itself to write the invitations, by the database's clock."""
FROM = "inviting_from"
"""In the receipt of a wave: when the first of its invitations is due, whoever writes the others."""
WITHOUT = "without"
"""In what a wave asks: who was deleted meanwhile."""
PATIENCE = timedelta(hours=3)
"""For so long Slack is asked again and again who is in an audience."""
NO_KEEPER: Mapping[Reason, str] = {
    "unknown": "is nobody whom Slack knows",
    "bot": "is a bot",
    "deactivated": "is deactivated",
    "guest": "is a guest",
}
"""Why somebody cannot keep the key of a wave."""
log = logging.getLogger(__name__)


class NotTheirChannel(BarometerError):
    """{wave} could not be opened: whoever started it is not in that channel; ask an admin or a team lead to start it."""


class NoCustodian(BarometerError):
    """{wave} could not be opened: its custodian @{custodian} {why}. Start it with another custodian, and a key of theirs."""

    def __init__(self, wave: str, custodian: str, why: str) -> None:
        super().__init__(wave=wave, custodian=custodian, why=why)
        self.people = (custodian,)


def run(services: Services, directory: Directory, wave_id: str) -> None:
    """Open a wave, and tell everybody in it; what is done already is not done again.

    :raises Unavailable: the database cannot be reached; the clock takes it up again.
    """
    number = int(wave_id)
    with services.db.read() as connection:
        row = waves.get(connection, number)
    if row is not None and row.state == "opening":
        _open(services, directory, row)
    with services.db.read() as connection:
        row = waves.get(connection, number)
        is_new = row is not None and row.state == "open" and not row.told
        opening = survey_waves.opened(row) if row is not None and is_new else None
    if row is not None and opening is not None:
        with services.db.begin() as connection:
            _tell(services, connection, row.opened_by, f"opened:{number}", partial(presenter.opened, opening))
            if opening.custodian:
                survey_told.name_custodian(services, connection, row)
        invite(services, number)


def _open(services: Services, directory: Directory, row: StoredWave) -> None:
    with services.db.read() as connection:
        opted_out = surveys.opted_out(connection)
    try:
        _insist_on_custodian(directory, row)
        members, groups, names = _members(services, directory, row), _groups(directory, row), _names(directory, row)
        when = partial(asked_at, services)
        freeze(services, row.id, members, groups, opted_out=opted_out, asked_at=when, asks=row.asks, names=names)
    except Unavailable:
        raise
    except BarometerError as error:
        if isinstance(error, Unanswered) and services.now() - row.opens_at < PATIENCE:
            log.warning("wave %s: %s", row.id, error)  # the clock takes it up again
        else:
            _give_up(services, row, error)


def invite(services: Services, wave_id: int) -> None:
    """Put an invitation for everybody in a wave into the ledger, and write down when people are reminded.

    One process at a time: others leave it to that one, until its lease has run out.
    """
    turn = _Turn(services, wave_id)
    with services.db.begin() as connection:
        row = turn.take(connection)
        if row is None:
            return
        everybody = waves.invited(connection, wave_id)
        done = survey_actions.done_before(connection, row.survey, row.number)
        written = outbox.targets(connection, "survey", survey_waves.SUBJECT.format(id=wave_id))
        opening = survey_waves.opened(row)
    survey, asked = survey_waves.survey_of(row), survey_waves.pages_of(row)

    @cache
    def takes(language: str) -> str:
        return presenter.takes(opening, said(survey.about, language), asked, language)

    turns = _in_turn(services, row, everybody)
    for batch in _batches([each for each in turns if each[0].user_id not in written]):
        began = time.monotonic()
        with services.db.begin() as connection:
            # While the wave is held: nothing may come into the ledger behind its close, or of somebody who left.
            held = turn.keep(connection)
            if held is None:
                return
            still = waves.still_invited(connection, wave_id, [person.user_id for person, _ in batch])
            # Read once for all of them: each time it would be the whole survey.
            now = replace(survey_waves.described(held, survey), unshown=opening.unshown)
            workdays = survey_waves.contract_of(held).workdays
            for person, due in batch:
                if person.user_id in still:
                    message = presenter.invitation(
                        now, said(survey.about, person.language), takes(person.language), person, done
                    )
                    _invite(services, connection, held, person, message=message, due=due, workdays=workdays)
        time.sleep(time.monotonic() - began)
    with services.db.begin() as connection:
        if held := turn.keep(connection):
            _plan_reminders(services, connection, row, everybody)
            receipt = {name: told for name, told in held.receipt.items() if name not in (INVITING, FROM)}
            waves.change(connection, wave_id, told=True, receipt=receipt)


@dataclass
class _Turn:
    """A process's turn to write the invitations of a wave, kept in the wave itself."""

    services: Services
    wave_id: int
    until: str = ""

    def take(self, connection: Connection) -> StoredWave | None:
        """The wave, held from now on; None: all is written, it is over, or somebody else is at it."""
        row = waves.get(connection, self.wave_id, lock=True)
        if row is None or row.state != "open" or row.told:
            return None
        if row.receipt.get(INVITING, "") > outbox.clock(connection).isoformat():
            return None
        return self._extended(connection, replace(row, receipt={FROM: self.services.now().isoformat(), **row.receipt}))

    def keep(self, connection: Connection) -> StoredWave | None:
        """The wave, held for longer; None: it is over, or somebody else goes on."""
        row = waves.get(connection, self.wave_id, lock=True)
        if row is None or row.state != "open" or row.receipt.get(INVITING) != self.until:
            return None
        return self._extended(connection, row)

    def _extended(self, connection: Connection, row: StoredWave) -> StoredWave:
        self.until = (outbox.clock(connection) + self.services.settings.lease).isoformat()
        receipt = {**row.receipt, INVITING: self.until}
        waves.change(connection, row.id, receipt=receipt)
        return replace(row, receipt=receipt)


def _insist_on_custodian(directory: Directory, row: StoredWave) -> None:
    """Insist that whoever is to open a sealed wave at its end can be asked to: nobody else ever could."""
    if custodian := load(row.contract).custodian:
        left_out = chosen(directory.of(Audience(people=(custodian,)))).left_out
        for reason in left_out:
            raise NoCustodian(label(row.survey, row.number), custodian, NO_KEEPER[reason])


def _members(services: Services, directory: Directory, row: StoredWave) -> Sequence[Member]:
    asks = row.asks or {}
    file = asks.get("file", "")
    members = directory.of(read_file(file.encode()).audience if file else read_audience(asks.get("audience", "")))
    _insist_belongs(row, members)
    if not file:
        _insist_may_ask(services, row, members)
    # Not as those who want to be in none, who are counted: it would tell that somebody was deleted meanwhile.
    without = asks.get(WITHOUT, "").split()
    return [member for member in members if member.user_id not in without]


def _insist_may_ask(services: Services, row: StoredWave, members: Sequence[Member]) -> None:
    with services.db.read() as connection:
        asker = people.known(services, connection, row.opened_by)
    is_free = asker.admin or bool(asker.roles & survey_terms.LEADS) or row.opened_by == "barometer"
    if not is_free and row.opened_by not in {m.user_id for m in members}:
        raise NotTheirChannel(wave=label(row.survey, row.number))


def _insist_belongs(row: StoredWave, members: Sequence[Member]) -> None:
    """Insist that whoever started it is of the workspace, as far as is known of those in the audience."""
    for reason in chosen([member for member in members if member.user_id == row.opened_by]).left_out:
        insist_belongs(Asker(row.opened_by, outside=reason))


def _groups(directory: Directory, row: StoredWave) -> Groups:
    """What people of a file have in its columns; else, in the cut "group", the first user group or channel that they are in."""
    asks = row.asks or {}
    if asks.get("file"):
        return read_file(asks["file"].encode()).people
    if "group" not in load(row.contract).cuts:
        return {}
    audience, found = read_audience(asks.get("audience", "")), dict[str, dict[str, str]]()
    parts = [*(Audience(groups=(g,)) for g in audience.groups), *(Audience(channels=(c,)) for c in audience.channels)]
    for part in parts:
        for member in directory.of(part):
            found.setdefault(member.user_id, {"group": part.words})
    return found


def _names(directory: Directory, row: StoredWave) -> Mapping[str, str]:
    """What the groups of the cut "group" are called now, which their ids do not tell."""
    asks = row.asks or {}
    is_cut = "group" in load(row.contract).cuts and not asks.get("file")
    return directory.names(read_audience(asks.get("audience", ""))) if is_cut else {}


def _in_turn(services: Services, row: StoredWave, everybody: Sequence[Invitation]) -> list[tuple[Invitation, datetime]]:
    """Everybody and when their invitation is due. Whoever writes some of them after a crash finds the same times for them."""
    begins = datetime.fromisoformat(row.receipt[FROM])
    hours = {zone: max(asked_at(services, row, zone), begins) for zone in {person.zone for person in everybody}}
    turns = in_turn(services, row, [person.zone for person in everybody], hours)
    return sorted(((person, due) for person, (_, due) in zip(everybody, turns, strict=True)), key=lambda each: each[1])


def _invite(
    services: Services,
    connection: Connection,
    row: StoredWave,
    person: Invitation,
    *,
    message: Message,
    due: datetime,
    workdays: bool,
) -> None:
    deliveries.post(
        services,
        connection,
        key=f"survey:{row.key_id}:{person.user_id}",
        kind="survey",
        target=person.user_id,
        message=message,
        subject=survey_waves.SUBJECT.format(id=row.id),
        due_at=due,
        deadline=row.closes_at,
        zone=person.zone,
        workdays=workdays,
    )


def _plan_reminders(services: Services, connection: Connection, row: StoredWave, everybody: Sequence[Invitation]) -> None:
    # Those behind its end as well: it may be extended, and until then nobody is reminded by them.
    zones = survey_waves.zones_of(row, everybody)
    for number in range(1, len(survey_waves.survey_of(row).reminders) + 1):
        moments = {reminded_at(services, row, zone, number) for zone in zones}
        waves.remind_at(connection, row.id, number, moments)


def _give_up(services: Services, row: StoredWave, error: BarometerError) -> None:
    """Give a wave up and say so to whoever started it, both or neither.

    Why stands in the wave without ids: what is read there later mentions nobody.
    """
    name = label(row.survey, row.number)
    words = error.text if error.text.startswith(name) else f"{name} could not be opened. {error.text}"
    said = words
    if isinstance(error, KeysNotKept) and row.opened_by in services.settings.admins:
        said = f"{name} could not be opened. {error.for_admins}"
    with services.db.begin() as connection:
        kept = reduce(lambda told, person: told.replace(f" @{person}", ""), error.people, words)
        if survey_waves.give_up(services, connection, row.id, kept):
            message = Message(said, (Text(mentioning(said, error.people)),))
            _tell(services, connection, row.opened_by, f"failed:{row.id}", lambda _: message)


def _tell(services: Services, connection: Connection, whom: str, key: str, message: Callable[[str], Message]) -> None:
    if whom[:1] in ("U", "W"):
        said = message(zone_of(connection, whom) or services.settings.timezone)
        deliveries.post(services, connection, key=f"survey-{key}", kind="notice", target=whom, message=said)


def _batches(everybody: Sequence[tuple[Invitation, datetime]]) -> Iterator[Sequence[tuple[Invitation, datetime]]]:
    for start in range(0, len(everybody), BATCH):
        yield everybody[start : start + BATCH]


__all__ = ["Opening", "asked_at", "invite", "reminded_at", "run"]
