"""The bootstrap: how much would this number have varied, had other rows been drawn? (Efron 1979)

Draw n rows from the n rows, with replacement, and compute the statistic; again and again. The spread of the values is
its standard error, and their quantiles lead to an interval, in three ways (Efron and Tibshirani 1993, chapters 13, 14):

    percentile   q(a), q(1 - a)                                 quantiles of the resampled values, a = (1 - level) / 2
    basic        2 t - q(1 - a), 2 t - q(a)                     mirrored at the estimate t
    BCa          q(a1), q(a2)                                   levels moved for bias z0 and acceleration c:

    a1 = Phi(z0 + (z0 + z_a) / (1 - c (z0 + z_a))),   a2 the same with z_(1-a)                             (14.10)
    z0 = Phi^-1(share of resampled values below t)                                                         (14.14)
    c  = sum U^3 / (6 (sum U^2)^1.5),   U_i = (n - 1) (mean - t without row i)                             (14.15)

Ties count half in z0, and several independent samples add up their sums of U^3 / n^3 and U^2 / n^2, as in scipy.stats.
Left out: the studentised interval, and resampling of anything but single rows (blocks of a time series).

Lesson: statistics
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from groundup.math.probability import Normal
from groundup.math.statistics.checks import as_alternative, as_level, as_whole
from groundup.math.statistics.resampling import Draws, OfMeans, OfRows, OfWeights
from groundup.math.statistics.results import Interval

__all__ = ["BootstrapResult", "FunctionOfMeans", "bootstrap"]


def _itself(mean: Any) -> Any:
    return mean


@dataclass(frozen=True)
class FunctionOfMeans:
    """A statistic that is a function of means over rows, said so that `bootstrap` can be fast.

    Parameters
    ----------
    columns : callable
        Takes the samples (paired ones together, others one at a time), returns a number a row, shape (n,), or a tuple
        of m such arrays.
    combine : callable, optional
        Takes their m means (of the first sample, then of the next, where samples are not paired), arrays of equal
        shape, and returns the statistic for each entry. By default the single mean itself.

    Notes
    -----
    A variance as a mean of squares less a squared mean cancels where the mean is large beside the spread: centre first.

    Examples
    --------
    >>> accuracy = FunctionOfMeans(lambda y, p: y == p)
    >>> rmse = FunctionOfMeans(lambda y, p: (y - p) ** 2, np.sqrt)
    >>> r2 = FunctionOfMeans(lambda y, p: (y, y * y, (y - p) ** 2), lambda m, s, e: 1 - e / (s - m * m))
    >>> round(float(rmse(np.array([1.0, 2.0]), np.array([1.0, 4.0]))), 4)
    1.4142
    """

    columns: Callable
    combine: Callable = _itself

    def __call__(self, *samples: Any) -> Any:
        """The statistic on samples that belong together row by row."""
        return OfMeans(tuple(map(np.asarray, samples)), self.columns, self.combine, paired=True).estimate()[()]


@dataclass(frozen=True)
class BootstrapResult:
    """What the bootstrap found.

    Attributes
    ----------
    estimate : float or ndarray
        The statistic on the data themselves.
    confidence_interval : Interval
        With fields `low` and `high`, of the estimate's shape.
    standard_error : float or ndarray
        Standard deviation of the distribution.
    distribution : ndarray of shape (n_resamples, ...)
        The statistic on each resample.
    confidence_level, method, alternative
        As they were asked for.
    """

    estimate: Any
    confidence_interval: Interval
    standard_error: Any
    distribution: np.ndarray
    confidence_level: float
    method: str
    alternative: str = "two-sided"

    def __repr__(self) -> str:
        number = partial(np.array2string, precision=6)
        return (
            f"BootstrapResult({number(self.estimate)}, {100 * self.confidence_level:g} % {self.method} interval "
            f"from {number(self.low)} to {number(self.high)}, standard error {number(self.standard_error)})"
        )

    @property
    def low(self) -> Any:
        """Lower end of the interval."""
        return self.confidence_interval.low

    @property
    def high(self) -> Any:
        """Upper end of the interval."""
        return self.confidence_interval.high


def bootstrap(
    data: Any,
    statistic: Any = "mean",
    *,
    n_resamples: int = 9999,
    confidence_level: float = 0.95,
    method: str = "bca",
    alternative: str = "two-sided",
    paired: bool = False,
    vectorized: bool | None = None,
    weights: str | None = None,
    indices: Any = None,
    random_state: Any = None,
) -> BootstrapResult:
    """Standard error, interval and distribution of a statistic, by resampling rows.

    Parameters
    ----------
    data : array_like of shape (n, ...), or a tuple of them
        A tuple holds several samples. Rows lie along the first axis; they may be labels of any type.
    statistic : callable, FunctionOfMeans or "mean"
        Takes the samples, returns a number or an array. A `FunctionOfMeans` is ten times as fast or more.
    n_resamples : int, at least 2
    confidence_level : float
    method : {"bca", "percentile", "basic"}
        "bca" also evaluates the statistic with each row left out.
    alternative : {"two-sided", "less", "greater"}
        "less" has no lower end, "greater" no upper one.
    paired : bool
        Rows of the samples belong together and are drawn together. Otherwise samples are drawn independently.
    vectorized : bool, optional
        The statistic takes samples of shape (some, n) with ``axis=-1``. By default, whether it has a parameter `axis`.
    weights : str, optional
        The statistic has a keyword of this name for row weights ("sample_weight"): it is then called with the distinct
        rows and how often each was drawn, which is fast for class labels.
    indices : array of shape (n_resamples, n), or a tuple with one for each independent sample, optional
        Use these rows instead of random ones.
    random_state : None, int or numpy.random.Generator

    Returns
    -------
    BootstrapResult

    Raises
    ------
    ValueError
        If a sample has fewer than two rows or holds NaN, or an option is not among those above.

    Warns
    -----
    RuntimeWarning
        If the interval is NaN: the statistic is NaN on a resample, or BCa is undefined since the values do not vary.

    Notes
    -----
    `random_state` leads to other resamples than in scipy.stats; pass `indices` to compare. The kinds of statistic draw
    differently, too: one seed gives one result for each of them.

    Examples
    --------
    >>> right = np.repeat([1, 0], [90, 10])
    >>> result = bootstrap(right, method="percentile", random_state=0)
    >>> print(f"{result.estimate:.2f}, from {result.low:.2f} to {result.high:.2f}")
    0.90, from 0.84 to 0.95
    """
    level, side = as_level(confidence_level, "confidence_level"), as_alternative(alternative)
    if str(method).lower() not in ("bca", "percentile", "basic"):
        raise ValueError(f'method must be "bca", "percentile" or "basic", got {method!r}')
    samples = _samples(data, paired)
    kind = _kind(samples, statistic, paired or len(samples) == 1, vectorized, weights)
    sizes = (len(samples[0]),) if paired else tuple(map(len, samples))
    if indices is not None:
        indices = _indices(indices, sizes)
        n_resamples = len(indices[0])
    draws = Draws(sizes, as_whole(n_resamples, "n_resamples", 2), np.random.default_rng(random_state), indices)
    estimate, values = kind.estimate(), kind.resampled(draws).astype(np.float64)
    tail = (1 - level) / (2 if side == "two-sided" else 1)
    levels = (tail, 1 - tail)
    if method.lower() == "bca":
        levels = _bca_levels(estimate, values, kind.left_out(), tail)
    low, high = _quantiles(values, *levels)
    if method.lower() == "basic":
        low, high = 2 * estimate - high, 2 * estimate - low
    if np.isnan(low).any() or np.isnan(high).any():
        warnings.warn(_why_nan(values), RuntimeWarning, stacklevel=2)
    return BootstrapResult(
        estimate=estimate[()],
        confidence_interval=Interval(
            np.full_like(low, -np.inf)[()] if side == "less" else low[()],
            np.full_like(high, np.inf)[()] if side == "greater" else high[()],
        ),
        standard_error=np.std(values, axis=0, ddof=1)[()],
        distribution=values,
        confidence_level=level,
        method=method.lower(),
        alternative=side,
    )


def _samples(data: Any, paired: bool) -> tuple[np.ndarray, ...]:
    samples: tuple[np.ndarray, ...] = tuple(np.asarray(s) for s in (data if isinstance(data, tuple) else (data,)))
    if not samples:
        raise ValueError("data must hold at least one sample, got an empty tuple")
    for i, sample in enumerate(samples):
        name = "data" if len(samples) == 1 else f"data[{i}]"
        if sample.ndim == 0 or len(sample) < 2:
            raise ValueError(f"{name} must hold at least two rows, got shape {sample.shape}")
        if len(sample) >= 2**32:
            raise ValueError(f"{name} must hold fewer than 2**32 rows, got {len(sample)}")
        if sample.dtype.kind == "f" and np.isnan(sample).any():
            raise ValueError(f"{name} must not hold NaN; drop or impute missing values first")
    if paired and len({len(sample) for sample in samples}) > 1:
        raise ValueError(f"paired samples need equal lengths, got {', '.join(str(len(s)) for s in samples)}")
    return samples


def _kind(samples: tuple, statistic: Any, paired: bool, vectorized: bool | None, weights: str | None) -> Any:
    if isinstance(statistic, str):
        if statistic != "mean" or len(samples) != 1 or samples[0].ndim > 1:
            raise ValueError(f'statistic must be callable, or "mean" for one sample of one axis; got {statistic!r}')
        statistic = FunctionOfMeans(lambda x: x)
    if isinstance(statistic, FunctionOfMeans):
        return OfMeans(samples, statistic.columns, statistic.combine, paired)
    if not callable(statistic):
        raise TypeError(f"statistic must be callable, got {statistic!r}")
    if weights is not None:
        return OfWeights(samples, statistic, paired, weights)
    return OfRows(samples, statistic, paired, vectorized)


def _indices(indices: Any, sizes: tuple[int, ...]) -> tuple[np.ndarray, ...]:
    given = [np.asarray(index) for index in (indices if isinstance(indices, tuple) else (indices,))]
    if len(given) != len(sizes):
        raise ValueError(f"indices must hold one array for each of {len(sizes)} samples, got {len(given)}")
    for index, size in zip(given, sizes, strict=True):
        if index.ndim != 2 or index.shape != (len(given[0]), size) or index.dtype.kind not in "iu":
            raise ValueError(f"indices must be whole numbers of shape (n_resamples, {size}), got {index.shape}")
        if index.size and not (index.min() >= 0 and index.max() < size):
            raise ValueError(f"indices must lie between 0 and {size - 1}, got {index.min()} to {index.max()}")
    return tuple(given)


def _bca_levels(estimate: np.ndarray, values: np.ndarray, left_out: list, tail: float) -> tuple[Any, Any]:
    """The two levels of equation 14.10, each of the estimate's shape; `left_out` has (values, counts) a sample."""
    below = ((values < estimate).mean(axis=0) + (values <= estimate).mean(axis=0)) / 2
    z0 = Normal().ppf(below)
    cubes = squares = 0.0
    for without, counts in left_out:
        n = counts.sum()
        mean = np.tensordot(counts, without, axes=1) / n
        influence = (n - 1) * (mean - without)
        cubes = cubes + np.tensordot(counts, influence**3, axes=1) / n**3
        squares = squares + np.tensordot(counts, influence**2, axes=1) / n**2
    with np.errstate(all="ignore"):
        acceleration = cubes / (6 * squares**1.5)
        shifted = [z0 + Normal().ppf(p) for p in (tail, 1 - tail)]
        first, second = (Normal().cdf(z0 + z / (1 - acceleration * z)) for z in shifted)
    return first, second


def _quantiles(values: np.ndarray, first: Any, second: Any) -> tuple[np.ndarray, np.ndarray]:
    """Quantiles of each entry at two levels, which may differ from entry to entry or be NaN."""
    flat = values.reshape(len(values), -1)
    levels = np.stack([np.broadcast_to(level, values.shape[1:]).reshape(-1) for level in (first, second)])
    out = np.full(levels.shape, np.nan)
    for j, (low, high) in enumerate(levels.T):
        if not (np.isnan(low) or np.isnan(high)):
            out[:, j] = np.quantile(flat[:, j], [low, high])
    return out[0].reshape(values.shape[1:]), out[1].reshape(values.shape[1:])


def _why_nan(values: np.ndarray) -> str:
    bad = int(np.isnan(values).any(axis=tuple(range(1, values.ndim))).sum())
    if bad:
        return f"the statistic is NaN on {bad} of {len(values)} resamples, so its interval is NaN"
    return 'the BCa interval is undefined: the resampled values do not vary enough; method="percentile" exists always'
