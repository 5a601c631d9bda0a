"""`/incident stats` over 10,000 incidents against bare SQL that computes the same numbers from the same ledger. Limit: 3 ×.

The bare SQL is one statement on each database, of several ways to write it the quickest that was found there. It computes for
each measure n, how many run, mean, median, 90th percentile, and how many of how many kept their target, and is held to the same
results. It computes no interval, no geometric mean, nothing of Kaplan and Meier's, and does not say how beginnings are known or
what was left out: all that is in our time only.
"""

import random
import statistics
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.domain.incident_answers import MEASURES
from bot.domain.incident_stats import Durations, Span, summarize
from bot.domain.intervals import BOOTSTRAP_AT_MOST
from bot.domain.people import SYSTEM
from bot.services import Services, incident_stats
from bot.settings import Settings
from storage import incidents
from storage.tables import incident, incident_mark
from tests.bench.databases import databases, seconds

INCIDENTS, RUNS, LIMIT = 10_000, 15, 3.0
NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
CRITICAL = frozenset({"m1", "m2"})

_SQL = """
WITH latest AS ({latest}),
course AS (
  SELECT i.severity, i.model IN ('m1', 'm2') AS is_critical,
    max(CASE WHEN l.moment = 'arose' AND l.source <> 'declared' THEN l.at END) AS arose,
    max(CASE WHEN l.moment = 'detected' THEN l.at END) AS detected,
    max(CASE WHEN l.moment = 'acknowledged' THEN l.at END) AS acknowledged,
    max(CASE WHEN l.moment = 'resolved' THEN l.at END) AS resolved
  FROM incident i JOIN latest l ON l.incident_id = i.id
  WHERE i.kind = 'real' AND i.merged_into IS NULL AND i.opened_at <= {now} GROUP BY i.id
),
moments AS (
  SELECT 'mttd' AS measure, arose AS began, detected AS ended,
    CASE WHEN is_critical OR severity = 'critical' THEN 2 END AS target FROM course WHERE arose IS NOT NULL
  UNION ALL SELECT 'mtta', detected, acknowledged, NULL FROM course WHERE acknowledged IS NOT NULL OR resolved IS NULL
  UNION ALL SELECT 'mttr', detected, resolved, CASE WHEN severity IN ('critical', 'high') THEN 24 END FROM course
),
span AS (SELECT measure, target, ended IS NOT NULL AS over, {hours} AS h FROM moments)
"""
_SQLITE = """,
ranked AS (
  SELECT *, row_number() OVER (PARTITION BY measure, over ORDER BY h) - 1 AS place,
    count(*) OVER (PARTITION BY measure, over) - 1 AS last FROM span
)
SELECT measure, sum(over), sum(NOT over), avg(CASE WHEN over THEN h END),
  sum(CASE WHEN over THEN h * max(0, 1 - abs(place - 0.5 * last)) END),
  sum(CASE WHEN over THEN h * max(0, 1 - abs(place - 0.9 * last)) END),
  sum(over AND h <= target), sum((over OR h > target) AND target IS NOT NULL)
FROM ranked GROUP BY measure ORDER BY measure
"""
_POSTGRESQL = """
SELECT measure, count(*) FILTER (WHERE over), count(*) FILTER (WHERE NOT over), avg(h) FILTER (WHERE over),
  percentile_cont(0.5) WITHIN GROUP (ORDER BY h) FILTER (WHERE over),
  percentile_cont(0.9) WITHIN GROUP (ORDER BY h) FILTER (WHERE over),
  count(*) FILTER (WHERE over AND h <= target), count(target) FILTER (WHERE over OR h > target)
FROM span GROUP BY measure ORDER BY measure
"""
_OF_MEASURES = "recorded_at <= {now} AND moment IN ('arose', 'detected', 'acknowledged', 'resolved')"
_BY_ID = f"""SELECT * FROM incident_mark WHERE id IN
  (SELECT max(id) FROM incident_mark WHERE {_OF_MEASURES} GROUP BY incident_id, moment)"""
_BY_RANK = f"""SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY incident_id, moment ORDER BY id DESC) AS back
  FROM incident_mark WHERE {_OF_MEASURES}) AS known WHERE back = 1"""


def run() -> list[str]:
    """Both databases, the median of several runs each, one after the other in turn."""
    lines = []
    for name, database in databases():
        services = Services(database, Settings(critical_models=CRITICAL), lambda: NOW)
        _fill(services)
        lines.append(_compared(name, services))
        database.close()
    return [*lines, _bootstrapped()]


def _compared(name: str, services: Services) -> str:
    _check(services)
    pairs = [(seconds(lambda: _stats(services)), seconds(lambda: _bare(services))) for _ in range(RUNS)]
    ours, bare = (statistics.median(column) for column in zip(*pairs, strict=True))
    read = statistics.median(seconds(lambda: _read(services)) for _ in range(RUNS))
    counted = [each for each in _read(services) if each.left_out is None]
    spans = [incident_stats.spans(counted, measure, NOW, CRITICAL) for measure in MEASURES]
    summed = statistics.median(seconds(lambda: [summarize(each) for each in spans]) for _ in range(RUNS))
    ratio = f"{ours:.2f} s = {ours / bare:.1f} × bare SQL ({bare:.2f} s; the limit is {LIMIT:.0f} ×)"
    return f"{name}: {INCIDENTS:,} incidents in {ratio}; of it {read:.2f} s to read them and {summed:.2f} s for the statistics"


def _bootstrapped() -> str:
    """The interval of a mean costs most where it still is Efron's; the same durations are not resampled twice."""
    chance = random.Random(1987)
    spans = [Span(chance.lognormvariate(1.5, 1.0)) for _ in range(BOOTSTRAP_AT_MOST)]
    first, again = seconds(lambda: summarize(spans)), seconds(lambda: summarize(spans))
    return f"the statistics of {BOOTSTRAP_AT_MOST:,} durations, the most that are resampled: {first:.2f} s, again {again:.3f} s"


def _stats(services: Services) -> Any:
    return incident_stats.stats(services, SYSTEM, {})


def _read(services: Services) -> Any:
    with services.db.read() as connection:
        return incidents.courses(connection, SYSTEM, NOW)


def _bare(services: Services) -> list[Any]:
    with services.db.read() as connection:
        return list(connection.exec_driver_sql(_statement(is_sqlite=services.db.is_sqlite)))


def _statement(*, is_sqlite: bool) -> str:
    if is_sqlite:
        now, latest, end = f"'{NOW:%Y-%m-%d %H:%M:%S.%f}'", _BY_ID, _SQLITE
        hours = "24 * (julianday(coalesce(ended, {now})) - julianday(began))"
    else:
        now, latest, end = f"timestamptz '{NOW:%Y-%m-%d %H:%M:%S+00}'", _BY_RANK, _POSTGRESQL
        hours = "extract(epoch FROM coalesce(ended, {now}) - began)::float8 / 3600"
    return _SQL.format(latest=latest.format(now=now), hours=hours.format(now=now), now=now) + end


def _check(services: Services) -> None:
    """Insist that both find the same."""
    ours, bare = _stats(services).measures, _bare(services)
    assert [name for name, *_ in bare] == sorted(ours)
    for name, *figures in bare:
        told: Durations = ours[name]
        aim = (told.attainment.met, told.attainment.n) if told.attainment else (0, 0)
        same = (told.n, told.open, told.mean, told.median, told.p90, *aim)
        # A julian day as a float is as fine as 40 µs.
        assert all(abs(a - float(b or 0)) < 1e-6 for a, b in zip(same, figures, strict=True)), (name, same, figures)


def _fill(services: Services) -> None:
    """Two years of incidents, with some 55,000 entries about their moments: one of seven corrected, one of twenty reopened."""
    chance = random.Random(1958)
    rows, marks = [], []
    for number in range(1, INCIDENTS + 1):
        opened = NOW - timedelta(hours=3 + (INCIDENTS - number) * 1.7, microseconds=chance.randrange(1_000_000))
        severity, kind = chance.choice(("critical", "high", "medium", "low")), "real" if chance.random() < 0.95 else "drill"
        row = {"id": number, "key": f"k{number}", "title": "Scores", "severity": severity, "kind": kind, "roles": {}}
        rows.append(row | {"model": f"m{number % 20}", "opened_by": "U0ANA", "opened_at": opened, "backfilled": False})
        marks += [{"incident_id": number, "actor": "U0ANA", **each} for each in _ledger(chance, opened)]
    with services.db.begin() as connection:
        connection.execute(incident.insert(), rows)
        connection.execute(incident_mark.insert(), marks)
    with services.db.begin() as connection:
        connection.exec_driver_sql("ANALYZE")


def _ledger(chance: random.Random, opened: datetime) -> list[dict[str, Any]]:
    def later(than: datetime, log_hours: float) -> datetime:
        return than + timedelta(hours=chance.lognormvariate(log_hours, 1.0))

    acknowledged = later(opened, -1)
    mitigated = later(acknowledged, 0)
    resolved = later(mitigated, 1.5)
    arose = opened - (later(opened, 0) - opened)
    found: list[tuple[str, datetime | None, str, datetime]] = [
        ("arose", arose, "person" if chance.random() < 0.7 else "declared", opened),
        ("detected", opened, "declared", opened),
        ("acknowledged", acknowledged, "state", acknowledged),
        ("mitigated", mitigated, "state", mitigated),
        ("resolved", resolved, "state", resolved),
    ]
    if chance.random() < 0.1:
        del found[2]
    if chance.random() < 0.05:
        again = later(resolved, 0)
        found += [("resolved", None, "state", resolved), ("resolved", again, "state", again)]
    if chance.random() < 0.15:
        found.append(("arose", arose - timedelta(hours=1), "person", later(resolved, 1)))
    known = [each for each in found if each[3] <= NOW]
    return [{"moment": m, "at": at, "source": by, "recorded_at": on, "reason": ""} for m, at, by, on in known]
