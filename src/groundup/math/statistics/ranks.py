"""Tests on ranks, for values that are ordered but need not be normal: Mann-Whitney and Wilcoxon.

    Mann-Whitney   U = (pairs with x > y) + (pairs with x = y) / 2
    Wilcoxon       r+ = sum of the ranks of |d| over the positive d

Exact null distributions are counted: all choices of which ranks belong to x (or which signs are positive) are equally
likely. That holds with ties, too, given the tied ranks; so exact p-values here allow ties, where the tables of
scipy.stats do not. For many values U and r+ are normal, with the variance reduced by ties.

Lesson: statistics
"""

import math
from typing import Any

import numpy as np

from groundup.math.probability import Normal
from groundup.math.statistics.association import midranks, tie_counts
from groundup.math.statistics.checks import as_alternative, as_pair, as_sample
from groundup.math.statistics.results import TestResult

__all__ = ["mann_whitney", "wilcoxon"]

EXACT_U, EXACT_W = 8, 50
METHODS = ("auto", "exact", "asymptotic")


def mann_whitney(
    x: Any, y: Any, *, alternative: str = "two-sided", method: str = "auto", correction: bool = True
) -> TestResult:
    """Is a random x larger than a random y as often as smaller? Also called the Wilcoxon rank-sum test.

    Parameters
    ----------
    x, y : array_like of shape (n,) and (m,)
    alternative : {"two-sided", "less", "greater"}
        "greater": x tends to be larger.
    method : {"auto", "exact", "asymptotic"}
        "auto" is exact when one sample has at most 8 values and nothing is tied.
    correction : bool
        Move the normal approximation by half a step.

    Returns
    -------
    TestResult
        `estimate` is P(x > y) + P(x = y) / 2 in the sample, the area under the ROC curve; the rank-biserial correlation
        is twice that less 1.
    """
    x, y, side = as_sample(x, "x"), as_sample(y, "y"), as_alternative(alternative)
    n, m = len(x), len(y)
    ranks = midranks(np.concatenate([x, y]))
    ties = tie_counts(ranks)
    u = float(ranks[:n].sum() - n * (n + 1) / 2)
    if _exact(method, (n <= EXACT_U or m <= EXACT_U) and len(ties) == n + m):
        chance, step = _u_distribution(n, m, ranks), (1 if len(ties) == n + m else 2)
        p = _exact_p(chance, round(u * step), side)
    else:
        total = n + m
        spread = math.sqrt(n * m / 12 * max(0.0, total + 1 - (ties**3 - ties).sum() / max(total * (total - 1), 1)))
        p = _normal_p(u - n * m / 2, spread, 0.5 * correction, side)
    share = u / (n * m)
    return TestResult(
        "Mann-Whitney test", "U", u, p, alternative=side, estimate=share, effects={"rank-biserial": 2 * share - 1}
    )


def wilcoxon(
    x: Any, y: Any = None, *, alternative: str = "two-sided", method: str = "auto", correction: bool = True
) -> TestResult:
    """Are differences of pairs symmetric around 0? The signed-rank test; zeros are dropped, as Wilcoxon did.

    Parameters
    ----------
    x : array_like of shape (n,)
    y : array_like of shape (n,), optional
        The differences are x - y; without it, x itself.
    alternative : {"two-sided", "less", "greater"}
    method : {"auto", "exact", "asymptotic"}
        "auto" is exact up to 50 values, ties or not.
    correction : bool
        Move the normal approximation by half a step.

    Returns
    -------
    TestResult
        `statistic` is the smaller rank sum for a two-sided test and r+ for the others, as in scipy.stats; NaN, with the
        p-value, when all differences are 0.
    """
    if y is None:
        d = as_sample(x, "x")
    else:
        x, y = as_pair(x, y, at_least=1)
        d = x - y
    side, size = as_alternative(alternative), len(d)
    d = d[d != 0]
    n = len(d)
    exact = _exact(method, size <= EXACT_W)
    if n == 0:
        return TestResult("Wilcoxon signed-rank test", "W", math.nan, math.nan, alternative=side)
    ranks = midranks(np.abs(d))
    plus, total = float(ranks[d > 0].sum()), n * (n + 1) / 2
    if exact:
        p = _exact_p(_sign_distribution(np.rint(2 * ranks).astype(int)), round(2 * plus), side)
    else:
        ties = tie_counts(ranks)
        spread = math.sqrt((n * (n + 1) * (2 * n + 1) - (ties**3 - ties).sum() / 2) / 24)
        p = _normal_p(plus - total / 2, spread, 0.5 * correction, side)
    statistic = min(plus, total - plus) if side == "two-sided" else plus
    effect = {"rank-biserial": (2 * plus - total) / total}
    return TestResult("Wilcoxon signed-rank test", "W", statistic, p, alternative=side, effects=effect)


def _exact(method: str, small: bool) -> bool:
    if method not in METHODS:
        raise ValueError(f"method must be one of {', '.join(METHODS)}; got {method!r}")
    return method == "exact" or (method == "auto" and small)


def _exact_p(chance: np.ndarray, value: int, alternative: str) -> float:
    """Tail of a distribution on 0, 1, 2, ..."""
    above, below = float(chance[value:].sum()), float(chance[: value + 1].sum())
    if alternative == "two-sided":
        return min(1.0, 2 * min(above, below))
    return min(1.0, above if alternative == "greater" else below)


def _normal_p(off: float, spread: float, shift: float, alternative: str) -> float:
    """Tail of a normal distribution, with the distance from its mean made smaller by `shift`."""
    if spread == 0:  # all values tied: nothing speaks against the null hypothesis
        return 1.0
    if alternative == "two-sided":
        return min(1.0, float(2 * Normal().sf((abs(off) - shift) / spread)))
    return float(Normal().sf(((off if alternative == "greater" else -off) - shift) / spread))


def _u_distribution(n: int, m: int, ranks: np.ndarray) -> np.ndarray:
    """Probabilities of U = 0, 1, ..., n m; with ties of 2 U = 0, 1, ..., 2 n m."""
    if len(np.unique(ranks)) == n + m:
        return _gaussian_binomial(min(n, m), max(n, m))
    doubled = np.rint(2 * ranks).astype(int)
    ways = np.zeros((n + 1, doubled.sum() + 1))  # of choosing k of the ranks seen so far, with a given sum
    ways[0, 0] = 1.0
    for seen, r in enumerate(doubled):
        for k in range(min(seen + 1, n), 0, -1):
            ways[k, r:] += ways[k - 1, : len(ways[0]) - r]
    lowest = n * (n + 1)
    return ways[n, lowest : lowest + 2 * n * m + 1] / ways[n].sum()


def _gaussian_binomial(n: int, m: int) -> np.ndarray:
    """Coefficients of prod_(i=1..n) (1 - x^(m+i)) / (1 - x^i), divided by their sum: how often U takes each value.

    Lower half only, the upper is its mirror image; a coefficient depends on lower ones alone, so small ones stay exact.
    """
    half = n * m // 2 + 1
    c = np.zeros(half)
    c[0] = 1.0
    for i in range(1, n + 1):
        c[m + i :] -= c[: max(half - m - i, 0)].copy()
        for start in range(min(i, half)):  # divide by 1 - x^i: running sums in steps of i
            c[start::i] = np.cumsum(c[start::i])
        c *= i / (m + i)  # the sum of all coefficients stays 1
    return np.concatenate([c, c[: n * m + 1 - half][::-1]])


def _sign_distribution(ranks: np.ndarray) -> np.ndarray:
    """Probabilities of the sum of those `ranks` whose sign is positive, each with probability 1/2."""
    chance = np.zeros(ranks.sum() + 1)
    chance[0] = 1.0
    for r in ranks:
        moved = chance[:-r] / 2
        chance /= 2
        chance[r:] += moved
    return chance
