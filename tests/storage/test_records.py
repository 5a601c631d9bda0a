"""Roles, receipts and the audit log."""

from datetime import timedelta

import pytest

from bot.domain.people import Change
from storage import Database, audit, people, receipts
from tests.storage.observing import FIRST


def test_roles_are_given_once_and_taken_once(db: Database) -> None:
    with db.begin() as connection:
        assert people.grant(connection, "U0ANA", "sre", by="U0ADMIN", at=FIRST)
        assert not people.grant(connection, "U0ANA", "sre", by="U0BEA", at=FIRST)
        assert people.grant(connection, "U0BEA", "sre", by="U0ADMIN", at=FIRST - timedelta(days=1))
        assert people.roles_of(connection, "U0ANA") == {"sre"}
        assert people.holders(connection, ["sre", "executive"]) == {"sre": ["U0BEA", "U0ANA"], "executive": []}
        assert people.revoke(connection, "U0ANA", "sre")
        assert not people.revoke(connection, "U0ANA", "sre")
        assert people.roles_of(connection, "U0ANA") == frozenset()


def test_a_request_is_claimed_once(db: Database) -> None:
    with db.begin() as connection:
        assert receipts.claim(connection, "cmd:1", FIRST)
        assert not receipts.claim(connection, "cmd:1", FIRST)
    with db.begin() as connection:
        assert not receipts.claim(connection, "cmd:1", FIRST)
        receipts.answer(connection, "cmd:1", "done")
        assert receipts.answered(connection, "cmd:1") == "done"
        assert receipts.answered(connection, "cmd:2") == ""


def test_a_claim_is_given_back_when_the_work_fails(db: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        _claim_and_fail(db)
    with db.begin() as connection:
        assert receipts.claim(connection, "cmd:1", FIRST)


def _claim_and_fail(db: Database) -> None:
    with db.begin() as connection:
        assert receipts.claim(connection, "cmd:1", FIRST)
        raise ZeroDivisionError


def test_old_receipts_are_forgotten(db: Database) -> None:
    with db.begin() as connection:
        receipts.claim(connection, "old", FIRST)
        receipts.claim(connection, "new", FIRST + timedelta(days=3))
        assert receipts.prune(connection, FIRST + timedelta(days=2)) == 1
        assert receipts.claim(connection, "old", FIRST)
        assert not receipts.claim(connection, "new", FIRST)


def test_the_audit_log_tells_the_latest_first(db: Database) -> None:
    first = Change("U0ANA", "kpi.record", "mttr", None, {"value": "20"})
    second = Change("U0BEA", "kpi.correct", "mttr", {"value": "20"}, {"value": "26"}, "two incidents reopened")
    with db.begin() as connection:
        audit.write(connection, FIRST, first)
        audit.write(connection, FIRST, Change("U0ANA", "role.grant", "U0BEA"))
        audit.write(connection, FIRST, second)
        assert [e.change for e in audit.entries(connection, "mttr")] == [second, first]
        assert len(audit.entries(connection)) == 3
        assert len(audit.entries(connection, limit=1)) == 1
