"""A digest of 1,000 KPIs against bare SQL that reads the same rows. Aim: within 3 ×."""

import statistics
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy import select

from bot.domain.digests import DigestDefinition, Selection
from bot.domain.kpis import Grain
from bot.domain.observations import Observation, Provenance
from bot.domain.people import SYSTEM
from bot.domain.periods import before, containing
from bot.domain.schedules import Schedule
from bot.services import Services, definitions, sections
from bot.services.digest_material import gather
from bot.settings import Settings
from storage import observations
from storage.tables import decision, definition, observation, series
from tests.bench.databases import databases, seconds

KPIS, WEEKS, RUNS = 1_000, 60, 5
NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
WHEN = Schedule("weekly", 9, 0, "UTC", on=("monday",))
DIGEST = DigestDefinition("all-weekly", "Everything, weekly", "ops", WHEN, "weekly", Selection(everything=True))
_SPREAD = 97


def run() -> list[str]:
    """Both databases, the median of several runs each, one after the other in turn."""
    lines = []
    for name, database in databases():
        services = Services(database, Settings(), lambda: NOW)
        _fill(services)
        lines.append(_compared(name, services))
        database.close()
    return lines


def _compared(name: str, services: Services) -> str:
    _digest(services)
    pairs = [(seconds(lambda: _digest(services)), seconds(lambda: _bare(services))) for _ in range(RUNS)]
    ours, bare = (statistics.median(column) for column in zip(*pairs, strict=True))
    parts = [seconds(lambda: _load(services)), seconds(lambda: _driver(services))]
    size = f"{name}: {KPIS:,} KPIs × {WEEKS} weeks"
    ratio = f"a digest in {ours:.2f} s = {ours / bare:.1f} × bare SQL ({bare:.2f} s, values as decimals and times)"
    return f"{size}, {ratio}; of it {parts[0]:.2f} s to load; the driver alone hands the rows over in {parts[1]:.2f} s"


def _digest(services: Services) -> None:
    sections.write(_load(services))


def _load(services: Services) -> object:
    with services.db.read() as connection:
        return gather(services, connection, DIGEST, [SYSTEM], as_of=NOW)


def _bare(services: Services) -> None:
    query = select(observation, series.c.kpi, series.c.dimensions, decision.c.outcome)
    query = query.join(series, series.c.id == observation.c.series_id)
    query = query.outerjoin(decision, decision.c.observation_id == observation.c.id)
    with services.db.read() as connection:
        assert len(connection.execute(query.order_by(series.c.id, observation.c.period_start)).all()) == KPIS * WEEKS


def _driver(services: Services) -> None:
    sql = "SELECT o.*, s.kpi FROM observation o JOIN series s ON s.id = o.series_id ORDER BY s.id, o.period_start"
    with services.db.read() as connection:
        assert len(connection.exec_driver_sql(sql).all()) == KPIS * WEEKS


def _fill(services: Services) -> None:
    definitions.apply_files(services, SYSTEM)
    with services.db.begin() as connection:
        base = definitions.current(services, connection)["reproducibility-rate"]
        row = connection.execute(definition.select().where(definition.c.name == base.name)).mappings().one()
        plain = {name: value for name, value in row.items() if name != "id"}
        rows = [plain | {"name": f"kpi-{n}", "source": row["source"].replace(base.name, f"kpi-{n}")} for n in range(KPIS)]
        connection.execute(definition.insert(), rows)
        observations.insert_all(connection, list(_figures()))


def _figures() -> Iterator[tuple[Observation, str]]:
    weeks, week = [], containing(NOW, Grain.WEEK)
    for _ in range(WEEKS):
        week = before(week)
        weeks.append(week)
    for number in range(KPIS):
        for n, week in enumerate(reversed(weeks)):
            good = Decimal(880 + (number * 31 + n * n * 17) % _SPREAD)
            inputs = {"reproduced": good, "attempted": Decimal(1000)}
            source = Provenance("bench", "barometer")
            yield (
                Observation(
                    0, f"kpi-{number}", week, inputs, {"value": good / 1000}, good, Decimal(1000), 1000, source, 1, week.end
                ),
                "",
            )
