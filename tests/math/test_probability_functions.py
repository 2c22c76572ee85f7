"""Special functions against 40 digits, softmax and log-sum-exp, Bayes' rule, estimates, rejection."""

import math

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from groundup.math.calculus import gradient
from groundup.math.probability import (
    Beta,
    Gamma,
    Normal,
    bernoulli_mle,
    beta_binomial_update,
    box_muller,
    exponential_mle,
    gamma_poisson_update,
    log_softmax,
    logsumexp,
    map_estimate,
    normal_mle,
    normal_normal_update,
    poisson_mle,
    posterior,
    rejection,
    softmax,
)
from groundup.math.probability import special as own
from groundup.math.probability.sampling import standard_gamma


@pytest.fixture(autouse=True)
def digits():
    with mpmath.workdps(40):
        yield


def worst(function, exact, points):
    """Largest relative error over points, each a tuple of arguments."""
    errors = []
    for point in points:
        truth = exact(*map(mpmath.mpf, point))
        errors.append(abs((mpmath.mpf(float(function(*point))) - truth) / truth) if truth else abs(function(*point)))
    return float(max(errors))


def one_at_a_time(values):
    return [(float(v),) for v in values]


def test_error_functions_to_the_last_digits():
    x = one_at_a_time(np.linspace(-6, 26.5, 150))
    assert worst(own.erfc, mpmath.erfc, x) < 1e-15
    assert worst(own.erf, mpmath.erf, one_at_a_time([1e-300, 1e-9, *np.linspace(-6, 6, 99)])) < 5e-16
    z = one_at_a_time(np.linspace(0, 37, 120))
    assert worst(lambda z: Normal().sf(z), lambda z: mpmath.erfc(z / mpmath.sqrt(2)) / 2, z) < 1e-15
    assert own.erf([0.0, np.inf, -np.inf]).tolist() == [0, 1, -1] and np.isnan(own.erfc(np.nan))
    assert own.erfc([np.inf, -np.inf, 30.0]).tolist() == [0, 2, 0]
    y = np.array([1e-300, 1e-10, 0.3, 1.0, 1.9])
    np.testing.assert_allclose(own.erfc(own.erfcinv(y)), y, rtol=3e-13)


def test_log_gamma_keeps_its_digits_at_its_zeros():
    a = [1e-300, 1e-8, 0.3, 0.5, 1 + 1e-9, 1.5, 2 - 1e-9, 2.5, 9.99, 10, 171, 1e10, 1e300, -0.5, -3.7]
    exact = lambda v: mpmath.log(abs(mpmath.gamma(v))) if v < 1e5 else mpmath.loggamma(v)  # noqa: E731
    assert worst(own.gammaln, exact, one_at_a_time(a)) < 1e-14
    assert own.gammaln([1.0, 2.0, 0.0, -1.0, np.inf]).tolist() == [0, 0, np.inf, np.inf, np.inf]
    np.testing.assert_allclose(np.exp(own.gammaln(np.arange(1.0, 10))), [math.factorial(k) for k in range(9)])


@pytest.mark.parametrize("a", [1e-6, 0.05, 0.7, 1, 2.5, 40, 800])
def test_incomplete_gamma(a):
    points = [(a, float(x)) for x in a * np.array([1e-3, 0.3, 0.9, 1.0, 1.1, 2.0]) + np.array([0, 0, 0, 0, 0.5, 3])]
    for ours, exact in (
        (own.gammainc, lambda a, x: mpmath.gammainc(a, 0, x, regularized=True)),
        (own.gammaincc, lambda a, x: mpmath.gammainc(a, x, regularized=True)),
    ):
        kept = [p for p in points if exact(*map(mpmath.mpf, p)) > 1e-290]
        assert len(kept) > 3 and worst(ours, exact, kept) < 2e-13


@pytest.mark.parametrize("a, b", [(0.5, 0.5), (0.05, 4), (2, 3), (1, 1), (40, 7), (300, 300), (5000, 0.5)])
def test_incomplete_beta(a, b):
    mean = a / (a + b)
    points = [(a, b, float(x)) for x in np.unique([0.3 * mean, 0.9 * mean, mean, 0.5 + mean / 2, 1 - 1e-9])]
    below = lambda a, b, x: mpmath.betainc(a, b, 0, x, regularized=True)  # noqa: E731
    above = lambda a, b, x: mpmath.betainc(b, a, 0, 1 - x, regularized=True)  # noqa: E731
    kept = [p for p in points if below(*map(mpmath.mpf, p)) > 1e-290]
    assert worst(own.betainc, below, kept) < 1e-12
    kept = [p for p in points if above(*map(mpmath.mpf, p)) > 1e-290]
    upper = lambda a, b, x: own.betainc(a, b, x, lower=False)  # noqa: E731
    assert worst(upper, above, kept) < 1e-12


@given(st.floats(0.05, 1e4), st.floats(-250, -0.01))
def test_inverse_incomplete_gamma(a, log_p):
    p = math.exp(log_p)
    for inverse, function in ((own.gammaincinv, own.gammainc), (own.gammainccinv, own.gammaincc)):
        x = inverse(a, p)
        if x > 1e-290:
            assert abs(math.log(function(a, x)) - log_p) < 1e-11 * max(1, abs(log_p)) * max(1, a**0.5)


@given(st.floats(0.05, 1e4), st.floats(0.05, 1e4), st.floats(-250, -0.01), st.booleans())
def test_inverse_incomplete_beta(a, b, log_p, lower):
    v = own.betaincinv(a, b, math.exp(log_p), lower=lower, logit=True)
    if abs(v) < 650:
        x, y = 1 / (1 + math.exp(-v)), 1 / (1 + math.exp(v))
        assert abs(math.log(own.betainc(a, b, x, y, lower=lower)) - log_p) < 1e-10 * max(1, abs(log_p))


def test_many_quantiles_equal_single_ones():
    p = np.random.default_rng(0).random(300)
    np.testing.assert_allclose(own.gammaincinv(2.5, p), [own.gammaincinv(2.5, q) for q in p], rtol=1e-14)
    np.testing.assert_allclose(own.betaincinv(2.5, 9, p), [own.betaincinv(2.5, 9, q) for q in p], rtol=1e-13)


def test_outside_their_domain_special_functions_are_nan():
    with np.errstate(all="ignore"):
        found = [own.gammainc(-1, 1), own.gammainc(1, -1), own.betainc(0, 1, 0.5), own.betainc(1, 1, 1.5)]
        found += [own.gammaincinv(1, 1.5), own.betaincinv(-1, 1, 0.5), own.erfcinv(3.0)]
    assert np.isnan(found).all()
    assert own.gammainc(2.0, np.empty((0, 2))).shape == (0, 2)


finite = st.floats(-700, 700)


@given(arrays(float, (3, 4), elements=finite), st.floats(-200, 200))
def test_softmax_and_log_sum_exp(x, shift):
    weights = softmax(x)
    np.testing.assert_allclose(weights.sum(axis=-1), 1, rtol=1e-14)
    np.testing.assert_allclose(softmax(x + shift), weights, rtol=1e-11, atol=1e-300)
    np.testing.assert_allclose(logsumexp(x + shift, axis=1), logsumexp(x, axis=1) + shift, rtol=1e-12, atol=1e-10)
    np.testing.assert_allclose(np.exp(log_softmax(x)), weights, rtol=1e-11, atol=1e-300)
    assert (logsumexp(x, axis=1) >= x.max(axis=1)).all()


def test_softmax_at_the_edges():
    assert softmax([1e4, 0.0]).tolist() == [1, 0] and logsumexp([1e4, 1e4]) == 1e4 + math.log(2)
    assert softmax([-np.inf, -np.inf]).tolist() == [0, 0] and logsumexp([-np.inf, -np.inf]) == -np.inf
    assert np.isnan(softmax([np.nan, 1.0])).all() and np.isnan(logsumexp([np.nan, 1.0]))
    assert softmax([np.inf, np.inf, 0]).tolist() == [0.5, 0.5, 0] and logsumexp([np.inf, 0]) == np.inf
    assert softmax(np.empty((2, 0))).shape == (2, 0) and logsumexp([]) == -np.inf
    assert log_softmax([0.0, -2000.0])[1] == -2000 and softmax([0.0, -2000.0])[1] == 0
    assert softmax(np.float32([1, 2])).dtype == logsumexp(np.float32([1, 2])).dtype == np.float32
    assert softmax([[1, 2], [3, 4]], axis=0).sum(axis=0) == pytest.approx([1, 1])
    assert logsumexp(np.zeros((2, 3)), axis=(0, 1), keepdims=True).shape == (1, 1)
    assert logsumexp([0.0, 5.0], b=[1.0, 0.0]) == 0 and logsumexp([1e4, 3.0], b=[2.0, 1.0]) == 1e4 + math.log(2)
    with pytest.raises(ValueError, match="b must be at least 0, got -1"):
        logsumexp([1.0], b=[-1.0])
    with pytest.raises(TypeError, match="complex"):
        softmax([1j])


def test_bayes_rule():
    # of 1000 people 10 are ill; the test finds 9 of them and 99 of the healthy: 9 / 108
    after = posterior([10, 990], np.log([0.9, 0.1]))
    np.testing.assert_allclose(after, [9 / 108, 99 / 108])
    np.testing.assert_allclose(posterior([1, 1], [-5000.0, -5001.0])[0], 1 / (1 + math.exp(-1)))
    assert posterior([1, 0], [0.0, 0.0]).tolist() == [1, 0]
    with pytest.raises(ValueError, match="impossible"):
        posterior([1, 0], [-np.inf, 0.0])
    with pytest.raises(ValueError, match="negative, got -1"):
        posterior([1, -1], [0.0, 0.0])


def test_conjugate_updates_are_bayes_rule_on_a_grid():
    theta = (np.arange(4000) + 0.5) / 4000
    grid = posterior(Beta(2, 3).pdf(theta), 7 * np.log(theta) + 4 * np.log1p(-theta))
    after = beta_binomial_update(Beta(2, 3), 7, 4)
    assert after.a == 9 and after.b == 7
    assert (grid * theta).sum() == pytest.approx(after.mean(), rel=1e-6)

    data, mu = np.array([1.0, 2.5, 0.5]), np.linspace(-10, 10, 8001)
    grid = posterior(Normal(0, 2).pdf(mu), Normal(mu[:, None], 0.7).logpdf(data).sum(axis=1))
    after = normal_normal_update(Normal(0, 2), data, sd=0.7)
    assert (grid * mu).sum() == pytest.approx(after.mean(), abs=1e-9)
    assert (grid * mu**2).sum() - (grid * mu).sum() ** 2 == pytest.approx(after.var(), rel=1e-6)

    rate, counts = np.linspace(0.005, 40, 8000), np.array([3, 5, 4, 0])
    grid = posterior(Gamma(2, scale=0.5).pdf(rate), (counts * np.log(rate)[:, None] - rate[:, None]).sum(axis=1))
    after = gamma_poisson_update(Gamma(2, scale=0.5), counts)
    assert (grid * rate).sum() == pytest.approx(after.mean(), rel=1e-5)


def test_order_of_the_data_does_not_matter():
    once = beta_binomial_update(Beta(1, 1), 3, 5)
    twice = beta_binomial_update(beta_binomial_update(Beta(1, 1), 1, 5), 2, 0)
    assert once.a == twice.a and once.b == twice.b


def test_modes_and_maximum_likelihood():
    assert map_estimate(Beta(3, 2)) == pytest.approx(2 / 3) and map_estimate(Gamma(3, scale=2)) == 4
    assert map_estimate(Normal(1.5, 2)) == 1.5 and map_estimate(Gamma(0.5)) == 0 and map_estimate(Beta(0.5, 2)) == 0
    with pytest.raises(ValueError, match="no single highest point"):
        map_estimate(Beta(0.5, 0.5))
    data = np.array([1.0, 2.0, 4.0, 9.0])
    m, s = normal_mle(data)
    likelihood = lambda p: np.sum(-0.5 * ((data - p[0]) / p[1]) ** 2 - np.log(p[1]))  # noqa: E731
    np.testing.assert_allclose(gradient(likelihood, np.array([m, s])), 0, atol=1e-13)
    assert exponential_mle(data) == poisson_mle(data) == 4 and bernoulli_mle([1, 0, 0, 1]) == 0.5
    for call, named in ((lambda: normal_mle([]), "empty"), (lambda: bernoulli_mle([0.5]), "zeros and ones")):
        with pytest.raises(ValueError, match=named):
            call()
    with pytest.raises(ValueError, match="data must not be negative, got -1"):
        poisson_mle([-1.0])
    with pytest.raises(ValueError, match="sd must be positive"):
        normal_normal_update(Normal(), [1.0], sd=0)


def test_rejection_and_box_muller():
    x, kept = rejection(
        lambda x: 6 * x * (1 - x), lambda rng, n: rng.random(n), lambda x: np.ones_like(x), 1.5, 20_000, 0
    )
    assert abs(x.mean() - 0.5) < 0.01 and abs(x.var() - 0.05) < 0.005 and abs(kept - 1 / 1.5) < 0.02
    with pytest.raises(ValueError, match="bound must cover"):
        rejection(lambda x: 6 * x * (1 - x), lambda rng, n: rng.random(n), np.ones_like, 1.0, 100, 0)
    rng = np.random.default_rng(0)
    u, v = box_muller(1 - rng.random(20_000), rng.random(20_000))
    assert abs(np.corrcoef(u, v)[0, 1]) < 0.03 and abs(u.std() - 1) < 0.02 and abs((v**4).mean() - 3) < 0.3


@pytest.mark.parametrize("a", [0.05, 0.7, 1.0, 3.5, 200.0])
def test_gamma_by_rejection(a):
    x = standard_gamma(a, (40_000,), np.random.default_rng(2))
    assert abs(x.mean() - a) < 5 * math.sqrt(a / len(x))
    assert abs(np.mean(x < Gamma(a).ppf(0.3)) - 0.3) < 0.012
