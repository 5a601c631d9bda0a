"""What a chart shows of the answers to one question, as its kind makes it of released counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bars:
    """A bar for each thing that could be answered, in order: what stands below it, and its height in `unit`."""

    labels: tuple[str, ...]
    heights: tuple[float, ...]
    unit: str


def bars_of(labels: Sequence[str], cells: Sequence[str], counts: Mapping[str, int], n: int, unit: str = "% of answers") -> Bars:
    """Bars of how many of `n` people are counted in each of these cells, in per cent."""
    return Bars(tuple(labels), tuple(round(100 * counts.get(cell, 0) / max(1, n), 1) for cell in cells), unit)
