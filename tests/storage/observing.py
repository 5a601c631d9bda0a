"""Observations to store, for tests."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from bot.domain.kpis import MAIN, Grain
from bot.domain.observations import Observation, Provenance, State
from bot.domain.periods import Period

FIRST = datetime(2026, 9, 7, tzinfo=UTC)
"""A Monday."""


def week(number: int) -> Period:
    """The week that starts `number` weeks after `FIRST`."""
    start = FIRST + timedelta(weeks=number)
    return Period(start, start + timedelta(weeks=1), Grain.WEEK)


def observed(
    value: str | None = "20",
    period: Period | None = None,
    *,
    kpi: str = "mttr",
    supersedes: int | None = None,
    recorded_at: datetime = FIRST,
    state: State = "approved",
    actor: str = "U0ANA",
    **dimensions: str,
) -> Observation:
    """An observation that is not stored yet."""
    number = None if value is None else Decimal(value)
    return Observation(
        id=0,
        kpi=kpi,
        period=period or week(0),
        inputs={"hours": (Decimal("4.50"), Decimal("20"))},
        figures={MAIN: number, "median": None, "p90": Decimal("0.10")},
        numerator=number,
        denominator=None,
        n=3_000_000_000,
        provenance=Provenance("typed", actor, note="n", evidence="https://example.org/1"),
        definition_version=3,
        recorded_at=recorded_at,
        state=state,
        dimensions=dimensions,
        supersedes=supersedes,
    )
