"""What a connection may do, and that one whose server has gone is not used again."""

import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import text

import storage
from bot.domain.errors import BarometerError, Unavailable
from storage import Database, people
from tests.conftest import NOW


def test_nothing_can_be_written_where_only_reading_is_meant(db: Database) -> None:
    try:
        with db.read() as connection:
            people.grant(connection, "U0ANA", "sre", by="U0ANA", at=NOW)
    except BarometerError:
        assert not db.is_sqlite
    with db.read() as connection:
        assert people.roles_of(connection, "U0ANA") == frozenset()


def test_a_connection_that_lay_idle_and_was_cut_is_replaced(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "TRUSTED_SECONDS", -1)
    database, other = Database(postgres_url), Database(postgres_url)
    for use in (database.read, database.begin):
        with use() as connection:
            first = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
        with other.begin() as connection:
            connection.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": first})
        with use() as connection:
            assert connection.execute(text("SELECT pg_backend_pid()")).scalar_one() != first
    database.close()
    other.close()


def test_only_a_connection_that_lay_idle_is_tried_first(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    database = Database(postgres_url)
    tried: list[object] = []
    with database.read() as connection:
        dialect = connection.dialect
    ping = dialect.do_ping
    monkeypatch.setattr(dialect, "do_ping", lambda connection: tried.append(connection) or ping(connection))
    monkeypatch.setattr(storage, "TRUSTED_SECONDS", 3_600)
    with database.read():
        assert not tried
    monkeypatch.setattr(storage, "TRUSTED_SECONDS", -1)
    with database.read():
        assert len(tried) == 1
    database.close()


def test_writers_of_one_process_take_turns_at_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "BUSY_SECONDS", 0)  # whoever finds the file busy gives up at once
    database, failures = Database(f"sqlite:///{tmp_path / 'barometer.db'}"), []

    def write() -> None:
        try:
            with database.begin():
                time.sleep(0.01)
        except Unavailable as error:
            failures.append(error)

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    database.close()
    assert failures == []
