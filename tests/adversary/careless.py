"""A survey as others keep it, without names and yet no secret: what every attack must see through, or it proves nothing."""

import hashlib
import itertools
from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import Column, DateTime, Integer, LargeBinary, MetaData, String, Table, Text, insert, select, update

from bot import ballots
from bot.ballots import CAST, Ballot
from storage import Database

metadata = MetaData()
done = Table("done", metadata, Column("user_id", String, primary_key=True), Column("at", DateTime))
answer = Table("answer", metadata, Column("id", Integer, primary_key=True), Column("text", Text), Column("at", DateTime))
coded = Table("coded", metadata, Column("id", String, primary_key=True), Column("text", Text))
"""Answers by a hash of survey and person, which anybody can work out as well."""
asked = Table("asked", metadata, Column("id", Integer, primary_key=True), Column("user_id", String))
counted = Table("counted", metadata, Column("id", Integer, primary_key=True), Column("text", Text))
"""Answers without names or times, written at the close as they are counted: person by person, in the order of their ids."""
counted_as_asked = Table("counted_as_asked", metadata, Column("id", Integer, primary_key=True), Column("text", Text))
"""The same in the order in which people were asked."""
unpadded = Table("unpadded", metadata, Column("user_id", String, primary_key=True), Column("body", LargeBinary))
"""Answers well encrypted, and as long as they are."""
named = Table("named", metadata, Column("user_id", String, primary_key=True), Column("text", Text))
"""Answers with names, which are deleted in the end."""
sealed = Table("sealed", metadata, Column("slot", LargeBinary, primary_key=True), Column("body", LargeBinary))
"""Ballots just as ours are, an empty one for everybody from the start; but an answer rewrites its own alone."""
WAVE, LENGTH = "careless", 200


class Careless:
    """Its database, into which people answer."""

    def __init__(self, database: Database, people: Sequence[str]) -> None:
        self.database = database
        self._numbers = itertools.count(1)
        self._keys = ballots.new_keys()
        metadata.create_all(database.engine)
        with database.begin() as connection:
            connection.execute(insert(asked), [{"user_id": user} for user in people])
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
        """Count, and delete what has names."""
        by_id = select(named.c.text).order_by(named.c.user_id)
        as_asked = select(named.c.text).join(asked, asked.c.user_id == named.c.user_id).order_by(asked.c.id)
        with self.database.begin() as connection:
            for table, texts in ((counted, by_id), (counted_as_asked, as_asked)):
                connection.execute(insert(table), [{"text": each} for each in connection.execute(texts).scalars()])
            connection.execute(named.delete())

    def _sealed(self, user: str, ballot: Ballot) -> tuple[bytes, bytes]:
        slot = ballots.slot_of(self._keys, WAVE, user)
        return slot, ballots.closed(self._keys, WAVE, slot, ballot, LENGTH)
