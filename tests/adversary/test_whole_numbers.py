"""People are whole: what follows from published shares and means for whoever tries every way in which people can have answered.

The reader knows who belongs where, and that all answered. What cannot be is left out; what is true of all that is left follows.
"""

import itertools
import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.release_coding import FULL_FROM, NARROW_UNDER
from bot.domain.survey_counts import Publication, Respondent, publish
from bot.domain.survey_figures import WHOLE, Figure
from bot.domain.surveys import LEAST_ANSWERS, LEAST_COMMENTS, Answer, Option, Question

K = LEAST_ANSWERS
AGREE = Question("q", "agree", {"en": "It is fine."})
YES = Question("q", "yes_no", {"en": "Is it fine?"})
Cell = tuple[str, str]


@dataclass(frozen=True)
class Measure:
    """What is summed up over people, of which one can give `each` steps at most; and the figure that tells it."""

    figure: str
    each: int

    def worth(self, answer: str) -> int:
        if self.figure == "mean":
            return int(answer) - 1
        return int(answer in ("yes", "4", "5"))


SHARE, MEAN = Measure("favourable", 1), Measure("mean", 4)


def published(question: Question, answers: Mapping[Cell, Sequence[str]], cuts: Sequence[str]) -> Publication:
    people = [
        Respondent(f"U{team}{site}{n}", {"team": team, "site": site}, {"q": answer})
        for (team, site), given in answers.items()
        for n, answer in enumerate(given)
    ]
    asked = [p.groups for p in people]
    lots = random.Random(repr(answers))
    found = publish([question], cuts, people, asked, viewers=frozenset(), minimum=K, comment_minimum=LEAST_COMMENTS, lots=lots)
    assert found is not None
    return found


def members(cells: Sequence[Cell], group: str) -> list[int]:
    cut, _, value = group.partition("=")
    return [i for i, cell in enumerate(cells) if group == WHOLE or value == cell[("team", "site").index(cut)]]


def agrees(figure: Figure, sums: np.ndarray, people: int, each: int, *, coded: bool) -> np.ndarray:
    """Where a group's sum is one of which this could be said; of one that is `coded`, one person at most differs."""
    assert figure.value is not None
    share, in_tens = 100 * sums / (people * each), coded and each > 1
    if figure.words == "at most":
        return (share <= figure.value + 1e-9) & (not coded or sums <= each)
    if figure.words == "at least":
        return (share >= figure.value - 1e-9) & (not coded or sums >= (people - 1) * each)
    rounded = 5 if in_tens else 0.5 if float(figure.value).is_integer() else 0.005
    return np.abs(share - figure.value) <= rounded + 1e-9


def possible(found: Publication, sizes: Mapping[Cell, int], measure: Measure) -> np.ndarray:
    """Every way in which each cell can have summed up, a row each."""
    cells, coded = list(sizes), {f.cut for f in found.figures if (f.figure, f.words) == ("form", "coded")}
    ways = np.array(list(itertools.product(*(range(sizes[c] * measure.each + 1) for c in cells))))
    for figure in found.figures:
        if (figure.question, figure.figure) == ("q", measure.figure) and figure.value is not None:
            own = members(cells, figure.cut)
            people = sum(sizes[cells[i]] for i in own)
            ways = ways[agrees(figure, ways[:, own].sum(axis=1), people, measure.each, coded=figure.cut in coded)]
    return ways


def are_mixed(answers: Sequence[str]) -> bool:
    """Whether so many people answered so differently that their counts may stand in full: shares of points add up then."""
    n, most = len(answers), max(map(answers.count, answers))
    return n >= FULL_FROM and not {"yes", "no"} & set(answers) and (10 * most < 9 * n if n < NARROW_UNDER else most < n - 1)


def told(found: Publication, answers: Mapping[Cell, Sequence[str]], measure: Measure) -> Iterator[str]:
    """What follows of too few people, or of people who all answered alike but for one at most."""
    sizes = {cell: len(given) for cell, given in answers.items()}
    cells, ways = list(sizes), possible(found, sizes, measure)
    assert len(ways)
    for chosen in itertools.chain.from_iterable(itertools.combinations(range(len(cells)), n) for n in range(1, len(cells) + 1)):
        people = sum(sizes[cells[i]] for i in chosen)
        sums = ways[:, list(chosen)].sum(axis=1)
        low, high, most = sums.min(), sums.max(), people * measure.each
        names = [cells[i] for i in chosen]
        if people < K and low == high:
            yield f"{measure.figure} of {names}, {people} people: {low}"
        if are_mixed([answer for i in chosen for answer in answers[cells[i]]]):
            continue
        if high <= measure.each and (low > 0 or high < measure.each):
            yield f"{measure.figure} of {names} is {low} to {high} of {most}"
        if low >= most - measure.each and (high < most or low > most - measure.each):
            yield f"{measure.figure} of {names} is {low} to {high} of {most}"


def is_at_an_end(answers: Sequence[str], measure: Measure) -> bool:
    """Whether full counts say themselves that nobody, or hardly anybody, chose what is at the other end: so of each part."""
    total = sum(map(measure.worth, answers))
    return min(total, len(answers) * measure.each - total) <= measure.each


def problems(question: Question, answers: Mapping[Cell, Sequence[str]], cuts: Sequence[str]) -> list[str]:
    found = published(question, answers, cuts)
    measures = [SHARE] if question is YES else [SHARE, MEAN]
    everybody = [answer for given in answers.values() for answer in given]
    if are_mixed(everybody):
        measures = [m for m in measures if not is_at_an_end(everybody, m)]
    return [each for measure in measures for each in told(found, answers, measure)]


def test_two_cuts_that_cross_do_not_tell_what_the_one_of_both_answered() -> None:
    """17 people: without care, 7 of all, 5 of 11, 2 of 6, 3 of 5 and 4 of 12 leave one way only."""
    yes = {("T0", "O0"): 1, ("T0", "O1"): 4, ("T1", "O0"): 2, ("T1", "O1"): 0}
    sizes = {("T0", "O0"): 1, ("T0", "O1"): 10, ("T1", "O0"): 4, ("T1", "O1"): 2}
    answers = {c: ["yes"] * yes[c] + ["no"] * (n - yes[c]) for c, n in sizes.items()}
    assert problems(YES, answers, ("team", "site")) == []


@pytest.mark.parametrize("low", ["1", "5"])
def test_a_team_that_answered_alike_does_not_follow_from_the_other(low: str) -> None:
    answers = {("B", ""): [low] * 5, ("C", ""): ["4"] * 3 + ["5"] * 3 + ["3"] * 3 + ["2"] * 3}
    assert problems(AGREE, answers, ("team",)) == []


@pytest.mark.parametrize(("few", "many"), [((1, 8), (1, 20)), ((1, 20), (1, 20)), ((7, 8), (19, 20))])
def test_a_group_of_twenty_that_is_coded_is_reckoned_with_as_what_that_says(
    few: tuple[int, int], many: tuple[int, int]
) -> None:
    answers = {(team, ""): ["yes"] * k + ["no"] * (n - k) for team, (k, n) in (("A", few), ("B", many))}
    assert problems(YES, answers, ("team",)) == []


def test_where_two_cuts_cross_a_large_coded_group_does_not_tell_of_one_person() -> None:
    yes = {("A", "X"): (0, 20), ("A", "Y"): (6, 6), ("B", "X"): (1, 3), ("B", "Y"): (1, 1)}
    assert problems(YES, {c: ["yes"] * k + ["no"] * (n - k) for c, (k, n) in yes.items()}, ("team", "site")) == []


OPTIONS = tuple(Option(each, {"en": each}) for each in "abc")
ONE = Question("q", "one", {"en": "Which?"}, options=OPTIONS)
SEVERAL = Question("q", "several", {"en": "Which?"}, options=OPTIONS)
RANKING = Question("q", "ranking", {"en": "Which first?"}, options=OPTIONS, ranked=2)
TEN = Question("q", "ten", {"en": "Would you recommend us?"})


def of_two_teams(question: Question, first: list[Answer], second: list[Answer]) -> Publication:
    people = [Respondent(f"U{n}", {"team": "A" if n < len(first) else "B"}, {"q": a}) for n, a in enumerate(first + second)]
    asked = [p.groups for p in people]
    lots = random.Random(repr((first, second)))
    found = publish(
        [question], ("team",), people, asked, viewers=frozenset(), minimum=K, comment_minimum=LEAST_COMMENTS, lots=lots
    )
    assert found is not None
    return found


YES_NO = Question("q", "yes_no", {"en": "?"})
NUMBER = Question("q", "number", {"en": "How many?"}, low=0, high=10)


@pytest.mark.parametrize(
    ("question", "alike", "other", "sizes"),
    [
        (ONE, "b", "c", (10, 5)),
        (ONE, "b", "c", (12, 5)),
        (SEVERAL, ("a",), ("b",), (10, 5)),
        (RANKING, ("a", "b"), ("b", "c"), (10, 5)),
        (AGREE, "4", "5", (10, 5)),
        (AGREE, "4", "1", (20, 9)),
        (YES_NO, "yes", "no", (20, 9)),
        (NUMBER, "0", "3", (10, 5)),
    ],
)
def test_of_a_group_without_counts_the_same_is_said_whether_nearly_all_answered_alike_or_not(
    question: Question, alike: Answer, other: Answer, sizes: tuple[int, int]
) -> None:
    """To be told which of both it is says that two differ: where everybody's counts show only two, all others do not."""
    told = []
    for in_a in (1, 2):
        first, second = ([other] * k + [alike] * (n - k) for n, k in zip(sizes, (in_a, 2 - in_a), strict=True))
        found = of_two_teams(question, first, second)
        assert "team=A" not in {c.cut for c in found.counts}
        told.append({(f.figure, f.value, f.words) for f in found.figures if (f.question, f.cut) == ("q", "team=A")})
    assert told[0] == told[1]
    assert {figure for figure, value, words in told[0] if value is not None and not words} <= {"n"}


def test_full_counts_of_two_cuts_that_cross_do_not_tell_that_all_of_both_chose_alike() -> None:
    """12 of a team, 13 of a site and 15 of all chose a; so the ten who are in both did, and none of those in neither."""
    cells = {("A", "X"): "a" * 10, ("A", "Y"): "aabbbbcccc", ("B", "X"): "aaabbbbccc", ("B", "Y"): "bbbbbccccc"}
    for question, each in ((ONE, str), (SEVERAL, tuple), (RANKING, tuple)):
        found = published(question, {cell: [each(a) for a in given] for cell, given in cells.items()}, ("team", "site"))
        assert len({c.cut.partition("=")[0] for c in found.counts if c.cut != WHOLE}) == 1
    mixed = cells | {("A", "X"): "aaaabbbccc"}
    found = published(ONE, {cell: list(given) for cell, given in mixed.items()}, ("team", "site"))
    assert len({c.cut for c in found.counts}) == 5, "where they did not, both cuts are kept"


@pytest.mark.parametrize(
    ("question", "first", "second"),
    [
        (SEVERAL, [("a", "b")] * 6 + [("a",)] * 6, [("a", "b")] * 8),
        (RANKING, [("a", "b")] * 6 + [("a", "c")] * 6, [("a", "b")] * 8),
        (AGREE, ["4"] * 11 + ["3"], ["4"] * 12),
        (TEN, ["8"] * 5, ["8"] * 5),
        (YES, ["yes"] * 12, ["yes"] * 11 + ["no"]),
    ],
    ids=lambda each: getattr(each, "kind", ""),
)
def test_where_everybody_answered_alike_nothing_is_said_of_groups(
    question: Question, first: list[Answer], second: list[Answer]
) -> None:
    """70 % of twenty and 50 % of twelve who ticked another box as well are 8 of the other 8."""
    found = of_two_teams(question, first, second)
    told = {(f.cut, f.figure) for f in found.figures if f.question == "q"}
    assert told >= {(WHOLE, "n"), ("team=A", "withheld"), ("team=B", "withheld")}
    assert {cut for cut, figure in told if figure != "withheld"} == {WHOLE}


def in_teams(sizes: Sequence[int], draw: random.Random, options: Sequence[str]) -> dict[Cell, list[str]]:
    """Teams each of which leans to one answer."""
    found = {}
    for n, size in enumerate(sizes):
        weights = [draw.random() ** 4 + 0.01 for _ in options]
        found[f"T{n}", ""] = draw.choices(options, weights, k=size)
    return found


@settings(max_examples=300, deadline=None)
@given(st.lists(st.integers(1, 14), min_size=1, max_size=4), st.integers(0, 10**9))
def test_whatever_teams_answer_to_yes_and_no_nothing_of_few_or_alike_follows(sizes: list[int], seed: int) -> None:
    if sum(sizes) >= K:
        assert problems(YES, in_teams(sizes, random.Random(seed), ["yes", "no"]), ("team",)) == []


@settings(max_examples=150, deadline=None)
@given(st.lists(st.integers(1, 13), min_size=1, max_size=3), st.integers(0, 10**9))
def test_whatever_teams_answer_on_a_scale_nothing_of_few_or_alike_follows(sizes: list[int], seed: int) -> None:
    if sum(sizes) >= K:
        assert problems(AGREE, in_teams(sizes, random.Random(seed), "12345"), ("team",)) == []


@settings(max_examples=300, deadline=None)
@given(st.lists(st.integers(0, 12), min_size=4, max_size=4), st.integers(0, 10**9))
def test_whatever_is_answered_where_two_cuts_cross_nothing_of_few_or_alike_follows(sizes: list[int], seed: int) -> None:
    cells = [(t, s) for t in ("A", "B") for s in ("X", "Y")]
    if sum(sizes) < K:
        return
    draw = random.Random(seed)
    given = {
        cell: draw.choices(["yes", "no"], [draw.random() ** 3 + 0.01, draw.random() ** 3 + 0.01], k=size)
        for cell, size in zip(cells, sizes, strict=True)
        if size
    }
    assert problems(YES, given, ("team", "site")) == []


def test_of_one_cut_nearly_all_is_kept() -> None:
    shown = 0
    for seed in range(100):
        draw = random.Random(seed)
        answers = {(f"T{n}", ""): draw.choices("12345", (10, 15, 25, 30, 20), k=draw.randint(5, 12)) for n in range(6)}
        found = published(AGREE, answers, ("team",))
        shown += len({f.cut for f in found.figures if (f.question, f.figure) == ("q", "mean")} - {WHOLE})
    assert shown > 0.9 * 600


def test_the_reader_who_tries_every_way_finds_what_is_published_without_care() -> None:
    """Else the tests above could not fail: with exact figures of all groups, the one of both is found."""
    figures = [
        Figure("q", cut, "favourable", math.floor(100 * k / n + 0.5))
        for cut, k, n in ((WHOLE, 7, 17), ("team=T0", 5, 11), ("team=T1", 2, 6), ("site=O0", 3, 5), ("site=O1", 4, 12))
    ]
    found = Publication((), tuple(figures), (), 17, 17, has_texts=False)
    answers = {("T0", "O0"): ["yes"], ("T0", "O1"): ["no"] * 10, ("T1", "O0"): ["no"] * 4, ("T1", "O1"): ["no"] * 2}
    assert "favourable of [('T0', 'O0')], 1 people: 1" in list(told(found, answers, SHARE))


def test_a_team_whose_counts_stand_in_full_is_told_of_though_all_of_it_are_favourable() -> None:
    answers = {("A", ""): ["4"] * 6 + ["5"] * 6, ("B", ""): ["1"] * 4 + ["3"] * 4 + ["5"] * 6}
    found = published(AGREE, answers, ("team",))
    assert {c.cut for c in found.counts} == {WHOLE, "team=A", "team=B"}
