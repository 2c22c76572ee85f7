"""Numbers that describe a sample: centre, spread, shape, quantiles, with weights or without.

    central moments   m_r = mean((x - mean)^r)
    skewness          g1 = m3 / m2^1.5,    unbiased under normality  G1 = g1 sqrt(n (n - 1)) / (n - 2)
    kurtosis          g2 = m4 / m2^2 - 3,  G2 = (n - 1) / ((n - 2)(n - 3)) ((n + 1) g2 + 6)

The nine kinds of quantile are those of Hyndman and Fan (1996), under NumPy's names and in their order.

Lesson: statistics
"""

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from groundup.math.statistics.checks import as_sample

__all__ = [
    "QUANTILE_METHODS",
    "Summary",
    "describe",
    "kurtosis",
    "mad",
    "mean",
    "median",
    "quantile",
    "skewness",
    "std",
    "trimmed_mean",
    "var",
]

# name: (a, b) of the plotting positions (k - a) / (n + 1 - a - b); None: one of the three that jump
QUANTILE_METHODS: dict[str, tuple[float, float] | None] = {
    "inverted_cdf": None,
    "averaged_inverted_cdf": None,
    "closest_observation": None,
    "interpolated_inverted_cdf": (0, 1),
    "hazen": (0.5, 0.5),
    "weibull": (0, 0),
    "linear": (1, 1),
    "median_unbiased": (1 / 3, 1 / 3),
    "normal_unbiased": (3 / 8, 3 / 8),
}


def _weighed(x: Any, weights: Any) -> tuple[np.ndarray, np.ndarray]:
    """A sample and its weights."""
    x = as_sample(x, "x")
    if weights is None:
        return x, np.ones(len(x))
    w = as_sample(weights, "weights")
    if len(w) != len(x):
        raise ValueError(f"weights must be one for each of {len(x)} values, got {len(w)}")
    if (w < 0).any() or not w.sum() > 0:
        raise ValueError("weights must not be negative, nor all 0")
    return x, w


def mean(x: Any, weights: Any = None) -> float:
    """Average of `x` (n,), each value counted with its weight."""
    x, w = _weighed(x, weights)
    return float(x.mean()) if weights is None else float(w @ x / w.sum())


def var(x: Any, weights: Any = None, ddof: float = 1) -> float:
    """Mean squared distance from the mean, divided by n - `ddof`.

    Parameters
    ----------
    x : array_like of shape (n,)
    weights : array_like of shape (n,), optional
        How often each value counts (frequencies: n is their sum).
    ddof : float
        1 (the default) makes it unbiased: the mean was estimated from the same values. NumPy's default is 0.
    """
    x, w = _weighed(x, weights)
    n = w.sum()
    if n <= ddof:
        return math.nan
    return float(w @ (x - w @ x / n) ** 2 / (n - ddof))


def std(x: Any, weights: Any = None, ddof: float = 1) -> float:
    """Root of `var(x, weights, ddof)`, in the units of `x`."""
    return math.sqrt(var(x, weights, ddof))


def quantile(x: Any, q: Any, *, method: str = "linear", weights: Any = None) -> Any:
    """The value below which a share `q` of the sample lies.

    Parameters
    ----------
    x : array_like of shape (n,)
    q : float or array_like, from 0 to 1
    method : str
        A key of `QUANTILE_METHODS`; "linear" is NumPy's default and Hyndman and Fan's type 7.
    weights : array_like of shape (n,), optional
        Only for "inverted_cdf", the one kind whose definition knows weights.

    Returns
    -------
    float or ndarray of the shape of `q`
    """
    x, w = _weighed(x, weights)
    q = np.asarray(q, dtype=np.float64)
    if not np.all((q >= 0) & (q <= 1)):
        raise ValueError(f"q must lie between 0 and 1, got {q}")
    if method not in QUANTILE_METHODS:
        raise ValueError(f"method must be one of {', '.join(QUANTILE_METHODS)}; got {method!r}")
    if weights is not None:
        if method != "inverted_cdf":
            raise ValueError(f'weights need method="inverted_cdf", got {method!r}')
        order = np.argsort(x, kind="stable")
        x, w = x[order][w[order] > 0], w[order][w[order] > 0]
        reached = np.cumsum(w)
        return x[np.minimum(np.searchsorted(reached, q * reached[-1]), len(x) - 1)][()]
    x, n = np.sort(x), len(x)
    positions = QUANTILE_METHODS[method]
    if positions is None:
        return _jumping(x, q, method)
    a, b = positions
    at = np.clip(a + q * (n + 1 - a - b), 1, n) - 1
    below = np.minimum(np.floor(at).astype(int), n - 1)
    above = np.minimum(below + 1, n - 1)
    return (x[below] + (at - below) * (x[above] - x[below]))[()]


def _jumping(x: np.ndarray, q: np.ndarray, method: str) -> Any:
    """Types 1 to 3: always a value of the sample, or the middle of two."""
    n = len(x)
    at = n * q - (0.5 if method == "closest_observation" else 0.0)
    below = np.floor(at).astype(int)  # the rank, from 1, of the value that is not above
    exact = at == below
    up = ~exact | (below % 2 == 1) & (method == "closest_observation")  # halfway: the even rank
    first, second = (x[np.clip(rank - 1, 0, n - 1)] for rank in (below, below + 1))
    if method == "averaged_inverted_cdf":
        return np.where(exact, (first + second) / 2, second)[()]
    return np.where(up, second, first)[()]


def median(x: Any) -> float:
    """The middle value of `x` (n,), or the mean of the two middle ones."""
    return float(quantile(x, 0.5))


def mad(x: Any, *, normal: bool = False) -> float:
    """Median distance from the median of `x`; `normal` multiplies by 1.4826, so that it estimates sigma."""
    x = as_sample(x, "x")
    raw = median(np.abs(x - median(x)))
    return raw / 0.6744897501960817 if normal else raw  # the normal quantile of 0.75


def trimmed_mean(x: Any, share: float = 0.1) -> float:
    """Mean of `x` without the floor(`share` n) smallest and as many largest values; `share` is from 0 to below 0.5."""
    x = np.sort(as_sample(x, "x"))
    if not 0 <= share < 0.5:
        raise ValueError(f"share must be from 0 to below 0.5, got {share}")
    cut = int(share * len(x))
    return float(x[cut : len(x) - cut].mean())


def _moments(x: np.ndarray) -> tuple[float, float, float]:
    """m2, m3, m4; NaN where all values are alike up to rounding, as in scipy.stats."""
    centre = x.mean()
    d = x - centre
    m2 = float((d * d).mean())
    if m2 <= (np.finfo(float).eps * centre) ** 2:
        m2 = math.nan
    return m2, float((d**3).mean()), float((d**4).mean())


def skewness(x: Any, *, bias: bool = True) -> float:
    """Lopsidedness of `x` (n,): 0 when symmetric, positive with a long right tail; not `bias` gives G1 (n > 2)."""
    x = as_sample(x, "x")
    n = len(x)
    m2, m3, _ = _moments(x)
    g = m3 / m2**1.5
    return g if bias or n < 3 else g * math.sqrt(n * (n - 1)) / (n - 2)


def kurtosis(x: Any, *, bias: bool = True, excess: bool = True) -> float:
    """Weight of the tails of `x` (n,): 0 for a normal distribution (3 if not `excess`); not `bias` gives G2 (n > 3)."""
    x = as_sample(x, "x")
    n = len(x)
    m2, _, m4 = _moments(x)
    g = m4 / m2**2 - 3
    if not bias and n > 3:
        g = (n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * g + 6)
    return g if excess else g + 3


@dataclass(frozen=True)
class Summary:
    """What `describe` found; prints as a table.

    Attributes
    ----------
    n, mean, standard_error, min, lower_quartile, median, upper_quartile, max
        As their names say; the standard error is that of the mean.
    std
        With n - 1.
    skewness, kurtosis
        Biased, and in excess of 3.
    """

    n: int
    mean: float
    std: float
    standard_error: float
    min: float
    lower_quartile: float
    median: float
    upper_quartile: float
    max: float
    skewness: float
    kurtosis: float

    def __str__(self) -> str:
        return "\n".join(f"{name.replace('_', ' '):15}{value:12.6g}" for name, value in asdict(self).items())


def describe(x: Any) -> Summary:
    """The usual numbers of `x` (n,) at once; print it for a table.

    Examples
    --------
    >>> describe([1, 2, 3, 4]).median
    2.5
    """
    x = as_sample(x, "x")
    spread = std(x)
    low, quarter, middle, three, high = (float(v) for v in quantile(x, [0, 0.25, 0.5, 0.75, 1]))
    error = spread / math.sqrt(len(x))
    return Summary(len(x), mean(x), spread, error, low, quarter, middle, three, high, skewness(x), kurtosis(x))
