"""Gamma, chi-squared, beta, Student's t and F: the distributions of the incomplete gamma and beta functions.

    gamma   z^(a-1) e^-z / Gamma(a)                    chi-squared  gamma with a = df / 2 and scale 2
    beta    z^(a-1) (1-z)^(b-1) / B(a, b)              t^2 / df     = x / y with y, x beta(df / 2, 1 / 2)
    F       (dfd / dfn) x / y with x beta(dfn / 2, dfd / 2), y = 1 - x

Lesson: probability
"""

from typing import Any

import numpy as np

from groundup.math.probability import _beta_kernels as _beta
from groundup.math.probability import _gamma_kernels as _gamma
from groundup.math.probability.base import POSITIVE, REAL, Continuous, Symmetric
from groundup.math.probability.sampling import standard_gamma, standard_normal
from groundup.math.probability.special import (
    apply,
    betainc,
    betaincinv,
    betaln,
    gammainc,
    gammaincc,
    gammainccinv,
    gammaincinv,
    gammaln,
)

__all__ = ["Beta", "ChiSquared", "F", "Gamma", "StudentT"]


def _log_beta_term(a: Any, b: Any, x: Any, y: Any) -> np.ndarray:
    """log x^a y^b / B(a, b), with x = 0 and y = 0 giving -inf."""
    inside = (x > 0) & (y > 0)
    safe = np.where(inside, x, 0.5), np.where(inside, y, 0.5)
    out = apply(_beta.log_beta_term_loop, (a, b, *safe))
    return np.where(np.isnan(x), np.nan, np.where(inside, out, -np.inf))


class Gamma(Continuous):
    """Gamma distribution of shape `a`: for whole a, the sum of a exponential variables of mean `scale`.

    Parameters
    ----------
    a : array_like of float, positive
        Shape.
    loc : array_like of float
        Where the support begins, in the units of x.
    scale : array_like of float, positive
        In the units of x; 1 / rate.

    Raises
    ------
    ValueError
        If a parameter is out of its range, or the shapes do not broadcast with each other.
    TypeError
        If a parameter is not made of numbers.

    Notes
    -----
    With z = (x - loc) / scale > 0 the density is z^(a-1) e^-z / (scale Gamma(a)); the mean is loc + a scale, the
    variance a scale^2. Names and parameters are those of scipy.stats.gamma.

    Examples
    --------
    >>> from groundup.math.probability import Gamma
    >>> waiting = Gamma(3, scale=2)
    >>> float(waiting.mean()), float(waiting.var()), round(float(waiting.cdf(6)), 6)
    (6.0, 12.0, 0.57681)
    """

    low = 0.0
    a: np.ndarray

    def __init__(self, a: Any, loc: Any = 0.0, scale: Any = 1.0) -> None:
        self._store(a=(a, POSITIVE), loc=(loc, REAL), scale=(scale, POSITIVE))

    def _logpdf(self, z: np.ndarray) -> Any:
        a, log_z = self.a, np.log(z)
        if np.max(a, initial=0) < 15:
            inside = (a - 1) * log_z - z - gammaln(a)
        else:  # here power, exponential and Gamma would cancel
            inside = apply(_gamma.gamma_term_loop, (a, z), True) + np.log(a) - log_z
        at_zero = np.where(a < 1, np.inf, np.where(a == 1, 0.0, -np.inf))
        return np.where(z == 0, at_zero, np.where(np.isinf(z), -np.inf, inside))

    def _cdf(self, z: np.ndarray) -> Any:
        return gammainc(self.a, z)

    def _sf(self, z: np.ndarray) -> Any:
        return gammaincc(self.a, z)

    def _ppf(self, q: np.ndarray) -> Any:
        return gammaincinv(self.a, q)

    def _isf(self, q: np.ndarray) -> Any:
        return gammainccinv(self.a, q)

    def _mean(self) -> Any:
        return self.loc + self.a * self.scale

    def _var(self) -> Any:
        return self.a * self.scale**2

    def _sample(self, rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        return self.loc + self.scale * standard_gamma(self.a, shape, rng)


class ChiSquared(Gamma):
    """Chi-squared distribution: the sum of `df` squared standard normal variables (df need not be whole)."""

    df: np.ndarray

    def __init__(self, df: Any) -> None:
        self._store(df=(df, POSITIVE))
        self.a, self.scale = self.df / 2, np.float64(2.0)


class Beta(Continuous):
    """Beta distribution on [0, 1] with shapes `a` and `b`: what is known of a probability.

    Parameters
    ----------
    a, b : array_like of float, positive
        Shapes. After k successes and n - k failures from a flat prior they are k + 1 and n - k + 1.
    loc : array_like of float
        Where the support begins.
    scale : array_like of float, positive
        Length of the support.

    Raises
    ------
    ValueError
        If a parameter is out of its range, or the shapes do not broadcast with each other.
    TypeError
        If a parameter is not made of numbers.

    Notes
    -----
    With z = (x - loc) / scale between 0 and 1 the density is z^(a-1) (1-z)^(b-1) / (scale B(a, b)); the mean is
    loc + scale a / (a + b). Names and parameters are those of scipy.stats.beta.

    Examples
    --------
    >>> from groundup.math.probability import Beta
    >>> share = Beta(8, 4)
    >>> round(float(share.mean()), 4), round(float(share.sf(0.5)), 4)
    (0.6667, 0.8867)
    """

    low, high = 0.0, 1.0
    a: np.ndarray
    b: np.ndarray

    def __init__(self, a: Any, b: Any, loc: Any = 0.0, scale: Any = 1.0) -> None:
        self._store(a=(a, POSITIVE), b=(b, POSITIVE), loc=(loc, REAL), scale=(scale, POSITIVE))

    def _logpdf(self, z: np.ndarray) -> Any:
        large = self.a + self.b > 30  # then powers and beta function would cancel
        inside = np.where(
            large,
            _log_beta_term(self.a, self.b, z, 1 - z) - np.log(z) - np.log1p(-z),
            (self.a - 1) * np.log(z) + (self.b - 1) * np.log1p(-z) - betaln(self.a, self.b),
        )
        ends = []
        for end, shape, other in ((0.0, self.a, self.b), (1.0, self.b, self.a)):
            value = np.where(shape < 1, np.inf, np.where(shape == 1, np.log(other), -np.inf))
            ends.append((z == end, value))
        return np.where(ends[0][0], ends[0][1], np.where(ends[1][0], ends[1][1], inside))

    def _cdf(self, z: np.ndarray) -> Any:
        return betainc(self.a, self.b, z)

    def _sf(self, z: np.ndarray) -> Any:
        return betainc(self.a, self.b, z, lower=False)

    def _ppf(self, q: np.ndarray) -> Any:
        return betaincinv(self.a, self.b, q)

    def _isf(self, q: np.ndarray) -> Any:
        return betaincinv(self.a, self.b, q, lower=False)

    def _mean(self) -> Any:
        return self.loc + self.scale * self.a / (self.a + self.b)

    def _var(self) -> Any:
        n = self.a + self.b
        return self.scale**2 * (self.a / n) * (self.b / n) / (n + 1)

    def _sample(self, rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        if np.min(self.a) < 0.1 or np.min(self.b) < 0.1:  # both gammas may underflow to 0: 0 / 0
            return super()._sample(rng, shape)
        one, other = (standard_gamma(s, shape, rng) for s in (self.a, self.b))
        return self.loc + self.scale * (one / (one + other))


class StudentT(Symmetric):
    """Student's t with `df` degrees of freedom: a standard normal over the root of chi-squared / df.

    Parameters
    ----------
    df : array_like of float, positive
        Degrees of freedom, not necessarily whole. The mean exists for df > 1, the variance is finite for df > 2.
    loc : array_like of float
        Centre.
    scale : array_like of float, positive
        In the units of x; the standard deviation is larger, scale sqrt(df / (df - 2)).

    Raises
    ------
    ValueError
        If a parameter is out of its range, or the shapes do not broadcast with each other.
    TypeError
        If a parameter is not made of numbers.

    Notes
    -----
    With z = (x - loc) / scale the density is (1 + z^2 / df)^(-(df+1)/2) / (scale sqrt(df) B(df/2, 1/2)) (Student
    1908). Names and parameters are those of scipy.stats.t.

    Examples
    --------
    >>> from groundup.math.probability import StudentT
    >>> round(float(StudentT(9).ppf(0.975)), 4), float(StudentT(1).mean())
    (2.2622, nan)
    """

    df: np.ndarray

    def __init__(self, df: Any, loc: Any = 0.0, scale: Any = 1.0) -> None:
        self._store(df=(df, POSITIVE), loc=(loc, REAL), scale=(scale, POSITIVE))

    def _parts(self, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """df / (df + z^2) and z^2 / (df + z^2), without overflow."""
        ratio = np.abs(z) / np.sqrt(self.df)
        small = ratio <= 1
        square = np.where(small, ratio, 1 / np.where(small, 1, ratio)) ** 2
        near, far = 1 / (1 + square), square / (1 + square)
        return np.where(small, near, far), np.where(small, far, near)

    def _logpdf(self, z: np.ndarray) -> Any:
        # B(df/2, 1/2) in the form that keeps digits for large df: at z = 0 the term is x^(df/2) y^(1/2) / B
        half = np.asarray(self.df / 2)
        log_peak = -0.5 * np.log(self.df) - apply(_beta.log_beta_loop, (half, 0.5))
        ratio = np.abs(z) / np.sqrt(self.df)
        log_one_plus = np.where(ratio < 1e8, np.log1p(np.minimum(ratio, 1e8) ** 2), 2 * np.log(ratio))
        return log_peak - (half + 0.5) * log_one_plus

    def _sf(self, z: np.ndarray) -> Any:
        x, y = self._parts(z)
        tail = 0.5 * betainc(self.df / 2, 0.5, x, y)
        return np.where(z > 0, tail, 1 - tail)

    def _ppf(self, q: np.ndarray) -> Any:
        tail = np.minimum(q, 1 - q)
        v = betaincinv(self.df / 2, 0.5, 2 * tail, logit=True)  # log of df / z^2
        size = np.sqrt(self.df) * np.exp(-0.5 * v)
        return np.where(q < 0.5, -size, np.where(q == 0.5, 0.0, size))

    def _mean(self) -> Any:
        return np.where(self.df > 1, self.loc, np.nan)

    def _var(self) -> Any:
        with np.errstate(all="ignore"):
            finite = self.scale**2 * self.df / (self.df - 2)
        return np.where(self.df > 2, finite, np.where(self.df > 1, np.inf, np.nan))

    def _sample(self, rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        chi_squared = 2 * standard_gamma(self.df / 2, shape, rng)
        with np.errstate(divide="ignore"):
            return self.loc + self.scale * standard_normal(shape, rng) * np.sqrt(self.df / chi_squared)


class F(Continuous):
    """F distribution: a chi-squared over its `dfn` degrees of freedom, divided by another over its `dfd`."""

    low = 0.0
    dfn: np.ndarray
    dfd: np.ndarray

    def __init__(self, dfn: Any, dfd: Any) -> None:
        self._store(dfn=(dfn, POSITIVE), dfd=(dfd, POSITIVE))

    def _parts(self, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        r = self.dfn / self.dfd * z
        y = 1 / (1 + r)
        return np.where(r < 1, r * y, 1 / (1 + 1 / r)), y

    def _logpdf(self, z: np.ndarray) -> Any:
        x, y = self._parts(z)
        inside = _log_beta_term(self.dfn / 2, self.dfd / 2, x, y) - np.log(z)
        at_zero = np.where(self.dfn < 2, np.inf, np.where(self.dfn == 2, 0.0, -np.inf))
        return np.where(z == 0, at_zero, np.where(np.isinf(z), -np.inf, inside))

    def _cdf(self, z: np.ndarray) -> Any:
        return betainc(self.dfn / 2, self.dfd / 2, *self._parts(z))

    def _sf(self, z: np.ndarray) -> Any:
        return betainc(self.dfn / 2, self.dfd / 2, *self._parts(z), lower=False)

    def _ppf(self, q: np.ndarray) -> Any:
        return self.dfd / self.dfn * np.exp(betaincinv(self.dfn / 2, self.dfd / 2, q, logit=True))

    def _isf(self, q: np.ndarray) -> Any:
        v = betaincinv(self.dfn / 2, self.dfd / 2, q, lower=False, logit=True)
        return self.dfd / self.dfn * np.exp(v)

    def _mean(self) -> Any:
        with np.errstate(all="ignore"):
            return np.where(self.dfd > 2, self.dfd / (self.dfd - 2), np.inf)

    def _var(self) -> Any:
        n, d = self.dfn, self.dfd
        with np.errstate(all="ignore"):
            finite = 2 * d**2 * (n + d - 2) / (n * (d - 2) ** 2 * (d - 4))
        return np.where(d > 4, finite, np.where(d > 2, np.inf, np.nan))

    def _sample(self, rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        above = standard_gamma(self.dfn / 2, shape, rng) / self.dfn
        return above / (standard_gamma(self.dfd / 2, shape, rng) / self.dfd)
