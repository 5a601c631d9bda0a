"""Every way in which lots can fall."""

import random
from collections.abc import Callable, Sequence
from typing import TypeVar

from bot.domain.release_shares import BY_LOT

Found = TypeVar("Found")


class Lots(random.Random):
    """Lots that fall as they are told to, and as the first of all ways from there on."""

    def fall(self, ways: Sequence[int]) -> None:
        self.ways, self.of = list(ways), list[int]()

    def random(self) -> float:
        return (BY_LOT, 0.0)[self._next(2)]

    def choice(self, seq: Sequence[Found]) -> Found:  # type: ignore[override]
        return seq[self._next(len(seq))]

    def shuffle(self, x: object) -> None:
        """The order of what is published is not looked at."""

    def _next(self, of: int) -> int:
        place = len(self.of)
        self.of.append(of)
        if place == len(self.ways):
            self.ways.append(0)
        return self.ways[place]


def whatever_falls(made: Callable[[random.Random], Found]) -> list[Found]:
    """What is made of lots, for every way in which they can fall."""
    lots, found, ways = Lots(), list[Found](), list[int]()
    while True:
        lots.fall(ways)
        found.append(made(lots))
        ways = lots.ways
        while ways and ways[-1] == lots.of[len(ways) - 1] - 1:
            ways.pop()
        if not ways:
            return found
        ways[-1] += 1
