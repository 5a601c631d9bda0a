"""Which waves a question is compared with."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.power import NormalIndPower

from bot.domain.intervals import welch_p
from bot.domain.survey_changes import LEAST_POINTS
from bot.domain.survey_courses import (
    WaveAsked,
    cell_name,
    comparable,
    course_of,
    has_same_score,
    is_same,
    reworded,
    waves_needed,
)
from bot.domain.survey_figures import Figure
from bot.domain.survey_results import CellResult
from bot.domain.survey_stats import moments
from bot.domain.surveys import Question, Survey

GOALS = Question("goals", "agree", {"en": "I know what matters."})
OTHER = replace(GOALS, text={"en": "I know what matters to us."})
PRIDE = Question("pride", "agree", {"en": "I am proud."})
HIGH, LOW = (1, 2, 3, 16, 18), (14, 14, 6, 4, 2)


def wave(number: int, *asked: tuple[Question, tuple[int, ...]], cut: str = "all") -> WaveAsked:
    cells = {q.id: {cut: CellResult({str(p): n for p, n in enumerate(counts, 1)})} for q, counts in asked}
    return WaveAsked(f"pulse #{number}", tuple(q for q, _ in asked), cells)


def test_a_fall_that_stays_is_watched_and_then_flagged():
    before = [wave(n, (GOALS, HIGH)) for n in range(1, 5)]
    once = course_of([*before, wave(5, (GOALS, LOW))])
    twice = course_of([*before, wave(5, (GOALS, LOW)), wave(6, (GOALS, LOW))])
    assert once.trends["goals all"].state == "watch"
    assert twice.trends["goals all"].state == "flag"
    made = once.trends["goals all"].change
    assert made is not None
    assert made.n_before == 160
    assert made.p == welch_p(moments(LOW), replace(moments(HIGH), n=160, sd=made_sd())), "of the four before, pooled"


def made_sd() -> float:
    from bot.domain.survey_changes import pooled

    return pooled([moments(HIGH)] * 4).sd


def test_a_question_in_new_words_starts_anew():
    before = [wave(n, (GOALS, HIGH)) for n in range(1, 5)]
    found = course_of([*before, wave(5, (OTHER, LOW))])
    assert found.trends["goals all"].change is None
    assert found.anew == {"goals": "pulse #5"}
    assert found.first == {"goals"}
    later = course_of([*before, wave(5, (OTHER, LOW)), wave(6, (OTHER, LOW))])
    assert later.trends["goals all"].state == "none", "it did not fall since it is asked so"
    assert later.anew == {"goals": "pulse #5"}
    assert later.first == frozenset()


def test_words_that_came_back_are_not_compared_across_the_break():
    waves = [wave(1, (GOALS, HIGH)), wave(2, (OTHER, HIGH)), wave(3, (GOALS, LOW))]
    assert [sorted(each) for each in comparable(waves)] == [[], [], ["goals"]]
    assert reworded(waves) == {"goals": "pulse #3"}


def test_what_is_the_same_question():
    assert is_same(GOALS, replace(GOALS, hint={"en": "this week"}, required=True))
    assert not is_same(GOALS, OTHER)
    assert not is_same(GOALS, replace(GOALS, points=7))
    assert not is_same(GOALS, replace(GOALS, unit={"en": "minutes"})), "hours and minutes are not pooled"
    assert not is_same(GOALS, replace(GOALS, kind="ten"))
    both = replace(GOALS, text={**GOALS.text, "no": "Jeg vet hva som er viktig."})
    assert is_same(GOALS, both), "the words that there were are what they were"
    assert not is_same(both, replace(both, text={**both.text, "no": "Jeg vet hva vi skal nå."}))
    assert not is_same(GOALS, replace(GOALS, text={"no": "Jeg vet hva som er viktig."})), "no language in common"


def test_a_question_asked_in_turn_is_compared_with_the_waves_that_asked_it():
    turns = [wave(n, (GOALS if n % 2 else PRIDE, HIGH)) for n in range(1, 9)]
    found = course_of([*turns, wave(9, (GOALS, LOW))])
    assert list(found.trends) == ["goals all"]
    made = found.trends["goals all"].change
    assert made is not None
    assert (made.n_before, round(made.points)) == (160, -51)
    assert found.first == frozenset()


def test_so_many_waves_are_read_that_each_question_was_asked_often_enough():
    questions = tuple(Question(f"q{n}", "agree", {"en": str(n)}) for n in range(13))
    survey = Survey("pulse", {"en": "Pulse"}, questions, each=3, always=("q12",))
    most = waves_needed(survey)
    for last in range(most, most + 5):
        asked = [q.id for n in range(last - most + 1, last + 1) for q in survey.asked(n)]
        assert all(asked.count(q.id) >= 6 for q in questions)
    assert waves_needed(replace(survey, each=0)) == 6


def test_groups_are_judged_as_well():
    before = [wave(n, (GOALS, HIGH), cut="team=A") for n in range(1, 5)]
    found = course_of([*before, wave(5, (GOALS, LOW), cut="team=A")])
    assert found.trends[cell_name("goals", "team=A")].state == "watch"


def test_what_could_not_be_seen_is_told_of_each_question():
    """Less than the rule asks for is never told."""
    told = course_of([wave(1, (GOALS, HIGH), (PRIDE, LOW))]).detectable
    assert set(told) == {"goals all", "pride all"}
    for cell, counts in (("goals all", HIGH), ("pride all", LOW)):
        sd = np.repeat([0, 25, 50, 75, 100], counts).std(ddof=1)
        assert told[cell] == pytest.approx(NormalIndPower().solve_power(nobs1=40, alpha=0.05, power=0.8) * sd, rel=1e-3)
    many = course_of([wave(n, (GOALS, tuple(100 * c for c in HIGH))) for n in range(1, 6)]).detectable
    assert many == {"goals all": LEAST_POINTS}
    assert course_of([wave(1, (GOALS, (1, 2, 3, 2, 1)))]).detectable == {}, "nine are not tested"


YES = Question("remote", "yes_no", {"en": "From home?"})
HOURS = Question("hours", "number", {"en": "Hours?"}, low=0, high=200, unit={"en": "hours"})


def told_of(yes: tuple[int, int], hours: tuple[float, float, int], score: tuple[float, float, int], number: int) -> WaveAsked:
    def figures(of: tuple[float, float, int]) -> CellResult:
        return CellResult({}, {n: Figure("", "all", n, v) for n, v in zip(("mean", "sd", "n"), of, strict=True)})

    cells = {"remote": CellResult({"yes": yes[0], "no": yes[1]}), "hours": figures(hours), "score": figures(score)}
    items = tuple(replace(q, index=True) for q in (GOALS, PRIDE))
    return WaveAsked(f"pulse #{number}", (*items, YES, HOURS), {q: {"all": cell} for q, cell in cells.items()})


def test_yes_and_no_numbers_and_the_score_are_judged_by_the_same_rule_and_in_one_family():
    before = [told_of((18, 4), (40, 20, 22), (70, 15, 22), n) for n in range(1, 5)]
    found = course_of([*before, told_of((6, 16), (70, 30, 22), (55, 18, 22), 5)])
    remote, hours, score = (found.trends[f"{name} all"] for name in ("remote", "hours", "score"))
    assert remote.change.p == pytest.approx(stats.boschloo_exact([[6, 72], [16, 16]]).pvalue, rel=1e-6)
    assert remote.change.points == pytest.approx(100 * (6 / 22 - 72 / 88))
    pool = math.sqrt(84 * 400 / 87)
    theirs = stats.ttest_ind_from_stats(35, 15, 22, 20, pool / 2, 88, equal_var=False)
    assert (hours.change.points, hours.change.p) == (pytest.approx(15), pytest.approx(theirs.pvalue)), "of 0 to 200 hours"
    theirs = stats.ttest_ind_from_stats(55, 18, 22, 70, math.sqrt(84 * 225 / 87), 88, equal_var=False)
    assert (score.change.points, score.change.p) == (pytest.approx(-15), pytest.approx(theirs.pvalue))
    together = stats.false_discovery_control([remote.change.p, hours.change.p, score.change.p], method="bh")
    assert [remote.q, hours.q, score.q] == pytest.approx(together.tolist())
    assert {each.state for each in (remote, hours, score)} == {"watch"}
    within = (22 * (6 / 22) * (16 / 22) + 88 * (18 / 22) * (4 / 22)) / 110
    assert found.detectable["remote all"] == pytest.approx(2.8016 * 100 * math.sqrt(within * (1 / 22 + 1 / 88)), rel=1e-3)


def test_where_all_are_alike_now_a_change_is_seen_no_sooner_than_the_spread_of_before_lets_it():
    before = told_of((18, 4), (40, 40, 22), (70, 15, 22), 1)
    alike = course_of([before, told_of((18, 4), (40, 0, 22), (70, 15, 22), 2)])
    assert alike.detectable["hours all"] == pytest.approx(2.8016 * 20 / math.sqrt(2) * math.sqrt(2 / 22), rel=1e-3)


def test_a_score_of_other_items_and_a_number_with_other_limits_are_not_compared():
    before, now = told_of((18, 4), (40, 20, 22), (70, 15, 22), 1), told_of((18, 4), (70, 30, 22), (55, 18, 22), 2)
    other = replace(now, questions=(replace(GOALS, index=True), YES, replace(HOURS, high=100)))
    found = course_of([before, other])
    assert found.trends["score all"].change is None
    assert found.trends["hours all"].change is None
    unlimited = replace(now, questions=(YES, replace(HOURS, high=None)))
    assert "hours all" not in course_of([unlimited, unlimited]).trends


@given(st.lists(st.tuples(st.sampled_from([GOALS, OTHER]), st.booleans()), min_size=1, max_size=9))
def test_what_is_kept_is_one_unbroken_run_to_the_last(drawn):
    waves = [wave(n, *([(q, HIGH)] if asked else [])) for n, (q, asked) in enumerate(drawn, 1)]
    kept = [each.get("goals") for each in comparable(waves)]
    asked = [q for q, was in drawn if was]
    run = 0
    for question in reversed(asked):
        if question != asked[-1]:
            break
        run += 1
    assert [q for q in kept if q is not None] == asked[len(asked) - run :]


def test_no_wave_has_no_course():
    assert course_of([]).trends == {}


def test_a_score_is_of_the_same_items_in_the_same_words():
    one, two, anew = (replace(q, index=True) for q in (GOALS, PRIDE, OTHER))
    waves = [
        wave(1, (one, HIGH), (two, HIGH)),
        wave(2, (anew, HIGH), (two, HIGH)),
        wave(3, (anew, HIGH)),
        wave(4, (anew, HIGH), (two, LOW)),
    ]
    assert has_same_score(waves) == [False, True, False, True]
