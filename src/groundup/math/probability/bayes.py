"""Bayes' rule, on tables and by conjugate pairs, and estimates by maximum of likelihood and of posterior.

    P(h | data) = P(data | h) P(h) / sum_h' P(data | h') P(h')

A prior is conjugate when the posterior is of its family; then the update is arithmetic on parameters:

    beta(a, b) and k successes of n       ->  beta(a + k, b + n - k)
    normal(m, s) and n values, known sd   ->  precisions add, means weigh by precision
    gamma(a, rate r) and Poisson counts   ->  gamma(a + sum, rate r + n)

The maximum-likelihood estimate (MLE) makes the data most probable; the maximum a posteriori (MAP) estimate is
the highest point of the posterior. With a flat prior they agree.

Lesson: probability
"""

from typing import Any

import numpy as np

from groundup.math.probability.elementary import Normal
from groundup.math.probability.gamma_family import Beta, Gamma
from groundup.math.probability.softmax import softmax

__all__ = [
    "bernoulli_mle",
    "beta_binomial_update",
    "exponential_mle",
    "gamma_poisson_update",
    "map_estimate",
    "normal_mle",
    "normal_normal_update",
    "poisson_mle",
    "posterior",
]


def posterior(prior: Any, log_likelihood: Any) -> np.ndarray:
    """Bayes' rule over a finite set of hypotheses, in logarithms, so that many data do not underflow.

    Parameters
    ----------
    prior : array_like of shape (..., H)
        Not negative; need not be normalised.
    log_likelihood : array_like that broadcasts with it
        log P(data | h).

    Returns
    -------
    ndarray of shape (..., H), summing to 1 along the last axis

    Raises
    ------
    ValueError
        If a prior is negative, or no hypothesis could have produced the data.
    """
    prior = np.asarray(prior, dtype=np.float64)
    if np.any(prior < 0):
        raise ValueError(f"prior must not be negative, got {prior[prior < 0].flat[0]:g}")
    with np.errstate(divide="ignore"):
        out = softmax(np.log(prior) + log_likelihood)
    if np.any(out.sum(axis=-1) == 0):
        raise ValueError("prior and likelihood have no hypothesis in common: the data are impossible under all of them")
    return out


def beta_binomial_update(prior: Beta, successes: Any, failures: Any) -> Beta:
    """What is known of a probability after seeing successes and failures: beta(a + successes, b + failures).

    Parameters
    ----------
    prior : Beta
        On [0, 1], that is with loc 0 and scale 1.
    successes, failures : array_like of float, at least 0
        Counts; arrays broadcast with each other and with the prior's shapes.

    Returns
    -------
    Beta

    Raises
    ------
    ValueError
        If a count is negative.

    Examples
    --------
    >>> from groundup.math.probability import Beta, beta_binomial_update
    >>> beta_binomial_update(Beta(1, 1), 7, 3)
    Beta(a=8., b=4., loc=0., scale=1.)
    """
    _not_negative(successes=successes, failures=failures)
    return Beta(prior.a + np.asarray(successes), prior.b + np.asarray(failures))


def normal_normal_update(prior: Normal, data: Any, sd: Any) -> Normal:
    """What is known of the mean of normal data whose standard deviation `sd` is known.

    For a prior normal(m, s): 1/s'^2 = 1/s^2 + n/sd^2 and m' = s'^2 (m / s^2 + sum(data) / sd^2).

    Parameters
    ----------
    prior : Normal
    data : array_like of shape (..., n)
        n values of one mean along the last axis.
    sd : float or array_like of shape (...), positive
        Standard deviation of a single value, in the units of `data`.

    Returns
    -------
    Normal
        The posterior of the mean, one for each entry of the leading axes.

    Raises
    ------
    ValueError
        If `sd` is not positive.

    Examples
    --------
    >>> from groundup.math.probability import Normal, normal_normal_update
    >>> normal_normal_update(Normal(0, 1), [2.0, 2.0, 2.0], 1.0)
    Normal(loc=1.5, scale=0.5)
    """
    data, sd = np.asarray(data, dtype=np.float64), np.asarray(sd, dtype=np.float64)
    if not np.all(sd > 0):
        raise ValueError(f"sd must be positive, got {sd}")
    precision = prior.scale**-2 + data.shape[-1] / sd**2
    return Normal((prior.loc * prior.scale**-2 + data.sum(axis=-1) / sd**2) / precision, precision**-0.5)


def gamma_poisson_update(prior: Gamma, counts: Any) -> Gamma:
    """What is known of the mean of Poisson counts, given along the last axis."""
    _not_negative(counts=counts)
    counts = np.asarray(counts, dtype=np.float64)
    return Gamma(prior.a + counts.sum(axis=-1), scale=1 / (1 / prior.scale + counts.shape[-1]))


def map_estimate(distribution: Beta | Gamma | Normal) -> Any:
    """The mode of a posterior: its highest point.

    Raises
    ------
    ValueError
        If a beta posterior has a shape of at most 1 (and the other is too), so that it has no inner mode.
    """
    if isinstance(distribution, Normal):
        return distribution.loc[()]
    a = distribution.a
    if isinstance(distribution, Gamma):
        return (np.maximum(a - 1, 0) * distribution.scale)[()]
    b = distribution.b
    if np.any((a <= 1) & (b <= 1)):
        raise ValueError("the posterior has no single highest point: a and b are both at most 1")
    return np.where(a <= 1, 0.0, np.where(b <= 1, 1.0, (a - 1) / np.maximum(a + b - 2, 1e-300)))[()]


def bernoulli_mle(data: Any) -> float:
    """The share of ones."""
    data = _data(data)
    if not np.all((data == 0) | (data == 1)):
        raise ValueError("data must be zeros and ones")
    return float(data.mean())


def normal_mle(data: Any) -> tuple[float, float]:
    """Mean and standard deviation that make the data most probable: the latter divides by n, not by n - 1."""
    data = _data(data)
    return float(data.mean()), float(np.sqrt(np.mean((data - data.mean()) ** 2)))


def exponential_mle(data: Any) -> float:
    """The scale (mean waiting time)."""
    _not_negative(data=data)
    return float(_data(data).mean())


def poisson_mle(data: Any) -> float:
    """The expected count."""
    _not_negative(data=data)
    return float(_data(data).mean())


def _data(data: Any) -> np.ndarray:
    data = np.asarray(data, dtype=np.float64)
    if data.size == 0:
        raise ValueError("data must not be empty")
    return data


def _not_negative(**named: Any) -> None:
    for name, value in named.items():
        if not np.all(np.asarray(value) >= 0):
            raise ValueError(f"{name} must not be negative, got {np.min(value):g}")
