"""Requests that were acted on, so that the same one is not acted on twice."""

from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from storage.dialects import add
from storage.tables import receipt


def claim(connection: Connection, key: str, at: datetime) -> bool:
    """Whether the request `key` is new; then it is now taken. False: it was acted on already.

    Kept or given back with the transaction: a request whose work failed may come again.
    """
    return add(connection, receipt, key=key, at=at)


def answer(connection: Connection, key: str, words: str) -> None:
    """Keep what was answered to `key`, for whoever asks again."""
    connection.execute(update(receipt).where(receipt.c.key == key).values(answer=words))


def answered(connection: Connection, key: str) -> str:
    """What was answered to `key`; empty if nothing was."""
    return connection.execute(select(receipt.c.answer).where(receipt.c.key == key)).scalar() or ""


def is_there(connection: Connection, key: str) -> bool:
    """Whether `key` was taken and is not forgotten."""
    return connection.execute(select(receipt.c.key).where(receipt.c.key == key)).first() is not None


def forget(connection: Connection, key: str) -> None:
    """Let `key` be taken anew."""
    connection.execute(delete(receipt).where(receipt.c.key == key))


def prune(connection: Connection, before: datetime) -> int:
    """Forget the receipts from before a moment, long after any sender repeats itself; says how many."""
    return connection.execute(delete(receipt).where(receipt.c.at < before)).rowcount
