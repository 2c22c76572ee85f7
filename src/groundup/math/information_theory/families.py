"""Differential entropy, and Kullback-Leibler divergence between members of one family, in closed form.

    h(X) = -integral p(x) log p(x) dx        KL(p || q) = integral p(x) log(p(x) / q(x)) dx >= 0

Unlike entropy, h can be negative and depends on the unit of x: h(sX) = h(X) + log |s|. KL does not.

    normal       h = log(2 pi e s^2) / 2
    normal, d    h = log det(2 pi e S) / 2,   KL = [tr(S2^-1 S1) + |m2 - m1|^2_S2 - d + log det S2 / det S1] / 2

For vectors everything goes through the Cholesky factors S = L L^T (`MultivariateNormal.factor`): log det S is twice
the sum of log diag L, the trace is |L2^-1 L1|^2, the distance |L2^-1 (m2 - m1)|^2.
Sources: Cover and Thomas, Elements of Information Theory (2nd ed.), chapter 8 and table 17.1.

Left out: digits for gamma, beta and t shapes above about 1e6, where terms as large as the shape cancel.

Lesson: information-theory
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from groundup.math import probability as pr
from groundup.math.information_theory.digamma import digamma
from groundup.math.information_theory.discrete import kl_divergence, kl_terms, nats_per_unit
from groundup.math.linear_algebra import solve_triangular
from groundup.math.probability.special import betaln, gammaln

__all__ = ["differential_entropy", "kl_between"]

LOG_2PI = float(np.log(2 * np.pi))
EULER = 0.57721566490153286061


def _log_det(d: pr.MultivariateNormal) -> float:
    return 2 * float(np.log(np.diagonal(d.factor)).sum())


def _gamma_entropy(a: np.ndarray) -> Any:
    return a + gammaln(a) + (1 - a) * digamma(a)


def _beta_entropy(a: np.ndarray, b: np.ndarray) -> Any:
    return betaln(a, b) - (a - 1) * digamma(a) - (b - 1) * digamma(b) + (a + b - 2) * digamma(a + b)


def _t_entropy(df: np.ndarray) -> Any:
    half = (df + 1) / 2
    return half * (digamma(half) - digamma(df / 2)) + 0.5 * np.log(df) + betaln(df / 2, 0.5)


def _f_entropy(n: np.ndarray, d: np.ndarray) -> Any:
    a, b = n / 2, d / 2
    return np.log(d / n) + betaln(a, b) + (1 - a) * digamma(a) - (1 + b) * digamma(b) + (a + b) * digamma(a + b)


# The standard form's entropy, to which log scale is added. Subclasses stand before what they inherit from.
ENTROPY: dict[type, Callable[[Any], Any]] = {
    pr.Normal: lambda d: 0.5 * (LOG_2PI + 1),
    pr.Uniform: lambda d: 0.0,
    pr.Exponential: lambda d: 1.0,
    pr.Laplace: lambda d: 1 + np.log(2),
    pr.Logistic: lambda d: 2.0,
    pr.Cauchy: lambda d: np.log(4 * np.pi),
    pr.LogNormal: lambda d: 0.5 * (LOG_2PI + 1) + np.log(d.s),
    pr.Weibull: lambda d: EULER * (1 - 1 / d.c) - np.log(d.c) + 1,
    pr.Gamma: lambda d: _gamma_entropy(d.a),
    pr.Beta: lambda d: _beta_entropy(d.a, d.b),
    pr.StudentT: lambda d: _t_entropy(d.df),
    pr.F: lambda d: _f_entropy(d.dfn, d.dfd),
}


def differential_entropy(distribution: Any, base: float | None = None) -> Any:
    """h = -integral p log p of a continuous distribution of `groundup.math.probability`.

    Parameters
    ----------
    distribution : a distribution
        Normal, uniform, exponential, Laplace, logistic, Cauchy, log-normal, Weibull, gamma, chi-squared, beta,
        Student's t, F or multivariate normal.
    base : float, optional
        None for nats, 2 for bits.

    Returns
    -------
    ndarray of the parameters' shape, or float
        May be negative: a density that is concentrated on less than a unit of x.

    Raises
    ------
    TypeError
        If there is no closed form here.
    """
    unit = nats_per_unit(base)
    if isinstance(distribution, pr.MultivariateNormal):
        return 0.5 * (distribution.loc.size * (LOG_2PI + 1) + _log_det(distribution)) / unit
    for family, standard in ENTROPY.items():
        if isinstance(distribution, family):
            h = standard(distribution) + np.log(distribution.scale)
            return np.broadcast_to(h / unit, distribution.shape).copy()[()]
    known = ", ".join(f.__name__ for f in ENTROPY)
    raise TypeError(f"distribution must be one of MultivariateNormal, {known}; got {distribution!r}")


def _normal(p: pr.Normal, q: pr.Normal) -> Any:
    ratio = p.scale / q.scale
    t = (ratio - 1) * (ratio + 1)  # ratio^2 - 1, which keeps digits near 1
    return 0.5 * (t - np.log1p(t) + ((p.loc - q.loc) / q.scale) ** 2)


def _vectors(p: pr.MultivariateNormal, q: pr.MultivariateNormal) -> float:
    if p.loc.size != q.loc.size:
        raise ValueError(f"p and q must have the same length, got {p.loc.size} and {q.loc.size}")
    spread = solve_triangular(q.factor, p.factor, lower=True)
    shift = solve_triangular(q.factor, q.loc - p.loc, lower=True)
    return 0.5 * float((spread**2).sum() + (shift**2).sum() - p.loc.size + _log_det(q) - _log_det(p))


def _exponential(p: pr.Exponential, q: pr.Exponential) -> Any:
    inside = np.log(q.scale / p.scale) + (p.loc + p.scale - q.loc) / q.scale - 1
    return np.where(p.loc < q.loc, np.inf, inside)


def _laplace(p: pr.Laplace, q: pr.Laplace) -> Any:
    apart = np.abs(p.loc - q.loc)
    return np.log(q.scale / p.scale) - 1 + (apart + p.scale * np.exp(-apart / p.scale)) / q.scale


def _uniform(p: pr.Uniform, q: pr.Uniform) -> Any:
    covered = (p.loc >= q.loc) & (p.loc + p.scale <= q.loc + q.scale)
    return np.where(covered, np.log(q.scale / p.scale), np.inf)


def _gamma(p: pr.Gamma, q: pr.Gamma) -> Any:
    _same(p, q, "loc")
    ratio = p.scale / q.scale
    return (p.a - q.a) * digamma(p.a) - gammaln(p.a) + gammaln(q.a) - q.a * np.log(ratio) + p.a * (ratio - 1)


def _beta(p: pr.Beta, q: pr.Beta) -> Any:
    _same(p, q, "loc")
    _same(p, q, "scale")
    rest = (q.a - p.a + q.b - p.b) * digamma(p.a + p.b)
    return betaln(q.a, q.b) - betaln(p.a, p.b) + (p.a - q.a) * digamma(p.a) + (p.b - q.b) * digamma(p.b) + rest


def _bernoulli(p: pr.Bernoulli, q: pr.Bernoulli) -> Any:
    return kl_divergence(np.stack([1 - p.p, p.p], axis=-1), np.stack([1 - q.p, q.p], axis=-1))


def _poisson(p: pr.Poisson, q: pr.Poisson) -> Any:
    return kl_terms(*np.broadcast_arrays(p.mu, q.mu))


def _categorical(p: pr.Categorical, q: pr.Categorical) -> Any:
    return kl_divergence(p.p, q.p)


DIVERGENCE: dict[type, Callable[[Any, Any], Any]] = {
    pr.Normal: _normal,
    pr.MultivariateNormal: _vectors,
    pr.Exponential: _exponential,
    pr.Laplace: _laplace,
    pr.Uniform: _uniform,
    pr.Gamma: _gamma,
    pr.Beta: _beta,
    pr.Bernoulli: _bernoulli,
    pr.Poisson: _poisson,
    pr.Categorical: _categorical,
}


def _same(p: Any, q: Any, name: str) -> None:
    if not np.all(getattr(p, name) == getattr(q, name)):
        raise ValueError(f"p and q must have the same {name}: there is no closed form otherwise")


def kl_between(p: Any, q: Any, base: float | None = None) -> Any:
    """KL(p || q) of two distributions of one family, in closed form.

    Parameters
    ----------
    p, q : distributions of `groundup.math.probability`
        Both normal, multivariate normal, exponential, Laplace, uniform, gamma (chi-squared), beta, Bernoulli, Poisson
        or categorical. Parameters broadcast.
    base : float, optional
        None for nats, 2 for bits.

    Returns
    -------
    ndarray or float
        Infinite where p reaches places that q excludes.

    Raises
    ------
    TypeError
        If the families differ or have no closed form here.
    ValueError
        If gamma or beta distributions are moved or scaled differently.
    """
    unit = nats_per_unit(base)
    for family, rule in DIVERGENCE.items():
        if isinstance(p, family) and isinstance(q, family):
            return (np.asarray(rule(p, q)) / unit)[()]
    known = ", ".join(f.__name__ for f in DIVERGENCE)
    raise TypeError(f"p and q must both be one of {known}; got {p!r} and {q!r}")
