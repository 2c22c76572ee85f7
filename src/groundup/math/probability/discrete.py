"""Discrete distributions: Bernoulli, binomial, geometric, negative binomial, Poisson, categorical.

    binomial           C(n, k) p^k (1-p)^(n-k)               P(X > k) = I_p(k + 1, n - k)
    negative binomial  C(k + n - 1, k) p^n (1-p)^k           P(X <= k) = I_p(n, k + 1)
    Poisson            mu^k e^-mu / k!                       P(X <= k) = Q(k + 1, mu)
    geometric          p (1-p)^(k-1), k = 1, 2, ...          P(X > k) = (1-p)^k

Lesson: probability
"""

from typing import Any

import numpy as np

from groundup.math.probability import _beta_kernels as _beta
from groundup.math.probability import _gamma_kernels as _gamma
from groundup.math.probability.base import COUNT, NOT_NEGATIVE, POSITIVE, POSITIVE_PROBABILITY, PROBABILITY, Discrete
from groundup.math.probability.base import uniforms as _uniforms
from groundup.math.probability.special import apply, betainc, gammainc, gammaincc

__all__ = ["Bernoulli", "Binomial", "Categorical", "Geometric", "NegativeBinomial", "Poisson"]


def _term(a: Any, b: Any, x: Any, y: Any) -> Any:
    return apply(_beta.log_beta_term_loop, (a, b, x, y))


class Binomial(Discrete):
    """Number of successes in `n` independent trials that succeed with probability `p`."""

    n: np.ndarray
    p: np.ndarray

    def __init__(self, n: Any, p: Any) -> None:
        self._store(n=(n, COUNT), p=(p, PROBABILITY))

    def _top(self) -> Any:
        return self.n

    def _logpmf(self, k: np.ndarray) -> Any:
        n, p = self.n, self.p
        inner = (k > 0) & (k < n) & (p > 0) & (p < 1)
        a, b = np.where(inner, k, 1.0), np.where(inner, n - k, 1.0)
        x = np.where((p > 0) & (p < 1), p, 0.5)
        # C(n, k) p^k q^(n-k) = p^k q^(n-k) / B(k, n-k) * n / (k (n-k))
        out = _term(a, b, x, 1 - x) + np.log((a + b) / a / b)
        none = np.where(n == 0, 0.0, n * np.log1p(-p))
        all_ = np.where(n == 0, 0.0, n * np.log(p))
        edges = np.where(k == 0, none, np.where(k == n, all_, -np.inf))
        return np.where(inner, out, edges)

    def _cdf(self, k: np.ndarray) -> Any:
        return self._tail(k, lower=False)

    def _sf(self, k: np.ndarray) -> Any:
        return self._tail(k, lower=True)

    def _tail(self, k: np.ndarray, lower: bool) -> Any:
        """P(X > k) = I_p(k + 1, n - k) for k < n; its complement for `lower` False."""
        b = np.where(k < self.n, self.n - k, 1.0)
        return betainc(k + 1, b, self.p, 1 - self.p, lower=lower)

    def _mean(self) -> Any:
        return self.n * self.p

    def _var(self) -> Any:
        return self.n * self.p * (1 - self.p)


class Bernoulli(Binomial):
    """1 with probability `p`, else 0."""

    def __init__(self, p: Any) -> None:
        self._store(p=(p, PROBABILITY))
        self.n = np.asarray(1.0)


class Geometric(Discrete):
    """Number of independent trials up to and with the first success; each succeeds with probability `p`."""

    low = 1.0
    p: np.ndarray

    def __init__(self, p: Any) -> None:
        self._store(p=(p, POSITIVE_PROBABILITY))

    def _logpmf(self, k: np.ndarray) -> Any:
        return np.log(self.p) + np.where(k == 1, 0.0, (k - 1) * np.log1p(-self.p))

    def _cdf(self, k: np.ndarray) -> Any:
        return -np.expm1(k * np.log1p(-self.p))

    def _sf(self, k: np.ndarray) -> Any:
        return np.exp(k * np.log1p(-self.p))

    def logsf(self, k: Any) -> Any:
        """log P(X > k) = k log(1 - p), finite where the probability underflows."""
        k = np.floor(np.maximum(np.asarray(k, dtype=np.float64), 0.0))
        with np.errstate(all="ignore"):
            return np.where((k == 0) & (self.p == 1), 0.0, k * np.log1p(-self.p))[()]

    def _mean(self) -> Any:
        return 1 / self.p

    def _var(self) -> Any:
        return (1 - self.p) / self.p**2


class NegativeBinomial(Discrete):
    """Number of failures before the `n`-th success (n > 0 need not be whole); each trial succeeds with `p`."""

    n: np.ndarray
    p: np.ndarray

    def __init__(self, n: Any, p: Any) -> None:
        self._store(n=(n, POSITIVE), p=(p, POSITIVE_PROBABILITY))

    def _logpmf(self, k: np.ndarray) -> Any:
        certain = self.p == 1
        x, inner = np.where(certain, 0.5, self.p), k > 0
        safe = np.where(inner, k, 1.0)
        # Gamma(k + n) / (Gamma(n) k!) p^n q^k = p^n q^k / B(n, k) / k
        out = _term(self.n, safe, x, 1 - x) - np.log(safe)
        return np.where(inner, np.where(certain, -np.inf, out), self.n * np.log(self.p))

    def _cdf(self, k: np.ndarray) -> Any:
        return betainc(self.n, k + 1, self.p, 1 - self.p)

    def _sf(self, k: np.ndarray) -> Any:
        return betainc(self.n, k + 1, self.p, 1 - self.p, lower=False)

    def _mean(self) -> Any:
        return self.n * (1 - self.p) / self.p

    def _var(self) -> Any:
        return self.n * (1 - self.p) / self.p**2


class Poisson(Discrete):
    """Number of independent rare events, `mu` of which are expected."""

    mu: np.ndarray

    def __init__(self, mu: Any) -> None:
        self._store(mu=(mu, NOT_NEGATIVE))

    def _pmf(self, k: np.ndarray) -> Any:
        return apply(_gamma.gamma_term_loop, (k, self.mu), False)

    def _logpmf(self, k: np.ndarray) -> Any:
        return apply(_gamma.gamma_term_loop, (k, self.mu), True)

    def _cdf(self, k: np.ndarray) -> Any:
        return gammaincc(k + 1, self.mu)

    def _sf(self, k: np.ndarray) -> Any:
        return gammainc(k + 1, self.mu)

    def _mean(self) -> Any:
        return self.mu

    def _var(self) -> Any:
        return self.mu


class Categorical:
    """One of the numbers 0 ... K - 1, the i-th with probability `p[i]`.

    Parameters
    ----------
    p : array_like of shape (..., K)
        Probabilities, not negative, that sum to 1 along the last axis to within 1e-9.

    Raises
    ------
    ValueError
        If they are not.
    """

    def __init__(self, p: Any) -> None:
        self.p = check_simplex(p)
        self.shape = self.p.shape[:-1]

    def __repr__(self) -> str:
        return f"Categorical(p={np.array2string(self.p, separator=', ')})"

    def pmf(self, k: Any) -> Any:
        """P(X = k) for `k` that broadcasts with the leading axes of `p`; 0 where k is none of the categories."""
        k = np.asarray(k, dtype=np.float64)
        size = self.p.shape[-1]
        shape = np.broadcast_shapes(k.shape, self.shape)
        known = (k >= 0) & (k < size) & (k == np.floor(k))
        index = np.broadcast_to(np.where(known, k, 0).astype(np.int64), shape)
        p = np.broadcast_to(self.p, (*shape, size))
        found = np.take_along_axis(p, index[..., None], axis=-1)[..., 0]
        return np.where(np.isnan(k), np.nan, np.where(known, found, 0.0))[()]

    def logpmf(self, k: Any) -> Any:
        """log P(X = k)."""
        with np.errstate(divide="ignore"):
            return np.log(self.pmf(k))

    def rvs(self, size: Any = None, random_state: Any = None) -> Any:
        """Samples by inverse transform; `size` as for other distributions."""
        shape = self.shape if size is None else tuple(int(n) for n in np.atleast_1d(size))
        u = _uniforms(np.random.default_rng(random_state), shape)
        edges = np.cumsum(self.p, axis=-1)
        edges[..., -1] = 1.0
        if not self.shape:
            return np.searchsorted(edges, u, side="right")[()]
        return (u[..., None] >= edges).sum(axis=-1)


def check_simplex(p: Any) -> np.ndarray:
    """`p` as float64 if its last axis holds probabilities that sum to 1, else ValueError."""
    p = np.asarray(p, dtype=np.float64)
    if p.ndim == 0 or p.shape[-1] == 0:
        raise ValueError(f"p must hold at least one probability along its last axis, got shape {p.shape}")
    if not np.all((p >= 0) & (p <= 1 + 1e-9)):
        raise ValueError(f"p must hold probabilities between 0 and 1, got {p[~((p >= 0) & (p <= 1 + 1e-9))].flat[0]:g}")
    total = p.sum(axis=-1)
    if not np.all(np.abs(total - 1) <= 1e-9):
        raise ValueError(f"p must sum to 1 along its last axis, got {total[np.abs(total - 1) > 1e-9].flat[0]:.12g}")
    return p
