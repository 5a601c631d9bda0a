"""Intervals of what is told without its counts: made of what is told alone, so that they tell nothing more.

How far a few answers spread says how many agreed: of five people, an eNPS of 20 with a narrow interval is four passives and a
promoter. So each is the widest interval of all answers that would be told in the same words, with its ends moved outwards.
"""

import math
from collections.abc import Iterable, Iterator, Sequence

from bot.domain.intervals import Ends, Mean
from bot.domain.release_coding import FULL_FROM, Coded, Kept
from bot.domain.survey_stats import Estimate, enps, favourable, mean_score, scale_mean
from bot.domain.surveys import LEAST_ANSWERS

ROUNDED_OUT = 5
"""Ends are moved outwards to multiples of five, and lie at least five from the figure, which is rounded itself."""


def of_share(form: Kept, asked: int) -> Ends | None:
    """Of the favourable share in per cent (`favourable`), of so many `asked`. None of a bound: it would tell where behind it
    the share is.
    """
    made = (favourable(k, n, asked) for n in _people(form, asked) for k in _meant(form.favourable, n))
    return _outwards(form.favourable, made, times=100)


def of_mean(form: Kept, points: int, favourable_from: int, asked: int) -> Ends | None:
    """Of the mean of a scale with so many `points` (`mean_score`), of which those from `favourable_from` on, counted from 0,
    are favourable. None of a bound.
    """
    if form.shares:
        return _outwards(form.mean, (scale_mean(counts, asked) for counts in _nearly_alike(form)))
    spread = (
        _widest(points, favourable_from, n, k, total)
        for n in _people(form, asked)
        for k in _meant(form.favourable, n)
        for total in _meant(form.mean, n * (points - 1))
    )
    return _outwards(form.mean, (mean_score(each, asked) for each in spread if each is not None))


def of_promoters(form: Kept, told: Coded, asked: int) -> Ends | None:
    """Of an eNPS (`enps`), with as few passives as can be. None of a bound."""
    counted = _nearly_alike(form) if form.shares else (c for n in _people(form, asked) for c in _least_passive(told, n))
    return _outwards(told, (enps(counts, asked) for counts in counted), lowest=-100)


def _people(form: Kept, asked: int) -> Sequence[int]:
    """How many may have answered."""
    return [int(form.people)] if form.people.isdecimal() else range(LEAST_ANSWERS, min(FULL_FROM - 1, asked) + 1)


def _meant(told: Coded | None, most: int) -> range:
    """How many of `most` parts a figure in per cent may stand for, which is rounded halves up; below 0 too, of an eNPS."""
    if told is None:
        return range(0)
    if told.bound == "at most":
        return range(told.value * most // 100 + 1)
    if told.bound == "at least":
        return range(-(-told.value * most // 100), most + 1)
    first, after = (-(-(2 * told.value + half) * most // 200) for half in (-1, 1))
    return range(max(-most, first), min(most + 1, after))


def _widest(points: int, favourable_from: int, n: int, k: int, total: int) -> Mean | None:
    """The sample of n people, k of them favourable, whose places add up to `total`, with the most spread; None: there is none.

    A place x between two others, l and h, has x² ≤ (l + h)·x − l·h, with equality at both: so the sum of squares is greatest
    where the favourable have as much of the total as they can.
    """
    top, below = points - 1, favourable_from - 1
    if not favourable_from * k <= total <= top * k + below * (n - k):
        return None
    high = min(top * k, total)
    squares = below * (total - high) + (favourable_from + top) * high - favourable_from * top * k
    variance = max(0.0, (squares - total**2 / n) / (n - 1))
    return Mean(100 * total / (n * top), 100 / top * math.sqrt(variance), n)


def _nearly_alike(form: Kept) -> Iterator[tuple[int, ...]]:
    """The counts of so many people of whom all but one at most are in the cell that is told to hold nearly all."""
    n, cells = int(form.people), len(form.shares)
    alike = next(place for place, share in enumerate(form.shares) if share.bound == "at least")
    for other in (alike, 0, cells - 1):
        yield tuple((n - 1) * (place == alike) + (place == other) for place in range(cells))


def _least_passive(told: Coded, n: int) -> Iterator[tuple[int, ...]]:
    """The counts of n people by which an eNPS may be told so, each with as many promoters and detractors as can be."""
    for balance in _meant(told, n):
        others = (n + balance) % 2
        promoters = (n - others + balance) // 2
        yield (n - others - promoters, *[0] * 6, others, 0, promoters, 0)


def _outwards(told: Coded | None, made: Iterable[Estimate | None], *, lowest: int = 0, times: int = 1) -> Ends | None:
    """The outermost ends of all that may be meant, moved outwards."""
    if told is None or told.bound:
        return None
    found = [(times * each.low, times * each.high) for each in made if each is not None]
    low = math.floor(min(low for low, _ in found) / ROUNDED_OUT) * ROUNDED_OUT
    high = math.ceil(max(high for _, high in found) / ROUNDED_OUT) * ROUNDED_OUT
    return max(lowest, min(low, told.value - ROUNDED_OUT)), min(100, max(high, told.value + ROUNDED_OUT))
