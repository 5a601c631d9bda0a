"""What a KPI is compared with: the reference that its definition's baseline rule gives from its own history."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from statistics import median

from bot.domain.kpis import MAIN, Kpi
from bot.domain.observations import Observation
from bot.domain.periods import stretch
from bot.domain.rollup import pooled

PERIODS = 8
"""How many periods a window holds where the definition does not say."""

_DAYS = {"d": 1, "w": 7, "m": 30.4375, "q": 91.3125, "y": 365.25}


@dataclass(frozen=True, slots=True)
class Reference:
    """The reference of each figure, and in words where it comes from; without figures, why there is none."""

    label: str
    figures: Mapping[str, Decimal] = field(default_factory=dict)


NONE = Reference("no baseline")


def reference(kpi: Kpi, before: Sequence[Observation], start: Sequence[Observation] = ()) -> Reference:
    """The reference for the observation that follows `before`: approved observations of whole periods, oldest first.

    `start` holds the first observations of the KPI where `before` does not reach back to them (`needs_start` tells).
    A window is pooled from its inputs, as `bot.domain.rollup` does; where those cannot be added up it is the median.
    """
    rule = kpi.baseline
    if rule.value is not None:
        return Reference(rule.note or "baseline", {MAIN: rule.value})
    match rule.kind:
        case "first_periods" | "pre_deployment" if rule.window or rule.kind == "first_periods":
            return _of_window(kpi, before, start)
        case "concurrent_control":
            return Reference("no baseline: each figure is already measured against its control")
        case "pre_deployment":
            return Reference("no baseline: none was captured before deployment")
        case "frozen_reference":
            return Reference("no baseline: each figure is already measured against the frozen reference")
        case _:
            return Reference("no baseline: the definition names none")


def needs_start(kpi: Kpi) -> bool:
    """Whether the reference is drawn from the KPI's first observations, however long ago they were."""
    return (
        kpi.baseline.value is None
        and kpi.baseline.frozen
        and (kpi.baseline.kind == "first_periods" or (kpi.baseline.kind == "pre_deployment" and bool(kpi.baseline.window)))
    )


def window_length(window: str) -> int | timedelta:
    """How long a window such as "8", "8 periods", "90d", "12w" or "3M" is: a number of periods, or a time.

    :raises ValueError: it is none of these.
    """
    found = re.fullmatch(r"(\d{1,4})(?: ?periods?)?", window.strip())
    if found and int(found[1]):
        return int(found[1])
    found = re.fullmatch(r"(\d{1,4}) ?(?:([dwmqy])|(day|week|month|quarter|year)s?)", window.strip().lower())
    if found and int(found[1]):
        return timedelta(days=int(found[1]) * _DAYS[(found[2] or found[3])[0]])
    raise ValueError(window)


def _of_window(kpi: Kpi, before: Sequence[Observation], start: Sequence[Observation]) -> Reference:
    length = window_length(kpi.baseline.window) if kpi.baseline.window else PERIODS
    source = (start or before) if kpi.baseline.frozen else before
    window = _window(source, length, first=kpi.baseline.frozen)
    missing = _missing(source, window, length)
    if missing:
        return Reference(f"no baseline: {missing}")
    figures = pooled(kpi, window).figures or _medians(window)
    dates = stretch(window[0].period, window[-1].period)
    words = f"{kpi.baseline.note}, {dates}" if kpi.baseline.note else dates
    return Reference(words, {name: value for name, value in figures.items() if value is not None})


def _window(source: Sequence[Observation], length: int | timedelta, *, first: bool) -> Sequence[Observation]:
    if isinstance(length, int):
        return source[:length] if first else source[-length:]
    if not source:
        return ()
    if first:
        edge = source[0].period.start + length
        return [o for o in source if o.period.end <= edge]
    return [o for o in source if o.period.start >= source[-1].period.end - length]


def _missing(source: Sequence[Observation], window: Sequence[Observation], length: int | timedelta) -> str:
    if isinstance(length, int):
        return "" if len(window) == length else f"its window has {len(window)} of {length} periods"
    whole = bool(window) and source[-1].period.end - source[0].period.start >= length
    return "" if whole else f"its window of {length.days} days is not over"


def _medians(window: Sequence[Observation]) -> dict[str, Decimal | None]:
    names = {name for o in window for name in o.figures}
    known = {name: [v for o in window if (v := o.figures.get(name)) is not None] for name in names}
    return {name: median(values) if values else None for name, values in known.items()}
