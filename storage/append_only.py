"""Triggers by which the database itself refuses to change or delete rows of tables that are only added to."""

from typing import Any

from sqlalchemy import Connection, Table

_SQLITE = """
CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END
"""

_FUNCTION = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ' is append-only'; END $$
"""

_POSTGRESQL = """
CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table}
FOR EACH {scope} EXECUTE FUNCTION refuse_change()
"""


def statements(table: str, dialect: str) -> list[str]:
    """The DDL that makes `table` append-only on SQLite or PostgreSQL."""
    if dialect == "sqlite":
        return [_SQLITE.format(table=table, verb=verb) for verb in ("update", "delete")]
    scopes = {"update": "ROW", "delete": "ROW", "truncate": "STATEMENT"}
    return [_FUNCTION, *(_POSTGRESQL.format(table=table, verb=verb, scope=scope) for verb, scope in scopes.items())]


def guard(connection: Connection, *tables: str) -> None:
    """Make tables append-only. Revisions of the schema call it: what it does for a table may never change."""
    for table in tables:
        for statement in statements(table, connection.dialect.name):
            connection.exec_driver_sql(statement)


def refuse_changes(target: Table, connection: Connection, **_: Any) -> None:
    """For SQLAlchemy's `after_create`: tables made from the metadata are guarded as migrated ones are."""
    guard(connection, target.name)


_FROZEN_SQLITE = """
CREATE TRIGGER {table}_{column}_frozen BEFORE UPDATE OF {column} ON {table} WHEN NEW.{column} <> OLD.{column}
BEGIN SELECT RAISE(ABORT, '{table}.{column} is frozen'); END
"""

_FROZEN_FUNCTION = """
CREATE OR REPLACE FUNCTION refuse_thaw() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || '.' || TG_ARGV[0] || ' is frozen'; END $$
"""

_FROZEN_POSTGRESQL = """
CREATE TRIGGER {table}_{column}_frozen BEFORE UPDATE ON {table}
FOR EACH ROW WHEN (NEW.{column} IS DISTINCT FROM OLD.{column}) EXECUTE FUNCTION refuse_thaw('{column}')
"""


def freeze(connection: Connection, table: str, column: str) -> None:
    """Let a column never change once its row is written. What it does for a column may never change, as for `guard`."""
    sqlite = connection.dialect.name == "sqlite"
    for statement in [_FROZEN_SQLITE] if sqlite else [_FROZEN_FUNCTION, _FROZEN_POSTGRESQL]:
        connection.exec_driver_sql(statement.format(table=table, column=column) if statement != _FROZEN_FUNCTION else statement)


def refuse_thaw(target: Table, connection: Connection, **_: Any) -> None:
    """For SQLAlchemy's `after_create`: the contract of a wave stands as it was when the wave was started."""
    freeze(connection, target.name, "contract")
