"""Everything that a digest says, loaded in a constant number of queries whatever the number of KPIs."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from bot.domain.digest_answers import Run
from bot.domain.digests import DigestDefinition
from bot.domain.grains import AtGrain, at_grain, at_start, is_finer
from bot.domain.kpis import Category, Grain, Kpi
from bot.domain.material import Correction, Material, Traffic
from bot.domain.observations import Observation
from bot.domain.people import Asker
from bot.domain.ranking import Context, rank
from bot.domain.readings import read
from bot.domain.schedules import next_due
from bot.domain.survey_reports import News
from bot.services import Services, beginnings, definitions, survey_news
from bot.services.readings import POINTS
from storage import Connection, corrections, digests, observations, outbox

WINDOWS = {
    Grain.WEEK: timedelta(days=7 * 27),
    Grain.MONTH: timedelta(days=31 * 14),
    Grain.QUARTER: timedelta(days=92 * 9),
}
"""How far back figures are read that are rolled up: half a year of weeks, a year of months, two years of quarters."""

EVERY_PERIOD = 100_000
WAITING = ("waiting", "due", "sending", "checking")
FAILED = ("failed", "uncertain", "skipped")


def gather(
    services: Services,
    connection: Connection,
    definition: DigestDefinition,
    readers: Sequence[Asker],
    *,
    as_of: datetime,
    known_at: datetime | None = None,
    late: str = "",
    scheduled: bool = True,
) -> Material:
    """What the digest says at `as_of` to somebody who may see what all of `readers` may.

    `known_at`: as it was known at that moment. `late` is said on top. A digest that is not `scheduled` has no next time.
    """
    kpis = _kpis(services, connection, definition, readers)
    found = _at_grain(connection, kpis, definition.grain, as_of, known_at)
    first = _first(connection, found, as_of, known_at)
    readings = tuple(read(each.kpi, each.history, as_of, start=first.get(each.kpi.name, ())) for each in found)
    previous = digests.last_built(connection, definition.name, definition.target, before=as_of)
    since = previous.fired_at if previous else as_of - _SINCE[definition.cadence]
    corrected = _corrections(connection, definition, since, known_at or as_of)
    return Material(
        definition=definition,
        as_of=as_of,
        readings=readings,
        ranked=rank(readings, Context(corrected={c.now.kpi for c in corrected})),
        traffic=_traffic(connection, since),
        corrections=corrected,
        previous=previous.fired_at if previous else None,
        next_due=next_due(definition.schedule, as_of, 1)[0] if scheduled else None,
        late=late,
        published=tuple(i for each in found for i in each.sources),
        surveys=_surveys(connection, definition, readers, since, known_at or as_of),
    )


_SINCE = {
    "daily": timedelta(days=1),
    "weekly": timedelta(days=7),
    "monthly": timedelta(days=31),
    "quarterly": timedelta(days=92),
}


def has_news(material: Material, previous: Run | None) -> bool:
    """Whether anything was recorded since the digest before."""
    return previous is None or any(r.observation.recorded_at > previous.fired_at for r in material.readings if r.observation)


def _kpis(services: Services, connection: Connection, definition: DigestDefinition, readers: Sequence[Asker]) -> list[Kpi]:
    order = list(Category)
    picked = [
        kpi
        for kpi in definitions.current(services, connection).values()
        if definition.kpis.picks(kpi) and all(reader.may_see(kpi.visibility, kpi.owner) for reader in readers)
    ]
    return sorted(picked, key=lambda kpi: (order.index(kpi.category), kpi.title, kpi.name))


def _at_grain(
    connection: Connection, kpis: Sequence[Kpi], grain: Grain, as_of: datetime, known_at: datetime | None
) -> list[AtGrain]:
    finer = [kpi.name for kpi in kpis if is_finer(kpi, grain)]
    others = [kpi.name for kpi in kpis if not is_finer(kpi, grain)]
    history = observations.recent(connection, others, POINTS, as_of=known_at) if others else {}
    if finer:
        since = as_of - WINDOWS[grain]
        history |= observations.recent(connection, finer, EVERY_PERIOD, as_of=known_at, since=since)
    return [at_grain(kpi, history.get(kpi.name, ()), grain, as_of) for kpi in kpis]


def _first(
    connection: Connection, found: Sequence[AtGrain], as_of: datetime, known_at: datetime | None
) -> Mapping[str, Sequence[Observation]]:
    """The first figures of the KPIs whose baseline is drawn from them, where their history may not reach back so far."""
    grains = {each.kpi.name: each for each in found if each.is_rolled or len(each.history) >= POINTS}
    first = beginnings.of(connection, [each.kpi for each in grains.values()], as_of, known_at=known_at)
    return {name: at_start(grains[name], rows) for name, rows in first.items()}


def _surveys(
    connection: Connection, definition: DigestDefinition, readers: Sequence[Asker], since: datetime, until: datetime
) -> tuple[News, ...]:
    if "surveys" not in definition.sections or not definition.target:
        return ()
    return survey_news.since(connection, definition.target, readers, since, until)


def _corrections(
    connection: Connection, definition: DigestDefinition, since: datetime, until: datetime
) -> tuple[Correction, ...]:
    found = corrections.of_digest(connection, definition.name, since, until)
    known = observations.some(connection, [i for each in found for i in (each.was, each.now)]) if found else {}
    return tuple(
        Correction(each.sent_at, known[each.was], known[each.now])
        for each in found
        if known[each.was].figures != known[each.now].figures
    )


def _traffic(connection: Connection, since: datetime) -> Traffic:
    counts = outbox.counts(connection, since)
    failed, waiting = (sum(counts.get(state, 0) for state in states) for states in (FAILED, WAITING))
    return Traffic(since, counts.get("sent", 0), failed, waiting)
