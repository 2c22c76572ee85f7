"""Continuous distributions whose integrals are elementary functions, and the normal distribution.

Standard forms (z = (x - loc) / scale):

    normal       exp(-z^2/2) / sqrt(2 pi)        Laplace    exp(-|z|) / 2
    uniform      1 on [0, 1]                     logistic   e^-z / (1 + e^-z)^2
    exponential  exp(-z), z >= 0                 Cauchy     1 / (pi (1 + z^2))
    log-normal   exp(s Z), Z normal              Weibull    c z^(c-1) exp(-z^c), z >= 0

Parameters carry the names of scipy.stats.

Lesson: probability
"""

from typing import Any

import numpy as np

from groundup.math.probability import _normal_kernels as _normal
from groundup.math.probability.base import POSITIVE, REAL, Continuous, Symmetric
from groundup.math.probability.special import apply, gammaln

__all__ = ["Cauchy", "Exponential", "Laplace", "LogNormal", "Logistic", "Normal", "Uniform", "Weibull"]

LOG_2PI = float(np.log(2 * np.pi))


class Normal(Symmetric):
    """Normal distribution with mean `loc` and standard deviation `scale`."""

    def __init__(self, loc: Any = 0.0, scale: Any = 1.0) -> None:
        self._store(loc=(loc, REAL), scale=(scale, POSITIVE))

    def _pdf(self, z: np.ndarray) -> Any:
        return apply(_normal.density_loop, (z,))

    def _logpdf(self, z: np.ndarray) -> Any:
        return -0.5 * (z * z + LOG_2PI)

    def _sf(self, z: np.ndarray) -> Any:
        return apply(_normal.upper_loop, (z,))

    def _logsf(self, z: np.ndarray) -> Any:
        return apply(_normal.log_upper_loop, (z,))

    def _ppf(self, q: np.ndarray) -> Any:
        return apply(_normal.quantile_loop, (q,))

    def _mean(self) -> Any:
        return self.loc

    def _var(self) -> Any:
        return self.scale**2


class Uniform(Continuous):
    """Uniform distribution between `loc` and `loc + scale`."""

    low, high = 0.0, 1.0

    def __init__(self, loc: Any = 0.0, scale: Any = 1.0) -> None:
        self._store(loc=(loc, REAL), scale=(scale, POSITIVE))

    def _pdf(self, z: np.ndarray) -> Any:
        return np.where(np.isnan(z), np.nan, 1.0)

    def _cdf(self, z: np.ndarray) -> Any:
        return z

    def _sf(self, z: np.ndarray) -> Any:
        return 1 - z

    def _ppf(self, q: np.ndarray) -> Any:
        return q

    def _isf(self, q: np.ndarray) -> Any:
        return 1 - q

    def _mean(self) -> Any:
        return self.loc + self.scale / 2

    def _var(self) -> Any:
        return self.scale**2 / 12


class Exponential(Continuous):
    """Exponential distribution from `loc` on, with mean distance `scale` (1 over the rate)."""

    low = 0.0

    def __init__(self, loc: Any = 0.0, scale: Any = 1.0) -> None:
        self._store(loc=(loc, REAL), scale=(scale, POSITIVE))

    def _logpdf(self, z: np.ndarray) -> Any:
        return -z

    def _cdf(self, z: np.ndarray) -> Any:
        return -np.expm1(-z)

    def _sf(self, z: np.ndarray) -> Any:
        return np.exp(-z)

    def _logsf(self, z: np.ndarray) -> Any:
        return -z

    def _ppf(self, q: np.ndarray) -> Any:
        return -np.log1p(-q)

    def _isf(self, q: np.ndarray) -> Any:
        return -np.log(q)

    def _mean(self) -> Any:
        return self.loc + self.scale

    def _var(self) -> Any:
        return self.scale**2


class Laplace(Symmetric):
    """Laplace (double exponential) distribution around `loc`."""

    def __init__(self, loc: Any = 0.0, scale: Any = 1.0) -> None:
        self._store(loc=(loc, REAL), scale=(scale, POSITIVE))

    def _pdf(self, z: np.ndarray) -> Any:
        return 0.5 * np.exp(-np.abs(z))

    def _logpdf(self, z: np.ndarray) -> Any:
        return -np.abs(z) - np.log(2)

    def _sf(self, z: np.ndarray) -> Any:
        half = 0.5 * np.exp(-np.abs(z))
        return np.where(z > 0, half, 1 - half)

    def _logsf(self, z: np.ndarray) -> Any:
        return np.where(z > 0, -z - np.log(2), np.log1p(-0.5 * np.exp(-np.abs(z))))

    def _ppf(self, q: np.ndarray) -> Any:
        return np.where(q < 0.5, np.log(2 * q), -np.log(2 * (1 - q)))

    def _mean(self) -> Any:
        return self.loc

    def _var(self) -> Any:
        return 2 * self.scale**2


class Logistic(Symmetric):
    """Logistic distribution, whose cdf is the sigmoid 1 / (1 + e^-z)."""

    def __init__(self, loc: Any = 0.0, scale: Any = 1.0) -> None:
        self._store(loc=(loc, REAL), scale=(scale, POSITIVE))

    def _pdf(self, z: np.ndarray) -> Any:
        e = np.exp(-np.abs(z))
        return e / (1 + e) ** 2

    def _logpdf(self, z: np.ndarray) -> Any:
        return -np.abs(z) - 2 * np.log1p(np.exp(-np.abs(z)))

    def _sf(self, z: np.ndarray) -> Any:
        e = np.exp(-np.abs(z))
        return np.where(z > 0, e, 1.0) / (1 + e)

    def _logsf(self, z: np.ndarray) -> Any:
        return -np.maximum(z, 0) - np.log1p(np.exp(-np.abs(z)))

    def _ppf(self, q: np.ndarray) -> Any:
        near = np.abs(q - 0.5) < 0.25
        return np.where(near, 2 * np.arctanh(2 * q - 1), np.log(q) - np.log1p(-q))

    def _mean(self) -> Any:
        return self.loc

    def _var(self) -> Any:
        return self.scale**2 * np.pi**2 / 3


class Cauchy(Symmetric):
    """Cauchy distribution: tails so heavy that it has neither mean nor variance."""

    def __init__(self, loc: Any = 0.0, scale: Any = 1.0) -> None:
        self._store(loc=(loc, REAL), scale=(scale, POSITIVE))

    def _pdf(self, z: np.ndarray) -> Any:
        return 1 / np.pi / (1 + z * z)

    def _logpdf(self, z: np.ndarray) -> Any:
        return -np.log(np.pi) - 2 * np.log(np.hypot(1, z))

    def _sf(self, z: np.ndarray) -> Any:
        return np.arctan2(1, z) / np.pi

    def _ppf(self, q: np.ndarray) -> Any:
        tail = np.minimum(q, 1 - q)
        far = 1 / np.tan(np.pi * tail)
        return np.where(np.abs(q - 0.5) < 0.25, np.tan(np.pi * (q - 0.5)), np.where(q < 0.5, -far, far))

    def _mean(self) -> Any:
        return np.nan

    def _var(self) -> Any:
        return np.nan


class LogNormal(Continuous):
    """exp of a normal variable with mean log(`scale`) and standard deviation `s`, moved by `loc`."""

    low = 0.0
    s: np.ndarray

    def __init__(self, s: Any, loc: Any = 0.0, scale: Any = 1.0) -> None:
        self._store(s=(s, POSITIVE), loc=(loc, REAL), scale=(scale, POSITIVE))

    def _pdf(self, z: np.ndarray) -> Any:
        return np.where(z == 0, 0.0, apply(_normal.density_loop, (np.log(z) / self.s,)) / (self.s * z))

    def _logpdf(self, z: np.ndarray) -> Any:
        log = np.log(z)
        density = -0.5 * ((log / self.s) ** 2 + LOG_2PI) - log - np.log(self.s)
        return np.where((z == 0) | np.isinf(z), -np.inf, density)

    def _cdf(self, z: np.ndarray) -> Any:
        return apply(_normal.upper_loop, (-np.log(z) / self.s,))

    def _sf(self, z: np.ndarray) -> Any:
        return apply(_normal.upper_loop, (np.log(z) / self.s,))

    def _logcdf(self, z: np.ndarray) -> Any:
        return apply(_normal.log_upper_loop, (-np.log(z) / self.s,))

    def _logsf(self, z: np.ndarray) -> Any:
        return apply(_normal.log_upper_loop, (np.log(z) / self.s,))

    def _ppf(self, q: np.ndarray) -> Any:
        return np.exp(self.s * apply(_normal.quantile_loop, (q,)))

    def _isf(self, q: np.ndarray) -> Any:
        return np.exp(-self.s * apply(_normal.quantile_loop, (q,)))

    def _mean(self) -> Any:
        return self.loc + self.scale * np.exp(self.s**2 / 2)

    def _var(self) -> Any:
        return self.scale**2 * np.expm1(self.s**2) * np.exp(self.s**2)


class Weibull(Continuous):
    """Weibull distribution of shape `c`: ((X - loc) / scale)^c is exponential with mean 1.

    Parameters
    ----------
    c : array_like of float, positive
        Shape: failures grow rarer with age for c < 1, more frequent for c > 1.
    loc : array_like of float
        Where the support begins, in the units of x.
    scale : array_like of float, positive
        In the units of x: a share 1 - 1/e, 63 %, lies below loc + scale, whatever c is.

    Raises
    ------
    ValueError
        If a parameter is out of its range, or the shapes do not broadcast with each other.
    TypeError
        If a parameter is not made of numbers.

    Notes
    -----
    With z = (x - loc) / scale > 0 the density is c z^(c-1) e^(-z^c) / scale, and P(X > x) = e^(-z^c). Names and
    parameters are those of scipy.stats.weibull_min.

    Examples
    --------
    >>> from groundup.math.probability import Weibull
    >>> life = Weibull(2, scale=1000)
    >>> round(float(life.sf(1000)), 4), round(float(life.mean()), 1)
    (0.3679, 886.2)
    """

    low = 0.0
    c: np.ndarray

    def __init__(self, c: Any, loc: Any = 0.0, scale: Any = 1.0) -> None:
        self._store(c=(c, POSITIVE), loc=(loc, REAL), scale=(scale, POSITIVE))

    def _logpdf(self, z: np.ndarray) -> Any:
        rest = np.where(self.c == 1, 0.0, (self.c - 1) * np.log(z))  # at z = 0 and c = 1, 0 times log 0 is 0
        return np.where(np.isinf(z), -np.inf, np.log(self.c) + rest - z**self.c)

    def _cdf(self, z: np.ndarray) -> Any:
        return -np.expm1(-(z**self.c))

    def _sf(self, z: np.ndarray) -> Any:
        return np.exp(-(z**self.c))

    def _logsf(self, z: np.ndarray) -> Any:
        return -(z**self.c)

    def _ppf(self, q: np.ndarray) -> Any:
        return (-np.log1p(-q)) ** (1 / self.c)

    def _isf(self, q: np.ndarray) -> Any:
        return (-np.log(q)) ** (1 / self.c)

    def _mean(self) -> Any:
        return self.loc + self.scale * np.exp(gammaln(1 + 1 / self.c))

    def _var(self) -> Any:
        first, second = gammaln(1 + 1 / self.c), gammaln(1 + 2 / self.c)
        return self.scale**2 * np.exp(second) * -np.expm1(2 * first - second)
