"""Tell where a figure was published that it has been corrected: in the thread of the message in which it stood, once."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import groupby

from bot.domain.kpis import Kpi
from bot.domain.material import Correction
from bot.presenters.digest_words import correction_notice
from bot.services import Services, definitions, deliveries
from storage import Connection, corrections, observations
from storage.corrections import Corrected

STILL_SAID = timedelta(days=7)
"""How long a notice of a correction may take to arrive."""


def tell_corrections(services: Services) -> list[str]:
    """Have posted what has not been told yet; the ids of the deliveries. Called after a correction and by the clock."""
    with services.db.read() as connection:
        if not corrections.untold(connection, limit=1):
            return []
    with services.db.begin() as connection:
        found = corrections.untold(connection)
        kpis = definitions.current(services, connection)
        groups = groupby(sorted(found, key=_root), key=_root)
        posted = [delivery for _, group in groups if (delivery := _tell(services, connection, list(group), kpis))]
        corrections.told(connection, [(each.delivery_id, each.was) for each in found], services.now())
    return posted


def _root(each: Corrected) -> str:
    return each.root


def _tell(services: Services, connection: Connection, group: Sequence[Corrected], kpis: Mapping[str, Kpi]) -> str:
    known = observations.some(connection, [i for each in group for i in (each.was, each.now)])
    told = {each.now: Correction(each.sent_at, known[each.was], known[each.now]) for each in group if each.kpi in kpis}
    changed = [c for c in told.values() if c.was.figures != c.now.figures]
    if not changed:
        return ""
    first = group[0]
    figures = [c.now.id for c in changed]
    mark = hashlib.sha256(repr(sorted(figures)).encode()).hexdigest()[:16]
    return deliveries.post(
        services,
        connection,
        key=f"correction:{first.root}:{mark}",
        kind="digest",
        target=first.target,
        message=correction_notice(changed, kpis),
        subject=first.subject,
        owner=first.owner,
        deadline=services.now() + STILL_SAID,
        figures=figures,
        thread_of=first.root,
    )
