"""Rows of observations as the driver gives them, made into observations; what many rows share is read once."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from sqlalchemy import Row

from bot.domain.kpis import MAIN, Grain
from bot.domain.observations import Observation, Provenance
from bot.domain.periods import Period

Stored = str | datetime
"""A moment as the driver gives it: text in UTC on SQLite, in the zone of the connection on PostgreSQL."""


def observed(row: Row[Any]) -> Observation:
    """The observation of a row of `storage.observation_queries`."""
    figures = {MAIN: _number(row.value)}
    if row.also != "{}":
        figures |= {name: _number(value) for name, value in json.loads(row.also).items()}
    return Observation(
        row.id,
        row.kpi,
        _period(row.period_start, row.period_end, row.grain, row.zone),
        _Inputs(row.inputs),
        figures,
        _number(row.numerator),
        _number(row.denominator),
        row.n,
        _provenance(row.source, row.actor, row.run, row.note, row.evidence),
        row.definition_version,
        _moment(row.recorded_at),
        row.outcome or ("provisional" if row.provisional else "approved"),
        {} if row.dimensions == "{}" else json.loads(row.dimensions),
        row.supersedes,
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
