import shutil
from collections.abc import Iterator
from pathlib import Path
from threading import Barrier, Thread

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from bot.domain.errors import Unavailable
from storage import Database, migrations
from storage.migrations import __main__ as writing
from storage.tables import metadata


@pytest.fixture
def empty(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()


@pytest.mark.parametrize("start", ["", *migrations.revisions()])
def test_every_earlier_revision_comes_up_to_the_schema(empty: Database, start: str) -> None:
    if start:
        migrations.upgrade(empty, start)
    migrations.upgrade(empty)
    assert migrations.pending(empty) == []
    with empty.read() as connection:
        assert MigrationContext.configure(connection).get_current_revision() == migrations.head()
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_migrated_tables_are_guarded_like_those_of_the_metadata(db: Database) -> None:
    listing = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger' ORDER BY name"
        if db.is_sqlite
        else "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal ORDER BY tgname"
    )
    with db.read() as connection:
        wanted = connection.execute(text(listing)).scalars().all()
    migrated = _fresh(db)
    migrations.upgrade(migrated)
    with migrated.read() as connection:
        assert connection.execute(text(listing)).scalars().all() == wanted
    migrated.close()
    assert len(wanted) >= 8


def _fresh(used: Database) -> Database:
    """Another, empty database beside one."""
    if used.is_sqlite:
        path = Path(str(used.engine.url.database))
        return Database(f"sqlite:///{path.with_name('fresh.db')}")
    with used.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    return Database(used.engine.url.render_as_string(hide_password=False))


def test_an_empty_database_lacks_every_revision(empty: Database) -> None:
    assert migrations.pending(empty) == migrations.revisions()


def test_replicas_may_migrate_at_once(empty: Database) -> None:
    ready, failures = Barrier(4), []

    def migrate() -> None:
        ready.wait()
        try:
            migrations.upgrade(empty)
        except Exception as error:  # noqa: BLE001
            failures.append(error)

    threads = [Thread(target=migrate) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert migrations.pending(empty) == []


def test_a_revision_that_fails_leaves_nothing_behind(empty: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.append_only._SQLITE", "NONSENSE {table} {verb}")
    monkeypatch.setattr("storage.append_only._POSTGRESQL", "NONSENSE {table} {verb} {scope}")
    with pytest.raises((Unavailable, DatabaseError)):
        migrations.upgrade(empty)
    with empty.read() as connection:
        assert not empty.engine.dialect.has_table(connection, "observation")
    assert migrations.pending(empty) == migrations.revisions()


def test_a_database_from_the_future_is_refused(empty: Database) -> None:
    migrations.upgrade(empty)
    with empty.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(migrations.UnknownRevision, match="9999"):
        migrations.pending(empty)
    with pytest.raises(migrations.UnknownRevision, match="newer version"):
        migrations.upgrade(empty)


def test_a_new_revision_is_written_from_the_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "migrations"
    shutil.copytree(migrations.FOLDER, folder)
    for module in (migrations, writing):
        monkeypatch.setattr(module, "FOLDER", folder)
    made = Path(writing.main("Nothing changed"))
    assert made.parent == folder / "versions"
    assert "pass" in made.read_text()
    assert migrations.revisions()[-1] == migrations.head() == made.name.split("_")[0]
