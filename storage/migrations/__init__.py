"""The schema, revision by revision: brought up to date in one transaction, by one process at a time."""

from pathlib import Path

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import Script, ScriptDirectory
from alembic.script.revision import RevisionError
from sqlalchemy import Connection, text

from bot.domain.errors import BarometerError
from storage import Database

HEAD = "heads"
FOLDER = Path(__file__).parent
_LOCK = 7_233_046_591
"""Any number, as long as every Barometer takes the same: PostgreSQL lets one of them migrate."""


class UnknownRevision(BarometerError):
    """The database is at revision {revision}, which this version does not know; run the newer version that made it."""


def head() -> str:
    """The newest revision."""
    return str(_scripts().get_current_head())


def revisions() -> list[str]:
    """Every revision, the first one first."""
    return [script.revision for script in reversed(list(_scripts().walk_revisions()))]


def pending(database: Database) -> list[str]:
    """The revisions that the database lacks, the first one first.

    :raises Unavailable: the database cannot be reached.
    :raises UnknownRevision: a newer version was here before.
    """
    with database.read() as connection:
        return [script.revision for script in _missing(MigrationContext.configure(connection), HEAD)]


def upgrade(database: Database, to: str = HEAD) -> None:
    """Bring the schema to the newest revision, or to the revision `to`: all the way, or not at all.

    Safe while others do the same: the second one waits, and finds nothing to do.

    :raises Unavailable: the database cannot be reached, or is locked for too long.
    :raises UnknownRevision: a newer version was here before.
    """
    scripts = _scripts()
    with database.begin() as connection:
        _lock(connection)
        context = MigrationContext.configure(connection)
        missing = _missing(context, to)
        with Operations.context(context):
            for script in missing:
                script.module.upgrade()
                context.stamp(scripts, script.revision)


def _scripts() -> ScriptDirectory:
    return ScriptDirectory(str(FOLDER))


def _missing(context: MigrationContext, to: str) -> list[Script]:
    done = context.get_current_revision()
    try:
        return list(_scripts().iterate_revisions(to, done))[::-1]
    except RevisionError as error:
        raise UnknownRevision(revision=done or to) from error


def _lock(connection: Connection) -> None:
    # SQLite has one writer as it is.
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
