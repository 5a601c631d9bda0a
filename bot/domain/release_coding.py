"""What may be kept of a published group, so that its figures do not say what every one of its people answered."""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from bot.domain.surveys import LEAST_ANSWERS

Form = Literal["full", "summary", "coded"]

FULL_FROM = 10
"""With fewer people there is no histogram, and their number is said as a band."""
NARROW_UNDER = 20
"""With fewer people, a cell of at least nine tenths of them is too much; with more, a cell of all but one."""
ENDS = (10, 90)
"""Where shares and means end in what is coded."""
ENDS_UNDER_FULL = (20, 80)
"""Where they end with 5 to 9 people: nine tenths of so few are all of them, and only from four fifths on can one be missing."""


@dataclass(frozen=True, slots=True)
class Coded:
    """A whole number: a share in per cent, a mean from 0 to 100, or an eNPS. `bound`: the real one may lie beyond it."""

    value: int
    bound: Literal["", "at least", "at most"] = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of one group's answers to one question.

    `people`: how many, or "5–9". full: `counts`, and every figure follows from them. summary: `favourable` and `mean`. coded:
    these and `shares`, one of each cell. What the question does not have is None or empty.
    """

    form: Form
    people: str
    counts: tuple[int, ...] = ()
    shares: tuple[Coded, ...] = ()
    favourable: Coded | None = None
    mean: Coded | None = None


def kept(
    counts: Sequence[int],
    n: int,
    scores: Sequence[Fraction | int] = (),
    favourable: Collection[int] = (),
    *,
    histogram: bool = True,
    beside: bool = False,
) -> Kept:
    """What may be kept of the `counts` of a question's cells among the `n` people who answered it.

    Where several may be chosen, counts add up to more than n. `scores` are the cells' values from 0 to 100, and `favourable`
    the places of the cells that count as favourable: only where each person is in one cell. Without `histogram`, no full
    counts are kept, since those of another group would follow from them: `bot.domain.release.in_full` says where. A group
    stands `beside` everybody: without counts it is a summary, whether nearly all of it answered alike or not, for not to be
    coded would say that two of it at least did not.

    - n under 10: a summary. The favourable share in whole per cent and the mean in whole numbers, halves up, each said as "at
      most 20" or "at least 80" from there on.
    - a cell has at least 90 % of n under 20, or all of n or all but one: coded. Every cell's share and the favourable share in
      whole per cent, each said as "at most 10" or "at least 90" from there on; for the mean, the value of that cell, whatever
      the one gave, said so as well.
    - otherwise the full counts; without `histogram`, a summary with the number of people, from "at most 10" to "at least 90".

    A summary has no mean beside a share that is said as such a bound, for both together can leave one way only. So what is
    kept of people who all answered the same could as well be of people of whom one or two did not. A cell that nobody chose
    stays visible in full counts. The danger: A. Machanavajjhala and others, ACM TKDD 1 (2007) article 3; the limits are our
    own.

    :raises ValueError: n is under `LEAST_ANSWERS`, a count is no part of n, or scores do not go with the counts.
    """
    _check(counts, n, scores, favourable)
    share = Fraction(100 * sum(counts[i] for i in favourable), n) if favourable else None
    mean = sum((Fraction(s) * c for s, c in zip(scores, counts, strict=True)), Fraction(0)) / n if scores else None
    is_narrow = n >= FULL_FROM and _narrow(max(counts, default=0), n)
    if is_narrow and not beside:
        shares = tuple(_within(Fraction(100 * c, n), ENDS) for c in counts)
        alike = Fraction(scores[counts.index(max(counts))]) if scores else None
        return Kept("coded", str(n), shares=shares, favourable=_coded(share, ENDS), mean=_coded(alike, ENDS))
    if n >= FULL_FROM and histogram and not is_narrow:
        return Kept("full", str(n), tuple(counts))
    ends, people = (ENDS, str(n)) if n >= FULL_FROM else (ENDS_UNDER_FULL, f"{LEAST_ANSWERS}–{FULL_FROM - 1}")
    favoured = _coded(share, ends)
    is_bound = favoured is not None and bool(favoured.bound)
    return Kept("summary", people, favourable=favoured, mean=None if is_bound else _coded(mean, ends))


def _check(counts: Sequence[int], n: int, scores: Sequence[Fraction | int], favourable: Collection[int]) -> None:
    if n < LEAST_ANSWERS:
        raise ValueError(f"{n} answers are too few; keep nothing under {LEAST_ANSWERS}")
    if any(not 0 <= c <= n for c in counts):
        raise ValueError(f"a count is not among {n} people; give those who answered this question")
    if (scores or favourable) and sum(counts) != n:
        raise ValueError(f"the counts are {sum(counts)} and the people {n}; give scores only where each is in one cell")
    if scores and len(scores) != len(counts):
        raise ValueError(f"{len(scores)} scores for {len(counts)} cells; give one of each")


def _narrow(largest: int, n: int) -> bool:
    return 10 * largest >= 9 * n if n < NARROW_UNDER else largest >= n - 1


def _coded(value: Fraction | None, ends: tuple[int, int]) -> Coded | None:
    return None if value is None else _within(value, ends)


def _within(value: Fraction, ends: tuple[int, int]) -> Coded:
    low, high = ends
    if value >= high:
        return Coded(high, "at least")
    if value <= low:
        return Coded(low, "at most")
    return Coded(math.floor(value + Fraction(1, 2)))
