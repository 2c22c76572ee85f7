"""Distributions of vectors: the multivariate normal and the multinomial.

    normal       log density = -1/2 ((x-m)^T S^-1 (x-m) + log det S + d log 2 pi)
    multinomial  n! / (x_1! ... x_K!) p_1^x_1 ... p_K^x_K

The covariance is factored once, S = L L^T (Cholesky): with L w = x - m the quadratic form is |w|^2, the
determinant is the product of L's diagonal squared, and m + L z with standard normal z is a sample.

Lesson: probability
"""

from typing import Any

import numpy as np

from groundup.math.probability.base import generator
from groundup.math.probability.discrete import Binomial, check_simplex
from groundup.math.probability.sampling import standard_normal
from groundup.math.probability.special import gammaln

__all__ = ["Multinomial", "MultivariateNormal"]


class MultivariateNormal:
    """Normal distribution of vectors of length d.

    Parameters
    ----------
    mean : array_like of shape (d,)
    cov : array_like of shape (d, d)
        Symmetric and positive definite.

    Raises
    ------
    ValueError
        If shapes do not fit, or `cov` is not symmetric positive definite (the error of `cholesky`).
    """

    def __init__(self, mean: Any, cov: Any) -> None:
        from groundup.math.linear_algebra import cholesky

        self.loc = np.asarray(mean, dtype=np.float64)
        self.covariance = np.asarray(cov, dtype=np.float64)
        d = self.loc.size
        if self.loc.ndim != 1 or self.covariance.shape != (d, d):
            raise ValueError(f"mean (d,) and cov (d, d) must fit: got {self.loc.shape} and {self.covariance.shape}")
        self.factor = cholesky(self.covariance)

    def logpdf(self, x: Any) -> Any:
        """Log density at points of shape (..., d)."""
        from groundup.math.linear_algebra import solve_triangular

        x = np.asarray(x, dtype=np.float64)
        if x.ndim == 0 or x.shape[-1] != self.loc.size:
            raise ValueError(f"x must have shape (..., {self.loc.size}), got {x.shape}")
        centred = (x - self.loc).reshape(-1, self.loc.size)
        bad = ~np.isfinite(centred).all(axis=1)
        w = solve_triangular(self.factor, np.where(bad[:, None], 0.0, centred).T, lower=True)
        log_det = 2 * np.log(np.diagonal(self.factor)).sum()
        out = -0.5 * ((w * w).sum(axis=0) + log_det + self.loc.size * np.log(2 * np.pi))
        far = np.where(np.isnan(centred).any(axis=1), np.nan, -np.inf)
        return np.where(bad, far, out).reshape(x.shape[:-1])[()]

    def pdf(self, x: Any) -> Any:
        """Density at points of shape (..., d)."""
        return np.exp(self.logpdf(x))

    def mean(self) -> np.ndarray:
        """Expectation, of shape (d,)."""
        return self.loc.copy()

    def cov(self) -> np.ndarray:
        """Covariance, of shape (d, d)."""
        return self.covariance.copy()

    def rvs(self, size: Any = (), random_state: Any = None) -> np.ndarray:
        """Samples of shape (*size, d)."""
        shape = tuple(int(n) for n in np.atleast_1d(size)) if np.size(size) else ()
        z = standard_normal((*shape, self.loc.size), random_state)
        return self.loc + z @ self.factor.T


class Multinomial:
    """How often each of K categories came up in `n` independent draws with probabilities `p`.

    Parameters
    ----------
    n : int, at least 0
    p : array_like of shape (K,), probabilities that sum to 1

    Raises
    ------
    ValueError
        If they are not.
    """

    def __init__(self, n: int, p: Any) -> None:
        self.p = check_simplex(p)
        if self.p.ndim != 1:
            raise ValueError(f"p must have shape (K,), got {self.p.shape}")
        if not (np.ndim(n) == 0 and n >= 0 and n == int(n)):
            raise ValueError(f"n must be a whole number, at least 0, got {n!r}")
        self.n = int(n)

    def logpmf(self, x: Any) -> Any:
        """log probability of counts of shape (..., K); -inf where they are not counts that sum to n."""
        x = np.asarray(x, dtype=np.float64)
        if x.ndim == 0 or x.shape[-1] != self.p.size:
            raise ValueError(f"x must have shape (..., {self.p.size}), got {x.shape}")
        possible = ((x >= 0) & (x == np.floor(x))).all(axis=-1) & (x.sum(axis=-1) == self.n)
        safe = np.where(possible[..., None], x, 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            terms = np.where(safe > 0, safe * np.log(self.p), 0.0) - gammaln(safe + 1)
        out = np.where(possible, gammaln(self.n + 1.0) + terms.sum(axis=-1), -np.inf)
        return np.where(np.isnan(x).any(axis=-1), np.nan, out)[()]

    def pmf(self, x: Any) -> Any:
        """Probability of counts of shape (..., K)."""
        return np.exp(self.logpmf(x))

    def mean(self) -> np.ndarray:
        """Expected counts, of shape (K,)."""
        return self.n * self.p

    def cov(self) -> np.ndarray:
        """Covariance of the counts, n (diag(p) - p p^T): more of one category means fewer of the others."""
        return self.n * (np.diag(self.p) - np.outer(self.p, self.p))

    def rvs(self, size: Any = (), random_state: Any = None) -> np.ndarray:
        """Samples of shape (*size, K): one binomial after another, each from what is left."""
        shape = tuple(int(n) for n in np.atleast_1d(size)) if np.size(size) else ()
        rng, out = generator(random_state), np.zeros((*shape, self.p.size), dtype=np.int64)
        left, rest = np.full(shape, self.n), 1.0
        for i, p in enumerate(self.p[:-1]):
            share = min(max(p / rest, 0.0), 1.0) if rest > 0 else 0.0
            out[..., i] = Binomial(left, share).rvs(random_state=rng)
            left, rest = left - out[..., i], rest - p
        out[..., -1] = left
        return out
