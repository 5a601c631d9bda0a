"""The figures of one group's answers to one question, from what may be kept of them, and the score over several questions."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.domain.questions import KINDS
from bot.domain.release_coding import Coded, Kept
from bot.domain.survey_reliability import correlation, reliability
from bot.domain.survey_stats import Estimate, engagement, enps, favourable, pooled_engagement, scale_mean
from bot.domain.surveys import DECLINED, Answer, Question

ROUNDED_OUT = 5
"""With fewer than ten answers, the ends of intervals are moved outwards to multiples of five: exact ends would tell n."""
ASSOCIATED_FROM = 30
"""With fewer people, an association between two questions says nothing: of r = 0.5 in ten people, −0.19 to 0.86 is possible."""
RELIABLE_FROM = 10


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
    elif shape == "nps" and form.form == "full":
        found += _estimate(question.id, cut, "enps", enps(histogram, max(asked, n)))
    elif question.kind == "yes_no":
        found += _share(question, cut, form, histogram[0], n=n, asked=asked)
    if form.shares and (cells := KINDS[question.kind].cells(question)):
        found += [_coded(question.id, cut, f"share:{cell}", share) for cell, share in zip(cells, form.shares, strict=True)]
    return found


def of_numbers(question: Question, cut: str, answers: Sequence[Answer]) -> list[Figure]:
    """Mean and median of numbers, or the mean places of a ranking, of ten people or more."""
    if KINDS[question.kind].SHAPE != "number":
        return []
    numbers = sorted(float(str(a)) for a in answers)
    middle = len(numbers) // 2
    median = numbers[middle] if len(numbers) % 2 else (numbers[middle - 1] + numbers[middle]) / 2
    return [
        Figure(question.id, cut, "mean", round(math.fsum(numbers) / len(numbers), 2)),
        Figure(question.id, cut, "median", round(median, 2)),
    ]


def score(items: Mapping[str, Mapping[str, tuple[int, ...]]], people: Sequence[Person], invited: int) -> Estimate | None:
    """The engagement score of everybody: the mean of the means of its items, 0 to 100.

    Where the same people answered every item it is the mean over people, with Student's interval. Else it is made from the
    items alone: to speak of those who answered all of them would tell how the others answered.
    """
    histograms = [by_cut["all"] for by_cut in items.values() if "all" in by_cut]
    if len(items) < 2 or len(histograms) < len(items):
        return None
    answered = [{q for q in items if p.answers.get(q, DECLINED) != DECLINED} for p in people]
    if all(len(each) in (0, len(items)) for each in answered):
        scores = [_own_score(p, items) for p, each in zip(people, answered, strict=True) if each]
        return engagement(scores, max(invited, len(scores)))
    return pooled_engagement(histograms, correlation=1.0)


def of_score(items: Mapping[str, Mapping[str, tuple[int, ...]]], cuts: Sequence[str], whole: Estimate | None) -> list[Figure]:
    """The score of everybody and of each group of which every item is released whole."""
    found = [] if whole is None else [*_estimate("score", "all", "mean", whole), Figure("score", "all", "n", float(whole.n))]
    if whole is not None and whole.sd is not None:
        found.append(Figure("score", "all", "sd", round(whole.sd, 2)))
    if len(items) < 2:
        return found
    for cut in cuts:
        histograms = [by_cut[cut] for by_cut in items.values() if cut in by_cut]
        if cut != "all" and len(histograms) == len(items):
            made = pooled_engagement(histograms, correlation=1.0)
            if made is not None:
                found += [*_estimate("score", cut, "mean", made), Figure("score", cut, "n", float(made.n))]
    return found


def associations(questions: Sequence[Question], people: Sequence[Person]) -> list[Figure]:
    """How well the items of the score hold together, and which questions go with it: associations, never causes.

    Only of everybody, and only of people who answered all questions of a scale, where that is everybody who answered any.
    """
    scales = [q for q in questions if KINDS[q.kind].SHAPE == "scale"]
    index = [q for q in scales if q.index]
    answered = [{q.id for q in scales if p.answers.get(q.id, DECLINED) != DECLINED} for p in people]
    if len(index) < 2 or any(len(each) not in (0, len(scales)) for each in answered):
        return []
    complete = [p for p, each in zip(people, answered, strict=True) if each]
    if len(complete) < RELIABLE_FROM:
        return []
    columns = {q.id: [_points(p.answers[q.id], q) for p in complete] for q in scales}
    found = _reliability([columns[q.id] for q in index])
    if len(complete) >= ASSOCIATED_FROM:
        outcome = [math.fsum(columns[q.id][i] for q in index) / len(index) for i in range(len(complete))]
        for question in scales:
            if not question.index and (made := correlation(columns[question.id], outcome)) is not None:
                found += _estimate(question.id, "all", "association", made)
    return found


def _reliability(columns: Sequence[Sequence[float]]) -> list[Figure]:
    n = len(columns[0])
    means = [math.fsum(c) / n for c in columns]
    covariance = [
        [
            math.fsum((a - ma) * (b - mb) for a, b in zip(x, y, strict=True)) / (n - 1)
            for y, mb in zip(columns, means, strict=True)
        ]
        for x, ma in zip(columns, means, strict=True)
    ]
    if any(covariance[i][i] == 0 for i in range(len(columns))):
        return []
    made = reliability(covariance, n)
    if made is None:
        return []
    found = [
        Figure("score", "all", f"alpha{end}", round(v, 3))
        for end, v in (("", made.alpha), ("_low", made.low), ("_high", made.high))
    ]
    return found if made.omega is None else [*found, Figure("score", "all", "omega", round(made.omega, 3))]


def _of_scale(question: Question, cut: str, form: Kept, histogram: tuple[int, ...], asked: int) -> list[Figure]:
    n = sum(histogram)
    mean = scale_mean(histogram, max(asked, n))
    among = sum(histogram[i] for i in favourable_cells(len(histogram)))
    share = favourable(among, n, max(asked, n))
    if form.form == "full":
        return [*_estimate(question.id, cut, "mean", mean), *_estimate(question.id, cut, "favourable", share, 100)]
    found = [_coded(question.id, cut, "mean", form.mean), *_rounded(question.id, cut, "mean", mean, form.mean)]
    return [
        *found,
        _coded(question.id, cut, "favourable", form.favourable),
        *_rounded(question.id, cut, "favourable", share, form.favourable, times=100),
    ]


def _share(question: Question, cut: str, form: Kept, yes: int, *, n: int, asked: int) -> list[Figure]:
    share = favourable(yes, n, max(asked, n))
    if form.form == "full":
        return _estimate(question.id, cut, "favourable", share, 100)
    return [
        _coded(question.id, cut, "favourable", form.favourable),
        *_rounded(question.id, cut, "favourable", share, form.favourable, times=100),
    ]


def _estimate(question: str, cut: str, name: str, found: Estimate | None, times: float = 1) -> list[Figure]:
    if found is None:
        return []
    ends = (("", found.value), ("_low", found.low), ("_high", found.high))
    return [Figure(question, cut, f"{name}{end}", round(v * times, 2), found.method if not end else "") for end, v in ends]


def _coded(question: str, cut: str, name: str, coded: Coded | None) -> Figure:
    return Figure(question, cut, name, None if coded is None else float(coded.value), coded.bound if coded else "")


def _rounded(
    question: str, cut: str, name: str, found: Estimate | None, coded: Coded | None, *, times: float = 1
) -> list[Figure]:
    """Ends of an interval, moved outwards. Of a bound there is none: it would tell where behind it the value is."""
    if found is None or coded is None or coded.bound:
        return []
    low = math.floor(found.low * times / ROUNDED_OUT) * ROUNDED_OUT
    high = math.ceil(found.high * times / ROUNDED_OUT) * ROUNDED_OUT
    low, high = min(low, coded.value - ROUNDED_OUT), max(high, coded.value + ROUNDED_OUT)
    return [
        Figure(question, cut, f"{name}_low", float(max(0, low))),
        Figure(question, cut, f"{name}_high", float(min(100, high))),
    ]


def _own_score(person: Person, items: Mapping[str, Mapping[str, tuple[int, ...]]]) -> float:
    return math.fsum(100 * (int(str(person.answers[q])) - 1) / (len(by_cut["all"]) - 1) for q, by_cut in items.items()) / len(
        items
    )


def _points(answer: Answer, question: Question) -> float:
    return 100.0 * (int(str(answer)) - 1) / (question.points - 1)
