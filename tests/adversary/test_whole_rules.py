"""What follows from which groups are missing, for whoever knows the rules and everybody's counts, and tries every way.

Such a reader plays each way through, for every way in which lots can fall, and keeps those that may end in what is published.
"""

import itertools
import random
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Sequence

import pytest

from bot.domain.survey_counts import Respondent, publish
from bot.domain.surveys import LEAST_ANSWERS, LEAST_COMMENTS, Question
from tests.adversary.lots import whatever_falls

YES = Question("q", "yes_no", {"en": "Is it fine?"})
AGREE = Question("q", "agree", {"en": "It is fine."})
TEN = Question("q", "ten", {"en": "Would you recommend us?"})
ANSWERS = {"yes_no": ("yes", "no"), "agree": ("2", "4", "5"), "ten": ("3", "8", "10")}
"""Of 0 to 10, a detractor, a passive and a promoter."""
Way = tuple[tuple[int, ...], ...]
"""For each crowd, how many gave each answer."""
Crowds = Sequence[tuple[str, str, int]]
"""The team and the site of each crowd, and how many they are."""
Play = Callable[[Callable[[random.Random], Hashable]], list[Hashable]]


def teams(*people: int) -> Crowds:
    return [(f"T{n}", "", each) for n, each in enumerate(people)]


def as_lots_fall_first(made: Callable[[random.Random], Hashable]) -> list[Hashable]:
    """As if nothing were drawn by lot."""
    return whatever_falls(made)[:1]


def published(question: Question, crowds: Crowds, way: Way, lots: random.Random) -> Hashable:
    people = [
        Respondent(f"U{team}{site}{answer}{n}", {"team": team, "site": site}, {"q": answer})
        for (team, site, _), counts in zip(crowds, way, strict=True)
        for answer, count in zip(ANSWERS[question.kind], counts, strict=True)
        for n in range(count)
    ]
    cuts, asked = ("team", "site") if any(site for _, site, _ in crowds) else ("team",), [p.groups for p in people]
    found = publish(
        [question], cuts, people, asked, viewers=frozenset(), minimum=LEAST_ANSWERS, comment_minimum=LEAST_COMMENTS, lots=lots
    )
    assert found is not None
    return frozenset((c.cut, c.value, c.n) for c in found.counts) | frozenset(found.figures)


def ways(whole: Sequence[int], crowds: Sequence[int]) -> Iterator[Way]:
    """Every way in which crowds can have answered who gave so many of each answer together."""
    if len(crowds) == 1:
        yield (tuple(whole),)
        return
    for first in itertools.product(*(range(n + 1) for n in whole)):
        if sum(first) == crowds[0]:
            for others in ways([n - k for n, k in zip(whole, first, strict=True)], crowds[1:]):
                yield (first, *others)


def is_alike(question: Question, given: Sequence[tuple[int, ...]]) -> bool:
    """Whether all, or all but one, gave one answer in each of these ways; of shares, where it is known which of both.

    "At most 20 %" of five says itself that one at most said yes, or is for it.
    """
    people = sum(given[0])
    if question is AGREE:
        given = [(against, somewhat + wholly) for against, somewhat, wholly in given]
    is_open = question is not TEN and len(set(given)) > 1
    return not is_open and any(min(counts) >= people - 1 for counts in zip(*given, strict=True))


def found_alike(question: Question, crowds: Crowds, whole: Sequence[int], play: Play = whatever_falls) -> list[str]:
    """The crowds, teams and sites of which it follows how nearly all answered, if so many of everybody gave each answer."""
    sizes = [n for _, _, n in crowds]
    fitting: dict[Hashable, list[Way]] = defaultdict(list)
    for way in ways(whole, sizes):
        for seen in set(play(lambda lots, way=way: published(question, crowds, way, lots))):
            fitting[seen].append(way)
    groups = {frozenset({n}) for n in range(len(crowds))}
    groups |= {frozenset(n for n, crowd in enumerate(crowds) if crowd[cut] == each[cut]) for each in crowds for cut in (0, 1)}
    found = []
    for left in fitting.values():
        for group in (g for g in groups if len(g) < len(crowds)):
            given = [tuple(map(sum, zip(*(way[n] for n in group), strict=True))) for way in left]
            if is_alike(question, given):
                found.append(f"{[crowds[n] for n in sorted(group)]} of {left[0]}, one of {len(left)}")
    return found


@pytest.mark.parametrize("people", [(5, 5), (5, 8), (6, 11), (10, 12)])
def test_of_two_teams_it_does_not_follow_how_one_answered_whichever_is_missing(people: tuple[int, int]) -> None:
    n = sum(people)
    found = [found_alike(YES, teams(*people), (k, n - k)) for k in range(2, n - 1)]
    assert not any(found)


AT_TWO_SITES = [("A", "X", 5), ("A", "Y", 5), ("B", "X", 5)]
IN_DOUBT = [
    *((YES, teams(5, 5, 6), (k, 16 - k)) for k in (2, 4, 7, 12)),
    *((YES, AT_TWO_SITES, (k, 15 - k)) for k in (2, 4, 11, 13)),
    *((AGREE, teams(5, 6), whole) for whole in ((2, 4, 5), (2, 5, 4), (9, 1, 1))),
    *((TEN, teams(5, 6), whole) for whole in ((1, 6, 4), (4, 6, 1), (2, 5, 4), (3, 4, 4))),
]
"""Counts of everybody that tell of a team by which groups are missing, where nothing is drawn by lot."""


@pytest.mark.parametrize(("question", "crowds", "whole"), IN_DOUBT)
def test_it_does_not_follow_how_a_team_or_a_site_answered_whichever_are_missing(
    question: Question, crowds: Crowds, whole: Sequence[int]
) -> None:
    assert found_alike(question, crowds, whole) == []


@pytest.mark.parametrize(("question", "crowds", "whole"), [(YES, teams(5, 5), (2, 8)), *IN_DOUBT])
def test_what_is_missing_would_tell_if_nothing_were_drawn_by_lot(
    question: Question, crowds: Crowds, whole: Sequence[int]
) -> None:
    """Else the tests above could not fail."""
    assert found_alike(question, crowds, whole, as_lots_fall_first) != []


def test_four_crowds_of_two_teams_at_two_sites_do_not_follow_to_have_answered_alike() -> None:
    crowds = [*AT_TWO_SITES, ("B", "Y", 6)]
    assert [found_alike(YES, crowds, (k, 21 - k)) for k in (2, 3, 18)] == [[]] * 3
