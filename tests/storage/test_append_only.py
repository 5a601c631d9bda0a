import pytest
from sqlalchemy.exc import DatabaseError

from bot.domain.observations import Decision
from bot.domain.people import Change
from storage import Database, audit, observations
from tests.storage.observing import FIRST, observed


@pytest.fixture
def filled(db: Database) -> Database:
    with db.begin() as connection:
        made = observations.insert(connection, observed(state="provisional")).observation
        observations.decide(connection, made.id, Decision("approved", "U0BEA", FIRST))
        audit.write(connection, FIRST, Change("U0ANA", "kpi.record", "mttr"))
        connection.exec_driver_sql(
            "INSERT INTO definition (name, version, source, digest, file, line, applied_at, applied_by, reason, retired)"
            " VALUES ('mttr', 1, '', '', '', 0, '2026-11-24', 'x', '', false)"
        )
    return db


@pytest.mark.parametrize("table", ["observation", "decision", "definition", "audit"])
@pytest.mark.parametrize("statement", ["UPDATE {0} SET {1} = 'x'", "DELETE FROM {0}"])
def test_the_database_refuses_to_change_what_was_written(filled: Database, table: str, statement: str) -> None:
    column = {"observation": "note", "decision": "reason", "definition": "source", "audit": "reason"}[table]
    with pytest.raises(DatabaseError, match=f"{table} is append-only"), filled.begin() as connection:
        connection.exec_driver_sql(statement.format(table, column))


def test_replacing_or_truncating_is_changing_too(filled: Database) -> None:
    replacing = "INSERT OR REPLACE INTO decision VALUES (1, 'rejected', 'x', '2026-11-24', '')"
    statement = replacing if filled.is_sqlite else "TRUNCATE decision"
    with pytest.raises(DatabaseError, match="decision is append-only"), filled.begin() as connection:
        connection.exec_driver_sql(statement)
