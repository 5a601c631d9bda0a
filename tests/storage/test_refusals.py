"""What the database refuses, in words that say what to do."""

from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from bot.domain.errors import DiskFull, NoDatabase, NotMigrated, NotOpened, ReadOnly
from bot.domain.people import Change
from storage import Database, audit
from tests.conftest import NOW


def test_a_database_without_tables_says_to_migrate(database_url: str) -> None:
    database = Database(database_url)
    with pytest.raises(NotMigrated, match="barometer migrate"), database.read() as connection:
        audit.entries(connection)
    database.close()


def test_a_database_that_may_not_be_written_says_so(tmp_path: Path) -> None:
    made = Database(f"sqlite:///{tmp_path / 'b.db'}")
    with made.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE t (x)")
    made.close()
    database = Database(f"sqlite:///file:{tmp_path / 'b.db'}?mode=ro&uri=true")
    with pytest.raises(ReadOnly, match="its folder"), database.begin() as connection:
        connection.exec_driver_sql("INSERT INTO t VALUES (1)")
    database.close()


def test_that_nothing_can_be_written_is_logged_once_until_something_was(db: Database, caplog: pytest.LogCaptureFixture) -> None:
    def refused() -> None:
        with pytest.raises(DiskFull), db.begin():
            raise OperationalError("", {}, Exception("database or disk is full"))

    def warnings() -> int:
        return sum(each.levelname == "WARNING" and "disk" in each.message for each in caplog.records)

    for _ in range(3):
        refused()
        with db.begin() as connection:
            audit.entries(connection)
    assert warnings() == 1
    with db.begin() as connection:
        audit.write(connection, NOW, Change("U0001", "test", "it"))
    refused()
    assert warnings() == 2


def test_a_file_that_is_no_database_is_said_to_be_none(tmp_path: Path) -> None:
    junk = tmp_path / "junk.db"
    junk.write_bytes(b"not a database, " * 100)
    database = Database(f"sqlite:///{junk}")
    for way in (database.read, database.begin):
        with pytest.raises(NoDatabase, match=r"junk\.db is not a SQLite database"), way():
            pass
    database.close()


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'none' / 'b.db'}")
    with pytest.raises(NotOpened, match=f"create the folder {tmp_path / 'none'}, or let"), database.begin():
        pass
    database.close()
