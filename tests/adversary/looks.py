"""What somebody sees who has the files of a database, or its superuser: every row with its place, and every byte."""

import shutil
import sqlite3
import struct
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from storage import Database

PLACE, WRITER = "_place", "_xmin"
"""Where a row lies in its table, and on PostgreSQL which transaction wrote it."""
Row = Mapping[str, Any]
BLOCK = 8192


@dataclass(frozen=True)
class Look:
    """One look at a database: its rows by table, in the order in which they lie, its pages, and what was logged since."""

    rows: Mapping[str, Sequence[Row]]
    pages: Mapping[tuple[str, int], bytes] = field(repr=False)
    log: bytes = field(default=b"", repr=False)

    @cached_property
    def raw(self) -> bytes:
        """All of it, to be searched."""
        return b"\0".join([*self.pages.values(), self.log])


class Eye(Protocol):
    """Takes looks at one database."""

    def look(self) -> Look: ...

    def close(self) -> None: ...


def eye_on(database: Database) -> Eye:
    """Whoever can read all of it."""
    return FileEye(Path(str(database.engine.url.database))) if database.is_sqlite else ServerEye(database)


class FileEye:
    """Copies a SQLite file with its -wal and -shm, as a backup would."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def look(self) -> Look:
        with tempfile.TemporaryDirectory() as folder:
            copied = Path(folder) / "copy.db"
            for end in ("", "-wal", "-shm"):
                if (beside := Path(f"{self._path}{end}")).exists():
                    shutil.copyfile(beside, f"{copied}{end}")
            file, log = copied.read_bytes(), _bytes(Path(f"{copied}-wal"))
            return Look(dict(_tables(copied)), _file_pages(file, log), file + log + _bytes(Path(f"{copied}-shm")))

    def close(self) -> None:
        """Nothing is held."""


def _bytes(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""


def _tables(path: Path) -> Iterator[tuple[str, list[Row]]]:
    connection = sqlite3.connect(path)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA synchronous = OFF")
    names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    for name in names:
        try:
            found = connection.execute(f'SELECT rowid AS {PLACE}, * FROM "{name}" ORDER BY rowid').fetchall()
            yield name, [dict(row) for row in found]
        except sqlite3.OperationalError:  # WITHOUT ROWID: it lies in the order of its key
            found = connection.execute(f'SELECT * FROM "{name}"').fetchall()
            yield name, [{PLACE: place, **dict(row)} for place, row in enumerate(found)]
    connection.close()


def _file_pages(file: bytes, log: bytes) -> dict[tuple[str, int], bytes]:
    """The pages of a SQLite file with those of its log in their place, by the format of the file (sqlite.org/fileformat2)."""
    size = struct.unpack(">H", file[16:18])[0] or 4096
    size = 65536 if size == 1 else size
    pages = {("file", n // size + 1): file[n : n + size] for n in range(0, len(file), size)}
    for start in range(32, len(log) - 24 - size + 1, 24 + size):
        head, page = log[start : start + 24], log[start + 24 : start + 24 + size]
        if head[8:16] == log[16:24]:
            pages["file", struct.unpack(">I", head[:4])[0]] = page
    return pages


class ServerEye:
    """A superuser of a PostgreSQL server: every table with its system columns, its file, and what the server logged."""

    def __init__(self, database: Database) -> None:
        url = make_url(database.engine.url).set(drivername="postgresql").render_as_string(hide_password=False)
        self._connection = psycopg.connect(url, autocommit=True)
        self._seen = self._value("SELECT pg_current_wal_insert_lsn() - '0/0'")

    def look(self) -> Look:
        logged = self._logged()  # before the server lets go of it
        self._connection.execute("CHECKPOINT")
        found = self._connection.execute(
            "SELECT n.nspname, c.relname, c.relkind = 'r', pg_read_binary_file(pg_relation_filepath(c.oid), true) "
            "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'i', 't') "
            "AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_temp'"
        ).fetchall()
        rows = {name: self._rows(schema, name) if raw else [] for schema, name, is_table, raw in found if is_table}
        files = {name: raw or b"" for _, name, _, raw in found}
        pages = {(name, n // BLOCK): raw[n : n + BLOCK] for name, raw in files.items() for n in range(0, len(raw), BLOCK)}
        return Look(rows, pages, logged)

    def close(self) -> None:
        """Leave the server."""
        self._connection.close()

    def _rows(self, schema: str, name: str) -> list[Row]:
        query = sql.SQL("SELECT xmin::text::bigint AS {}, ctid::text AS {}, t.* FROM {} t ORDER BY ctid")
        with self._connection.cursor(row_factory=psycopg.rows.dict_row) as cursor:
            return cursor.execute(
                query.format(sql.Identifier(WRITER), sql.Identifier(PLACE), sql.Identifier(schema, name))
            ).fetchall()

    def _logged(self) -> bytes:
        """What was written to the log of changes since the last look."""
        now, size = int(self._value("SELECT pg_current_wal_flush_lsn() - '0/0'")), 16 * 1024 * 1024
        written, start = b"", int(self._seen)
        while start < now:
            end = min(now, start - start % size + size)
            name = self._value("SELECT pg_walfile_name('0/0'::pg_lsn + %s::numeric)", start + 1)
            read = "SELECT pg_read_binary_file('pg_wal/' || %s, %s, %s, true)"
            written += self._value(read, name, start % size, end - start) or b""
            start = end
        self._seen = now
        return written

    def _value(self, query: str, *arguments: object) -> Any:
        row = self._connection.execute(query, arguments).fetchone()
        return row[0] if row else None
