"""The figures of one group's answers to one question, from what may be kept of them, and the score over several questions."""

import math
import random
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from bot.domain import coded_intervals
from bot.domain.intervals import Ends
from bot.domain.questions import KINDS
from bot.domain.release_coding import Coded, Kept
from bot.domain.survey_reliability import LEAST_CORRELATED, correlation, covariance_of, reliability
from bot.domain.survey_stats import (
    Estimate,
    engagement,
    enps,
    favourable,
    moments,
    number_mean,
    pooled_engagement,
    possible,
    scale_mean,
)
from bot.domain.surveys import DECLINED, LEAST_ANSWERS, LEAST_ITEMS, Answer, Question

WHOLE = "all"
"""What the group of everybody is called."""
SILENCE_UNDER = 0.80
"""Where fewer of those asked answered, it is told what their silence leaves possible."""
LEAST_TOGETHER = 3
"""Of fewer items it is not told how they go together: of two it would be one covariance, and so who gave both answers."""
LEAST_POINTS = 3
"""Nor of items to which all gave one of two answers."""
DOMINATED = 0.10
"""To within this share of its distance to the next nobody may be able to work out the largest number, or the smallest."""
LEAST_AT_AN_END = 2
"""Where fewer are in the lowest or highest part of numbers, how many are in each part is not told."""
MEAN = ("mean", "mean_low", "mean_high")
"""What a mean and the ends of its interval are called."""
ROUGHLY = "roughly"
"""What is said of a score where nearly all answered an item alike, whose mean is then told as theirs."""
SINGLE = "it would tell of a single answer"
"""Why no mean of numbers is shown."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a question in a group; `words` where it is said to be a bound, a band, or why it is withheld."""

    question: str
    cut: str
    figure: str
    value: float | None
    words: str = ""


class Person(Protocol):
    """Somebody's answers by question."""

    @property
    def answers(self) -> Mapping[str, Answer]: ...


def favourable_cells(points: int) -> tuple[int, ...]:
    """Which points of a scale are favourable: the upper two of five, the upper three of seven."""
    return tuple(range(points // 2 + 1, points))


def of_group(question: Question, cut: str, form: Kept, histogram: tuple[int, ...], *, n: int, asked: int) -> list[Figure]:
    """The figures of one released cell; `asked` is how many of its people were invited."""
    found = [
        Figure(question.id, cut, "n", float(n)) if form.people.isdecimal() else Figure(question.id, cut, "n", None, form.people)
    ]
    found.append(Figure(question.id, cut, "form", None, form.form))
    shape = KINDS[question.kind].SHAPE
    if shape == "scale":
        found += _of_scale(question, cut, form, histogram, asked)
    elif shape == "nps":
        found += _of_promoters(question, cut, form, histogram, asked)
    elif question.kind == "yes_no":
        found += _share(question, cut, form, histogram[0], n=n, asked=asked)
    elif form.form == "full":
        found += _shares(question, cut, histogram, n, asked)
    least = n if form.people.isdecimal() else LEAST_ANSWERS
    found += _silence(found, "favourable", least, asked)
    found += _silence(found, "enps", least, asked, (-100, 100))
    if form.shares and shape != "number":
        cells = KINDS[question.kind].cells(question)
        found += [_coded(question.id, cut, f"share:{cell}", share) for cell, share in zip(cells, form.shares, strict=True)]
    return found


def _silence(told: Sequence[Figure], name: str, n: int, asked: int, ends: tuple[float, float] = (0, 100)) -> list[Figure]:
    """Between what a figure would lie, had all of those asked answered, from what is told of it and the least n it can be of.

    Where most answered it says little. It is told in whole numbers, moved outwards by as much as the figure is rounded.
    """
    figure = next((f for f in told if f.figure == name and f.value is not None), None)
    if figure is None or figure.value is None or n >= SILENCE_UNDER * asked:
        return []
    form = next((f.words for f in told if f.figure == "form"), "full")
    rounded = 0.0 if form == "full" else 10.0 if form == "coded" and name == "enps" else 0.5
    low = ends[0] if figure.words == "at most" else max(ends[0], figure.value - rounded)
    high = ends[1] if figure.words == "at least" else min(ends[1], figure.value + rounded)
    outward = math.floor(possible(low, n, asked, ends)[0]), math.ceil(possible(high, n, asked, ends)[1])
    names = (f"{name}_least", f"{name}_most")
    return [Figure(figure.question, figure.cut, each, float(end)) for each, end in zip(names, outward, strict=True)]


def of_numbers(question: Question, cut: str, answers: Sequence[Answer], *, asked: int) -> list[Figure]:
    """Mean, median and spread of the numbers of ten people or more, to three significant digits.

    `asked` is how many were invited.
    """
    numbers = sorted(float(str(a)) for a in answers)
    made = number_mean(numbers, max(asked, len(numbers)), question.low, question.high)
    if made is None:
        return []
    middle = len(numbers) // 2
    median = numbers[middle] if len(numbers) % 2 else (numbers[middle - 1] + numbers[middle]) / 2
    ends = (("mean", made.value), ("mean_low", made.low), ("mean_high", made.high), ("median", median), ("sd", made.sd or 0.0))
    return [Figure(question.id, cut, name, _three(v), made.method if name == "mean" else "") for name, v in ends]


def is_dominated(question: Question, answers: Sequence[Answer]) -> bool:
    """Whether whoever gave the second largest number, or the second smallest, could work out the one beyond it.

    The mean tells the sum, and its interval that of the squares. Whoever takes their own number from both, and knows that of
    the others none lies beyond it, finds a span for the outermost, within the limits of the question: as the p % rule has it,
    it must be a tenth of the distance between the two at least. That the other end is known as well is taken for granted.
    Source: A. Hundepool and others, Statistical Disclosure Control (2012) 4.2, for the rule; `_span` for the span.
    """
    numbers = sorted(float(str(a)) for a in answers)
    most, least = (math.inf if limit is None else sign * limit for limit, sign in ((question.high, 1), (question.low, -1)))
    return _tells_last(numbers, most) or _tells_last([-number for number in reversed(numbers)], least)


def _tells_last(numbers: Sequence[float], limit: float) -> bool:
    second, last = numbers[-2:]
    low, high = _span([number - second for number in numbers])
    return last > second and min(high, limit - second) - low < DOMINATED * (last - second)


def are_told_by_parts(question: Question, answers: Sequence[Answer], histogram: Sequence[int]) -> bool:
    """Whether an outermost number could be worked out from how many are in each part between the limits, and mean and spread.

    Fewer than `LEAST_AT_AN_END` are in its part, or the ends of that part, in place of the limits, leave too little.
    """
    occupied = [place for place, n in enumerate(histogram) if n]
    if question.low is None or question.high is None or not occupied:
        return False
    first, last = occupied[0], occupied[-1]
    width = (question.high - question.low) / len(histogram)
    within = replace(question, low=question.low + width * first, high=question.low + width * (last + 1))
    return min(histogram[first], histogram[last]) < LEAST_AT_AN_END or is_dominated(within, answers)


def _span(numbers: Sequence[float]) -> tuple[float, float]:
    """Between what the last of these sorted numbers lies, where the one before it is 0 and only sums are known of the others.

    Their sum of squares is at least their sum squared by how many they are (Cauchy and Schwarz), and at most the sum times the
    least of them, since (y − least)·y ≤ 0 for each y between that and 0.
    """
    least, others = numbers[0], len(numbers) - 2
    total, squares = math.fsum(numbers), math.fsum(number**2 for number in numbers)
    under_root = total**2 - (others + 1) * (total**2 - others * squares)
    high = (total + math.sqrt(max(0.0, under_root))) / (others + 1)
    low = (least + math.sqrt(max(0.0, least**2 + 4 * (squares - least * total)))) / 2
    return low, high


def score(items: Mapping[str, Mapping[str, tuple[int, ...]]], people: Sequence[Person], invited: int) -> Estimate | None:
    """The engagement score of everybody: the mean of the means of its items, 0 to 100.

    Where the same people answered every item, and `go_together` lets it be told how, it is the mean over people, with Student's
    interval. Else it is made from the items alone: to speak of those who answered all of them would tell how the others
    answered. Its `sd` is then the mean of the items' own, which that of people's scores cannot exceed.
    """
    histograms = [by_cut[WHOLE] for by_cut in items.values() if WHOLE in by_cut]
    if len(items) < LEAST_ITEMS or len(histograms) < len(items):
        return None
    answered = [{q for q in items if p.answers.get(q, DECLINED) != DECLINED} for p in people]
    if go_together(histograms) and all(len(each) in (0, len(items)) for each in answered):
        scores = [_own_score(p, items) for p, each in zip(people, answered, strict=True) if each]
        return engagement(scores, max(invited, len(scores)))
    return _pooled(histograms, invited)


def go_together(histograms: Sequence[Sequence[int]]) -> bool:
    """Whether it may be told how these items go together, which the spread of people's scores tells as alpha does.

    Where few gave other answers than most, one such figure beside the histograms says whether they are the same few: it takes
    `LEAST_TOGETHER` items, `LEAST_CORRELATED` people, and `LEAST_ANSWERS` of them beside the most frequent answer to each item,
    at two other points at least: of items that are answered by two points alone, one table of answers may be all that fits.
    """
    return len(histograms) >= LEAST_TOGETHER and all(map(_is_mixed, histograms))


def _is_mixed(histogram: Sequence[int]) -> bool:
    n = sum(histogram)
    is_told_apart = sum(k > 0 for k in histogram) >= LEAST_POINTS
    return n >= LEAST_CORRELATED and n - max(histogram) >= LEAST_ANSWERS and is_told_apart


def of_score(
    items: Mapping[str, Mapping[str, tuple[int, ...]]], cuts: Mapping[str, int], whole: Estimate | None, invited: int
) -> list[Figure]:
    """The score of everybody, who were so many `invited`, and of each group (`cuts`, with how many of it were) of which every
    item is released whole.
    """
    found = [] if whole is None else [*_estimate("score", WHOLE, "mean", whole), Figure("score", WHOLE, "n", float(whole.n))]
    if whole is not None and whole.sd is not None:
        found.append(Figure("score", WHOLE, "sd", round(whole.sd, 2)))
    found += _silence(found, "mean", whole.n if whole else 0, invited)
    if len(items) < LEAST_ITEMS:
        return found
    for cut, asked in cuts.items():
        histograms = [by_cut[cut] for by_cut in items.values() if cut in by_cut]
        if cut != WHOLE and len(histograms) == len(items):
            made = _pooled(histograms, asked)
            if made is not None:
                found += [*_estimate("score", cut, "mean", made), Figure("score", cut, "n", float(made.n))]
    return found


def of_rounded_items(items: Collection[str], cuts: Sequence[str], told: Sequence[Figure]) -> list[Figure]:
    """The score of those groups (`cuts`) of which some item is `told` rounded only: the mean of what is told of each.

    It follows from what is published already, so it tells nothing more; its interval is no narrower than it has to be. There is
    none where an item is said to be at least or at most something, which has no ends.
    """
    if len(items) < LEAST_ITEMS:
        return []
    known = {(each.question, each.cut, each.figure): each for each in told}
    found: list[Figure] = []
    for cut in cuts:
        told_of = {name: [f for item in items if (f := known.get((item, cut, name)))] for name in (*MEAN, "n", "form")}
        given = {name: [f.value for f in each if f.value is not None] for name, each in told_of.items()}
        if ("score", cut, "mean") in known or any(len(given[name]) < len(items) for name in MEAN):
            continue
        band = next((f.words for f in told_of["n"] if f.value is None), "")
        is_coarse = any(f.words == "coded" for f in told_of["form"])
        words = {"mean": ROUGHLY if is_coarse else ""}
        found += [Figure("score", cut, n, round(math.fsum(given[n]) / len(items), 1), words.get(n, "")) for n in MEAN]
        found.append(Figure("score", cut, "n", None if band else min(given["n"]), band))
    return found


def associations(
    questions: Sequence[Question], people: Sequence[Person], whole: Collection[str], lots: random.Random
) -> list[Figure]:
    """How well the items of the score hold together, and which questions go with it: associations, never causes.

    Only of everybody, and only of the questions whose histogram is released (`whole`): with nearly all at one point, it would
    tell of the others; and as `go_together` has it. Only who answered all items counts, and of a question who answered it too:
    where that leaves out few of those who are counted elsewhere, more are left out by `lots` (`_without_few`).
    """
    scales = [q for q in questions if KINDS[q.kind].SHAPE == "scale" and q.id in whole]
    index = [q.id for q in scales if q.index]
    points = {q.id: [_points(p.answers.get(q.id, DECLINED), q) for p in people] for q in scales}
    those = {q: frozenset(n for n, value in enumerate(column) if value is not None) for q, column in points.items()}
    if len(index) < max(LEAST_TOGETHER, sum(q.index for q in questions)):
        return []

    def values(question: str, some: Collection[int]) -> list[float]:
        return [value for n in sorted(some) if (value := points[question][n]) is not None]

    def are_mixed(asked: Sequence[str], some: Collection[int]) -> bool:
        return all(_is_mixed(tuple(Counter(values(q, some)).values())) for q in asked)

    counted = [those[q] for q in index]
    answered_all = _without_few(frozenset.intersection(*counted), counted, lots)
    if not all(are_mixed([q], those[q]) for q in index) or not are_mixed(index, answered_all):
        return []
    found = _reliability([values(q, answered_all) for q in index])
    for question in (q.id for q in scales if not q.index and are_mixed([q.id], those[q.id])):
        both = _without_few(answered_all & those[question], (*counted, those[question], answered_all), lots)
        if are_mixed([*index, question], both):
            outcome = [math.fsum(own) / len(index) for own in zip(*(values(q, both) for q in index), strict=True)]
            if (made := correlation(values(question, both), outcome)) is not None:
                found += _estimate(question, WHOLE, "association", made)
    return found


def _without_few(some: frozenset[int], counted: Sequence[frozenset[int]], lots: random.Random) -> frozenset[int]:
    """Some people, less so many by lot that of those counted elsewhere nobody is missing, or `LEAST_ANSWERS` at least.

    Else a figure of all but one, beside that of all, could tell what that one answered.
    """
    missing = [len(each - some) for each in counted]
    if all(n == 0 or n >= LEAST_ANSWERS for n in missing):
        return some
    left = max(0, len(some) - (LEAST_ANSWERS - min(missing)))
    return frozenset(lots.sample(sorted(some), left))


def _reliability(items: Sequence[Sequence[float]]) -> list[Figure]:
    told = reliability(covariance_of(items), len(items[0]))
    if told is None:
        return []
    ends = (("alpha", told.alpha), ("alpha_low", told.low), ("alpha_high", told.high), ("omega", told.omega))
    return [Figure("score", WHOLE, name, round(v, 3)) for name, v in ends if v is not None]


def _of_scale(question: Question, cut: str, form: Kept, histogram: tuple[int, ...], asked: int) -> list[Figure]:
    n, cells = sum(histogram), favourable_cells(len(histogram))
    if form.form == "full":
        share = favourable(sum(histogram[i] for i in cells), n, max(asked, n))
        mean = scale_mean(histogram, max(asked, n))
        return [*_estimate(question.id, cut, "mean", mean), *_estimate(question.id, cut, "favourable", share, 100)]
    return [
        _coded(question.id, cut, "mean", form.mean),
        *_ends(question.id, cut, "mean", coded_intervals.of_mean(form, len(histogram), cells[0], asked)),
        _coded(question.id, cut, "favourable", form.favourable),
        *_ends(question.id, cut, "favourable", coded_intervals.of_share(form, asked)),
    ]


def _of_promoters(question: Question, cut: str, form: Kept, histogram: tuple[int, ...], asked: int) -> list[Figure]:
    """Where no histogram is released, a whole number that ends where the mean of `form` does, and in its steps."""
    made = enps(histogram, max(asked, sum(histogram)))
    if made is None or form.form == "full" or form.mean is None:
        return _estimate(question.id, cut, "enps", made)
    is_plain = form.form == "summary" and not form.mean.bound
    coded = Coded(math.floor(made.value + 0.5) if is_plain else 2 * form.mean.value - 100, form.mean.bound)
    ends = coded_intervals.of_promoters(form, coded, asked)
    return [_coded(question.id, cut, "enps", coded), *_ends(question.id, cut, "enps", ends)]


def _share(question: Question, cut: str, form: Kept, yes: int, *, n: int, asked: int) -> list[Figure]:
    if form.form == "full":
        return _estimate(question.id, cut, "favourable", favourable(yes, n, max(asked, n)), 100)
    ends = coded_intervals.of_share(form, asked)
    return [_coded(question.id, cut, "favourable", form.favourable), *_ends(question.id, cut, "favourable", ends)]


def _shares(question: Question, cut: str, histogram: tuple[int, ...], n: int, asked: int) -> list[Figure]:
    """The share of people who chose each option; of a ranking, who put each first, and who gave it any place."""
    shape, found = KINDS[question.kind].SHAPE, list[Figure]()
    if shape == "ranks":
        for place, option in enumerate(question.options):
            placed = histogram[place * question.ranked : (place + 1) * question.ranked]
            for name, k in ((f"first:{option.id}", placed[0]), (f"placed:{option.id}", sum(placed))):
                found += _estimate(question.id, cut, name, favourable(k, n, max(asked, n)), 100)
    elif shape == "shares":
        for cell, k in zip(KINDS[question.kind].cells(question), histogram, strict=True):
            found += _estimate(question.id, cut, f"share:{cell}", favourable(k, n, max(asked, n)), 100)
    return found


def _pooled(histograms: Sequence[tuple[int, ...]], invited: int) -> Estimate | None:
    least = min(sum(each) for each in histograms)
    made = pooled_engagement(histograms, correlation=1.0, invited=max(invited, least))
    samples = [s for s in map(moments, histograms) if s is not None]
    return None if made is None else replace(made, sd=math.fsum(s.sd for s in samples) / len(samples))


def _three(value: float) -> float:
    """A number with three significant digits."""
    return float(f"{value:.3g}")


def _estimate(question: str, cut: str, name: str, found: Estimate | None, times: float = 1) -> list[Figure]:
    if found is None:
        return []
    ends = (("", found.value), ("_low", found.low), ("_high", found.high))
    return [Figure(question, cut, f"{name}{end}", round(v * times, 2), found.method if not end else "") for end, v in ends]


def _coded(question: str, cut: str, name: str, coded: Coded | None) -> Figure:
    return Figure(question, cut, name, None if coded is None else float(coded.value), coded.bound if coded else "")


def _ends(question: str, cut: str, name: str, ends: Ends | None) -> list[Figure]:
    if ends is None:
        return []
    return [Figure(question, cut, f"{name}{end}", float(v)) for end, v in zip(("_low", "_high"), ends, strict=True)]


def _own_score(person: Person, items: Mapping[str, Mapping[str, tuple[int, ...]]]) -> float:
    return math.fsum(100 * (int(str(person.answers[q])) - 1) / (len(by_cut[WHOLE]) - 1) for q, by_cut in items.items()) / len(
        items
    )


def _points(answer: Answer, question: Question) -> float | None:
    return None if answer == DECLINED else 100.0 * (int(str(answer)) - 1) / (question.points - 1)
