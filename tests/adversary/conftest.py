"""The Slack door, and somebody who sees all of the database, for tests that attack."""

from collections.abc import Iterator

import pytest

from storage import Database
from tests.adversary.looks import Eye, eye_on
from tests.handlers.slack.conftest import open_slack, slack, workspace

__all__ = ["open_slack", "slack", "workspace"]


@pytest.fixture
def eye(db: Database) -> Iterator[Eye]:
    """Looks at the database of the test."""
    found = eye_on(db)
    yield found
    found.close()
