"""How many were asked stays what it was, whoever was taken out since."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.survey_asked import counted, everybody

CUTS = ("team", "site")
PEOPLE = st.lists(
    st.fixed_dictionaries({}, optional={"team": st.sampled_from("ABC"), "site": st.sampled_from("XY")}), max_size=20
)


def pairs(groups) -> Counter[tuple[str | None, ...]]:
    return Counter(tuple(map(each.get, CUTS)) for each in groups)


@given(PEOPLE, st.data())
def test_all_who_were_asked_are_counted_as_they_were_whoever_went(asked, data):
    left = [each for each in asked if data.draw(st.booleans())]
    found = everybody(left, counted(CUTS, asked), len(asked))
    assert found[: len(left)] == left
    assert len(found) == len(asked)
    assert counted(CUTS, found) == counted(CUTS, asked)


@given(st.lists(st.fixed_dictionaries({"team": st.sampled_from("ABC"), "site": st.sampled_from("XY")}), min_size=1), st.data())
def test_where_one_went_they_are_found_exactly(asked, data):
    gone = data.draw(st.integers(0, len(asked) - 1))
    found = everybody(asked[:gone] + asked[gone + 1 :], counted(CUTS, asked), len(asked))
    assert pairs(found) == pairs(asked)


def test_those_who_went_are_taken_to_be_like_those_who_are_left():
    """Two who went from (A, X) and (B, Y) could have been in (A, Y) and (B, X), in which nobody is."""
    asked = [{"team": "A", "site": "X"}] * 3 + [{"team": "B", "site": "Y"}] * 3
    found = everybody(asked[1:-1], counted(CUTS, asked), 6)
    assert pairs(found) == pairs(asked)


def test_nothing_is_kept_of_two_cuts_together():
    assert counted(CUTS, [{"team": "A", "site": "X"}, {"team": "A"}, {}]) == {"team": {"A": 2}, "site": {"X": 1}}


@pytest.mark.parametrize("frozen", [{}, {"team": {"A": 1}}, {"team": {"A": 99}}])
def test_counts_that_were_altered_make_no_more_people(frozen):
    assert len(everybody([{"team": "A"}] * 4, frozen, 6)) == 6
    assert len(everybody([{"team": "A"}] * 4, frozen, 3)) == 4
