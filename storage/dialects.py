"""The one statement that both databases know and SQL does not: insert unless it is there."""

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that has `on_conflict_do_nothing` and `on_conflict_do_update`."""
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)


def add(connection: Connection, table: Table, **values: object) -> bool:
    """Insert a row; False if one with the same key is there already. Nothing is changed then."""
    row = insert(connection, table).on_conflict_do_nothing().returning(*table.primary_key.columns)
    return connection.execute(row, values).first() is not None
