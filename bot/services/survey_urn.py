"""The urn of a wave: ballots that come while it is being sealed anew wait, and go in together the next time.

Every write seals all ballots of a wave, which takes a second for ten thousand people: one write for each answer would make a
queue of those who answer at the same hour.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple
from weakref import WeakKeyDictionary

from bot import ballots
from bot.ballots import CAST, Ballot, Keys, Spoilt
from bot.domain.survey_waves import Kept, NotInvited, Sheet, label
from bot.key_files import KeyFiles, KeysNotHere
from bot.services import Services, survey_waves
from storage import Connection, Database, waves
from storage.waves import StoredWave

Told = Sheet | Kept


class Altered(KeysNotHere):
    """The contract of {wave} was changed in the database after it opened, so its ballots stay shut; put it back as it was."""


class OtherKeyFile(KeysNotHere):
    """The key file of {wave} is none of this version of Barometer, so its ballots stay shut; put back the file as it was."""


class Damaged(KeysNotHere):
    """Most ballots of {wave} do not open with its keys, so nothing was changed; put back its key file or the database."""


class Put(NamedTuple):
    """A ballot for a slot, and what its owner is told."""

    slot: bytes
    ballot: Ballot
    told: Told


@dataclass(frozen=True, slots=True)
class Urn:
    """The ballots of an open wave, within the transaction that holds it."""

    connection: Connection
    row: StoredWave
    keys: Keys
    lying: Mapping[bytes, bytes]
    new: dict[bytes, Ballot] = field(default_factory=dict)

    def slot(self, user: str) -> bytes:
        """Where the ballot of somebody is."""
        return ballots.slot_of(self.keys, self.row.key_id, user)

    def has_cast(self, user: str) -> bool:
        """Whether somebody cast a vote, by the flag of their ballot alone."""
        slot = self.slot(user)
        return has_cast(self.keys, self.row, slot, self.lying.get(slot, b""))

    def ballot(self, slot: bytes) -> Ballot:
        """What lies in a slot. One that was tampered with is as good as none, and can be filled in anew."""
        if slot in self.new:
            return self.new[slot]
        try:
            return ballots.opened(self.keys, self.row.key_id, slot, self.lying[slot])
        except (Spoilt, KeyError):
            return Ballot()

    def seal(self, length: int) -> None:
        """Write all ballots anew, the new ones among them: from outside each has changed alike.

        :raises Damaged: most do not open.
        """
        wave = self.row.key_id
        new = {slot: ballots.closed(self.keys, wave, slot, ballot, length) for slot, ballot in self.new.items()}
        try:
            renewed = ballots.renewed(self.keys, wave, self.lying)
        except Spoilt as error:
            raise Damaged(wave=label(self.row.survey, self.row.number)) from error
        waves.write_ballots(self.connection, self.row.id, renewed | new)


Change = Callable[[Urn], Put]


@dataclass(eq=False)
class _Waiting:
    """Somebody whose ballot is to go in. `leads`: they are to put in everybody's who waits."""

    change: Change
    woken: threading.Event = field(default_factory=threading.Event)
    leads: bool = False
    told: Told | None = None
    error: BaseException | None = None


@dataclass(eq=False)
class _Queue:
    """Those who wait for one wave."""

    waiting: list[_Waiting] = field(default_factory=list)
    is_led: bool = False


_lock = threading.Lock()
_queues: "WeakKeyDictionary[Database, dict[int, _Queue]]" = WeakKeyDictionary()


def put(services: Services, wave_id: int, change: Change) -> Told:
    """Have a ballot put into the urn of a wave; returns when it is there, with what its owner is told.

    Whatever `change` raises is raised here, and nothing of it is kept. It may be called again if the database fails.
    """
    own = _Waiting(change)
    with _lock:
        queue = _queues.setdefault(services.db, {}).setdefault(wave_id, _Queue())
        queue.waiting.append(own)
        own.leads, queue.is_led = not queue.is_led, True
    if not own.leads:
        own.woken.wait()
    if own.leads:
        _lead(services, wave_id, queue)
    if own.error is not None:
        raise own.error
    assert own.told is not None
    return own.told


def _lead(services: Services, wave_id: int, queue: _Queue) -> None:
    """Put in the ballots of all who wait, and let the first of those who came meanwhile lead the next time."""
    with _lock:
        together, queue.waiting = queue.waiting, []
    try:
        _put_all(services, wave_id, together)
    except BaseException as error:  # noqa: BLE001 - it is raised for each of those who wait
        for each in together:
            each.error = each.error or error
    with _lock:
        following = queue.waiting[0] if queue.waiting else None
        if following is None:
            _queues[services.db].pop(wave_id, None)
        else:
            following.leads = True
    for each in (*together, *([following] if following else [])):
        each.woken.set()


def _put_all(services: Services, wave_id: int, together: list[_Waiting]) -> None:
    with services.db.begin() as connection:
        row = waves.get(connection, wave_id, lock=True)
        if row is None:
            raise NotInvited
        if row.state != "open":
            raise survey_waves.over(row)
        urn = urn_of(services, connection, row)
        for each in together:
            _take(urn, each)
        if urn.new:
            urn.seal(survey_waves.ballot_length(row))


def seal_without(connection: Connection, services: Services, row: StoredWave) -> None:
    """Seal anew what is left when somebody was taken out, within the transaction that holds the wave."""
    urn = urn_of(services, connection, row)
    urn.seal(survey_waves.ballot_length(row))


def _take(urn: Urn, each: _Waiting) -> None:
    try:
        slot, ballot, each.told = each.change(urn)
    except Exception as error:  # noqa: BLE001 - it is raised for whoever waits for it, and for nobody else
        each.error = error
    else:
        urn.new[slot] = ballot


def urn_of(services: Services, connection: Connection, row: StoredWave) -> Urn:
    """The urn of an open wave, within the transaction that holds it.

    :raises KeysNotHere: this process cannot read its keys.
    """
    return Urn(connection, row, keys_of(services, row), waves.ballots(connection, row.id))


def has_cast(keys: Keys, row: StoredWave, slot: bytes, lying: bytes) -> bool:
    """Whether a vote was cast, by the flag of a ballot alone; a flag that was tampered with says nothing."""
    try:
        return ballots.state_of(keys, row.key_id, slot, lying) == CAST
    except Spoilt:
        return False


def keys_of(services: Services, row: StoredWave) -> Keys:
    """The keys of an open wave.

    :raises KeysNotHere: this process cannot read them.
    :raises OtherKeyFile: their file has another length.
    :raises Altered: the contract in the database is not the one that people were promised.
    """
    raw, wave = KeyFiles(services.settings.survey_keys).read(row.key_id), label(row.survey, row.number)
    try:
        keys, contract = ballots.read(raw)
    except ValueError as error:
        raise OtherKeyFile(wave=wave) from error
    if contract != ballots.digest(row.contract):
        raise Altered(wave=wave)
    return keys
