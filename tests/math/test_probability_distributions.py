"""Distributions: round trips, identities between families, edges, errors, samples."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundup.math.probability import (
    Bernoulli,
    Beta,
    Binomial,
    Categorical,
    Cauchy,
    ChiSquared,
    Exponential,
    F,
    Gamma,
    Geometric,
    Laplace,
    Logistic,
    LogNormal,
    Multinomial,
    MultivariateNormal,
    NegativeBinomial,
    Normal,
    Poisson,
    StudentT,
    Uniform,
    Weibull,
)

CONTINUOUS = [
    *(Normal(1, 2), Uniform(-1, 3), Exponential(0, 2), Laplace(1, 2), Logistic(1, 2), Cauchy(1, 2), LogNormal(0.7)),
    *(Weibull(0.6), Weibull(3), Gamma(0.3), Gamma(4, scale=2), ChiSquared(5), Beta(0.5, 0.7), Beta(20, 3)),
    *(StudentT(2.5), F(3, 8)),
]
DISCRETE = [
    *(Bernoulli(0.3), Binomial(30, 0.2), Geometric(0.2), NegativeBinomial(2.5, 0.3), Poisson(4.2), Poisson(300)),
    *(Binomial(100_000, 0.001), NegativeBinomial(40, 0.1)),
]
ids = {"ids": repr}


@pytest.mark.parametrize("d", CONTINUOUS, **ids)
def test_the_density_is_the_slope_of_the_cdf(d):
    x = d.ppf(np.linspace(0.05, 0.95, 18))  # not the median: Laplace has a kink there
    h = 1e-5 * np.maximum(abs(x), 1e-3)
    np.testing.assert_allclose((d.cdf(x + h) - d.cdf(x - h)) / (2 * h), d.pdf(x), rtol=1e-6)
    np.testing.assert_allclose(np.exp(d.logpdf(x)), d.pdf(x), rtol=1e-12)


@pytest.mark.parametrize("d", CONTINUOUS, **ids)
def test_there_and_back(d):
    q = np.array([1e-300, 1e-150, 1e-20, 1e-3, 0.2, 0.5, 0.9])
    for there, back in ((d.ppf, d.cdf), (d.isf, d.sf)):
        x = there(q)
        inside = np.isfinite(x) & (x != d.ppf(0)) & (abs(x) > 1e-290) & (x != d.ppf(1))
        if d.loc != 0 or d.high == 1:  # beside a shifted end of the support, or 1, x itself has no digits left
            inside &= (q > 1e-4) & (x < 0.9999)
        np.testing.assert_allclose(np.log(back(x[inside])), np.log(q[inside]), rtol=3e-11)


@pytest.mark.parametrize("d", CONTINUOUS + DISCRETE, **ids)
def test_both_tails_make_one(d):
    x = d.ppf(np.linspace(0.01, 0.99, 25))
    np.testing.assert_allclose(d.cdf(x) + d.sf(x), 1, rtol=1e-13)
    np.testing.assert_allclose(np.exp(d.logcdf(x)), d.cdf(x), rtol=1e-12)
    np.testing.assert_allclose(np.exp(d.logsf(x)), d.sf(x), rtol=1e-12)
    assert (np.diff(d.cdf(np.sort(x))) >= 0).all()


@pytest.mark.parametrize("d", DISCRETE, **ids)
def test_probabilities_sum_to_one_and_to_the_cdf(d):
    k = np.arange(d.ppf(1e-18), d.isf(1e-18) + 1)
    p = d.pmf(k)
    assert p.sum() == pytest.approx(1, abs=1e-12)
    np.testing.assert_allclose(np.cumsum(p), d.cdf(k), rtol=1e-10, atol=1e-15)
    assert (p * k).sum() == pytest.approx(d.mean(), rel=1e-10)
    assert (p * (k - d.mean()) ** 2).sum() == pytest.approx(d.var(), rel=1e-9)


@pytest.mark.parametrize("d", DISCRETE, **ids)
def test_discrete_quantiles_are_the_first_to_reach(d):
    q = np.random.default_rng(0).random(400)
    for points in (q, q[:5], np.array([1e-200, 1e-12, 1 - 1e-12])):
        k = d.ppf(points)
        assert (d.cdf(k) >= points * (1 - 1e-14)).all() and (d.cdf(k - 1) < points).all()
        k = d.isf(points)
        assert (d.sf(k) <= points * (1 + 1e-14)).all() and (d.sf(k - 1) > points).all()
    k = np.arange(d.ppf(0.01), d.ppf(0.99))
    np.testing.assert_array_equal(d.ppf(d.cdf(k)), k)


@pytest.mark.parametrize("d", CONTINUOUS + DISCRETE, **ids)
def test_samples_have_the_distribution(d):
    x = d.rvs(20_000, random_state=np.random.default_rng(7))
    for q in (0.1, 0.5, 0.9):  # the share below a point is binomial: five standard deviations
        point = d.ppf(q)
        expected = d.cdf(point)
        assert abs(np.mean(x <= point) - expected) < 5 * math.sqrt(max(expected * (1 - expected), 1e-6) / len(x))
    np.testing.assert_array_equal(d.rvs(50, random_state=3), d.rvs(50, random_state=3))
    assert np.ndim(d.rvs(random_state=1)) == 0


@pytest.mark.parametrize("d", CONTINUOUS, **ids)
def test_ends_of_the_line(d):
    assert d.cdf(-np.inf) == 0 and d.cdf(np.inf) == 1 and d.sf(-np.inf) == 1 and d.sf(np.inf) == 0
    assert d.pdf(np.inf) == 0 and d.logpdf(-np.inf) == -np.inf
    assert np.isnan([d.pdf(np.nan), d.cdf(np.nan), d.sf(np.nan), d.ppf(np.nan), d.ppf(-0.1), d.isf(1.1)]).all()
    assert d.cdf(d.ppf(0)) == 0 and d.cdf(d.ppf(1)) == 1


@pytest.mark.parametrize("d", DISCRETE, **ids)
def test_ends_of_the_discrete_line(d):
    assert d.cdf(-1) == 0 and d.cdf(np.inf) == 1 and d.sf(-5) == 1
    assert d.pmf(0.5) == 0 and d.logpmf(-1) == -np.inf and d.pmf(np.inf) == 0
    assert np.isnan([d.pmf(np.nan), d.cdf(np.nan), d.ppf(np.nan), d.ppf(2)]).all()
    assert d.cdf(3.7) == d.cdf(3)


def test_certain_trials():
    assert Bernoulli(1).pmf([0, 1]).tolist() == [0, 1] and Bernoulli(0).pmf([0, 1]).tolist() == [1, 0]
    assert Binomial(0, 0.5).pmf(0) == 1 and Binomial(0, 0.5).cdf(0) == 1
    assert Geometric(1).pmf([1, 2]).tolist() == [1, 0] and Poisson(0).pmf([0, 1]).tolist() == [1, 0]
    assert NegativeBinomial(5, 1).pmf([0, 1]).tolist() == [1, 0]


@given(st.floats(0.1, 50), st.floats(0.01, 30))
@settings(max_examples=50)
def test_families_that_are_one_another(a, x):
    near = {"rel": 1e-11, "abs": 1e-300}
    assert Gamma(1.0).sf(x) == pytest.approx(Exponential().sf(x), **near)
    assert ChiSquared(2 * a).cdf(2 * x) == pytest.approx(Gamma(a).cdf(x), **near)
    assert StudentT(1.0).sf(x) == pytest.approx(Cauchy().sf(x), **near)
    assert F(1.0, a).sf(x * x) == pytest.approx(2 * StudentT(a).sf(x), **near)
    assert Beta(a, 1.0).cdf(x / 31) == pytest.approx((x / 31) ** a, **near)
    assert Weibull(1.0).sf(x) == pytest.approx(Exponential().sf(x), **near)
    k = int(x)
    assert Poisson(a).cdf(k) == pytest.approx(Gamma(k + 1.0).sf(a), **near)
    assert Binomial(40, 0.3).sf(k) == pytest.approx(Beta(k + 1.0, 40.0 - k).cdf(0.3), **near)


def test_limits():
    x = np.array([-3.0, 0.1, 4.0])
    np.testing.assert_allclose(StudentT(1e12).pdf(x), Normal().pdf(x), rtol=1e-10)
    np.testing.assert_allclose(Binomial(10**9, 3e-9).pmf([0, 2, 9]), Poisson(3).pmf([0, 2, 9]), rtol=1e-7)


def test_moments_that_do_not_exist():
    assert np.isnan([Cauchy().mean(), Cauchy().var(), StudentT(1).mean(), StudentT(0.9).var(), F(2, 2).var()]).all()
    assert StudentT(1.5).var() == np.inf and StudentT(1.5).mean() == 0 and F(2, 2).mean() == np.inf


def test_far_beyond_the_smallest_number():
    assert Normal().logsf(1e4) == pytest.approx(-5e7 - math.log(1e4 * math.sqrt(2 * math.pi)), rel=1e-14)
    assert Geometric(0.5).logsf(10**6) == pytest.approx(-(10**6) * math.log(2), rel=1e-14)
    assert Logistic().logsf(5000) == -5000 and Normal().logpdf(1e10) == pytest.approx(-5e19)
    assert Normal().sf(37) == pytest.approx(5.725571222524576e-300, rel=1e-14)  # 40 digits of mpmath


def test_parameters_broadcast():
    d = Normal([0.0, 1.0], np.array([[1.0], [2.0]]))
    assert d.mean().shape == (2, 2) and d.pdf(np.zeros((5, 1, 1))).shape == (5, 2, 2)
    assert d.rvs((3, 2, 2), random_state=0).shape == (3, 2, 2) and d.rvs(random_state=0).shape == (2, 2)
    assert Gamma([1.0, 2.0], scale=[[1.0], [3.0]]).cdf(1.0).shape == (2, 2)
    assert Exponential([0.0, 1.0]).cdf(2.0).shape == (2,)
    one_by_one = [[Beta(a, b).ppf(0.3) for b in (1.0, 4.0)] for a in (0.5, 2.0)]
    np.testing.assert_allclose(Beta([[0.5], [2.0]], [1.0, 4.0]).ppf(0.3), one_by_one, rtol=1e-14)
    assert Binomial([5, 10], 0.5).ppf([[0.1], [0.9]]).tolist() == [[1, 3], [4, 7]]
    assert Normal().pdf(np.empty((0, 3))).shape == (0, 3) and Poisson(2).cdf([]).shape == (0,)
    assert isinstance(Normal().cdf(0.0), float) and isinstance(Poisson(2).pmf(1), float)


@pytest.mark.parametrize(
    "make, error, named",
    [
        (lambda: Normal(0, 0), ValueError, "scale must be positive and finite, got 0"),
        (lambda: Normal(np.nan, 1), ValueError, "loc must be finite, got nan"),
        (lambda: Normal("a"), TypeError, "loc must be a number.*'a'"),
        (lambda: Gamma([1, -2]), ValueError, "a must be positive and finite, got -2"),
        (lambda: Binomial(2.5, 0.5), ValueError, "n must be a whole number, at least 0, got 2.5"),
        (lambda: Bernoulli(1.2), ValueError, "p must be between 0 and 1, got 1.2"),
        (lambda: Geometric(0), ValueError, "p must be above 0"),
        (lambda: Normal([1, 2], [1, 2, 3]), ValueError, r"broadcast.*\(2,\).*\(3,\)"),
        (lambda: Normal([1, 2]).rvs(3), ValueError, r"size.*\(2,\).*\(3,\)"),
        (lambda: Categorical([0.5, 0.6]), ValueError, "sum to 1.*1.1"),
        (lambda: Categorical([-0.5, 1.5]), ValueError, "between 0 and 1, got -0.5"),
        (lambda: Multinomial(2.5, [1.0]), ValueError, "n must be a whole number"),
        (lambda: MultivariateNormal([0, 0], np.eye(3)), ValueError, r"\(2,\) and \(3, 3\)"),
        (lambda: MultivariateNormal([0, 0], np.eye(2)).logpdf([1, 2, 3]), ValueError, r"\(\.\.\., 2\), got \(3,\)"),
    ],
)
def test_bad_parameters_are_named(make, error, named):
    with pytest.raises(error, match=named):
        make()


def test_an_indefinite_covariance_is_refused():
    with pytest.raises(Exception, match="positive definite"):
        MultivariateNormal([0, 0], [[1, 2], [2, 1]])


def test_vectors():
    d = MultivariateNormal([1.0, -1.0], [[2.0, 0.6], [0.6, 1.0]])
    x = d.rvs(50_000, random_state=0)
    np.testing.assert_allclose(x.mean(axis=0), d.mean(), atol=0.03)
    np.testing.assert_allclose(np.cov(x.T), d.cov(), atol=0.05)
    diagonal = MultivariateNormal([0, 1], [[4, 0], [0, 1]])
    np.testing.assert_allclose(diagonal.pdf([1.0, 2.0]), Normal(0, 2).pdf(1) * Normal(1, 1).pdf(2), rtol=1e-14)
    assert np.isnan(d.logpdf([np.nan, 0.0])) and d.logpdf([np.inf, 0.0]) == -np.inf

    counts = Multinomial(6, [0.2, 0.3, 0.5])
    every = np.array([(i, j, 6 - i - j) for i in range(7) for j in range(7 - i)])
    assert counts.pmf(every).sum() == pytest.approx(1, rel=1e-13)
    np.testing.assert_allclose((counts.pmf(every)[:, None] * every).sum(axis=0), counts.mean())
    drawn = counts.rvs(20_000, random_state=1)
    assert (drawn.sum(axis=1) == 6).all()
    np.testing.assert_allclose(np.cov(drawn.T), counts.cov(), atol=0.05)
    assert counts.pmf([1, 1, 1]) == 0 and Multinomial(2, [1.0, 0.0]).pmf([2, 0]) == 1

    die = Categorical([[0.1, 0.9], [0.5, 0.5]])
    np.testing.assert_allclose(die.pmf(1), [0.9, 0.5])
    assert die.pmf([2, 0.5]).tolist() == [0, 0] and die.rvs((4000, 2), random_state=0).mean(axis=0)[0] > 0.88
