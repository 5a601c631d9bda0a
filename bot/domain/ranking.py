"""Which KPIs a digest puts first, and why: one published rule, the same for everybody."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import IntEnum

from bot.domain.readings import Reading
from bot.domain.unusual import adjust

FALSE_DISCOVERY_RATE = 0.10
"""The share of false alarms accepted among the KPIs that one digest calls unusual."""

RULE = (
    "Order of attention: a threshold newly crossed (critical before warning); one still crossed and not acknowledged; "
    "stale data, a failed source or a correction of a published figure; an unusual value (Benjamini–Hochberg adjusted p "
    "under 0.10 over all KPIs of the digest, unfavourable before favourable). Ties: weight through objectives, "
    "no explanation by the owner yet, distance from the usual, name. Everything else is routine variation."
)
"""The rule in words, printed under every digest."""


class Reason(IntEnum):
    """Why a KPI is shown, first things first."""

    NEW_CRITICAL = 1
    NEW_WARNING = 2
    CONTINUING_CRITICAL = 3
    CONTINUING_WARNING = 4
    CORRECTED = 5
    FAILED = 6
    STALE = 7
    UNUSUAL_ADVERSE = 8
    UNUSUAL_FAVOURABLE = 9


@dataclass(frozen=True, slots=True)
class Context:
    """What the rule needs beside the readings, each by KPI name.

    `corrected`: a figure of it that was published has been corrected since. `failed`: its source could not be read.
    `acknowledged`: somebody has taken its breach in hand. `weights`: its weight through objectives. `explained`: its owner
    has said why.
    """

    corrected: Collection[str] = frozenset()
    failed: Collection[str] = frozenset()
    acknowledged: Collection[str] = frozenset()
    explained: Collection[str] = frozenset()
    weights: Mapping[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Item:
    """A KPI that needs attention: the first reason that holds, and whether a good move may be praised.

    `adjusted` is the Benjamini–Hochberg adjusted p of the unusual rule; `held_back` names the guardrails that do not hold.
    """

    reading: Reading
    reason: Reason
    adjusted: float | None = None
    held_back: tuple[str, ...] = ()

    @property
    def praised(self) -> bool:
        """Whether this is good news that nothing contradicts."""
        return self.reason is Reason.UNUSUAL_FAVOURABLE and not self.held_back


@dataclass(frozen=True, slots=True)
class Ranked:
    """What needs attention, first things first, and how many KPIs showed nothing but routine variation."""

    items: tuple[Item, ...]
    routine: int


def rank(readings: Iterable[Reading], context: Context | None = None, q: float = FALSE_DISCOVERY_RATE) -> Ranked:
    """Order `readings` by the published rule; `q` is the accepted false discovery rate of the unusual ones.

    A KPI without any data counts neither as needing attention nor as routine: the digest lists it as missing.
    """
    known = context or Context()
    everything = list(readings)
    p_values = _adjusted_by_reading(everything)
    found = [i for r in everything if (i := _item(r, known, p_values.get(id(r)), q))]
    guarded = _guarded(found, everything)
    routine = sum(r.observation is not None for r in everything) - sum(i.reading.observation is not None for i in found)
    return Ranked(tuple(sorted(guarded, key=lambda item: _key(item, known))), routine)


def adverse(reading: Reading) -> bool | None:
    """Whether an unusual value is bad news; None where the KPI has no better side."""
    favourable = reading.unusual.favourable if reading.unusual else None
    return None if favourable is None else not favourable


def newly(reading: Reading) -> bool:
    """Whether the breach began with the latest period (a threshold may ask for several periods running)."""
    if reading.breach is None:
        return False
    patience = [t.for_periods for t in reading.kpi.thresholds if t.level == reading.breach.level]
    return reading.breach.periods <= max(patience, default=1)


def _adjusted_by_reading(readings: list[Reading]) -> dict[int, float]:
    tested = [(id(r), r.unusual.p) for r in readings if r.unusual and r.unusual.p is not None and not r.stale]
    return dict(zip((key for key, _ in tested), adjust([p for _, p in tested]), strict=True))


def _item(reading: Reading, known: Context, p: float | None, q: float) -> Item | None:
    reason = _breach_reason(reading, known) or _news_reason(reading, known) or _unusual_reason(reading, p, q)
    return Item(reading, reason, p) if reason else None


def _breach_reason(reading: Reading, known: Context) -> Reason | None:
    breach = reading.breach
    if breach is None:
        return None
    if newly(reading):
        return Reason.NEW_CRITICAL if breach.level == "critical" else Reason.NEW_WARNING
    if reading.kpi.name in known.acknowledged:
        return None
    return Reason.CONTINUING_CRITICAL if breach.level == "critical" else Reason.CONTINUING_WARNING


def _news_reason(reading: Reading, known: Context) -> Reason | None:
    if reading.kpi.name in known.corrected:
        return Reason.CORRECTED
    if reading.kpi.name in known.failed:
        return Reason.FAILED
    return Reason.STALE if reading.stale and reading.observation else None


def _unusual_reason(reading: Reading, p: float | None, q: float) -> Reason | None:
    if reading.unusual is None or reading.unusual.state != "unusual" or p is None or p >= q:
        return None
    return Reason.UNUSUAL_FAVOURABLE if adverse(reading) is False else Reason.UNUSUAL_ADVERSE


def _key(item: Item, known: Context) -> tuple[object, ...]:
    name = item.reading.kpi.name
    z = item.reading.unusual.z if item.reading.unusual else None
    return (
        item.reason,
        -known.weights.get(name, Decimal(0)),
        name in known.explained,
        -abs(z or 0.0),
        name,
        sorted(item.reading.dimensions.items()),
    )


def _guarded(items: list[Item], readings: list[Reading]) -> list[Item]:
    by_name = {r.kpi.name: r for r in readings if not r.dimensions}
    troubled = {i.reading.kpi.name for i in items if i.reason is not Reason.UNUSUAL_FAVOURABLE}
    return [
        Item(i.reading, i.reason, i.adjusted, _not_holding(i.reading, by_name, troubled))
        if i.reason is Reason.UNUSUAL_FAVOURABLE
        else i
        for i in items
    ]


def _not_holding(reading: Reading, by_name: Mapping[str, Reading], troubled: Collection[str]) -> tuple[str, ...]:
    return tuple(g for g in reading.kpi.guardrail if not _holds(g, reading, by_name, troubled))


def _holds(guardrail: str, reading: Reading, by_name: Mapping[str, Reading], troubled: Collection[str]) -> bool:
    if guardrail in reading.kpi.also:
        figure = reading.figures.get(guardrail)
        return figure is not None and figure.value is not None
    other = by_name.get(guardrail)
    if other is None or other.observation is None or other.stale:
        return False
    return guardrail not in troubled and other.breach is None and other.verdict != "missed"
