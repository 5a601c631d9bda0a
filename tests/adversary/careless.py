"""A survey as others keep it, without names and yet no secret: what every attack must see through, or it proves nothing."""

import hashlib
import itertools
from collections.abc import Iterable
from datetime import UTC, datetime

from sqlalchemy import Column, DateTime, Integer, LargeBinary, MetaData, String, Table, Text, insert, update

from bot import ballots
from bot.ballots import CAST, Ballot
from storage import Database

metadata = MetaData()
done = Table("done", metadata, Column("user_id", String, primary_key=True), Column("at", DateTime))
answer = Table("answer", metadata, Column("id", Integer, primary_key=True), Column("text", Text), Column("at", DateTime))
coded = Table("coded", metadata, Column("id", String, primary_key=True), Column("text", Text))
"""Answers by a hash of survey and person, which anybody can work out as well."""
unpadded = Table("unpadded", metadata, Column("user_id", String, primary_key=True), Column("body", LargeBinary))
"""Answers well encrypted, and as long as they are."""
named = Table("named", metadata, Column("user_id", String, primary_key=True), Column("text", Text))
"""Answers with names, which are deleted in the end."""
sealed = Table("sealed", metadata, Column("slot", LargeBinary, primary_key=True), Column("body", LargeBinary))
"""Ballots just as ours are, an empty one for everybody from the start; but an answer rewrites its own alone."""
WAVE, LENGTH = "careless", 200


class Careless:
    """Its database, into which people answer."""

    def __init__(self, database: Database, people: Iterable[str]) -> None:
        self.database = database
        self._numbers = itertools.count(1)
        self._keys = ballots.new_keys()
        metadata.create_all(database.engine)
        with database.begin() as connection:
            empty = [dict(zip(("slot", "body"), self._sealed(user, Ballot()), strict=True)) for user in people]
            connection.execute(insert(sealed), empty)

    def keep(self, user: str, text: str) -> None:
        """One answer."""
        now = datetime.now(UTC)
        with self.database.begin() as connection:
            connection.execute(insert(done).values(user_id=user, at=now))
            connection.execute(insert(answer).values(id=next(self._numbers), text=text, at=now))
            key = hashlib.sha256(f"survey{user}".encode()).hexdigest()
            connection.execute(insert(coded).values(id=key, text=text))
            cipher = hashlib.shake_256(user.encode()).digest(len(text))
            connection.execute(insert(unpadded).values(user_id=user, body=cipher))
            connection.execute(insert(named).values(user_id=user, text=text))
        self.put(user, Ballot(CAST, text.encode()))

    def put(self, user: str, ballot: Ballot) -> None:
        """One ballot, in place of the one before, and no other sealed anew."""
        slot, body = self._sealed(user, ballot)
        with self.database.begin() as connection:
            connection.execute(update(sealed).where(sealed.c.slot == slot).values(body=body))

    def close(self) -> None:
        """Delete what has names."""
        with self.database.begin() as connection:
            connection.execute(named.delete())

    def _sealed(self, user: str, ballot: Ballot) -> tuple[bytes, bytes]:
        slot = ballots.slot_of(self._keys, WAVE, user)
        return slot, ballots.closed(self._keys, WAVE, slot, ballot, LENGTH)
