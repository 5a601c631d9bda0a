"""Surveys that were counted since a digest before, for readers who may see their results."""

from collections.abc import Sequence
from datetime import datetime

from bot.domain.people import Asker
from bot.domain.survey_reports import News
from bot.domain.survey_waves import load
from bot.services import survey_results, survey_viewers
from storage import Connection, surveys, waves
from storage.waves import StoredWave

AUDIENCE = "barometer"
"""Who asks for a digest to a channel: `bot.domain.digests.audience_asker`."""


def since(connection: Connection, target: str, readers: Sequence[Asker], moment: datetime, until: datetime) -> tuple[News, ...]:
    """What is told at `target` of the waves that were counted after `moment` and by `until`, oldest first.

    Only waves whose contract sends their results to this very channel, or names the person to whom the digest goes.
    """
    rows = [row for row in waves.counted(connection, moment, until) if _is_for(row, target, readers)]
    return tuple(_news(connection, row, target, until) for row in rows)


def _is_for(row: StoredWave, target: str, readers: Sequence[Asker]) -> bool:
    contract = load(row.contract)
    if not survey_viewers.may_see(Asker(target), row, target):
        return False
    people = {reader.user_id for reader in readers} - {AUDIENCE, survey_viewers.TERMINAL}
    if target[:1] in ("C", "G"):
        return contract.channel == target and people <= set(contract.viewers)
    return target in contract.viewers and people <= set(contract.viewers)


def _news(connection: Connection, row: StoredWave, target: str, until: datetime) -> News:
    """As somebody sees it who reads the digest, and nothing that only its other viewers may see."""
    found = survey_results.read(Asker(target), connection, row, target)
    still = tuple(
        a for a in surveys.actions(connection, row.survey) if a.made_at <= until and (a.done_at is None or a.done_at > until)
    )
    return News(found, still, until.date())
