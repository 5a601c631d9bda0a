"""Spans of time with a zone: the day, week, month, quarter, half year or year that an observation stands for."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.kpis import Grain


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """From `start` up to, not including, `end`; both are UTC. `zone` is the IANA name whose calendar drew the edges."""

    start: datetime
    end: datetime
    grain: Grain
    zone: str = "UTC"
