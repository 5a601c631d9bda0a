"""Rows of observations as the driver gives them, made into observations; what many rows share is read once."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Text, type_coerce

from bot.domain.kpis import MAIN, Grain
from bot.domain.observations import Observation, Provenance
from bot.domain.periods import Period
from storage.tables import decision, observation, series

Stored = str | datetime
"""A moment as the driver gives it: text in UTC on SQLite, in the zone of the connection on PostgreSQL."""


def _as_stored(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return type_coerce(column, Text).label(column.key)


_o = observation.c
COLUMNS = (
    *(_o.id, series.c.kpi, _as_stored(series.c.dimensions), _as_stored(_o.inputs), _o.n, _o.definition_version, _o.supersedes),
    *(_as_stored(_o.value), _as_stored(_o.also), _as_stored(_o.numerator), _as_stored(_o.denominator)),
    *(_as_stored(_o.recorded_at), _o.provisional, decision.c.outcome),
    *(_as_stored(_o.period_start), _as_stored(_o.period_end), _o.grain, _o.zone),
    *(_o.source, _o.actor, _o.run, _o.note, _o.evidence),
)
"""What `observed` reads, in its order; a query may add more behind. Numbers, moments and documents as the driver gives them."""


def observed(row: Sequence[Any]) -> Observation:
    """The observation of a row that begins with `COLUMNS`."""
    # By place: to look each up by its name would take as long again as everything else.
    row_id, kpi, dimensions, inputs, n, version, supersedes = row[:7]
    value, also, numerator, denominator = row[7:11]
    recorded_at, provisional, outcome = row[11:14]
    figures = {MAIN: _number(value)}
    if also != "{}":
        figures |= {name: _number(stored) for name, stored in json.loads(also).items()}
    return Observation(
        row_id,
        kpi,
        _period(*row[14:18]),
        _Inputs(inputs),
        figures,
        _number(numerator),
        _number(denominator),
        n,
        _provenance(*row[18:23]),
        version,
        _moment(recorded_at),
        outcome or ("provisional" if provisional else "approved"),
        {} if dimensions == "{}" else json.loads(dimensions),
        supersedes,
    )


def _number(stored: str | Decimal | None) -> Decimal | None:
    return None if stored is None else Decimal(stored)


@lru_cache(maxsize=16384)
def _moment(stored: Stored) -> datetime:
    if isinstance(stored, str):
        return datetime.fromisoformat(stored).replace(tzinfo=UTC)
    return stored.astimezone(UTC)


@lru_cache(maxsize=16384)
def _period(start: Stored, end: Stored, grain: str, zone: str) -> Period:
    return Period(_moment(start), _moment(end), Grain(grain), zone)


_provenance = lru_cache(maxsize=4096)(Provenance)


class _Inputs(Mapping[str, Decimal | tuple[Decimal, ...]]):
    """The inputs of a stored observation, read when the first is asked for: of a long history, only the latest are."""

    __slots__ = ("_read", "_text")

    def __init__(self, text: str) -> None:
        self._text = text
        self._read: dict[str, Decimal | tuple[Decimal, ...]] | None = None

    def _values(self) -> dict[str, Decimal | tuple[Decimal, ...]]:
        if self._read is None:
            self._read = {name: _input(value) for name, value in json.loads(self._text).items()}
        return self._read

    def __getitem__(self, name: str) -> Decimal | tuple[Decimal, ...]:
        return self._values()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values())

    def __len__(self) -> int:
        return len(self._values())

    def __repr__(self) -> str:
        return repr(self._values())


def _input(stored: str | list[str]) -> Decimal | tuple[Decimal, ...]:
    return Decimal(stored) if isinstance(stored, str) else tuple(Decimal(v) for v in stored)
