"""Everything that knows our database: open it, and read or write in a transaction."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from bot.domain.errors import Unavailable

__all__ = ["Connection", "Database"]

BUSY_SECONDS = 5


class Database:
    """One SQLite file or one PostgreSQL database. Open it once and close it at the end."""

    def __init__(self, url: str) -> None:
        self.engine = _engine(url)

    @property
    def is_sqlite(self) -> bool:
        """Whether it is the small one: a single file, a single writer."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A transaction that writes; all of it is kept, or nothing.

        :raises Unavailable: the database cannot be reached or is locked.
        """
        try:
            with self.engine.connect() as connection:
                if self.is_sqlite:
                    connection.exec_driver_sql("BEGIN IMMEDIATE")
                yield connection
                connection.commit()
        except OperationalError as error:
            raise Unavailable from error

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A consistent look at the data; what is written through it is not kept.

        :raises Unavailable: the database cannot be reached or is locked.
        """
        try:
            with self.engine.connect() as connection:
                if self.is_sqlite:
                    connection.exec_driver_sql("BEGIN")
                yield connection
                connection.rollback()
        except OperationalError as error:
            raise Unavailable from error

    def close(self) -> None:
        """Give back every connection."""
        self.engine.dispose()


def _engine(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.drivername in ("postgres", "postgresql"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() == "sqlite":
        engine = create_engine(parsed, pool_size=20, max_overflow=20)
        event.listen(engine, "connect", _prepare_sqlite)
        return engine
    return create_engine(
        parsed, pool_size=20, max_overflow=20, pool_pre_ping=True, connect_args={"connect_timeout": BUSY_SECONDS}
    )


def _prepare_sqlite(connection: Any, _: ConnectionPoolEntry) -> None:
    # The driver's own transactions start too late and lock too late: `begin` and `read` say BEGIN themselves.
    assert isinstance(connection, sqlite3.Connection)
    connection.isolation_level = None
    for pragma in (
        f"busy_timeout={BUSY_SECONDS * 1000}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "recursive_triggers=ON",  # or INSERT OR REPLACE would go past the triggers of append-only tables
    ):
        connection.execute(f"PRAGMA {pragma}")
