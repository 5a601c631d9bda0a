"""What is published of a wave, against numpy, scipy and statsmodels, and what is not: nothing that tells of few people."""

import math
import statistics
from collections import Counter
from dataclasses import replace
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from bot.domain import release, survey_counts, survey_figures
from bot.domain.derivable import TooManyToAudit
from bot.domain.questions import KINDS
from bot.domain.release import Release
from bot.domain.release_groups import people_of as people_in
from bot.domain.survey_counts import (
    LEFT_OUT,
    Publication,
    Respondent,
    Unshown,
    are_enough,
    least_answers,
    publish,
    unshown,
)
from bot.domain.survey_figures import SINGLE, are_told_by_parts, is_dominated
from bot.domain.survey_measures import tallied
from bot.domain.survey_receipts import suppressed
from bot.domain.survey_reliability import covariance_of, reliability
from bot.domain.survey_results import CellResult, cells_of
from bot.domain.surveys import DECLINED, Option, Question

GOALS = Question("goals", "agree", {"en": "I know what matters."})
SEVEN = Question("seven", "agree", {"en": "Seven points."}, points=7)
TEN = Question("enps", "ten", {"en": "Would you recommend us?"})
YES = Question("remote", "yes_no", {"en": "Do you work from home?"})
HOURS = Question("hours", "number", {"en": "Hours?"}, low=0, high=200, unit={"en": "hours"})
OPTIONS = tuple(Option(each, {"en": each}) for each in ("pay", "growth", "tools", "people"))
ONE = Question("one", "one", {"en": "Which?"}, options=OPTIONS)
SEVERAL = Question("several", "several", {"en": "Which of them?"}, options=OPTIONS)
RANKING = Question("ranking", "ranking", {"en": "In which order?"}, options=OPTIONS, ranked=3)
MORE = Question("more", "comment", {"en": "Anything else?"})
ITEMS = tuple(Question(f"item{n}", "agree", {"en": f"Item {n}"}, index=True) for n in range(5))
DRIVER = Question("driver", "agree", {"en": "I have time."})
EVERYTHING = (GOALS, SEVEN, TEN, YES, HOURS, ONE, SEVERAL, RANKING, MORE)


def published(
    questions, answers, *, cuts=(), groups=(), invited=None, viewers=frozenset(), minimum=5, seeded=True
) -> Publication | None:
    """A wave in which the nth person answered the nth of `answers`, and is in the nth of `groups`."""
    by_person = [dict(g) for g in groups] or [{} for _ in answers]
    people = [Respondent(f"U{n}", by_person[n], given) for n, given in enumerate(answers) if given is not None]
    asked = [*by_person, *({} for _ in range((invited or len(answers)) - len(answers)))]
    lots = Random(repr(people)) if seeded else None
    return publish(questions, cuts, people, asked, viewers=viewers, minimum=minimum, comment_minimum=10, lots=lots)


def cell(found: Publication | None, question: str, cut: str = "all") -> CellResult:
    assert found is not None
    return cells_of(found.counts, found.figures)[question][cut]


def of(question: Question, values, **more) -> CellResult:
    """What is published of everybody's answers to one question."""
    return cell(published([question], [{question.id: v} for v in values], **more), question.id)


def scores(values, points):
    return np.array([100 * (int(v) - 1) / (points - 1) for v in values])


@pytest.mark.parametrize(("question", "points", "least"), [(GOALS, 5, 4), (SEVEN, 7, 5)])
def test_a_scale_has_its_mean_and_favourable_share(question: Question, points: int, least: int):
    values = [str(1 + (3 * n) % points) for n in range(24)]
    found = of(question, values, invited=40)
    assert dict(found.counts) == dict(Counter(values))
    at = scores(values, points)
    mean, half = at.mean(), stats.t.ppf(0.975, 23) * at.std(ddof=1) / math.sqrt(24) * math.sqrt(16 / 39)
    assert found.value("mean") == pytest.approx(mean, abs=0.006)
    assert (found.value("mean_low"), found.value("mean_high")) == pytest.approx((mean - half, mean + half), abs=0.006)
    share = np.mean([int(v) >= least for v in values])
    effective = 24 * 39 / 16
    ends = proportion_confint(share * effective, effective, method="wilson")
    assert found.value("favourable") == pytest.approx(100 * share, abs=0.006)
    assert (found.value("favourable_low"), found.value("favourable_high")) == pytest.approx([100 * e for e in ends], abs=0.006)
    assert found.value("n") == 24


@pytest.mark.parametrize("cuts", [("team=",), ("a=b",), ("=cmd",), ("a", "a=b")])
def test_whatever_a_column_is_called_its_groups_have_as_many_people_as_were_asked(cuts: tuple[str, ...]):
    """A wave may be open that was started before such names were refused."""
    groups = [dict.fromkeys(cuts, ("Red", "Blue")[n % 2]) for n in range(40)]
    answers = [{"goals": str(1 + n % 5)} if n >= 4 else None for n in range(40)]
    found = published([GOALS], answers, cuts=cuts, groups=groups)
    for cut in (f"{name}={value}" for name in cuts for value in ("Red", "Blue")):
        assert (cell(found, "response", cut).value("invited"), cell(found, "response", cut).value("answered")) == (20, 18)
        mean, low = (cell(found, "goals", cut).value(each) for each in ("mean", "mean_low"))
        assert mean is not None
        assert low is not None
        assert low < mean, "not everybody of it answered"


def test_enps_has_the_adjusted_wald_interval():
    """The worked example of the research note: 15 promoters and 6 detractors of 30 are +30 (0.7 to 53.9)."""
    values = ["10"] * 15 + ["8"] * 9 + ["3"] * 6
    found = of(TEN, values, invited=4_000_000)
    assert found.value("enps") == 30
    assert (found.value("enps_low"), found.value("enps_high")) == pytest.approx((0.7, 53.9), abs=0.06)
    assert "adjusted wald" in found.words("enps")


@pytest.mark.parametrize(
    ("values", "told"),
    [
        (["10"] * 3 + ["9"] + ["7", "8"] + ["2"], (43, "")),
        (["0"] * 4 + ["7"] * 3, (-57, "")),
        (["10"] * 4 + ["7"], (60, "at least")),
        (["10"] * 5, (60, "at least")),
        (["10"] * 8 + ["3"], (60, "at least")),
        (["3"] * 6, (-60, "at most")),
        (["7"] * 9, (0, "")),
    ],
)
def test_of_five_to_nine_enps_is_a_whole_number_that_ends_before_all_could_be_alike(values, told):
    found = of(TEN, values, invited=12)
    assert (found.value("enps"), found.words("enps")) == told
    assert not found.counts
    ends = found.value("enps_low"), found.value("enps_high")
    if told[1]:
        assert ends == (None, None), "where behind the bound it lies would be told"
        return
    n, p, d = len(values), sum(int(v) >= 9 for v in values), sum(int(v) <= 6 for v in values)
    a, b = (p + 0.75) / (n + 3), (d + 0.75) / (n + 3)
    half = stats.norm.ppf(0.975) * math.sqrt((a + b - (a - b) ** 2) / (n + 3))
    finite, value = math.sqrt((12 - n) / 11), (p - d) / n
    exact = [100 * (value + finite * (end - value)) for end in (a - b - half, a - b + half)]
    exact = [max(exact[0], 100 * (p - d - 12 + n) / 12), min(exact[1], 100 * (p - d + 12 - n) / 12)]
    assert all(shown is not None and shown % 5 == 0 for shown in ends)
    assert ends[0] <= exact[0] + 1e-9
    assert exact[1] - 1e-9 <= ends[1]


def test_enps_of_ten_who_nearly_all_answered_alike_is_that_of_their_answer():
    found = of(TEN, ["7"] * 11 + ["0"])
    assert (found.words("form"), found.value("enps"), found.words("enps")) == ("coded", 0, "")
    high = of(TEN, ["10"] * 12)
    assert (high.value("enps"), high.words("enps"), high.value("enps_low")) == (80, "at least", None)


def test_yes_and_no_are_one_share():
    found = of(YES, ["yes"] * 9 + ["no"] * 3, invited=40)
    assert found.value("favourable") == 75
    assert (found.value("favourable_low"), found.value("favourable_high")) == pytest.approx((51.0, 89.6), abs=0.1), "the note"


def test_of_one_choice_and_of_several_each_option_is_a_share_of_people():
    chosen = [("pay",)] * 6 + [("pay", "tools")] * 4 + [("growth",)] * 10
    found = of(SEVERAL, chosen, invited=20)
    assert [found.value(f"share:{o.id}") for o in OPTIONS] == [50, 50, 20, 0]
    assert found.value("share:pay_low") == found.value("share:pay_high") == 50, "everybody answered"
    single = of(ONE, ["pay"] * 12 + ["tools"] * 8, invited=400_000)
    low, high = proportion_confint(12, 20, method="wilson")
    assert single.value("share:pay") == 60
    assert (single.value("share:pay_low"), single.value("share:pay_high")) == pytest.approx((100 * low, 100 * high), abs=0.01)


def test_a_ranking_says_who_put_each_first_and_who_named_it_at_all():
    orders = [("pay", "growth", "tools")] * 5 + [("growth", "pay")] * 4 + [("people",)] * 3
    found = of(RANKING, orders, invited=12)
    assert [found.value(f"first:{o.id}") for o in OPTIONS] == [41.67, 33.33, 0, 25]
    assert [found.value(f"placed:{o.id}") for o in OPTIONS] == [75, 75, 41.67, 25]
    assert found.counts["growth.2"] == 5


@pytest.mark.parametrize("orders", [[("pay", "growth")] * 8, [("pay", "growth")] * 11 + [("tools", "people")]])
def test_a_ranking_of_few_or_of_people_who_agree_names_no_order(orders):
    found = of(RANKING, orders)
    assert not found.counts
    assert not [name for name in found.figures if name.startswith(("first:", "placed:"))]
    assert {f.value for name, f in found.figures.items() if name.startswith("share:")} <= {10.0, 90.0}


def test_numbers_have_mean_and_median_from_ten():
    values = ["0", "12.5", "3", "7", "8", "20", "4", "5", "6", "6"]
    found = of(HOURS, values, invited=30)
    at = np.array(values, float)
    half = stats.t.ppf(0.975, 9) * at.std(ddof=1) / math.sqrt(10) * math.sqrt(20 / 29)
    assert (found.value("mean"), found.value("median")) == (7.15, 6.0)
    assert (found.value("mean_low"), found.value("mean_high")) == pytest.approx((at.mean() - half, at.mean() + half), rel=0.005)
    few = of(HOURS, values[:9], invited=30)
    assert (few.withheld, few.value("mean"), few.value("median"), few.words("n")) == ("too few", None, None, "5–9")
    assert found.value("sd") == pytest.approx(at.std(ddof=1), rel=0.005)


@pytest.mark.parametrize(
    "values",
    [
        ["8"] * 10,
        ["8"] * 9 + ["160"],
        ["0"] * 8 + ["1", "160"],
        ["1"] * 9 + ["200"],
        ["0.5"] * 8 + ["1", "170"],
        ["8"] * 12 + ["100"],
    ],
)
def test_numbers_that_would_tell_of_one_answer_are_withheld(values: list[str]):
    found = of(HOURS, values)
    assert found.withheld == SINGLE
    assert (found.value("mean"), found.value("median")) == (None, None)
    assert not [name for name in found.figures if name.startswith("share:")]


@pytest.mark.parametrize(
    "values",
    [
        pytest.param(["8"] * 10 + ["9", "50"], id="whoever gave the 9 finds between 49.1 and 50"),
        pytest.param(["100"] * 8 + ["99", "3"], id="and whoever gave the 99, exactly one 3"),
        pytest.param([str(v) for v in (8, 8, 8, 8, 8.5, 8.5, 9, 9, 9, 9, 9.5, 120)], id="far from all others"),
    ],
)
def test_mean_and_spread_do_not_tell_the_outermost_answer_to_whoever_gave_the_next(values: list[str]):
    found = of(HOURS, values)
    assert (found.withheld, found.value("mean"), found.value("sd")) == (SINGLE, None, None)


UNLIMITED = replace(HOURS, low=None, high=None)
NUMBERS = st.lists(st.integers(0, 200), min_size=10, max_size=14)


@given(NUMBERS, st.sampled_from([1, 10]), st.integers(-500, 500))
def test_whether_numbers_tell_of_one_does_not_hang_on_where_their_scale_begins_or_ends(numbers, times, more):
    told = is_dominated(UNLIMITED, [str(v) for v in numbers])
    assert is_dominated(UNLIMITED, [str(times * v + more) for v in numbers]) == told
    assert is_dominated(UNLIMITED, [str(200 - v) for v in numbers]) == told
    assert is_dominated(HOURS, [str(200 - v) for v in numbers]) == is_dominated(HOURS, [str(v) for v in numbers]) >= told


@pytest.mark.parametrize("question", [HOURS, UNLIMITED])
@given(*[st.lists(st.one_of(st.integers(38, 42), st.integers(0, 200)), min_size=10, max_size=14)] * 2)
def test_numbers_together_tell_of_one_only_if_one_of_both_does(question, some, others):
    each = [is_dominated(question, [str(v) for v in numbers]) for numbers in (some, others)]
    assert any(each) or not is_dominated(question, [str(v) for v in some + others])


@given(*[st.lists(st.integers(0, 200), min_size=10, max_size=14)] * 2)
def test_parts_together_tell_of_one_only_if_those_of_one_of_both_do(some, others):
    def are_told(numbers):
        answers = [str(v) for v in numbers]
        return are_told_by_parts(HOURS, answers, tallied(HOURS, answers))

    assert are_told(some) or are_told(others) or not are_told(some + others)


@pytest.mark.parametrize(
    "values",
    [
        pytest.param([0.9, 0.9, 1, 2, 2.5, 5, 5.6, 6.6, 12.8, 25, 60], id="60 to 80: whoever gave the 25 finds 60 to 61.2"),
        pytest.param([2, 6.2, 7, 13.5, 16, 17, 18, 18.5, 43.3, 46, 100], id="80 to 100: whoever gave the 46, 96.8 to 100"),
    ],
)
def test_in_which_part_the_outermost_stands_alone_is_not_told(values):
    found = of(replace(HOURS, high=100), [str(v) for v in values])
    assert found.value("mean") is not None
    assert found.counts == {}


@given(NUMBERS)
def test_whoever_gave_the_next_cannot_tell_the_outermost_from_others_that_would_give_the_same(numbers):
    """Of the answers that are not withheld, others with the same sum and squares have another largest, a tenth away or more."""
    numbers = sorted(numbers)
    *others, second, last = numbers
    low, high = (second + end for end in survey_figures._span([v - second for v in numbers]))
    assert low - 1e-6 <= last <= high + 1e-6
    # All others alike, which have the least squares that their sum allows, reach the upper end, and none reaches further.
    total, squares = sum(numbers) - second - high, sum(v * v for v in numbers) - second**2 - high**2
    assert total**2 / len(others) == pytest.approx(squares, rel=1e-6, abs=1e-2)


def test_numbers_between_limits_are_counted_in_fifths_that_no_answer_moves():
    values = [str(v) for v in (0, 0, 39.9, 40, 41, 79, 80, 100, 120, 160, 199, 200)]
    found = of(HOURS, values)
    assert dict(found.counts) == {"0 to 40": 3, "40 to 80": 3, "80 to 120": 2, "120 to 160": 1, "160 to 200": 3}
    assert not of(replace(HOURS, high=None), values).counts
    assert not of(HOURS, values[:9]).counts
    alike = of(HOURS, [str(v) for v in range(25, 36)] + ["50"])
    assert (alike.counts, alike.withheld) == ({}, ""), "eleven of twelve are in one fifth; the mean tells of none"
    assert alike.value("mean") is not None


def test_fifths_in_which_nearly_all_of_a_group_are_do_not_follow_from_those_of_others():
    """24 in two teams: from the counts of all and of one team those of the other would follow."""
    spread = [str(10 + 15 * n) for n in range(12)]
    alike = [str(v) for v in range(25, 36)] + ["50"]
    groups = [{"team": "A"}] * 12 + [{"team": "B"}] * 12
    found = published([HOURS], [{"hours": v} for v in spread + alike], cuts=("team",), groups=groups)
    shown = {cut for cut in ("all", "team=A", "team=B") if cell(found, "hours", cut).counts}
    assert "team=B" not in shown
    assert len(shown) == 1
    both = published([HOURS], [{"hours": v} for v in spread * 2], cuts=("team",), groups=groups)
    assert all(cell(both, "hours", cut).counts for cut in ("all", "team=A", "team=B"))


def test_silence_is_told_where_fewer_than_four_fifths_answered():
    """The worked example: 9 of 12 favourable of 16 invited lie between 9 and 13 of 16."""
    found = of(YES, ["yes"] * 9 + ["no"] * 3, invited=16)
    assert (found.value("favourable_least"), found.value("favourable_most")) == (56, 82), "56.25 and 81.25, outwards"
    assert of(YES, ["yes"] * 9 + ["no"] * 3, invited=15).value("favourable_least") is None
    enps = of(TEN, ["10"] * 8 + ["3"] * 4, invited=24)
    assert (enps.value("enps_least"), enps.value("enps_most")) == (-34, 67), "4 − 12 and 4 + 12 of 24"


@pytest.mark.parametrize("n", range(5, 10))
def test_below_ten_silence_is_told_of_the_band_and_holds_whatever_n_is(n: int):
    for yes in range(n + 1):
        found = of(YES, ["yes"] * yes + ["no"] * (n - yes), invited=20)
        least, most = found.value("favourable_least"), found.value("favourable_most")
        assert least is not None
        assert most is not None
        assert least <= 100 * yes / 20
        assert 100 * (yes + 20 - n) / 20 <= most
        shown, bound = found.value("favourable"), found.words("favourable")
        assert shown is not None
        low = 0 if bound == "at most" else shown - 0.5
        high = 100 if bound == "at least" else shown + 0.5
        assert (least, most) == (math.floor(low * 5 / 20), math.ceil((high * 5 + 1500) / 20)), "from what is shown, and five"


def test_the_numbers_of_a_small_group_cannot_be_subtracted_from_those_of_all():
    """12 and 7 people: with the mean of all and of the twelve, that of the seven would follow."""
    answers = [{"hours": str(n % 7 + n // 4)} for n in range(19)]
    groups = [{"team": "A" if n < 12 else "B"} for n in range(19)]
    found = published([HOURS], answers, cuts=("team",), groups=groups)
    assert cell(found, "hours").value("mean") is not None
    assert cell(found, "hours", "team=B").withheld == "too few"
    assert cell(found, "hours", "team=A").value("mean") is None


def test_of_whoever_is_in_no_group_as_little_follows_as_of_a_group():
    """Twelve who all answered the same, and twelve numbers with one far out: all less team A would tell of them."""
    spread = ["0", "3", "20", "31", "42", "55", "60", "64", "71", "88", "95", "100"]
    near = ["38", "38", "39", "39", "40", "40", "40", "40", "41", "41", "42", "80"]
    for others in ({}, {"team": "B"}):
        answers = [{"goals": str(1 + n % 5), "hours": hours} for n, hours in enumerate(spread)]
        answers += [{"goals": "1", "hours": hours} for hours in near]
        found = published([GOALS, HOURS], answers, cuts=("team",), groups=[{"team": "A"}] * 12 + [others] * 12)
        assert found is not None
        assert {c.cut for c in found.counts} == {"all"}
        assert {f.cut for f in found.figures if (f.question, f.figure) == ("hours", "mean")} == {"all"}


def test_groups_are_withheld_with_their_reason():
    """B is too small; and were both A and C shown beside all, B would follow."""
    teams = ["A"] * 8 + ["B"] * 3 + ["C"] * 6
    answers = [{"goals": str(1 + n % 5)} for n in range(17)]
    found = published([GOALS], answers, cuts=("team",), groups=[{"team": t} for t in teams])
    reasons = {cut: cell(found, "goals", cut).withheld for cut in ("all", "team=A", "team=B", "team=C")}
    assert reasons == {"all": "", "team=A": "", "team=B": LEFT_OUT, "team=C": LEFT_OUT}
    assert found is not None
    told = suppressed([GOALS], found)
    assert (told["suppressed"], told["suppressed_in_groups"]) == (0, 2)
    assert not [f for f in found.figures if f.cut == "team=B" and f.value is not None]
    assert {cell(found, "response", f"team={t}").withheld for t in "BC"} == {LEFT_OUT}


def test_a_group_under_ten_is_a_band_with_rounded_figures():
    found = of(GOALS, ["1", "2", "3", "4", "4", "5", "5"], invited=9)
    assert not found.counts
    assert (found.value("n"), found.words("n"), found.words("form")) == (None, "5–9", "summary")
    assert (found.value("favourable"), found.value("mean")) == (57, 61)
    for name in ("mean", "favourable"):
        ends = [found.value(f"{name}_low"), found.value(f"{name}_high")]
        assert all(e is not None and e % 5 == 0 for e in ends)
        assert ends[0] < found.value(name) < ends[1]


def test_people_who_all_answered_the_same_are_coded():
    found = of(GOALS, ["5"] * 11 + ["4"])
    assert not found.counts
    assert (found.words("form"), found.words("mean"), found.value("mean")) == ("coded", "at least", 90)
    assert (found.value("share:5"), found.words("share:5"), found.value("share:1")) == (90, "at least", 10)
    assert found.value("mean_low") is None, "where behind the bound it lies would be told"


def people_of(n: int, seed: int = 1, questions=(*ITEMS, DRIVER)):
    """Answers that go together: a common factor and noise."""
    drawn = np.random.default_rng(seed)
    own = drawn.normal(size=n)
    noise = {q.id: own + drawn.normal(size=n) for q in questions}
    return [{q: str(int(np.clip(round(3 + 1.2 * noise[q][i]), 1, 5))) for q in noise} for i in range(n)]


def test_the_score_is_the_mean_over_people_with_its_spread():
    answers = people_of(40)
    found = published([*ITEMS, DRIVER], answers, invited=60)
    own = np.array([np.mean(scores([a[q.id] for q in ITEMS], 5)) for a in answers])
    score = cell(found, "score")
    assert score.value("mean") == pytest.approx(own.mean(), abs=0.006)
    assert score.value("sd") == pytest.approx(own.std(ddof=1), abs=0.006)
    half = stats.t.ppf(0.975, 39) * own.std(ddof=1) / math.sqrt(40) * math.sqrt(20 / 59)
    assert score.value("mean_high") == pytest.approx(own.mean() + half, abs=0.006)
    assert found is not None
    assert found.score is not None
    assert found.score.n == 40


def test_alpha_and_the_association_are_those_of_the_answers():
    answers = people_of(40)
    found = published([*ITEMS, DRIVER], answers)
    matrix = np.array([scores([a[q.id] for a in answers], 5) for q in ITEMS])
    covariance = np.cov(matrix)
    alpha = 5 / 4 * (1 - np.trace(covariance) / covariance.sum())
    assert cell(found, "score").value("alpha") == pytest.approx(alpha, abs=0.0006)
    expected = stats.spearmanr(scores([a["driver"] for a in answers], 5), matrix.mean(axis=0)).statistic
    assert cell(found, "driver").value("association") == pytest.approx(expected, abs=0.006)
    low, high = stats.f.ppf([0.975, 0.025], 39, 39 * 4)
    assert cell(found, "score").value("alpha_low") == pytest.approx(1 - (1 - alpha) * low, abs=0.0006)
    assert cell(found, "score").value("alpha_high") == pytest.approx(1 - (1 - alpha) * high, abs=0.0006)
    assert 0 < (cell(found, "score").value("omega") or 0) < 1


def test_associations_need_thirty_people_who_answered_all():
    assert cell(published([*ITEMS, DRIVER], people_of(29)), "driver").value("association") is None
    assert cell(published([*ITEMS, DRIVER], people_of(29)), "score").value("alpha") is None
    alike = [a | {"driver": "3"} for a in people_of(40)]
    alike[0]["driver"] = "5"
    assert cell(published([*ITEMS, DRIVER], alike), "driver").value("association") is None, "its histogram is not released"


@pytest.mark.parametrize(("items", "few", "n"), [(2, 2, 10), (2, 12, 40), (5, 6, 29), (5, 4, 40)])
def test_how_few_answered_one_item_and_another_is_not_told(items: int, few: int, n: int):
    """Whether those who gave another answer are the same each time would be told by the spread of scores, and by alpha."""
    told = set()
    for apart in (0, 1, few):
        answers = [{f"item{i}": "5" if 0 <= p - (i % 2) * apart < few else "1" for i in range(items)} for p in range(n)]
        found = published(ITEMS[:items], answers)
        assert found is not None
        told.add(frozenset(f for f in found.figures))
    assert len(told) == 1


def test_an_association_needs_five_beside_the_most_frequent_answer():
    for few, is_told in ((4, False), (5, True)):
        some = [a | {"driver": "45"[n % 2] if n < few else "3"} for n, a in enumerate(people_of(40))]
        found = published([*ITEMS, DRIVER], some)
        assert (cell(found, "driver").value("association") is not None) is is_told
        assert cell(found, "score").value("alpha") is not None


def test_of_items_that_are_answered_by_two_points_alone_it_is_not_told_how_they_go_together():
    """One person said 1, 4, 4: no other answers have these counts, this alpha and this spread."""
    rows = [("1", "1", "1")] * 5 + [("1", "4", "4")] + [("4", "4", "4")] * 24
    found = published(ITEMS[:3], [dict(zip(("item0", "item1", "item2"), row, strict=True)) for row in rows])
    assert dict(cell(found, "item0").counts)["1"] == 6
    assert cell(found, "score").value("alpha") is None
    assert cell(found, "score").value("sd") > statistics.stdev(sum(int(a) for a in row) * 25 / 3 for row in rows)


def alpha_of(data: np.ndarray) -> float:
    covariance = np.cov(data.T)
    return len(covariance) / (len(covariance) - 1) * (1 - np.trace(covariance) / covariance.sum())


def some_skipped(n: int, times: int, items: list[Question]) -> list[dict[str, str]]:
    """People of whom so many skipped each item, others each time."""
    some = people_of(n)
    for place, question in enumerate(items):
        for person in range(times):
            del some[place * times + person][question.id]
    return some


def test_who_skipped_a_question_takes_neither_alpha_nor_the_associations_away():
    """Both are of those who answered all: of each item, six others answered who are not among these."""
    some = some_skipped(50, 3, ITEMS[:3])
    found = published([*ITEMS[:3], DRIVER], some)
    data = np.array([[float(a[q.id]) for q in (*ITEMS[:3], DRIVER)] for a in some[9:]]) * 25 - 25
    score = cell(found, "score")
    assert score.value("alpha") == pytest.approx(alpha_of(data[:, :3]), abs=0.0006)
    low, high = stats.f.ppf([0.975, 0.025], 40, 40 * 2)
    assert score.value("alpha_low") == pytest.approx(1 - (1 - alpha_of(data[:, :3])) * low, abs=0.0006)
    assert score.value("alpha_high") == pytest.approx(1 - (1 - alpha_of(data[:, :3])) * high, abs=0.0006)
    told = reliability(covariance_of(data[:, :3].T.tolist()), len(data))
    assert told is not None
    assert score.value("omega") == pytest.approx(told.omega, abs=0.0006)
    expected = stats.spearmanr(data[:, 3], data[:, :3].mean(axis=1)).statistic
    assert cell(found, "driver").value("association") == pytest.approx(expected, abs=0.006)


def test_where_few_skipped_an_item_others_are_left_out_by_lot():
    """Of each item, four others answered who skipped another: with one more they are five, and nobody knows who that is."""
    some = some_skipped(40, 2, ITEMS[:3])
    all_items = np.array([[float(a[q.id]) for q in ITEMS[:3]] for a in some[6:]]) * 25 - 25
    possible = {round(alpha_of(np.delete(all_items, each, axis=0)), 3) for each in range(len(all_items))}
    told = {cell(published(ITEMS[:3], some, seeded=False), "score").value("alpha") for _ in range(40)}
    assert len(told) > 1
    assert told <= possible


def test_of_no_figure_few_are_missing_who_are_counted_in_another():
    """By the interval of alpha, which tells of how many it is."""
    for skipped, n in (((), 40), (("item0",), 34), (("driver",), 40), (("item0", "item1", "driver"), 34)):
        some = people_of(40)
        for person, question in enumerate(skipped):
            del some[person][question]
        found = published([*ITEMS[:3], DRIVER], some)
        alpha, low = (cell(found, "score").value(each) for each in ("alpha", "alpha_low"))
        own = min(range(30, 41), key=lambda k: abs(1 - (1 - alpha) * stats.f.ppf(0.975, k - 1, (k - 1) * 2) - low))
        assert own == n, skipped


def test_alpha_needs_five_beside_the_most_frequent_answer_among_those_who_answered_all():
    """Else it tells of the one of thirty who gave another, though five of all who answered the item did."""
    rows = [("1", "1", "1")] + [("5", "1", "1")] * 4 + [("5", "5", "5")] * 25
    some = [dict(zip(("item0", "item1", "item2"), row, strict=True)) for row in rows]
    some += [{"item0": a} for a in "11115"]
    found = published(ITEMS[:3], some)
    assert dict(cell(found, "item0").counts)["1"] == 5
    assert cell(found, "score").value("alpha") is None


def test_an_association_needs_five_beside_the_most_frequent_answer_among_those_who_answered_all():
    some = [{"item0": a, "item1": a, "item2": a, "driver": "5"} for a in "135" * 10]
    some[2]["driver"] = "1"
    some += [{"driver": a} for a in "11115"]
    found = published([*ITEMS[:3], DRIVER], some)
    assert cell(found, "score").value("alpha") == 1
    assert dict(cell(found, "driver").counts)["1"] == 5
    assert cell(found, "driver").value("association") is None


def test_alpha_needs_thirty_who_answered_all_and_were_not_left_out():
    for n, is_told in ((35, False), (36, True)):
        some = people_of(n)
        del some[0]["item3"]
        assert (cell(published(ITEMS, some), "score").value("alpha") is not None) is is_told


def test_where_somebody_skipped_an_item_the_score_is_made_of_the_items():
    """Its spread is no less than that of the scores of people, so no interval of it is too narrow."""
    answers = people_of(40)
    own = np.array([np.mean(scores([a[q.id] for q in ITEMS], 5)) for a in answers])
    del answers[0]["item3"]
    found = published([*ITEMS, DRIVER], answers)
    given = [scores([a[q.id] for a in answers if q.id in a], 5) for q in ITEMS]
    score = cell(found, "score")
    assert score.value("mean") == pytest.approx(np.mean([g.mean() for g in given]), abs=0.006)
    assert score.value("sd") == pytest.approx(np.mean([g.std(ddof=1) for g in given]), abs=0.006)
    assert score.value("sd") > own.std(ddof=1)
    assert score.value("n") == 39


@pytest.mark.parametrize("n", [5, 9])
def test_fewer_than_ten_have_no_score_of_their_own(n: int):
    found = published(ITEMS, people_of(n))
    assert found is not None
    assert found.score is None
    assert found.answered is None
    assert not [f for f in found.figures if f.question == "score" and f.figure not in ("mean", "mean_low", "mean_high", "n")]


def test_too_few_answers_publish_nothing():
    answers = [{"goals": "3"}] * 4 + [None] * 8
    assert published([GOALS], answers) is None
    five = [{"goals": "3"}] * 5
    assert published([GOALS], five, viewers=frozenset({"U0"})) is None, "a viewer can subtract himself"
    assert published([GOALS], five, viewers=None) is None, "everybody may"
    assert published([GOALS], five) is not None


def test_whoever_prefers_not_to_say_is_counted_nowhere():
    values = [DECLINED] * 8 + ["4"] * 6 + ["2"] * 6
    found = published([GOALS], [{"goals": v} for v in values])
    assert cell(found, "goals").value("n") == 12
    assert cell(found, "response").value("answered") == 20
    nobody = published([GOALS], [{"goals": DECLINED}] * 12)
    assert cell(nobody, "goals").withheld == "too few"


@pytest.mark.parametrize("search", ["done", "too long"])
def test_what_does_not_pass_the_audit_is_published_of_everybody_alone(monkeypatch: pytest.MonkeyPatch, search: str):
    """As if too few were let through: from all and the 17 of one team the 3 of the other follow."""

    def minimum_alone(groups, atoms, least):
        return Release(tuple(g for g in groups if people_in(g, atoms) >= least), ())

    def too_long(*_):
        raise TooManyToAudit

    answers, groups = [{"goals": str(1 + n % 5)} for n in range(20)], [{"team": "A" if n < 17 else "B"} for n in range(20)]
    monkeypatch.setattr(survey_counts, "release", minimum_alone)
    if search == "too long":
        groups = [{"team": "A" if n < 10 else "B"} for n in range(20)]
        monkeypatch.setattr(release, "derive", too_long)
    found = published([GOALS], answers, cuts=("team",), groups=groups)
    assert found is not None
    assert {f.cut for f in found.figures if f.figure != "withheld"} == {c.cut for c in found.counts} == {"all"}


@pytest.mark.parametrize(("n", "viewers", "shown"), [(9, frozenset(), 0), (10, frozenset(), 9), (10, None, 0), (11, None, 10)])
def test_comments_are_shown_of_ten_answers_without_the_viewer_and_in_no_order(n: int, viewers, shown: int):
    answers = [{"goals": "3", "more": f"comment {i}"} for i in range(n - 1)] + [{"goals": "2"}]
    orders = set()
    for _ in range(8):
        found = published([GOALS, MORE], answers, viewers=viewers, seeded=False)
        assert found is not None
        assert len(found.comments) == shown
        assert {c.author for c in found.comments} <= {""}
        orders.add(tuple(c.text for c in found.comments))
    assert len(orders) > 1 or not shown


def test_only_who_agreed_is_named_with_a_comment():
    answers = [{"goals": "3", "more": "a"} | ({"more.ask": "yes"} if i == 3 else {}) for i in range(12)]
    found = published([GOALS, MORE], answers)
    assert found is not None
    assert Counter(c.author for c in found.comments) == {"": 11, "U3": 1}


def answers_to(question: Question) -> st.SearchStrategy:
    ids = [o.id for o in question.options]
    match question.kind:
        case "agree":
            return st.integers(1, question.points).map(str)
        case "ten":
            return st.integers(0, 10).map(str)
        case "yes_no":
            return st.sampled_from(["yes", "no"])
        case "number":
            return st.integers(0, 200).map(str)
        case "one":
            return st.sampled_from(ids)
        case "several":
            return st.lists(st.sampled_from(ids), unique=True).map(tuple)
        case "ranking":
            return st.lists(st.sampled_from(ids), unique=True, min_size=1, max_size=question.ranked).map(tuple)
    return st.just("words")


people = st.lists(
    st.tuples(
        st.sampled_from(["A", "B", "C", ""]),
        st.fixed_dictionaries({}, optional={q.id: answers_to(q) | st.just(DECLINED) for q in EVERYTHING}),
    ),
    min_size=5,
    max_size=32,
)


@settings(max_examples=80)
@given(people)
def test_whatever_people_answer_no_figure_is_of_few(drawn):
    answers = [given for _, given in drawn]
    groups = [{"team": team} if team else {} for team, _ in drawn]
    found = published(EVERYTHING, answers, cuts=("team",), groups=groups)
    if found is None:
        return
    for question in EVERYTHING:
        for cut, of_group in cells_of(found.counts, found.figures).get(question.id, {}).items():
            those = [
                a[question.id]
                for (team, a) in drawn
                if a.get(question.id, DECLINED) != DECLINED and cut in ("all", f"team={team}")
            ]
            if of_group.withheld:
                assert {f for f in of_group.figures if of_group.value(f) is not None} <= {"n"}
                continue
            assert len(those) >= 5
            if of_group.counts:
                assert len(those) >= 10
                tallied = Counter(c for a in those for c in KINDS[question.kind].counted(question, a))
                assert {v: n for v, n in of_group.counts.items() if n} == dict(tallied)
                assert max(of_group.counts.values()) < max(0.9 * len(those), len(those) - 1)
            for name, figure in of_group.figures.items():
                low, high = of_group.value(f"{name}_low"), of_group.value(f"{name}_high")
                if figure.value is not None and low is not None and high is not None:
                    assert low <= figure.value <= high


def test_a_small_group_has_a_score_that_follows_from_what_is_told_of_its_items():
    people = [{"item0": v, "item1": w} for v, w in zip("2434343", "3234343", strict=True)]
    found = published(ITEMS[:2], people)
    told = [cell(found, item) for item in ("item0", "item1")]
    score = cell(found, "score")
    for end in ("mean", "mean_low", "mean_high"):
        assert score.value(end) == pytest.approx(np.mean([each.value(end) for each in told]), abs=0.05)
    assert score.value("mean") == pytest.approx(
        np.mean([scores(answers, 5).mean() for answers in ("2434343", "3234343")]), abs=0.5
    )
    assert (score.value("n"), score.words("n")) == (None, "5–9")
    assert "sd" not in score.figures


def test_a_group_of_which_an_item_is_only_said_to_be_at_least_something_has_no_score():
    people = [{"item0": "5", "item1": w} for w in "3234343"]
    found = published(ITEMS[:2], people)
    assert cell(found, "item0").words("favourable") == "at least"
    assert cell(found, "item0").value("mean") is None
    assert "score" not in cells_of(found.counts, found.figures)


@settings(max_examples=100)
@given(st.lists(st.tuples(*[st.integers(1, 5)] * 3), min_size=5, max_size=30))
def test_the_score_tells_nothing_beyond_the_items_of_a_group_that_is_not_told_in_full(rows):
    """It is the same whatever the answers are, as long as what is told of the items is."""
    found = published(ITEMS[:3], [{f"item{i}": str(v) for i, v in enumerate(row)} for row in rows])
    cells = cells_of(found.counts, found.figures)
    score = cells.get("score", {}).get("all")
    if score is not None and not all(cells[f"item{i}"]["all"].counts for i in range(3)):
        assert score.value("mean") == pytest.approx(
            np.mean([cells[f"item{i}"]["all"].value("mean") for i in range(3)]), abs=0.06
        )
        assert set(score.figures) <= {"mean", "mean_low", "mean_high", "n"}


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("AB"), st.sampled_from("XY"), st.booleans()), min_size=1, max_size=14),
    st.one_of(st.none(), st.frozensets(st.sampled_from([f"U{n}" for n in range(14)]), max_size=2)),
    st.integers(5, 6),
)
def test_whether_there_are_enough_is_told_without_any_answer(drawn, viewers, minimum):
    """The same as counting them says, whatever they answered and wherever they belong."""
    groups = [{"team": team, "site": site} for team, site, _ in drawn]
    people = [Respondent(f"U{n}", groups[n], {"goals": "4"}) for n, (_, _, cast) in enumerate(drawn) if cast]
    silent = [Respondent(each.user_id, each.groups, {}) for each in people]
    counted = publish([GOALS], ("team", "site"), people, groups, viewers=viewers, minimum=minimum, comment_minimum=10)
    assert are_enough(("team", "site"), silent, groups, viewers=viewers, minimum=minimum) == (counted is not None)


VARIED = {
    "goals": [str(1 + n % 5) for n in range(40)],
    "seven": [str(1 + n % 7) for n in range(40)],
    "enps": [str(n % 11) for n in range(40)],
    "remote": ["yes" if n % 2 else "no" for n in range(40)],
    "hours": [str(10 + n % 7) for n in range(40)],
    "one": [OPTIONS[n % 4].id for n in range(40)],
    "several": [(OPTIONS[n % 4].id,) for n in range(40)],
    "ranking": [(OPTIONS[n % 4].id,) for n in range(40)],
    "more": [f"Words {n}" for n in range(40)],
}


@pytest.mark.parametrize("question", EVERYTHING, ids=lambda question: question.id)
@pytest.mark.parametrize("viewers", [frozenset(), frozenset({"U1"}), None])
@pytest.mark.parametrize("minimum", [5, 7, 12])
def test_from_so_many_answers_on_something_is_shown_and_nothing_of_one_less(question: Question, viewers, minimum: int) -> None:
    """What is promised before anybody answers is what is published after."""

    def shows(n: int) -> bool:
        found = published([question], [{question.id: v} for v in VARIED[question.id][:n]], viewers=viewers, minimum=minimum)
        told = [f for f in found.figures if f.question == question.id and f.figure != "n"] if found else []
        return found is not None and bool(found.counts or found.comments or any(f.value is not None for f in told))

    least = least_answers(question, minimum, 10) + (viewers is None or bool(viewers))
    assert shows(least)
    assert not shows(least - 1)


def test_how_many_questions_can_show_nothing_is_known_once_it_is_known_how_many_are_asked() -> None:
    terms = {"minimum": 5, "comment_minimum": 10}
    assert unshown(EVERYTHING, **terms, is_seen=False, asked=7) == Unshown(5, 9, 10, 10, 7)
    assert unshown(EVERYTHING, **terms, is_seen=True, asked=10) == Unshown(5, 9, 11, 11, 10)
    assert unshown(EVERYTHING, minimum=5, comment_minimum=15, is_seen=False, asked=9) == Unshown(5, 9, 10, 15, 9)
    assert unshown(EVERYTHING, **terms, is_seen=False, asked=10) is None
