"""What the example organisation measured: a story tells how the inputs of one KPI went, from `at` 0 (long ago) to 1 (now)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random

MODELS = ("fraud-scoring", "product-ranking", "ticket-triage")
TEAMS = ("risk-ml", "shop-ml")

Inputs = dict[str, float | list[float]]
Tell = Callable[[float, Random], Inputs]


@dataclass(frozen=True, slots=True)
class Story:
    """One series: a KPI, for one set of dimensions (none: the whole organisation)."""

    kpi: str
    tell: Tell
    dimensions: Mapping[str, str] = field(default_factory=dict)


def between(at: float, start: float, end: float) -> float:
    """A straight way from `start` to `end`."""
    return start + (end - start) * at


def step(at: float, when: float, start: float, end: float) -> float:
    """A jump at `when`."""
    return end if at >= when else start


def counted(rng: Random, n: int, share: float) -> int:
    """How many of `n`, if each does with probability `share` (normal approximation, kept within 0 and n)."""
    spread = (n * share * (1 - share)) ** 0.5
    return max(0, min(n, round(rng.gauss(n * share, spread))))


def about(rng: Random, value: float, spread: float) -> float:
    """A positive value that varies by the share `spread`."""
    return value * max(0.05, rng.gauss(1, spread))


def durations(rng: Random, mean: float, events: int) -> list[float]:
    """Durations with a long tail, as outages have: lognormal with the given mean."""
    return [round(rng.lognormvariate(0, 0.8) * mean / 1.377, 2) for _ in range(events)]


def classified(rng: Random, n: int, f1: float) -> Inputs:
    """A confusion count whose F1 is near `f1`."""
    positives = n // 4
    found = counted(rng, positives, f1)
    return {"tp": found, "fn": positives - found, "fp": counted(rng, positives, 1 - f1)}
