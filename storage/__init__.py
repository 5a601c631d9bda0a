"""Everything that knows our database: open it, and read or write in a transaction."""

import logging
import re
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, DisconnectionError, InternalError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from bot.domain.errors import (
    DiskFull,
    InvalidInput,
    NoDatabase,
    NotMigrated,
    NotOpened,
    ReadOnly,
    Unavailable,
)

__all__ = ["Connection", "Database"]

log = logging.getLogger(__name__)

BUSY_SECONDS = 5
TURN_SECONDS = 5
IDLE_SECONDS = 30
REWRITE_WAIT_MS = 500
TRUSTED_SECONDS = 1
FULL = ("database or disk is full", "disk I/O error", "No space left on device")
NO_DATABASE = ("file is not a database", "database disk image is malformed")
TABLE_SECONDS, OLDER_SECONDS = 2, 3
"""How long a table is waited for that is to be written anew, and before that transactions that began earlier."""
UNDEFINED_TABLE, LOCK_NOT_AVAILABLE, DATA_CORRUPTED = "42P01", "55P03", "XX001"
"""PostgreSQL's SQLSTATEs."""
WHICH = "DATABASE_URL must be sqlite:///path or postgresql://user:password@host/name."


class Database:
    """One SQLite file or one PostgreSQL database. Open it once and close it at the end.

    :raises InvalidInput: the address is of neither kind.
    """

    def __init__(self, url: str) -> None:
        parsed = _read_url(url)
        self._turn = threading.Lock()
        self._takes_writes = True
        if parsed.get_backend_name() == "sqlite":
            self.engine = self.reader = _sqlite(parsed)
        else:
            self.engine, self.reader = _postgresql(parsed), _postgresql_reader(parsed)

    @property
    def is_sqlite(self) -> bool:
        """Whether it is the small one: a single file, a single writer."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A transaction that writes; all of it is kept, or nothing.

        :raises Unavailable: the database cannot be reached, is locked, or its disk is full.
        """
        turn = self._in_turn() if self.is_sqlite else nullcontext()
        with turn, self._in_plain_words(), self.engine.connect() as connection:
            if self.is_sqlite:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            is_watched = not self._takes_writes
            before = _changes(connection) if is_watched else 0
            yield connection
            has_written = is_watched and _has_written(connection, before)
            connection.commit()
            self._takes_writes |= has_written

    @contextmanager
    def _in_plain_words(self) -> Iterator[None]:
        """What goes wrong in plain words. That nothing can be written is logged once, until something was again."""
        try:
            with _in_plain_words(self.engine.url):
                yield
        except (DiskFull, ReadOnly) as error:
            if self._takes_writes:
                log.warning("nothing is written to %s: %s", self.engine.url.database, error.text)
            self._takes_writes = False
            raise

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        # Who waits for a busy file looks at it ever more rarely, and may be overtaken until it gives up.
        if not self._turn.acquire(timeout=TURN_SECONDS):
            raise Unavailable
        try:
            yield
        finally:
            self._turn.release()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A look at the data: on SQLite at one moment, on PostgreSQL each statement at what is committed when it begins.

        Nothing can be written through it: SQLite forgets it, PostgreSQL refuses it.

        :raises Unavailable: the database cannot be reached or is locked.
        """
        with self._in_plain_words(), self.reader.connect() as connection:
            if self.is_sqlite:
                connection.exec_driver_sql("BEGIN")
            yield connection
            connection.rollback()

    def rewrite(self, tables: Sequence[str]) -> bool:
        """Overwrite what was deleted: free pages, old versions of rows of these tables, and on SQLite the log that held them.

        False: somebody else is at work in it, or may still look at what was deleted, so that something is left; try again.

        :raises Unavailable: the database cannot be reached, or its disk is full.
        """
        with self._in_plain_words():
            try:
                return self._rewritten_sqlite() if self.is_sqlite else self._rewritten_postgresql(tables)
            except OperationalError as error:
                if _is_held(error):
                    return False
                raise

    def _rewritten_sqlite(self) -> bool:
        with self._in_turn(), self.engine.connect() as connection:
            try:
                # Others wait for this turn: whoever reads the old log is not waited for.
                connection.exec_driver_sql(f"PRAGMA busy_timeout={REWRITE_WAIT_MS}")
                connection.exec_driver_sql("VACUUM")
                busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar_one()
            finally:
                connection.exec_driver_sql(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")
        return not busy

    def _rewritten_postgresql(self, tables: Sequence[str]) -> bool:
        with self.engine.connect() as connection:
            return _rewritten(connection.execution_options(isolation_level="AUTOCOMMIT"), tables)

    def close(self) -> None:
        """Give back every connection."""
        self.engine.dispose()
        self.reader.dispose()


def _changes(connection: Connection) -> int:
    """How many rows a connection to SQLite has changed so far."""
    driver = connection.connection.driver_connection
    return driver.total_changes if isinstance(driver, sqlite3.Connection) else 0


def _has_written(connection: Connection, before: int) -> bool:
    """Whether this transaction has changed anything; `before` is what `_changes` was at its beginning."""
    if connection.dialect.name == "sqlite":
        return _changes(connection) > before
    return connection.exec_driver_sql("SELECT pg_current_xact_id_if_assigned()").scalar_one() is not None


def _rewritten(connection: Connection, tables: Sequence[str]) -> bool:
    """Write tables of PostgreSQL anew; False: one is in use, or an older transaction kept dead rows from being left out."""
    left: list[str] = []
    driver: Any = connection.connection.driver_connection

    def heard(notice: Any) -> None:
        # "5 dead row versions cannot be removed yet", in whichever language.
        left.extend(number for number in re.findall(r"\d+", notice.message_detail or "")[:1] if int(number))

    driver.add_notice_handler(heard)
    try:
        # Whoever comes after a statement that waits for a whole table waits as well.
        connection.exec_driver_sql(f"SET lock_timeout = '{TABLE_SECONDS}s'")
        _outlast_older(connection)
        for table in tables:
            connection.exec_driver_sql(f"VACUUM (FULL, VERBOSE) {table}")
    except InternalError as error:
        if _is_cleaned_meanwhile(error):
            return False
        raise
    finally:
        driver.remove_notice_handler(heard)
        connection.exec_driver_sql("RESET lock_timeout")
    return not left


def _outlast_older(connection: Connection) -> None:
    """Wait a little until nobody in this database sees it as it was before now: what somebody may still see is not left out.

    Whoever reads has a snapshot (`backend_xmin`) without having a transaction's number, and the queue always has one of up to a
    second.
    """
    until = time.monotonic() + OLDER_SECONDS
    own = connection.exec_driver_sql("SELECT pg_current_xact_id()::xid::text").scalar_one()
    older = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
        "AND greatest(age(backend_xid), age(backend_xmin)) >= age(CAST(%s AS xid))"
    )
    while connection.exec_driver_sql(older, (own,)).scalar_one() and time.monotonic() < until:
        time.sleep(0.1)


def _read_url(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise InvalidInput(WHICH) from error
    if parsed.drivername in ("postgres", "postgresql"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername not in ("sqlite", "sqlite+pysqlite", "postgresql+psycopg"):
        raise InvalidInput(WHICH)
    return parsed


def _sqlite(url: URL) -> Engine:
    engine = create_engine(url, pool_size=20, max_overflow=20, hide_parameters=True)
    event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _postgresql(url: URL) -> Engine:
    return create_engine(
        url, pool_size=10, max_overflow=20, pool_pre_ping=True, connect_args=postgresql_arguments(url), hide_parameters=True
    )


def _postgresql_reader(url: URL) -> Engine:
    # A transaction to read in would be two more ways to the server and back, and no more consistent.
    arguments = postgresql_arguments(url)
    arguments["options"] = f"{arguments['options']} -c default_transaction_read_only=on"
    engine = create_engine(
        url, pool_size=10, max_overflow=20, connect_args=arguments, isolation_level="AUTOCOMMIT", hide_parameters=True
    )
    _ping_idle(engine)
    return engine


def postgresql_arguments(url: URL) -> dict[str, Any]:
    """How to connect to PostgreSQL. Who stops in the middle of a transaction loses it, so that its locks hold up nobody else.

    It gives times in UTC: to convert tens of thousands of them here takes longer than to read them. `options` in the address
    take the place of ours.
    """
    ours = f"-c idle_in_transaction_session_timeout={IDLE_SECONDS * 1000} -c TimeZone=UTC"
    return {"connect_timeout": BUSY_SECONDS, "options": url.query.get("options", ours)}


def _ping_idle(engine: Engine) -> None:
    """Try a connection that lay idle before it is used again: its server may have gone. One that was just used is trusted:
    to read once more costs less than to ask each time, as `pool_pre_ping` does for what writes.
    """

    @event.listens_for(engine, "checkin")
    def _(_: Any, record: ConnectionPoolEntry) -> None:
        record.info["idle_since"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def _(connection: Any, record: ConnectionPoolEntry, _: Any) -> None:
        if time.monotonic() - record.info.get("idle_since", float("inf")) > TRUSTED_SECONDS:
            try:
                engine.dialect.do_ping(connection)
            except engine.dialect.loaded_dbapi.Error as error:
                raise DisconnectionError from error


@contextmanager
def _in_plain_words(url: URL) -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        said = str(error.orig)
        if any(words in said for words in FULL):
            raise DiskFull from error
        if "readonly database" in said or "read-only transaction" in said:
            raise ReadOnly from error
        if any(words in said for words in NO_DATABASE):
            raise NoDatabase(file=url.database) from error
        if "unable to open database file" in said:
            raise NotOpened(file=url.database, folder=Path(url.database or "").resolve().parent) from error
        if "no such table" in said or getattr(error.orig, "sqlstate", "") == UNDEFINED_TABLE:
            raise NotMigrated from error
        if isinstance(error, OperationalError) or error.connection_invalidated:
            raise Unavailable from error
        raise


def _is_held(error: OperationalError) -> bool:
    """Whether somebody else holds what was asked for."""
    return getattr(error.orig, "sqlstate", "") == LOCK_NOT_AVAILABLE or "locked" in str(error.orig)


def _is_cleaned_meanwhile(error: InternalError) -> bool:
    """Whether autovacuum took the long values of deleted rows while they were copied: there is no more to it."""
    return getattr(error.orig, "sqlstate", "") == DATA_CORRUPTED and "missing chunk" in str(error.orig)


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
