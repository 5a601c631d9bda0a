"""Old versions of rows are overwritten, or it is said that it has to be tried again."""

import psycopg
import pytest
from sqlalchemy import event
from sqlalchemy.exc import InternalError

from storage import Database


def fail_with(db: Database, error: Exception) -> None:
    def refuse(_connection, _cursor, statement, *_):
        if statement == "VACUUM FULL ballot":
            raise InternalError(statement, {}, error)

    event.listen(db.engine, "before_cursor_execute", refuse)


def test_it_is_tried_again_where_autovacuum_took_long_values_meanwhile(db: Database) -> None:
    if db.is_sqlite:
        pytest.skip("only PostgreSQL keeps long values apart")
    assert db.rewrite(["ballot"])
    fail_with(db, psycopg.errors.DataCorrupted("missing chunk number 0 for toast value 5 in pg_toast_7"))
    assert not db.rewrite(["ballot"])


def test_what_is_truly_broken_is_not_passed_over(db: Database) -> None:
    if db.is_sqlite:
        pytest.skip("only PostgreSQL keeps long values apart")
    fail_with(db, psycopg.errors.DataCorrupted("invalid page in block 3"))
    with pytest.raises(InternalError):
        db.rewrite(["ballot"])
