"""Old versions of rows are overwritten, or it is said that it has to be tried again."""

import threading
import time

import psycopg
import pytest
from sqlalchemy import event
from sqlalchemy.exc import InternalError

import storage
from storage import Database


def fail_with(db: Database, error: Exception) -> None:
    def refuse(_connection, _cursor, statement, *_):
        if statement == "VACUUM (FULL, VERBOSE) ballot":
            raise InternalError(statement, {}, error)

    event.listen(db.engine, "before_cursor_execute", refuse)


def leave_a_dead_row(db: Database) -> None:
    for statement in ("INSERT INTO pace (channel, next_free_at) VALUES ('C1', now())", "DELETE FROM pace"):
        with db.begin() as connection:
            connection.exec_driver_sql(statement)


def rewrite_in_the_end(db: Database) -> None:
    """A process that is just connecting, to whichever database of the server, keeps old rows for a moment as well."""
    until = time.monotonic() + 60
    while not db.rewrite(["pace"]):
        assert time.monotonic() < until
        time.sleep(0.2)


def test_it_is_tried_again_where_autovacuum_took_long_values_meanwhile(db: Database) -> None:
    if db.is_sqlite:
        pytest.skip("only PostgreSQL keeps long values apart")
    assert db.rewrite(["ballot"])
    fail_with(db, psycopg.errors.DataCorrupted("missing chunk number 0 for toast value 5 in pg_toast_7"))
    assert not db.rewrite(["ballot"])


def test_what_is_truly_broken_is_not_passed_over(db: Database) -> None:
    if db.is_sqlite:
        pytest.skip("only PostgreSQL keeps long values apart")
    fail_with(db, psycopg.errors.DataCorrupted("invalid page in block 3"))
    with pytest.raises(InternalError):
        db.rewrite(["ballot"])


def test_whoever_only_reads_for_a_moment_is_waited_for(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the queue does all the time: a snapshot, and no transaction's number."""
    if db.is_sqlite:
        pytest.skip("SQLite has no versions of rows")
    monkeypatch.setattr(storage, "OLDER_SECONDS", 30)  # a moment is long on a busy machine
    reading, seen, over = threading.Event(), threading.Event(), threading.Event()
    was_over: list[bool] = []

    def read() -> None:
        with db.engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
            connection.exec_driver_sql("SELECT 1")
            reading.set()
            seen.wait(10)
            time.sleep(1)
            over.set()

    def look(_connection, _cursor, statement, *_):
        if statement == "VACUUM (FULL, VERBOSE) pace":
            was_over.append(over.is_set())

    event.listen(db.engine, "before_cursor_execute", look)
    reader = threading.Thread(target=read)
    reader.start()
    assert reading.wait(10)
    leave_a_dead_row(db)
    seen.set()
    rewrite_in_the_end(db)
    reader.join()
    assert was_over[0]


def test_who_reads_for_long_is_not_waited_for(db: Database) -> None:
    if db.is_sqlite:
        pytest.skip("SQLite has no versions of rows")
    with db.engine.connect().execution_options(isolation_level="REPEATABLE READ") as reader:
        reader.exec_driver_sql("SELECT 1")
        leave_a_dead_row(db)
        assert not db.rewrite(["pace"])
    rewrite_in_the_end(db)
