"""What the KPIs of incidents count in a period: how long those took that ended in it, and those lasted that did not."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from bot.domain.incident_answers import length
from bot.domain.incidents import Incident, Moment, hours
from bot.domain.periods import Period

COUNTED_BY: Mapping[str, Moment] = {"mttd": "detected", "mttr": "resolved"}
"""The KPIs that are measured from incidents, each with the moment that decides in which period an incident counts."""
EXACTLY = Decimal("0.000000001")
"""Hours are kept to a few microseconds."""


def ended(measure: str, known: Iterable[Incident], period: Period) -> tuple[Decimal, ...]:
    """The hours of the measure of each incident that counts in the period, in the order of their ends.

    What is a drill, a test or merged does not count, nor, for MTTD, what began nobody knows when.
    """
    found = []
    for one in known:
        at, taken = one.at(COUNTED_BY[measure]), length(one, measure)
        if one.counts and at is not None and taken is not None and period.contains(at):
            found.append((at, one.id, taken))
    return _exact([taken for _, _, taken in sorted(found)])


def still_open(known: Iterable[Incident], period: Period, now: datetime) -> tuple[Decimal, ...]:
    """The hours from detection to the end of the period, or to `now` where it is not over, of each incident that was open then;
    the longest first. What is a drill, a test or merged does not count.
    """
    until = min(period.end, now)
    found = []
    for one in known:
        detected, resolved = one.at("detected"), one.at("resolved")
        was_open = resolved is None or resolved >= period.end
        if one.counts and was_open and detected is not None and detected < period.end:
            found.append((detected, one.id))
    return _exact([hours(detected, until) or 0.0 for detected, _ in sorted(found)])


def _exact(lengths: Sequence[float]) -> tuple[Decimal, ...]:
    return tuple(Decimal(repr(max(h, 0.0))).quantize(EXACTLY).normalize() + 0 for h in lengths)
