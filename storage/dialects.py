"""What SQL does not know: insert unless it is there, and PostgreSQL's COPY."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError


def insert(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that has `on_conflict_do_nothing` and `on_conflict_do_update`."""
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)


def add(connection: Connection, table: Table, **values: object) -> bool:
    """Insert a row; False if one with the same key is there already. Nothing is changed then."""
    row = insert(connection, table).on_conflict_do_nothing().returning(*table.primary_key.columns)
    return connection.execute(row, values).first() is not None


def copy(connection: Connection, statement: str, types: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Run a COPY of PostgreSQL that takes rows in its binary format; what fails of it fails as any other statement does."""
    import psycopg

    cursor: Any = connection.connection.cursor()  # what SQLAlchemy knows of cursors has no COPY
    try:
        with cursor, cursor.copy(statement) as lines:
            lines.set_types(types)
            for row in rows:
                lines.write_row(row)
    except psycopg.Error as error:
        raise DBAPIError.instance(statement, None, error, psycopg.Error, dialect=connection.dialect) from error
