"""What every test may ask for."""

import shutil
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings
from sqlalchemy import Engine, event, inspect
from sqlalchemy.engine import make_url

from bot.services import Services
from bot.settings import Settings
from storage import Database
from storage.tables import definition, metadata
from tests.postgres import new_database, server_address

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
"""A Tuesday: the moment at which tests happen unless they say otherwise."""

# A busy machine is no reason for a property not to hold.
hypothesis_settings.register_profile("untimed", deadline=None)
hypothesis_settings.load_profile("untimed")


@event.listens_for(Engine, "connect")
def _leave_what_is_deleted(connection: object, record: object) -> None:
    """As SQLite does unless it is compiled otherwise: Debian's overwrites it, and none of it would be left to be found."""
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA secure_delete = OFF")


@pytest.fixture(scope="session")
def postgres_server() -> str:
    """The address of a PostgreSQL server of our own, on a socket, shared by the worker processes of a run."""
    return server_address()


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """A new, empty PostgreSQL database."""
    with new_database(postgres_server) as url:
        yield url


@pytest.fixture(scope="session")
def postgres_schema(postgres_server: str) -> Iterator[str]:
    """The name of a PostgreSQL database with the schema in it, to be copied: that takes a sixth of making it anew."""
    with new_database(postgres_server) as url:
        _make_schema(url)
        yield str(make_url(url).database)


@pytest.fixture(scope="session")
def sqlite_schema(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the schema in it, to be copied."""
    file = tmp_path_factory.mktemp("schema") / "barometer.db"
    _make_schema(f"sqlite:///{file}")
    return file


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database: the test runs on both kinds. It is empty, unless the test asks for `db` as well."""
    with_schema = "db" in request.fixturenames
    if request.param == "sqlite":
        file = tmp_path / "barometer.db"
        if with_schema:
            shutil.copyfile(request.getfixturevalue("sqlite_schema"), file)
        yield f"sqlite:///{file}"
    else:
        template = request.getfixturevalue("postgres_schema") if with_schema else "template1"
        with new_database(request.getfixturevalue("postgres_server"), template) as url:
            yield url


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    """A database with the schema in it."""
    database = Database(database_url)
    if not inspect(database.engine).has_table(definition.name):
        metadata.create_all(database.engine)
    yield database
    database.close()


def _make_schema(url: str) -> None:
    database = Database(url)
    metadata.create_all(database.engine)
    database.close()


@pytest.fixture
def services(db: Database, tmp_path: Path) -> Services:
    """Services at `NOW`."""
    return Services(db, Settings(admins=frozenset({"U0ADMIN"}), survey_keys=tmp_path / "keys"), lambda: NOW)
