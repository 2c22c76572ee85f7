"""What all distributions share: checked parameters, support, location and scale, quantiles, sampling.

Methods are named as in scipy.stats: ``pdf`` or ``pmf`` and their logarithms, ``cdf``, ``sf`` (survival function,
1 - cdf with its own relative accuracy), ``ppf`` (quantile) and ``isf`` (its mirror image), ``mean``, ``var``, ``std``,
``rvs``. Parameters are given once, to the constructor, may be arrays, and broadcast with each other and with x.

A family implements the underscored methods in its standard form and inside its support; this file does the rest.

Lesson: probability
"""

from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["Continuous", "Discrete", "Distribution", "Symmetric", "generator", "uniforms"]

Rule = tuple[Callable[[np.ndarray], np.ndarray], str]

REAL: Rule = (np.isfinite, "finite")
POSITIVE: Rule = (lambda x: (x > 0) & np.isfinite(x), "positive and finite")
PROBABILITY: Rule = (lambda x: (x >= 0) & (x <= 1), "between 0 and 1")
POSITIVE_PROBABILITY: Rule = (lambda x: (x > 0) & (x <= 1), "above 0 and at most 1")
COUNT: Rule = (lambda x: (x >= 0) & np.isfinite(x) & (x == np.floor(x)), "a whole number, at least 0")
NOT_NEGATIVE: Rule = (lambda x: (x >= 0) & np.isfinite(x), "at least 0 and finite")


def generator(random_state: Any) -> np.random.Generator:
    """A NumPy generator from a seed, a generator (used as it is) or None (a fresh, unpredictable one)."""
    return np.random.default_rng(random_state)


def uniforms(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Uniform numbers strictly between 0 and 1: multiples of 2**-53 at odd places, so that no quantile is infinite."""
    return (rng.integers(0, 2**52, size=shape) + 0.5) * 2.0**-52


class Distribution:
    """Checked parameters and their common shape."""

    names: tuple[str, ...] = ()

    def _store(self, **parameters: tuple[Any, Rule]) -> None:
        arrays = {}
        for name, (value, (holds, wanted)) in parameters.items():
            try:
                array = np.asarray(value, dtype=np.float64)
            except (TypeError, ValueError):
                raise TypeError(f"{name} must be a number or an array of numbers, got {value!r}") from None
            good = holds(array)
            if not np.all(good):
                raise ValueError(f"{name} must be {wanted}, got {array[~good].flat[0] if array.ndim else array:g}")
            arrays[name] = array
        try:
            self.shape = np.broadcast_shapes(*(a.shape for a in arrays.values()))
        except ValueError:
            shapes = ", ".join(f"{n} {a.shape}" for n, a in arrays.items())
            raise ValueError(f"parameters must broadcast with each other: {shapes}") from None
        self.names = tuple(arrays)
        vars(self).update(arrays)

    def __repr__(self) -> str:
        given = ", ".join(f"{n}={np.array2string(getattr(self, n), separator=', ')}" for n in self.names)
        return f"{type(self).__name__}({given})"

    def mean(self) -> Any:
        """Expectation, of the parameters' shape; NaN where it does not exist."""
        return self._full(self._mean())

    def var(self) -> Any:
        """Variance, of the parameters' shape; NaN where it does not exist, inf where it is infinite."""
        return self._full(self._var())

    def std(self) -> Any:
        """Square root of the variance."""
        return np.sqrt(self.var())

    def rvs(self, size: Any = None, random_state: Any = None) -> Any:
        """Independent samples, made from uniform numbers.

        Parameters
        ----------
        size : int or tuple of ints, optional
            Shape of the result, into which the parameters must broadcast; by default their own shape.
        random_state : None, int or numpy.random.Generator

        Raises
        ------
        ValueError
            If the parameters do not broadcast into `size`.
        """
        shape = self.shape if size is None else tuple(int(n) for n in np.atleast_1d(size))
        try:
            fits = np.broadcast_shapes(shape, self.shape) == shape
        except ValueError:
            fits = False
        if not fits:
            raise ValueError(f"size must be a shape into which the parameters' {self.shape} broadcasts, got {shape}")
        return self._sample(generator(random_state), shape)[()]

    def _full(self, value: Any) -> Any:
        return np.broadcast_to(np.asarray(value, dtype=np.float64), self.shape).copy()[()]

    def _mean(self) -> Any:
        raise NotImplementedError

    def _var(self) -> Any:
        raise NotImplementedError

    def ppf(self, q: Any) -> Any:
        """Quantile."""
        raise NotImplementedError

    def _sample(self, rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        """Inverse transform: the quantile of a uniform number has the distribution."""
        return np.asarray(self.ppf(uniforms(rng, shape)))


def _probabilities(q: Any) -> tuple[np.ndarray, np.ndarray]:
    """`q` with NaN outside [0, 1], and where it was inside."""
    q = np.asarray(q, dtype=np.float64)
    return np.where((q >= 0) & (q <= 1), q, np.nan), q


def _fuzz(q: np.ndarray) -> np.ndarray:
    """A step of a discrete cdf that is within a few roundings of q counts as reached."""
    return 2e-15 * np.minimum(q, 1 - q)


class Continuous(Distribution):
    """A density. Families work with z = (x - loc) / scale inside the support `low` to `high`."""

    loc: Any = np.float64(0.0)
    scale: Any = np.float64(1.0)
    low, high = -np.inf, np.inf

    def pdf(self, x: Any) -> Any:
        """Density at `x`: probability per unit of x; 0 outside the support."""
        z, outside = self._standard(x)
        with np.errstate(all="ignore"):
            return np.where(outside, 0.0, self._pdf(z) / self.scale)[()]

    def logpdf(self, x: Any) -> Any:
        """Logarithm of the density, finite where the density itself underflows."""
        z, outside = self._standard(x)
        with np.errstate(all="ignore"):
            return np.where(outside, -np.inf, self._logpdf(z) - np.log(self.scale))[()]

    def cdf(self, x: Any) -> Any:
        """P(X <= x)."""
        with np.errstate(all="ignore"):
            return self._with_shape(self._cdf(self._standard(x)[0]))

    def sf(self, x: Any) -> Any:
        """P(X > x), with relative accuracy where it is small."""
        with np.errstate(all="ignore"):
            return self._with_shape(self._sf(self._standard(x)[0]))

    def logcdf(self, x: Any) -> Any:
        """log P(X <= x)."""
        with np.errstate(all="ignore"):
            return self._with_shape(self._logcdf(self._standard(x)[0]))

    def logsf(self, x: Any) -> Any:
        """log P(X > x)."""
        with np.errstate(all="ignore"):
            return self._with_shape(self._logsf(self._standard(x)[0]))

    def ppf(self, q: Any) -> Any:
        """Quantile: the x with P(X <= x) = q; NaN for q outside [0, 1]."""
        with np.errstate(all="ignore"):
            return self._with_shape(self.loc + self.scale * self._ppf(_probabilities(q)[0]))

    def isf(self, q: Any) -> Any:
        """The x with P(X > x) = q, which keeps digits where q is small."""
        with np.errstate(all="ignore"):
            return self._with_shape(self.loc + self.scale * self._isf(_probabilities(q)[0]))

    def _standard(self, x: Any) -> tuple[np.ndarray, np.ndarray]:
        x = np.asarray(x, dtype=np.float64)
        with np.errstate(all="ignore"):
            z = (x - self.loc) / self.scale
        outside = (z < self.low) | (z > self.high)
        return np.clip(z, self.low, self.high), outside

    def _with_shape(self, out: Any) -> Any:
        """Parameters that the standard form does not use still count for the shape."""
        shape = np.broadcast_shapes(np.shape(out), self.shape)
        return np.asarray(out)[()] if np.shape(out) == shape else np.broadcast_to(out, shape).copy()

    def _pdf(self, z: np.ndarray) -> Any:
        return np.exp(self._logpdf(z))

    def _logpdf(self, z: np.ndarray) -> Any:
        return np.log(self._pdf(z))

    def _cdf(self, z: np.ndarray) -> Any:
        raise NotImplementedError

    def _sf(self, z: np.ndarray) -> Any:
        raise NotImplementedError

    def _logcdf(self, z: np.ndarray) -> Any:
        return _log_of(self._cdf(z), self._sf(z))

    def _logsf(self, z: np.ndarray) -> Any:
        return _log_of(self._sf(z), self._cdf(z))

    def _ppf(self, q: np.ndarray) -> Any:
        raise NotImplementedError

    def _isf(self, q: np.ndarray) -> Any:
        raise NotImplementedError


class Symmetric(Continuous):
    """A density with pdf(-z) = pdf(z): both tails are one function."""

    def _cdf(self, z: np.ndarray) -> Any:
        return self._sf(-z)

    def _logcdf(self, z: np.ndarray) -> Any:
        return self._logsf(-z)

    def _isf(self, q: np.ndarray) -> Any:
        return -self._ppf(q)


def _log_of(p: Any, rest: Any) -> Any:
    """log p, through the complement where p is near 1."""
    return np.where(p < 0.5, np.log(p), np.log1p(-np.asarray(rest)))


class Discrete(Distribution):
    """Probabilities on whole numbers, from `low` on."""

    low = 0.0

    def pmf(self, k: Any) -> Any:
        """P(X = k); 0 for k that is not a whole number of the support."""
        k, outside = self._whole(k)
        p = self._looked_up(self._pmf, np.where(outside, self._inside(), k))
        return np.where(np.isnan(k), np.nan, np.where(outside, 0.0, p))[()]

    def logpmf(self, k: Any) -> Any:
        """log P(X = k)."""
        k, outside = self._whole(k)
        log = self._looked_up(self._logpmf, np.where(outside, self._inside(), k))
        return np.where(np.isnan(k), np.nan, np.where(outside, -np.inf, log))[()]

    def cdf(self, k: Any) -> Any:
        """P(X <= k)."""
        return self._clipped(k, self._cdf, 0.0, 1.0)

    def sf(self, k: Any) -> Any:
        """P(X > k), with relative accuracy where it is small."""
        return self._clipped(k, self._sf, 1.0, 0.0)

    def logcdf(self, k: Any) -> Any:
        """log P(X <= k)."""
        with np.errstate(all="ignore"):
            return _log_of(self.cdf(k), self.sf(k))[()]

    def logsf(self, k: Any) -> Any:
        """log P(X > k)."""
        with np.errstate(all="ignore"):
            return _log_of(self.sf(k), self.cdf(k))[()]

    def ppf(self, q: Any) -> Any:
        """Quantile: the smallest k with P(X <= k) >= q; one below the support for q = 0; NaN outside [0, 1]."""
        p, q = _probabilities(q)
        return self._smallest(p, q, lambda k, t: self.cdf(k) >= t - _fuzz(t), at_zero=0.0, at_one=1.0)

    def isf(self, q: Any) -> Any:
        """The smallest k with P(X > k) <= q."""
        p, q = _probabilities(q)
        return self._smallest(p, q, lambda k, t: self.sf(k) <= t + _fuzz(t), at_zero=1.0, at_one=0.0)

    def _looked_up(self, function: Callable, k: np.ndarray) -> Any:
        """`function` at `k`, whole numbers of the support; many k that repeat cost one evaluation each."""
        with np.errstate(all="ignore"):
            if self.shape == () and k.size > 256:
                safe = np.where(np.isnan(k), self._inside(), k)
                first, last = safe.min(), safe.max()
                if last - first < k.size / 2:
                    return function(np.arange(first, last + 1))[(safe - first).astype(np.int64)]
            return function(k)

    def _smallest(self, p: np.ndarray, q: np.ndarray, reached: Callable, at_zero: float, at_one: float) -> Any:
        """Bisection over whole numbers, from a bracket around the mean that is widened until it holds."""
        shape = np.broadcast_shapes(p.shape, self.shape)
        p = np.broadcast_to(p, shape)
        target = np.where(np.isnan(p), 0.5, p)
        if self.shape == () and p.size > 256 and not (at_zero or np.any((target <= 0) | (target >= 1))):
            edge = [float(self.ppf(q)) for q in (target.min(), target.max())]
            if edge[1] - edge[0] < p.size:
                k = np.arange(edge[0], edge[1] + 1)
                found = k[np.searchsorted(self.cdf(k), target - _fuzz(target))]
                return np.where(np.isnan(p), np.nan, found)
        low = np.full(shape, self.low - 1)
        top = np.broadcast_to(np.asarray(self._top(), dtype=np.float64), shape)
        width = np.maximum(np.broadcast_to(self.std(), shape), 1.0)
        high = np.minimum(np.floor(np.broadcast_to(self.mean(), shape)), top)
        inside = (target > 0) & (target < 1)
        while np.any(short := inside & (high < top) & ~reached(high, target)):
            low = np.where(short, high, low)
            high = np.where(short, np.minimum(high + np.ceil(width), top), high)
            width = np.where(short, 2 * width, width)
        while np.any(high - low > 1):
            middle = np.floor((low + high) / 2)
            yes = reached(middle, target)
            low, high = np.where(yes, low, middle), np.where(yes, middle, high)
        out = np.where(p == at_zero, self.low - 1, np.where(p == at_one, top, high))
        return np.where(np.isnan(p), np.nan, out)[()]

    def _whole(self, k: Any) -> tuple[np.ndarray, np.ndarray]:
        k = np.asarray(k, dtype=np.float64)
        return k, (k != np.floor(k)) | (k < self.low) | (k > self._top()) | np.isinf(k)

    def _inside(self) -> Any:
        """Some value of the support, put where the answer is known without asking the family."""
        return self.low

    def _clipped(self, k: Any, function: Callable, below: float, above: float) -> Any:
        k = np.floor(np.asarray(k, dtype=np.float64))
        under, over = k < self.low, k >= self._top()
        out = self._looked_up(function, np.where(under | over | np.isnan(k), self._inside(), k))
        out = np.where(under, below, np.where(over, above, out))
        return np.where(np.isnan(k), np.nan, out)[()]

    def _top(self) -> Any:
        """The largest value of the support."""
        return np.inf

    def _sample(self, rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        """Inverse transform; with single parameters through one table of the cdf, which is searched for all at once."""
        u = uniforms(rng, shape)
        if self.shape == () and u.size > 32:
            first, last = max(self.ppf(1e-17), self.low), self.isf(1e-17)
            if last - first < 1_000_000:
                k = np.arange(first, last + 1)
                table = np.asarray(self.cdf(k))
                table[-1] = 1.0
                return k[np.searchsorted(table, u)].astype(np.int64)
        return np.asarray(self.ppf(u)).astype(np.int64)

    def _pmf(self, k: np.ndarray) -> Any:
        return np.exp(self._logpmf(k))

    def _logpmf(self, k: np.ndarray) -> Any:
        raise NotImplementedError

    def _cdf(self, k: np.ndarray) -> Any:
        raise NotImplementedError

    def _sf(self, k: np.ndarray) -> Any:
        raise NotImplementedError
