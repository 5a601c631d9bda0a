"""What people ask about KPIs: the list, one of them, its history, and why a number is what it is."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from bot.domain.entries import did_you_mean
from bot.domain.entry_fields import Fields, period_of, read_dimensions
from bot.domain.errors import InvalidInput
from bot.domain.kpi_answers import History, Listing, Shown, Why
from bot.domain.kpis import Category, Kpi
from bot.domain.observations import Dimensions, Observation, in_force
from bot.domain.people import Asker
from bot.domain.periods import Period, label
from bot.domain.readings import Reading, read
from bot.domain.times import read_time
from bot.services import Services, definitions, readings
from bot.services.kpi_approval import decide, waiting
from bot.services.kpi_entry import correct, preview, record
from bot.services.kpi_export import export
from bot.services.kpi_import import import_apply, import_check
from storage import Connection, observations, publications

__all__ = [
    "correct",
    "decide",
    "export",
    "history",
    "import_apply",
    "import_check",
    "listing",
    "names",
    "preview",
    "record",
    "show",
    "waiting",
    "why",
]

LISTED_POINTS = 26
MOST_POINTS = 400


def names(services: Services, asker: Asker, typed: str = "", limit: int = 100) -> list[tuple[str, str]]:
    """Name and title of the KPIs that the asker may see and whose name, title or category has what was typed in it."""
    words = typed.casefold().split()
    with services.db.read() as connection:
        kpis = _seen(services, connection, asker)
    found = [(k.name, k.title) for k in kpis if all(w in f"{k.name} {k.title} {k.category}".casefold() for w in words)]
    return sorted(found)[:limit]


def listing(services: Services, asker: Asker, category: str = "", mine: bool = False) -> Listing:
    """The KPIs that the asker may see: all, of one category, or those that a role of theirs owns.

    :raises InvalidInput: there is no such category.
    """
    wanted = read_category(category) if category else None
    with services.db.read() as connection:
        kpis = [k for k in _seen(services, connection, asker) if wanted in (None, k.category)]
        if mine:
            kpis = [k for k in kpis if k.owner in asker.roles]
        order = list(Category)
        kpis.sort(key=lambda k: (order.index(k.category), k.name))
        found = readings.latest(services, connection, asker, kpis, points=LISTED_POINTS)
    return Listing(tuple(found), wanted, mine)


def show(services: Services, asker: Asker, name: str, fields: Mapping[str, str] | None = None) -> Shown:
    """One KPI as it stands. `fields` may have `since` (a time as people type it) and values of its dimensions.

    :raises UnknownKpi: there is none of that name that the asker may see.
    :raises InvalidInput: a field is unknown or cannot be read.
    """
    given = dict(fields or {})
    since_words = given.pop("since", "")
    with services.db.read() as connection:
        kpi = definitions.named(services, connection, asker, name)
        _insist_on_now(kpi, given)
        dimensions = read_dimensions(kpi, given)
        since = read_time(since_words, services.now(), asker.timezone) if since_words else None
        if since:
            points = MOST_POINTS
            [found] = readings.latest(services, connection, asker, [kpi], points=points, dimensions=dimensions, since=since)
        else:
            found = readings.standing(services, connection, kpi, dimensions)
        segments = observations.segments(connection, kpi.name) if kpi.dimensions else []
        pending = observations.waiting(connection, [kpi.name]) if kpi.entry.approve != "none" else []
    waits = tuple(o for o in pending if o.dimensions == dimensions)
    return Shown(found, tuple(s for s in segments if s), waits, since)


def history(services: Services, asker: Asker, name: str, fields: Mapping[str, str] | None = None, limit: int = 20) -> History:
    """What was recorded for a KPI, the latest first, with what was corrected and rejected.

    :raises UnknownKpi: there is none of that name that the asker may see.
    :raises InvalidInput: a field is unknown or cannot be read.
    """
    given = dict(fields or {})
    since_words = given.pop("since", "")
    with services.db.read() as connection:
        kpi = definitions.named(services, connection, asker, name)
        _insist_on_now(kpi, given)
        dimensions = read_dimensions(kpi, given)
        since = read_time(since_words, services.now(), asker.timezone) if since_words else None
        found = observations.recorded(connection, kpi.name, dimensions, since=since, limit=limit + 1)
    return History(kpi, dimensions, tuple(found[:limit]), more=len(found) > limit)


def why(
    services: Services, asker: Asker, name: str, fields: Mapping[str, str] | None = None, observation: int | None = None
) -> Why:
    """Where a figure of a KPI came from: the latest, that of `period` or `at` among `fields`, or that of the id `observation`.

    :raises UnknownKpi: there is none of that name that the asker may see.
    :raises InvalidInput: it has no figure yet, or none of that id.
    """
    with services.db.read() as connection:
        kpi = definitions.named(services, connection, asker, name)
        given = dict(fields or {})
        when = {word: given.pop(word) for word in ("period", "at") if given.get(word)}
        dimensions = read_dimensions(kpi, given)
        if when and observation is None:
            period = period_of(kpi, Fields({}, dimensions, when), services.now(), asker.timezone)
            asked = _of_period(connection, kpi, dimensions, period)
        else:
            asked = _asked(connection, kpi, dimensions, observation)
        chain = observations.chain(connection, asked)
        found = observations.recent(
            connection, [kpi.name], readings.POINTS, until=asked.period.end, dimensions=asked.dimensions
        )
        made_under = definitions.at_version(services, connection, kpi.name, asked.definition_version)
        return Why(
            made_under,
            asked,
            _read_alone(made_under, asked, found.get(kpi.name, []), services.now()),
            tuple(chain),
            observations.decisions_on(connection, [o.id for o in chain]),
            tuple(publications.of(connection, [o.id for o in chain])),
        )


def _seen(services: Services, connection: Connection, asker: Asker) -> list[Kpi]:
    return [k for k in definitions.current(services, connection).values() if asker.may_see(k.visibility, k.owner)]


def _read_alone(kpi: Kpi, asked: Observation, others: Sequence[Observation], as_of: datetime) -> Reading:
    """The reading of this very figure: its own interval and verdict, also where it is rejected or its period is not over."""
    if not asked.period.is_complete(as_of):
        return read(kpi, [asked], as_of, asked.dimensions)
    earlier = [o for o in others if o.period.start < asked.period.start and o.period.grain is asked.period.grain]
    considered = replace(asked, state="provisional") if asked.state == "rejected" else asked
    return read(kpi, [*earlier, considered], as_of, asked.dimensions)


def _asked(connection: Connection, kpi: Kpi, dimensions: Dimensions, observation: int | None) -> Observation:
    if observation is None:
        found = observations.recent(connection, [kpi.name], 1, dimensions=dimensions).get(kpi.name)
        if not found:
            raise InvalidInput(f"{kpi.name} has no figure yet; record one with /kpi record {kpi.name}.")
        return found[-1]
    asked = observations.get(connection, observation)
    if asked is None or asked.kpi != kpi.name:
        raise InvalidInput(f"{kpi.name} has no figure of that number; say /kpi history {kpi.name}.")
    return asked


def _of_period(connection: Connection, kpi: Kpi, dimensions: Dimensions, period: Period) -> Observation:
    found = in_force(observations.in_period(connection, kpi.name, dimensions, period))
    if not found:
        when = label(period)
        raise InvalidInput(f"{kpi.name} has no figure for {when}; say /kpi history {kpi.name} to see what was recorded.")
    return found[-1]


def _insist_on_now(kpi: Kpi, given: Mapping[str, str]) -> None:
    """Whoever names a period wants the figure of that one alone, and that is another question."""
    if "period" in given and "period" not in kpi.dimensions:
        raise InvalidInput(f"That takes since= and no period=; for one period say /kpi why {kpi.name} period=….")


def read_category(typed: str) -> Category:
    """The category that a person names: "risk", "model performance", "model".

    :raises InvalidInput: there is none; the text names the nearest.
    """
    words = typed.strip().lower().replace(" ", "_").replace("-", "_")
    found = next((c for c in Category if c.value == words), None)
    found = found or next((c for c in Category if words and c.value.startswith(words)), None)
    if not found:
        raise InvalidInput(f"There is no category “{typed[:40]}”. {did_you_mean(words, [c.value for c in Category])}")
    return found
