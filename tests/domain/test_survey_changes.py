"""Changes between waves: against scipy, statsmodels and worked numbers, and the rule for flags on waves drawn at random."""

import time
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.power import NormalIndPower
from statsmodels.stats.proportion import confint_proportions_2indep, proportions_ztest

from bot.domain import intervals
from bot.domain.intervals import Mean, plus_two
from bot.domain.survey_changes import (
    EXACT_AT_MOST,
    Share,
    change,
    favourable_change,
    from_previous,
    pooled,
    smallest_detectable,
    trends,
)
from bot.domain.survey_stats import moments, promoter_moments
from bot.domain.unusual import adjust

BEFORE, NOW = (1, 3, 6, 8, 4), (3, 6, 7, 4, 2)
"""22 answers each, with means of 3.50 and 2.82 points, of which 12 and 6 are favourable."""
five = st.lists(st.integers(0, 12), min_size=5, max_size=5).filter(lambda c: sum(c) >= 10)
shares = st.integers(10, 24).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def answers(counts):
    return np.repeat(np.linspace(0, 100, len(counts)), counts)


def sample(mean, sd=20.0, n=40):
    return Mean(mean, sd, n)


def test_the_worked_change_of_a_mean():
    told = change(moments(NOW), moments(BEFORE))
    assert (told.n, told.n_before, told.method) == (22, 22, "welch")
    assert round(told.p, 4) == 0.0543
    # In points of 1 to 5, of which one is 25 of ours: 3.50 → 2.82, −1.38 … +.01.
    assert [round(x / 25, 2) for x in (told.points, told.low, told.high)] == [-0.68, -1.38, 0.01]
    ours, before = answers(NOW), answers(BEFORE)
    assert round(stats.mannwhitneyu(ours, before).pvalue, 4) == 0.0531
    assert round(stats.brunnermunzel(ours, before).pvalue, 4) == 0.0455


def test_the_worked_change_of_a_favourable_share():
    told = favourable_change((6, 22), (12, 22))
    assert (told.p, told.method) == (pytest.approx(0.075, abs=0.001), "boschloo")
    assert told.points == pytest.approx(-600 / 22)
    theirs = confint_proportions_2indep(6, 22, 12, 22, method="newcomb", compare="diff")
    assert (told.low, told.high) == pytest.approx([100 * e for e in theirs])


@given(five, five)
def test_changes_agree_with_scipy(now, before):
    told, one, other = change(moments(now), moments(before)), answers(now), answers(before)
    certain = one.std() == other.std() == 0
    if certain:
        one, other = np.append(one, [0, 100]), np.append(other, [0, 100])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scipy doubts a side that does not vary
        theirs = stats.ttest_ind(one, other, equal_var=False)
    assert told.p == pytest.approx(theirs.pvalue, rel=1e-6, abs=1e-12)
    assert told.points == pytest.approx(answers(now).mean() - answers(before).mean())
    if not certain:
        assert (told.low, told.high) == pytest.approx(tuple(theirs.confidence_interval()), abs=1e-6)


def test_like_answers_twice_are_not_certain():
    same, other = moments((0, 0, 0, 12, 0)), moments((0, 0, 12, 0, 0))
    assert change(same, same).p == 1
    told = change(other, same)
    assert (told.points, told.method) == (-25, "plus-two welch")
    assert told.low < -25 < told.high
    assert 0 < told.p < 0.1
    assert (told.low, told.high) == intervals.welch(plus_two(other), plus_two(same))


def test_a_change_of_enps_is_in_points():
    now, before = (2, 0, 0, 0, 3, 0, 1, 5, 3, 4, 2), (0, 0, 0, 0, 0, 0, 1, 5, 5, 6, 3)
    told = change(promoter_moments(now), promoter_moments(before))
    assert told.points == pytest.approx(100 * (0 / 20 - 8 / 20))


@pytest.mark.parametrize(("n", "before"), [(9, 40), (40, 9)])
def test_nothing_is_tested_with_fewer_than_ten(n, before):
    assert change(sample(50, n=n), sample(90, n=before)) is None
    assert favourable_change((0, n), (before, before)) is None
    assert change(sample(50, n=10), sample(90, n=10)) is not None
    assert favourable_change((0, 10), (10, 10)) is not None


@settings(max_examples=25, deadline=None)
@given(shares, shares)
def test_shares_agree_with_boschloo_of_scipy(now, before):
    (k1, n1), (k0, n0) = now, before
    told = favourable_change(now, before)
    theirs = stats.boschloo_exact([[k1, k0], [n1 - k1, n0 - k0]]).pvalue if 0 < k1 + k0 < n1 + n0 else 1.0
    assert told.p == pytest.approx(min(1, theirs))
    # One-sided it is never less powerful than Fisher's test, of which it is an improvement.
    sides = (stats.fisher_exact([[k1, k0], [n1 - k1, n0 - k0]], side).pvalue for side in ("less", "greater"))
    assert told.p <= 2 * min(sides) + 1e-6
    assert told.low <= told.points + 1e-9
    assert told.points <= told.high + 1e-9


def test_many_answers_are_compared_by_the_score_test():
    n = EXACT_AT_MOST + 1
    told = favourable_change((120, n), (90, 150))
    assert told.method == "score"
    assert told.p == pytest.approx(proportions_ztest([120, 90], [n, 150])[1])
    assert favourable_change((n, n), (n, n)).p == 1
    assert favourable_change((0, n), (n, n)).p < 1e-12


def test_impossible_shares_are_refused():
    with pytest.raises(ValueError, match="at most as many"):
        favourable_change((12, 11), (3, 20))


@given(st.lists(five, min_size=1, max_size=5))
def test_a_pool_is_all_answers_at_once(waves):
    together, everything = pooled([moments(w) for w in waves]), np.concatenate([answers(w) for w in waves])
    assert (together.mean, together.n) == (pytest.approx(everything.mean()), everything.size)
    assert together.sd == pytest.approx(everything.std(ddof=1), abs=1e-6)


def test_a_pool_of_nothing_is_refused():
    with pytest.raises(ValueError, match="at least one sample"):
        pooled([])


def test_a_wave_is_compared_with_the_four_before_it():
    waves = [sample(10), *[sample(60)] * 4, sample(50)]
    assert from_previous(waves).points == pytest.approx(-10)
    assert from_previous(waves).n_before == 160
    assert from_previous(waves[:1]) is None
    assert from_previous(waves[:2]).points == 50


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_adjusted_values_agree_with_scipy(p_values):
    assert adjust(p_values) == pytest.approx(stats.false_discovery_control(p_values, method="bh").tolist())


def story(*means, cell="focus", others=0, n=40):
    """Waves with these means of one cell, beside others in which nothing changes."""
    return [{cell: sample(m, n=n)} | {f"calm {i}": sample(60) for i in range(others)} for m in means]


def test_a_drop_is_watched_and_flagged_when_it_lasts():
    steady = [60.0] * 4
    assert trends(story(*steady, 45))["focus"].state == "watch"
    told = trends(story(*steady, 45, 45))["focus"]
    assert (told.state, told.change.points) == ("flag", pytest.approx(45 - 56.25))
    assert told.q <= 0.10
    assert trends(story(*steady, 45, 44, 43))["focus"].state == "flag"
    assert trends(story(*steady, 45, 60))["focus"].state == "none"


turns = st.dictionaries(st.sampled_from("abc"), st.sampled_from([20.0, 50.0, 60.0, 95.0]), min_size=1)


@settings(max_examples=60)
@given(st.lists(turns, min_size=2, max_size=9))
def test_a_state_follows_from_that_of_the_wave_before_which_asked_the_same(drawn):
    """Whatever was asked when: what is flagged was watched or flagged there, in the same direction, and nothing else is."""
    waves = [{cell: sample(mean) for cell, mean in wave.items()} for wave in drawn]
    for cell, told in trends(waves).items():
        earlier = [n for n, wave in enumerate(waves[:-1]) if cell in wave]
        last = trends(waves[: earlier[-1] + 1])[cell] if earlier else None
        if told.state != "none":
            again = last is not None and last.state != "none" and last.change.points * told.change.points > 0
            assert (told.state == "flag") is again
        assert told.change == (from_previous([w[cell] for w in waves if cell in w]))


def test_a_company_of_forty_groups_is_judged_at_once():
    waves = [{f"q{q} g{g}": Share((7 * q + 3 * g + 5 * n) % 21, 20) for q in range(3) for g in range(40)} for n in range(6)]
    began = time.process_time()
    assert len(trends(waves)) == 120
    assert time.process_time() - began < 10


def test_a_swing_to_the_other_side_begins_anew():
    told = trends(story(60, 60, 60, 60, 40, 85))["focus"]
    assert (told.state, told.change.points > 0) == ("watch", True)
    assert trends(story(60, 60, 60, 60, 40, 85, 85))["focus"].state == "flag"


def test_seven_points_are_none_however_sure():
    assert trends(story(60, 60, 60, 60, 53, 53, n=4000))["focus"].state == "none"
    assert trends(story(60, 52, n=4000))["focus"].state == "watch"
    assert trends(story(60, 52.1, n=4000))["focus"].state == "none"


def test_what_is_found_alone_may_drown_among_many():
    alone, among = (trends(story(60, 60, 60, 60, 51, others=n))["focus"] for n in (0, 60))
    assert alone.state == "watch"
    assert among.state == "none"
    assert among.q == pytest.approx(61 * alone.q)


def test_too_few_answers_are_not_counted_among_those_tested():
    waves = story(60, 60, 60, 60, 51)
    for wave in waves:
        wave |= {f"small {i}": sample(10, n=9) for i in range(60)}
    waves[-1]["new"] = sample(20)
    told = trends(waves)
    assert told["focus"].q == told["focus"].change.p
    # Four waves of nine are enough together, but the last one is not.
    assert (told["small 3"].state, told["small 3"].change, told["small 3"].q) == ("none", None, None)
    assert (told["new"].state, told["new"].change) == ("none", None)


def test_a_question_asked_in_turn_is_compared_with_its_own_waves():
    pair = [story(60), story(70, cell="pay")]
    waves = [wave for _ in range(4) for kind in pair for wave in kind]
    waves += [*story(45), *story(70, cell="pay"), *story(45)]
    assert trends(waves[:-1])["pay"].state == "none"
    assert trends(waves)["focus"].state == "flag"
    assert set(trends(waves)) == {"focus"}
    assert trends([]) == {}


def waves_drawn(random, many, n, falling=0, since=4):
    """Waves of 12 questions with n answers each on a scale of five; from the wave `since` on some fall by 0.9 sd."""
    for wave in range(many):
        drawn = random.normal(0, 1, (12, n))
        if wave >= since:
            drawn[:falling] -= 0.9
        points = np.searchsorted([-1.5, -0.7, 0, 0.9], drawn)
        yield {str(i): moments(np.bincount(row, minlength=5).tolist()) for i, row in enumerate(points)}


def test_the_worked_false_alarms_of_half_a_year():
    random, raw, adjusted, flags, rounds = np.random.default_rng(5), 0, 0, 0, 40
    for _ in range(rounds):
        waves = list(waves_drawn(random, 30, 20))
        for last in range(5, 31):
            told = trends(waves[last - 6 if last > 5 else 0 : last])
            raw += any(t.change.p < 0.05 for t in told.values())
            adjusted += any(t.q <= 0.10 for t in told.values())
            flags += any(t.state == "flag" for t in told.values())
    assert raw / rounds == pytest.approx(12.55, abs=1.2)
    # 3.22 was counted at q ≤ 0.10; forty half-years tell it to within 0.6.
    assert adjusted / rounds == pytest.approx(3.22, abs=1.2)
    assert flags / rounds <= 0.1


@pytest.mark.parametrize(("n", "one", "all_of_them"), [(12, 0.12, 0.40), (20, 0.37, 0.75), (40, 0.82, 0.98)])
def test_how_often_a_drop_that_lasts_is_found(n, one, all_of_them):
    # The shares are those of a thousand half-years drawn and tested without our code.
    for falling, share in ((1, one), (12, all_of_them)):
        random, found, rounds = np.random.default_rng(6), 0, 60
        for _ in range(rounds):
            waves = list(waves_drawn(random, 8, n, falling))
            found += any(trends(waves[:last])["0"].state == "flag" for last in range(6, 9))
        assert found / rounds == pytest.approx(share, abs=0.19)


@pytest.mark.parametrize(("n", "points"), [(6, 34.5), (8, 29.9), (12, 24.4), (20, 18.9), (40, 13.4)])
def test_the_worked_smallest_drops(n, points):
    assert round(smallest_detectable(27, n, 4 * n), 1) == points


@given(st.integers(2, 200), st.integers(2, 200), st.sampled_from([0.7, 0.8, 0.9]))
def test_the_smallest_drop_is_found_with_that_power(n, before, power):
    least = smallest_detectable(25, n, before, power)
    reached = NormalIndPower().power(least / 25, n, 0.05, before / n)
    assert reached == pytest.approx(power, abs=1e-3)


def test_a_smallest_drop_needs_answers():
    for wrong in ((27, 0, 4), (27, 4, 0), (-1, 4, 4)):
        with pytest.raises(ValueError, match="at least one answer"):
            smallest_detectable(*wrong)
