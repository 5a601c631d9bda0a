"""Forget what nobody will ask for again. The ledger, the figures and the audit log are kept."""

from datetime import UTC, datetime, timedelta

from bot.services import Services
from handlers.clock.job import Job
from storage import outbox, paces, queue, receipts

RECEIPTS = timedelta(days=7)
"""Slack repeats itself for minutes; whoever sends observations, for hours."""
JOBS_DONE = timedelta(days=7)
PACES = timedelta(days=1)
MOST_BATCHES = 40


def _run(services: Services) -> None:
    with services.db.begin() as connection:
        receipts.prune(connection, services.now() - RECEIPTS)
        paces.prune(connection, outbox.clock(connection) - PACES)
    before = datetime.now(UTC) - JOBS_DONE
    for _ in range(MOST_BATCHES):
        if queue.forget(services.db, before) == 0:
            return


JOB = Job("retention", timedelta(hours=1), _run)
