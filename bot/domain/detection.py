"""Where the time to detect goes: from what went wrong to somebody who is on it, step by step."""

import statistics
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

from bot.domain.incidents import hours

STEPS = ("data available", "rule true", "firing", "delivered", "acknowledged")
"""What happens after something went wrong, in this order; each phase ends with its step."""


class Detection(NamedTuple):
    """The moments of one detection by an alert; None where one is not known.

    It went wrong; the figure that shows it was there; the rule was true first; it had been true for long enough; the first
    message of it stood in Slack; somebody acknowledged it.
    """

    arose: datetime | None
    data: datetime | None
    true: datetime | None
    fired: datetime | None
    delivered: datetime | None
    acknowledged: datetime | None


@dataclass(frozen=True, slots=True)
class Phase:
    """How many hours a phase took, over `n` detections in which both of its ends are known; None where there are none."""

    name: str
    mean: float | None
    median: float | None
    n: int


def split(found: Iterable[Detection]) -> list[Phase]:
    """The phases of these detections. One whose moments are known in another order than they should be took no time.

    The means of the phases add up to the mean of the whole where every moment of every detection is known and in order.
    """
    known = list(found)
    return [_phase(name, [_hours(one, place) for one in known]) for place, name in enumerate(STEPS)]


def _hours(one: Detection, place: int) -> float | None:
    start, end = list(pairwise(one))[place]
    length = hours(start, end)
    return None if length is None else max(0.0, length)


def _phase(name: str, lengths: list[float | None]) -> Phase:
    known = list(_present(lengths))
    if not known:
        return Phase(name, None, None, 0)
    return Phase(name, statistics.fmean(known), statistics.median(known), len(known))


def _present(lengths: list[float | None]) -> Iterator[float]:
    yield from (length for length in lengths if length is not None)
