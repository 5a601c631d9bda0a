"""Intervals of what is told without its counts: the same for all answers that are told in the same words, and wide enough."""

import math
from collections import defaultdict
from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations_with_replacement

import pytest
from scipy import stats

from bot.domain.questions import KINDS
from bot.domain.release_coding import kept
from bot.domain.survey_figures import Figure, favourable_cells, of_group
from bot.domain.survey_passives import PROMOTER_SCORES
from bot.domain.survey_stats import Estimate, enps, favourable, scale_mean
from bot.domain.surveys import Question

Counts = tuple[int, ...]
AGREE = Question("q", "agree", {"en": "It is fine."})
SEVEN = Question("q", "agree", {"en": "It is fine."}, points=7)
TEN = Question("q", "ten", {"en": "How likely?"})
YES = Question("q", "yes_no", {"en": "Is it fine?"})


def told(question: Question, counts: Counts, asked: int) -> list[Figure]:
    """What is said of a group, all of whose answers are too few or too much alike for a histogram."""
    cells, scores, good = len(counts), list[Fraction | int](), tuple[int, ...]()
    if question.kind == "agree":
        scores, good = [Fraction(100 * i, cells - 1) for i in range(cells)], favourable_cells(cells)
    elif question.kind == "ten":
        scores = list(PROMOTER_SCORES)
    else:
        good = (0,)
    form = kept(counts, sum(counts), scores, good, histogram=False)
    return of_group(question, "all", form, counts, n=sum(counts), asked=asked)


def all_counts(cells: int, n: int) -> Iterator[Counts]:
    """Every way in which so many people can have chosen."""
    for chosen in combinations_with_replacement(range(cells), n):
        yield tuple(map(chosen.count, range(cells)))


def nearly_alike(cells: int, n: int) -> Iterator[Counts]:
    """Every way in which all have chosen the same, but for one at most."""
    for most in range(cells):
        for other in range(cells):
            yield tuple((n - 1) * (place == most) + (place == other) for place in range(cells))


def answers(question: Question, n: int, *, alike: bool) -> Iterator[Counts]:
    """All answers there can be; of an eNPS, in one cell each of detractors, passives and promoters."""
    cells = len(KINDS[question.kind].cells(question))
    if alike:
        yield from nearly_alike(cells, n)
    elif question is TEN:
        yield from ((*[0] * 6, low, middle, 0, 0, high) for low, middle, high in all_counts(3, n))
    else:
        yield from all_counts(cells, n)


def exact(name: str, counts: Counts, asked: int) -> Estimate | None:
    """The figure with its own interval, as it would be told of many."""
    if name == "mean":
        return scale_mean(counts, asked)
    if name == "enps":
        return enps(counts, asked)
    good = sum(counts[i] for i in favourable_cells(len(counts))) if len(counts) > 2 else counts[0]
    made = favourable(good, sum(counts), asked)
    return made and Estimate(100 * made.value, 100 * made.low, 100 * made.high, made.n, made.method)


@pytest.mark.parametrize("question", [AGREE, SEVEN, TEN, YES], ids=["agree", "seven", "ten", "yes_no"])
@pytest.mark.parametrize(
    ("sizes", "alike"),
    [(range(5, 10), False), (range(10, 12), False), (range(10, 24), True)],
    ids=["few", "without a histogram", "alike"],
)
def test_all_answers_that_are_told_in_the_same_words_have_the_same_interval(
    question: Question, sizes: range, alike: bool
) -> None:
    """So what it says follows from the words already. And it holds the interval of whichever of them was given."""
    shown = 0
    for asked in (sizes[-1], sizes[-1] + 3, 40):
        ends_of = defaultdict[tuple[object, ...], set[tuple[object, ...]]](set)
        for counts in (counts for n in sizes for counts in answers(question, n, alike=alike)):
            figures = told(question, counts, asked)
            ends = {f.figure: f.value for f in figures if f.value is not None and f.figure.endswith(("_low", "_high"))}
            words = tuple((f.figure, f.value, f.words) for f in figures if f.figure not in ends)
            ends_of[words].add(tuple(sorted(ends.items())))
            for name in {each.rpartition("_")[0] for each in ends}:
                made = exact(name, counts, asked)
                assert made is not None
                assert ends[f"{name}_low"] <= made.low + 1e-9
                assert made.high - 1e-9 <= ends[f"{name}_high"]
                shown += 1
        assert [words for words, ends in ends_of.items() if len(ends) > 1] == []
    assert shown or (question is YES and alike), "of yes and no, alike is a bound"


def test_an_enps_of_five_does_not_tell_how_many_are_passives() -> None:
    """A promoter and four passives, or three promoters and two detractors: both are an eNPS of 20, of 5 of 10."""
    one = told(TEN, (0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0), 10)
    other = told(TEN, (2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3), 10)
    assert one == other
    p, d, n = 3.75 / 8, 2.75 / 8, 5
    half = stats.norm.ppf(0.975) * math.sqrt((p + d - (p - d) ** 2) / (n + 3))
    low = 20 + math.sqrt(5 / 9) * (100 * (p - d - half) - 20)
    found = {f.figure: f.value for f in one}
    assert found["enps"] == 20
    assert found["enps_low"] == 5 * math.floor(max(low, -40) / 5)


def test_a_share_of_a_third_may_be_two_of_six_or_three_of_nine() -> None:
    assert told(YES, (2, 4), 12) == told(YES, (3, 6), 12)
