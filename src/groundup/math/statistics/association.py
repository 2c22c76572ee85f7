"""Covariance and three correlations: Pearson's of values, Spearman's of ranks, Kendall's of pairs.

    Pearson    r   = sum (x - mx)(y - my) / sqrt(sum (x - mx)^2 sum (y - my)^2)
    Spearman   rho = Pearson's r of the ranks (ties share the mean of their ranks)
    Kendall    tau_b = (C - D) / sqrt((P - T_x)(P - T_y)),  P = n (n - 1) / 2 pairs, C concordant, D discordant

Under independence r sqrt((n - 2) / (1 - r^2)) has Student's t distribution with n - 2 degrees, exactly for normal data.
Kendall's D is exact for small n without ties (all orders are equally likely), else normal with Kendall's (1970)
variance.

Lesson: statistics
"""

import math
from typing import Any

import numpy as np

from groundup.math.probability import Normal, StudentT
from groundup.math.statistics import _rank_kernels as kernels
from groundup.math.statistics.checks import as_alternative, as_level, as_pair, as_sample
from groundup.math.statistics.results import Interval, TestResult, tail_p

__all__ = ["correlation_matrix", "covariance", "covariance_matrix", "kendall", "pearson", "rank", "spearman"]

EXACT_KENDALL = 33


def rank(x: Any) -> np.ndarray:
    """Ranks of `x` (n,) from 1; equal values share the mean of their ranks."""
    return midranks(as_sample(x, "x"))


def midranks(x: np.ndarray) -> np.ndarray:
    """Ranks from 1, ties averaged: a value's rank is the mean of the places that its equals take."""
    _, group, count = np.unique(x, return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    return (last - (count - 1) / 2)[group]


def tie_counts(x: np.ndarray) -> np.ndarray:
    """How often each distinct value occurs."""
    return np.unique(x, return_counts=True)[1].astype(np.float64)


def covariance(x: Any, y: Any, ddof: float = 1) -> float:
    """Mean product of the distances of `x` and `y` (n,) from their means, divided by n - `ddof`."""
    x, y = as_pair(x, y)
    return float((x - x.mean()) @ (y - y.mean()) / (len(x) - ddof)) if len(x) > ddof else math.nan


def covariance_matrix(x: Any, weights: Any = None, ddof: float = 1) -> np.ndarray:
    """Covariances of the columns.

    Parameters
    ----------
    x : array_like of shape (n, d)
    weights : array_like of shape (n,), optional
        How often each row counts.
    ddof : float

    Returns
    -------
    ndarray of shape (d, d)
    """
    x = np.asarray(x, dtype=np.float64)
    if x.ndim != 2 or not np.isfinite(x).all():
        raise ValueError(f"x must be a finite matrix (n, d), got shape {x.shape}")
    w = np.ones(len(x)) if weights is None else as_sample(weights, "weights")
    if len(w) != len(x) or (w < 0).any() or not w.sum() > ddof:
        raise ValueError(f"weights must be {len(x)} numbers, none negative, with a sum above {ddof}")
    centred = x - w @ x / w.sum()
    return (centred * w[:, None]).T @ centred / (w.sum() - ddof)


def correlation_matrix(x: Any, weights: Any = None) -> np.ndarray:
    """Pearson's correlations of the columns of `x` (n, d), with `weights` (n,) of rows; NaN for a constant column."""
    c = covariance_matrix(x, weights, ddof=0)
    with np.errstate(all="ignore"):
        spread = np.sqrt(np.diag(c))
        r = np.clip(c / spread[:, None] / spread, -1, 1)
    np.fill_diagonal(r, np.where(spread > 0, 1.0, np.nan))
    return r


def _correlation(x: np.ndarray, y: np.ndarray) -> float:
    """Pearson's r; NaN when one side is constant. Scaled first, so that squares neither overflow nor underflow."""
    dx, dy = x - x.mean(), y - y.mean()
    if (x == x[0]).all() or (y == y[0]).all():
        return math.nan
    dx, dy = dx / np.abs(dx).max(), dy / np.abs(dy).max()
    return float(np.clip(dx @ dy / math.sqrt((dx @ dx) * (dy @ dy)), -1, 1))


def _p_of_r(r: float, n: int, alternative: str) -> float:
    with np.errstate(all="ignore"):
        t = np.float64(r) * np.sqrt((n - 2) / ((1 + r) * np.float64(1 - r)))
    return tail_p(float(t), StudentT(n - 2), alternative)


def pearson(x: Any, y: Any, *, alternative: str = "two-sided", confidence_level: float = 0.95) -> TestResult:
    """Linear correlation, with a test of independence and Fisher's interval, tanh(artanh r +- z / sqrt(n - 3)).

    Parameters
    ----------
    x, y : array_like of shape (n,), n >= 2
    alternative : {"two-sided", "less", "greater"}
    confidence_level : float
    """
    x, y = as_pair(x, y)
    side, level, n = as_alternative(alternative), as_level(confidence_level, "confidence_level"), len(x)
    r = _correlation(x, y)
    if n == 2:
        r, p = (float(np.round(r)), 1.0) if r == r else (r, math.nan)
    else:
        p = _p_of_r(r, n, side)
    ends = Interval(-1.0, 1.0)
    if n > 3:
        with np.errstate(divide="ignore"):
            z, reach = np.arctanh(r), 1 / math.sqrt(n - 3)
        far = float(Normal().ppf((1 + level) / 2 if side == "two-sided" else level))
        low = -1.0 if side == "less" else float(np.tanh(z - far * reach))
        ends = Interval(low, 1.0 if side == "greater" else float(np.tanh(z + far * reach)))
    return TestResult("Pearson's correlation", "r", r, p, n - 2, side, r, ends, level, effects={"r^2": r * r})


def spearman(x: Any, y: Any, *, alternative: str = "two-sided") -> TestResult:
    """Correlation of ranks: does y go up when x does, straight or not?

    Parameters
    ----------
    x, y : array_like of shape (n,), n >= 2
    alternative : {"two-sided", "less", "greater"}
    """
    x, y = as_pair(x, y)
    side, n = as_alternative(alternative), len(x)
    r = _correlation(midranks(x), midranks(y))
    return TestResult(
        "Spearman's rank correlation", "rho", r, _p_of_r(r, n, side) if n > 2 else math.nan, n - 2, side, r
    )


def kendall(x: Any, y: Any, *, alternative: str = "two-sided", method: str = "auto") -> TestResult:
    """Concordant less discordant pairs, as a share of the pairs that are not tied (tau-b).

    Parameters
    ----------
    x, y : array_like of shape (n,), n >= 2
    alternative : {"two-sided", "less", "greater"}
    method : {"auto", "exact", "asymptotic"}
        Exact needs data without ties; "auto" takes it for n <= 33 or at most one pair out of order.
    """
    x, y = as_pair(x, y)
    side, n = as_alternative(alternative), len(x)
    if method not in ("auto", "exact", "asymptotic"):
        raise ValueError(f'method must be "auto", "exact" or "asymptotic", got {method!r}')
    order = np.lexsort((y, x))
    discordant = int(kernels.inversions(y[order].copy()))
    pairs, tx, ty = n * (n - 1) / 2, tie_counts(x), tie_counts(y)
    tied_x, tied_y = float((tx * (tx - 1) / 2).sum()), float((ty * (ty - 1) / 2).sum())
    both = np.unique(np.stack([x, y]), axis=1, return_counts=True)[1].astype(np.float64)
    excess = pairs - tied_x - tied_y + float((both * (both - 1) / 2).sum()) - 2 * discordant  # C - D
    if pairs in (tied_x, tied_y):
        return TestResult("Kendall's rank correlation", "tau", math.nan, math.nan, alternative=side)
    tau = float(np.clip(excess / math.sqrt(pairs - tied_x) / math.sqrt(pairs - tied_y), -1, 1))
    ties = tied_x > 0 or tied_y > 0
    if method == "exact" and ties:
        raise ValueError('method="exact" needs data without ties')
    few = n <= EXACT_KENDALL or min(discordant, pairs - discordant) <= 1
    if method == "exact" or (method == "auto" and not ties and few):
        p = _exact_kendall(n, discordant, side)
    else:
        p = tail_p(excess / math.sqrt(_kendall_variance(n, tx, ty, tied_x, tied_y)), Normal(), side)
    return TestResult("Kendall's rank correlation", "tau", tau, p, alternative=side, estimate=tau)


def _kendall_variance(n: int, tx: np.ndarray, ty: np.ndarray, tied_x: float, tied_y: float) -> float:
    """Variance of C - D when x and y are independent, given the ties (Kendall 1970, section 4.3)."""
    m = n * (n - 1.0)
    sums = [(t * (t - 1) * (2 * t + 5)).sum() for t in (tx, ty)]
    triples = [(t * (t - 1) * (t - 2)).sum() for t in (tx, ty)]
    third = triples[0] * triples[1] / (9 * m * (n - 2)) if n > 2 else 0.0
    return float((m * (2 * n + 5) - sum(sums)) / 18 + 2 * tied_x * tied_y / m + third)


def _exact_kendall(n: int, discordant: int, alternative: str) -> float:
    """Tails of the number of inversions of a random order: the i-th value adds 0 to i - 1, each as likely."""
    pairs = n * (n - 1) // 2

    def at_most(limit: int) -> float:
        chance = np.zeros(limit + 1)
        chance[0] = 1.0
        for i in range(2, n + 1):
            reached = np.cumsum(chance)
            reached[i:] -= np.cumsum(chance)[:-i] if i <= limit else 0.0
            chance = reached / i
        return float(chance.sum())

    if alternative == "two-sided":
        return min(1.0, 2 * at_most(min(discordant, pairs - discordant)))
    return at_most(discordant if alternative == "greater" else pairs - discordant)
