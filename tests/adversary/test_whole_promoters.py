"""What follows of an eNPS for whoever tries every way in which teams can have been detractors, passives and promoters.

Everybody's counts stand in full, the reader knows who belongs where, and that all answered.
"""

import itertools
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.survey_counts import Publication, Respondent, publish
from bot.domain.survey_figures import WHOLE, Figure
from bot.domain.surveys import LEAST_ANSWERS, LEAST_COMMENTS, Question

TEN = Question("q", "ten", {"en": "Would you recommend us?"})
PARTS = (range(7), (7, 8), (9, 10))
"""Detractors, passives and promoters."""
Way = tuple[int, ...]


def published(teams: Mapping[str, Sequence[str]]) -> Publication:
    """Of "site=Y" some are at a site and in no team."""

    def groups(name: str) -> dict[str, str]:
        cut, _, value = group_of(name).partition("=")
        return {"team": "", "site": "", cut: value}

    people = [Respondent(f"U{t}{n}", groups(t), {"q": a}) for t, given in teams.items() for n, a in enumerate(given)]
    cuts, asked = ("team", "site"), [p.groups for p in people]
    lots, least = random.Random(repr(teams)), {"minimum": LEAST_ANSWERS, "comment_minimum": LEAST_COMMENTS}
    found = publish([TEN], cuts, people, asked, viewers=frozenset(), lots=lots, **least)
    assert found is not None
    return found


def group_of(name: str) -> str:
    return name if name.startswith("site=") else f"team={name}"


def in_parts(answers: Sequence[str]) -> Way:
    return tuple(sum(int(a) in part for a in answers) for part in PARTS)


def ways(people: int) -> list[Way]:
    return [(low, people - low - high, high) for low in range(people + 1) for high in range(people + 1 - low)]


def agrees(figure: Figure | None, way: Way) -> bool:
    if figure is None or figure.value is None:
        return True
    value = 100 * (way[2] - way[0]) / sum(way)
    if figure.words == "at most":
        return value <= figure.value
    if figure.words == "at least":
        return value >= figure.value
    return abs(value - figure.value) <= 0.5 + 1e-9


def possible(found: Publication, teams: Mapping[str, Sequence[str]]) -> Iterator[tuple[Way, ...]]:
    """Every way in which the teams can have answered; who is counted in full is known."""
    told = {f.cut: f for f in found.figures if (f.question, f.figure) == ("q", "enps")}
    full = {c.cut for c in found.counts}
    everybody = in_parts([a for given in teams.values() for a in given])
    each = [
        [in_parts(given)]
        if group_of(team) in full
        else [way for way in ways(len(given)) if agrees(told.get(group_of(team)), way)]
        for team, given in teams.items()
    ]
    for some in itertools.product(*each[:-1]):
        last = tuple(whole - sum(way[i] for way in some) for i, whole in enumerate(everybody))
        if last in each[-1]:
            yield (*some, last)


def told_alike(teams: Mapping[str, Sequence[str]]) -> list[str]:
    """The teams of which it follows that all are in one part, or that all but one are; of fewer than five, in which each is.

    A bound leaves open which of both it is, and counts in full say what they say.
    """
    everybody = [a for given in teams.values() for a in given]
    found = published(teams)
    if WHOLE not in {c.cut for c in found.counts} or len(everybody) - max(in_parts(everybody)) <= 1:
        return []
    left = list(possible(found, teams))
    assert left
    differ = [{sum(way[place]) - max(way[place]) for way in left} for place in range(len(teams))]
    known = [len({way[place] for way in left}) == 1 for place in range(len(teams))]
    few = [len(given) < LEAST_ANSWERS for given in teams.values()]
    tells = [known[place] if few[place] else differ[place] in ({0}, {1}) for place in range(len(teams))]
    full = {c.cut for c in found.counts}
    return [team for place, team in enumerate(teams) if tells[place] and group_of(team) not in full]


def test_that_all_of_a_team_are_passives_does_not_follow_where_nobody_is_a_detractor() -> None:
    assert told_alike({"A": ["7", "8", "7", "8", "7", "8"], "B": ["8"] * 6 + ["9"] * 6}) == []


def test_that_all_but_one_of_a_team_are_passives_does_not_follow_where_nobody_is_a_promoter() -> None:
    assert told_alike({"A": ["7", "8", "7", "8", "7", "8", "3"], "B": ["8"] * 4 + ["7"] * 3 + ["4"] * 5}) == []


def test_a_bound_of_one_team_does_not_tell_that_all_but_one_of_another_are_passives() -> None:
    """At most −60 of five are three detractors ahead: where there are three in all, there is no promoter among them."""
    assert told_alike({"A": ["3"] * 3 + ["8"] * 2, "B": ["8"] * 9 + ["9"]}) == []
    assert told_alike({"A": ["9"] * 5 + ["8"] * 3, "B": ["8"] * 9 + ["2"]}) == []


def test_what_a_site_has_is_taken_from_everybody_where_a_team_is_at_none() -> None:
    """Two promoters are ahead at the site, and there are only two: so nobody of the team is one, nor against one."""
    teams = {"A": ["7", "8"] * 3, "site=Y": ["9", "9", "7", "8", "8", "7"], "": ["8"] * 8 + ["3", "3"]}
    assert told_alike(teams) == []


@pytest.mark.parametrize("names", ["ABC", ("A=1", "B=1", "C=1"), ("<=1y", ">=3y", "x=")])
def test_whatever_teams_are_called_they_are_of_one_cut(names: Sequence[str]) -> None:
    given = ["7", "8", "7", "8", "7", "8"], ["8"] * 3 + ["7"] * 3 + ["9"] * 6, ["8"] * 3 + ["7"] * 3 + ["3"] * 6
    teams = dict(zip(names, given, strict=True))
    found = published(teams)
    assert {f.cut for f in found.figures if f.question == "q"} == {WHOLE, *(f"team={name}" for name in names)}
    assert [f.figure for f in found.figures if (f.question, f.cut) == ("q", f"team={names[0]}")] == ["withheld"]


def test_a_team_of_which_that_does_not_follow_keeps_its_enps() -> None:
    found = published({"A": ["7", "8", "7", "10", "9", "2"], "B": ["8"] * 6 + ["9"] * 5 + ["0"]})
    assert Counter(f.cut for f in found.figures if f.figure == "enps") == {WHOLE: 1, "team=A": 1, "team=B": 1}


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.integers(1, 12), min_size=1, max_size=3),
    st.sets(st.integers(0, 10), min_size=1),
    st.integers(0, 10**9),
    st.booleans(),
)
def test_whatever_teams_answer_no_team_follows_to_be_alike(
    sizes: list[int], answers: set[int], seed: int, of_two_cuts: bool
) -> None:
    if sum(sizes) < LEAST_ANSWERS:
        return
    draw, some = random.Random(seed), sorted(map(str, answers))
    teams = {}
    for n, size in enumerate(sizes):
        weights = [draw.random() ** 4 + 0.01 for _ in some]
        teams[f"site=S{n}" if of_two_cuts and n % 2 else f"T{n}"] = draw.choices(some, weights, k=size)
    assert told_alike(teams) == []


def test_of_teams_that_do_not_answer_alike_nearly_all_is_kept() -> None:
    shown = 0
    for seed in range(60):
        draw = random.Random(seed)
        weights = (2, 1, 2, 2, 3, 6, 8, 18, 26, 18, 14)
        teams = {f"T{n}": [str(a) for a in draw.choices(range(11), weights, k=draw.randint(5, 12))] for n in range(6)}
        shown += sum(f.figure == "enps" and f.cut != WHOLE for f in published(teams).figures)
    assert shown > 0.9 * 360
