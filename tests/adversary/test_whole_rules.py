"""What follows from which groups are missing, for whoever knows the rules and everybody's counts, and tries every way.

Such a reader plays each way through, for every way in which lots can fall, and keeps those that may end in what is published.
"""

import itertools
import random
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Sequence

import pytest

from bot.domain.survey_counts import Respondent, publish
from bot.domain.survey_figures import WHOLE
from bot.domain.surveys import LEAST_ANSWERS, LEAST_COMMENTS, Question
from tests.adversary.lots import whatever_falls

YES = Question("q", "yes_no", {"en": "Is it fine?"})
TEN = Question("q", "ten", {"en": "Would you recommend us?"})
DETRACTOR, PASSIVE, PROMOTER = "3", "8", "10"
Way = tuple[tuple[int, ...], ...]
"""For each crowd, how many gave each answer."""
Crowds = Sequence[tuple[str, str, int]]
"""The team and the site of each crowd, and how many they are."""
Play = Callable[[Callable[[random.Random], Hashable]], list[Hashable]]


def two_teams(*people: int) -> Crowds:
    return [(f"T{n}", "", each) for n, each in enumerate(people)]


def as_lots_fall_first(made: Callable[[random.Random], Hashable]) -> list[Hashable]:
    """As if nothing were drawn by lot."""
    return whatever_falls(made)[:1]


def published(question: Question, answers: Sequence[str], crowds: Crowds, way: Way, lots: random.Random) -> Hashable:
    people = [
        Respondent(f"U{team}{site}{answer}{n}", {"team": team, "site": site}, {"q": answer})
        for (team, site, _), counts in zip(crowds, way, strict=True)
        for answer, count in zip(answers, counts, strict=True)
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


def tells(given: Sequence[int], people: int, *, has_upper_end: bool = True) -> bool:
    """Whether of so many people none or one is left who gave something, or did not, and it is known which of both."""
    low, high = min(given), max(given)
    at_upper_end = low >= people - 1 and low == high
    return (high <= 1 and low == high) or (has_upper_end and at_upper_end)


def found_alike(
    question: Question, answers: Sequence[str], crowds: Crowds, whole: Sequence[int], play: Play = whatever_falls
) -> list[str]:
    """The crowds, teams and sites of which it follows how nearly all answered, if everybody answered so."""
    sizes = [n for _, _, n in crowds]
    fitting: dict[Hashable, list[Way]] = defaultdict(list)
    for way in ways(whole, sizes):
        for seen in set(play(lambda lots, way=way: published(question, answers, crowds, way, lots))):
            fitting[seen].append(way)
    groups = [{n for n, crowd in enumerate(crowds) if crowd[:2] == each[:2]} for each in crowds]
    groups += [{n for n, crowd in enumerate(crowds) if crowd[0] == team} for team in {c[0] for c in crowds}]
    groups += [{n for n, crowd in enumerate(crowds) if crowd[1] == site} for site in {c[1] for c in crowds} if site]
    found = []
    for left in fitting.values():
        for group in (g for g in groups if len(g) < len(crowds)):
            people = sum(sizes[n] for n in group)
            counts = [tuple(map(sum, zip(*(way[n] for n in group), strict=True))) for way in left]
            if question is YES:
                known = tells([yes for yes, _ in counts], people)
            else:
                known = tells([2 * high + middle for _, middle, high in counts], 2 * people)
                known |= tells([low + high for low, _, high in counts], people, has_upper_end=False)
            if known:
                found.append(f"{[crowds[n] for n in sorted(group)]} of {left[0]}, one of {len(left)}")
    return found


@pytest.mark.parametrize("people", [(5, 5), (5, 8), (6, 11), (10, 12)])
def test_of_two_teams_it_does_not_follow_how_one_answered_whichever_are_missing(people: tuple[int, int]) -> None:
    n = sum(people)
    found = [found_alike(YES, ("yes", "no"), two_teams(*people), (k, n - k)) for k in range(2, n - 1)]
    assert not any(found)


def test_of_three_teams_it_does_not_follow_how_one_answered_whichever_are_missing() -> None:
    assert [found_alike(YES, ("yes", "no"), two_teams(5, 5, 6), (k, 16 - k)) for k in (2, 3, 4, 13)] == [[]] * 4


def test_of_teams_at_two_sites_it_does_not_follow_how_one_answered_whichever_are_missing() -> None:
    crowds = [("A", "X", 5), ("A", "Y", 5), ("B", "X", 5), ("B", "Y", 6)]
    assert [found_alike(YES, ("yes", "no"), crowds, (k, 21 - k)) for k in (2, 3, 18)] == [[]] * 3


@pytest.mark.parametrize("whole", [(1, 4, 6), (2, 3, 6), (3, 6, 2), (2, 7, 2)])
def test_of_an_enps_it_does_not_follow_how_a_team_answered_whichever_are_missing(whole: tuple[int, int, int]) -> None:
    assert found_alike(TEN, (DETRACTOR, PASSIVE, PROMOTER), two_teams(5, 6), whole) == []


def test_what_is_missing_would_tell_if_nothing_were_drawn_by_lot() -> None:
    """Else the tests above could not fail: of two who said yes, nobody is left for the team of which something is told."""
    found = found_alike(YES, ("yes", "no"), two_teams(5, 5), (2, 8), as_lots_fall_first)
    assert any("of ((0, 5), (2, 3)), one of 1" in each for each in found)
    assert WHOLE not in found
