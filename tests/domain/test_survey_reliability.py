"""Alpha, omega and correlations: against statsmodels, scipy, worked numbers and models whose answer is known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.multivariate.factor import Factor

from bot.domain.survey_reliability import correlation, covariance_of, feldt, fisher, minres, omega, reliability

loadings = st.lists(st.floats(4, 20), min_size=3, max_size=8)
uniques = st.floats(20, 400)


def model(found, unique):
    """The covariance of items with these loadings on one factor."""
    return (np.outer(found, found) + np.diag(unique)).tolist()


def answers(n, seed, loads=(0.7, 0.6, 0.8, 0.5, 0.65)):
    random = np.random.default_rng(seed)
    factor = random.normal(size=(n, 1))
    noise = random.normal(size=(n, len(loads))) * np.sqrt(1 - np.square(loads))
    return np.digitize(factor * loads + noise, [-1.5, -0.6, 0.2, 1.1]) * 25.0


def test_the_worked_interval_of_alpha():
    assert tuple(round(e, 3) for e in feldt(0.783, 5, 40)) == (0.655, 0.874)


def test_alpha_of_like_items_is_that_of_spearman_and_brown():
    # Five items with the correlation r have alpha 5r/(1+4r), and omega is the same.
    r = 0.783 / (5 - 4 * 0.783)
    told = reliability([[625.0 if i == j else 625 * r for j in range(5)] for i in range(5)], 40)
    assert (told.items, told.n) == (5, 40)
    assert told.alpha == pytest.approx(0.783)
    assert told.omega == pytest.approx(0.783)
    assert (round(told.low, 3), round(told.high, 3)) == (0.655, 0.874)


@pytest.mark.parametrize(("n", "seed"), [(12, 1), (40, 2), (200, 3)])
def test_alpha_is_the_share_of_variance_that_two_way_analysis_finds(n, seed):
    data = answers(n, seed)
    told = reliability(np.cov(data.T).tolist(), n)
    # Hoyt: one less the residual mean square over that between people.
    rest = data - data.mean(0) - data.mean(1, keepdims=True) + data.mean()
    people = 5 * data.mean(1).var(ddof=1)
    ratio = (rest**2).sum() / ((n - 1) * 4) / people
    assert told.alpha == pytest.approx(1 - ratio)
    f = stats.f(n - 1, (n - 1) * 4)
    assert (told.low, told.high) == pytest.approx((1 - ratio * f.ppf(0.975), 1 - ratio * f.ppf(0.025)))


_ = None
WITH_GAPS = [
    (1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1),
    (1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 0),
    (_, 0, 1, 1, _, 1, 1, 1, 1, 0, 0),
    (1, 1, 1, 0, 1, 1, 0, 1, 1, 0, 0),
    (1, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0),
    (0, 1, _, 0, 1, 1, 1, 1, 0, 0, 0),
    (1, 1, 1, 1, 0, 0, 1, 0, 0, 0, 0),
    (1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0),
    (0, 1, 0, 1, 1, 0, 0, 0, 0, 1, 0),
    (1, 0, 0, 1, 0, 1, 0, 0, _, 0, 0),
    (1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0),
    (1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0),
]
"""Eleven questions to twelve people, four of them skipped by three: of real-statistics.com, as pingouin ships them."""


def test_alpha_is_that_of_pingouin():
    """Of those who skipped none, for of pairs it would be told what those who skipped one answered."""
    whole = [row for row in WITH_GAPS if _ not in row]
    told = reliability(covariance_of(list(zip(*whole, strict=True))), len(whole))
    assert (told.alpha, told.n) == (pytest.approx(0.8016949152542373), 9)


def test_covariances_are_those_of_numpy():
    data = answers(40, 2)
    assert np.allclose(covariance_of(data.T.tolist()), np.cov(data.T))


def test_the_interval_of_alpha_holds_the_true_one():
    # Of items that are equally good, to which Feldt's distribution belongs.
    random, held, truth = np.random.default_rng(4), 0, 5 * 0.4 / (1 + 4 * 0.4)
    for _ in range(400):
        data = np.sqrt(0.4) * random.normal(size=(15, 1)) + np.sqrt(0.6) * random.normal(size=(15, 5))
        told = reliability(np.cov(data.T).tolist(), 15)
        held += told.low <= truth <= told.high
    assert 0.92 * 400 <= held <= 0.98 * 400


@pytest.mark.parametrize(("n", "seed"), [(40, 2), (60, 5), (200, 3)])
def test_the_one_factor_model_is_that_of_statsmodels(n, seed):
    found = np.corrcoef(answers(n, seed).T)
    theirs = np.abs(Factor(corr=found, n_factor=1, method="pa").fit(maxiter=5000, tol=1e-12).loadings[:, 0])
    ours = minres(found.tolist())
    assert ours == pytest.approx(theirs.tolist(), abs=1e-5)
    common = theirs.sum() ** 2
    assert omega(found.tolist()) == pytest.approx(common / (common + (1 - theirs**2).sum()), abs=1e-5)


@given(loadings, st.data())
def test_a_model_is_recovered_from_its_covariance(found, data):
    unique = [data.draw(uniques) for _ in found]
    covariance = model(found, unique)
    assert minres(covariance) == pytest.approx(found, rel=1e-5)
    truth = sum(found) ** 2 / (sum(found) ** 2 + sum(unique))
    told = reliability(covariance, 40)
    assert told.omega == pytest.approx(truth, rel=1e-5)
    # Alpha is the lower bound of omega, reached by equal loadings.
    assert told.low <= told.alpha <= told.omega + 1e-6
    assert told.alpha <= told.high


def test_where_there_is_no_model():
    assert minres([[1, 0.5], [0.5, 1]]) is None
    assert omega(np.eye(4).tolist()) is None
    # A Heywood case: the first item would share more than all of its variance.
    assert omega([[1, 0.9, 0.9], [0.9, 1, 0.5], [0.9, 0.5, 1]]) is None
    assert reliability([[1, 0.9, 0.9], [0.9, 1, 0.5], [0.9, 0.5, 1]], 40).omega is None


def test_where_there_is_no_alpha():
    assert reliability([[4.0]], 40) is None
    assert reliability(model([5, 5, 5], [9, 9, 9]), 1) is None
    assert reliability([[0.0, 0.0], [0.0, 0.0]], 40) is None
    assert reliability([[1, -0.5], [-0.5, 1]], 40).alpha < 0
    with pytest.raises(ValueError, match="at least two"):
        feldt(0.8, 1, 40)


@pytest.mark.parametrize("wrong", [[[1, 2], [3, 1]], [[1, 0.2]], [[1, 0], [0, -1]]])
def test_what_is_no_covariance_is_refused(wrong):
    for method in (minres, omega, lambda m: reliability(m, 40)):
        with pytest.raises(ValueError, match="matrix"):
            method(wrong)


@pytest.mark.parametrize(("n", "worked"), [(10, (-0.19, 0.86)), (30, (0.17, 0.73)), (100, (0.34, 0.63))])
def test_the_worked_intervals_of_a_correlation(n, worked):
    assert tuple(round(e, 2) for e in fisher(0.5, n)) == worked


@given(st.integers(0, 2**32 - 1), st.integers(30, 90), st.floats(-1, 1))
def test_correlations_agree_with_scipy(seed, n, weight):
    random = np.random.default_rng(seed)
    item = random.integers(1, 6, n).astype(float)
    outcome = weight * item + random.integers(0, 11, n)
    told = correlation(item.tolist(), outcome.tolist(), "pearson")
    theirs = stats.pearsonr(item, outcome)
    assert (told.value, told.n) == (pytest.approx(theirs.statistic), n)
    assert (told.low, told.high) == pytest.approx(tuple(theirs.confidence_interval()))
    ranked = correlation(item.tolist(), outcome.tolist())
    assert (ranked.value, ranked.method) == (pytest.approx(stats.spearmanr(item, outcome).statistic), "spearman")
    assert ranked.low < ranked.value < ranked.high


def test_ranks_are_told_with_a_wider_interval():
    low, high = fisher(0.5, 100, "spearman")
    half = stats.norm.ppf(0.975) * np.sqrt((1 + 0.125) / 97)
    assert (low, high) == pytest.approx((np.tanh(np.arctanh(0.5) - half), np.tanh(np.arctanh(0.5) + half)))


def test_no_correlation_of_fewer_than_thirty_or_of_what_does_not_vary():
    rising = [float(i) for i in range(30)]
    assert correlation(rising[:29], rising[:29]) is None
    assert correlation([5.0] * 30, rising) is None
    assert correlation(rising, [5.0] * 30) is None
    told = correlation(rising, rising[::-1], "pearson")
    assert (told.value, told.low, told.high) == (-1, -1, -1)
    with pytest.raises(ValueError, match="as many"):
        correlation(rising, rising[:29])
    with pytest.raises(ValueError, match="four people"):
        fisher(0.5, 3)
