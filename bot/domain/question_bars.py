"""What a chart shows of the answers to one question, as its kind makes it of released counts."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bars:
    """A bar for each thing that could be answered, in order: what stands below it, and its height in `unit`."""

    labels: tuple[str, ...]
    heights: tuple[float, ...]
    unit: str


def bars_of(labels: Sequence[str], counts: Sequence[int], n: int, unit: str = "% of answers") -> Bars:
    """Bars of the shares of `n` people, in per cent."""
    return Bars(tuple(labels), tuple(round(100 * c / max(1, n), 1) for c in counts), unit)
