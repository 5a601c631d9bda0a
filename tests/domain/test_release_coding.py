"""What is kept of a published group: nobody can read in it what everybody answered."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations_with_replacement

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.release_coding import Coded, Kept, kept

FIVE = (0, 25, 50, 75, 100)
TOP_TWO = (3, 4)
AT_LEAST, AT_MOST = Coded(90, "at least"), Coded(10, "at most")


def scores(points: int) -> tuple[Fraction, ...]:
    return tuple(Fraction(100 * i, points - 1) for i in range(points))


def test_ten_people_who_differ_are_kept_in_full():
    assert kept((1, 2, 3, 4, 0), 10, FIVE, TOP_TWO) == Kept("full", "10", (1, 2, 3, 4, 0))


def test_without_a_histogram_there_is_a_summary_of_as_many():
    assert kept((1, 2, 3, 4, 0), 10, FIVE, TOP_TWO, histogram=False) == Kept(
        "summary", "10", favourable=Coded(40), mean=Coded(50)
    )
    assert kept((0, 0, 0, 5, 7), 12, FIVE, TOP_TWO, histogram=False) == Kept("summary", "12", favourable=AT_LEAST), (
        "no mean: of ten, 73 beside “at least 90%” are nine favourable"
    )
    narrow = (0, 0, 0, 0, 12)
    assert kept(narrow, 12, FIVE, TOP_TWO, histogram=False) == kept(narrow, 12, FIVE, TOP_TWO)


def test_under_ten_there_is_no_histogram_and_no_number_of_people():
    assert kept((1, 2, 0, 4, 0), 7, FIVE, TOP_TWO) == Kept("summary", "5–9", favourable=Coded(57), mean=Coded(50))
    assert kept((0, 0, 0, 1, 5), 6, FIVE, TOP_TWO) == Kept("summary", "5–9", favourable=Coded(80, "at least"))
    assert kept((5, 1, 0, 0, 0), 6, FIVE, TOP_TWO) == Kept("summary", "5–9", favourable=Coded(20, "at most"))
    assert kept((0, 0, 4, 0, 1), 5, FIVE, TOP_TWO).mean is None, "60 would say four times 3 and once 5"
    assert kept((5, 1), 6, (0, 100)) == Kept("summary", "5–9", mean=Coded(20, "at most"))
    assert kept((4, 3), 7) == Kept("summary", "5–9")


def test_one_answer_of_nearly_all_is_coded():
    coded = Kept("coded", "12", (), (AT_MOST, AT_MOST, AT_MOST, AT_MOST, AT_LEAST), AT_LEAST, AT_LEAST)
    assert kept((0, 0, 0, 0, 12), 12, FIVE, TOP_TWO) == coded
    assert kept((0, 0, 0, 1, 11), 12, FIVE, TOP_TWO) == coded
    assert kept((0, 0, 0, 2, 10), 12, FIVE, TOP_TWO).form == "full"


@pytest.mark.parametrize("n", [10, 11, 19, 20, 40])
@pytest.mark.parametrize(("points", "favourable"), [(5, (3, 4)), (7, (4, 5, 6))])
def test_nothing_tells_whether_one_of_all_answered_otherwise_nor_how(n: int, points: int, favourable: tuple[int, ...]):
    for most in range(points):
        told = {
            kept(tuple((n - 1) * (p == most) + (p == other) for p in range(points)), n, scores(points), favourable)
            for other in range(points)
        }
        assert len(told) == 1


def test_the_middle_of_a_scale_is_coded_as_the_answer_of_nearly_all():
    assert kept((0, 0, 11, 1, 0), 12, FIVE, TOP_TWO) == Kept(
        "coded", "12", (), (AT_MOST, AT_MOST, AT_LEAST, AT_MOST, AT_MOST), AT_MOST, Coded(50)
    )


@pytest.mark.parametrize(
    ("largest", "n", "form"),
    [
        *((9, 10, "coded"), (8, 10, "full"), (17, 19, "full"), (18, 19, "coded"), (18, 20, "full"), (19, 20, "coded")),
        *((99, 100, "coded"), (98, 100, "full"), (100, 100, "coded")),
    ],
)
def test_where_coding_begins(largest: int, n: int, form: str):
    assert kept((largest, n - largest), n).form == form


def test_of_several_choices_the_others_stay():
    """11 of 12 chose the first, 7 the second, 1 the third."""
    assert kept((11, 7, 1), 12) == Kept("coded", "12", shares=(AT_LEAST, Coded(58), AT_MOST))
    assert kept((10, 7, 1), 12).counts == (10, 7, 1)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (((4, 0), 4), "too few"),
        (((7, -1), 6), "not among 6"),
        (((7, 0), 6), "not among 6"),
        (((6, 3), 6, (0, 100)), "in one cell"),
        (((6, 3), 6, (), (0,)), "in one cell"),
        (((3, 3), 6, (0, 50, 100)), "one of each"),
    ],
)
def test_what_does_not_go_together_is_refused(arguments, says: str):
    with pytest.raises(ValueError, match=says):
        kept(*arguments)


def near(cell: int, points: int, n: int) -> Iterator[list[int]]:
    """Histograms of n people of whom one or two are not in a cell."""
    for moved in combinations_with_replacement(range(points), 2):
        counts = [0] * points
        counts[cell] = n - 2
        for other in moved:
            counts[other] += 1
        if counts[cell] < n:
            yield counts


@pytest.mark.parametrize("n", [*range(5, 31), 99, 100, 101])
@pytest.mark.parametrize(("points", "top"), [(5, 2), (7, 3), (7, 2), (11, 2), (2, 1)])
def test_nobody_can_tell_that_all_answered_the_same(points: int, top: int, n: int):
    favourable = range(points - top, points)
    for cell in range(points):
        same = [n * (i == cell) for i in range(points)]
        what = kept(same, n, scores(points), favourable)
        assert what.form == ("summary" if n < 10 else "coded")
        assert any(kept(other, n, scores(points), favourable) == what for other in near(cell, points, n))


@given(st.lists(st.integers(0, 12), min_size=5, max_size=5).filter(lambda counts: sum(counts) >= 5))
def test_what_is_said_is_true(counts: list[int]):
    n = sum(counts)
    what = kept(counts, n, FIVE, TOP_TWO)
    share = 100 * (counts[3] + counts[4]) / n
    mean = sum(score * c for score, c in zip(FIVE, counts, strict=True)) / n
    step = 10 if what.form == "coded" else 1
    if what.form == "full":
        assert what == Kept("full", str(n), tuple(counts))
        assert max(counts) < (0.9 * n if n < 20 else n - 1)
        return
    told = [(what.favourable, share, 1), (what.mean, mean, step)]
    if what.people == "5–9" and what.favourable is not None and what.favourable.bound:
        assert what.mean is None
        told = told[:1]
    for coded, real, width in told:
        assert coded is not None
        if coded.bound == "at least":
            assert real >= coded.value >= 80
        elif coded.bound == "at most":
            assert real <= coded.value <= 20
        else:
            assert abs(real - coded.value) <= width / 2
            assert what.form == "coded" or 20 < real < 80
