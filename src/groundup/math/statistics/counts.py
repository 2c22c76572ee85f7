"""Tests of counts: chi-squared (goodness of fit, independence), Fisher's exact test, binomial test, McNemar's.

    chi-squared   X2 = sum (observed - expected)^2 / expected
    Yates         |observed - expected| less 1/2, but not below 0, for two by two tables
    Fisher        with all margins fixed, the first cell is hypergeometric
    Cramer        V = sqrt(X2 / (N min(r - 1, c - 1))),  phi = sqrt(X2 / N), both without Yates

Exact two-sided p-values add up all outcomes that are at most as probable as the one seen, as scipy.stats and R do.

Lesson: statistics
"""

import math
from typing import Any

import numpy as np

from groundup.math.probability import Binomial, ChiSquared
from groundup.math.statistics.checks import as_alternative, as_level, as_sample, as_whole
from groundup.math.statistics.effect_size import cohens_h, ratio
from groundup.math.statistics.proportions import proportion_interval
from groundup.math.statistics.results import TestResult

__all__ = ["binomial_test", "chi_squared_test", "fisher_test", "independence_test", "mcnemar_test"]


def chi_squared_test(observed: Any, expected: Any = None, *, ddof: int = 0) -> TestResult:
    """Do counts follow given expectations?

    Parameters
    ----------
    observed : array_like of shape (k,)
        Counts.
    expected : array_like of shape (k,), optional
        Expected counts, with the same sum; by default all alike.
    ddof : int
        Parameters that were estimated from the same counts.
    """
    o = _counts(observed, "observed", 1)
    e = np.full(len(o), o.mean()) if expected is None else as_sample(expected, "expected")
    if len(e) != len(o) or (e < 0).any() or not math.isclose(e.sum(), o.sum(), rel_tol=1.5e-8):
        raise ValueError(f"expected must hold {len(o)} numbers that sum to {o.sum():g}, none of them negative")
    with np.errstate(all="ignore"):
        x2 = float(((o - e) ** 2 / e).sum())
    df = len(o) - 1 - ddof
    if df < 1:
        raise ValueError(f"observed must have more than {1 + ddof} cells, got {len(o)}")
    p = float(ChiSquared(df).sf(x2))
    return TestResult(
        "chi-squared test of fit",
        "X2",
        x2,
        p,
        df,
        effects={"Cohen's w": math.sqrt(x2 / o.sum())},
        details={"expected": e},
    )


def independence_test(table: Any, *, correction: bool = True) -> TestResult:
    """Are rows and columns of a table of counts independent?

    Parameters
    ----------
    table : array_like of shape (r, c)
        Counts; no row and no column may be all 0.
    correction : bool
        Yates's, which applies to two by two tables alone.

    Returns
    -------
    TestResult
        `details["expected"]` are the counts under independence. Cramer's V lies between 0 and 1.
    """
    o = _counts(table, "table", 2)
    total, rows, columns = o.sum(), o.sum(axis=1), o.sum(axis=0)
    if not (rows.all() and columns.all()):
        raise ValueError("table must not have a row or column that is all 0: drop it first")
    e = np.outer(rows, columns) / total
    df = (o.shape[0] - 1) * (o.shape[1] - 1)
    plain = float(((o - e) ** 2 / e).sum())
    off = np.abs(o - e)
    if correction and df == 1:
        off = off - np.minimum(0.5, off)
    x2 = float((off**2 / e).sum())
    smaller = min(o.shape) - 1
    effects = {"Cramer's V": math.sqrt(plain / (total * smaller)) if smaller else math.nan}
    if df == 1:
        effects["phi"] = math.sqrt(plain / total)
        effects["odds ratio"] = ratio(o[0, 0] * o[1, 1], o[0, 1] * o[1, 0])
    p = float(ChiSquared(df).sf(x2)) if df else 1.0
    return TestResult("chi-squared test of independence", "X2", x2, p, df, effects=effects, details={"expected": e})


def fisher_test(table: Any, *, alternative: str = "two-sided") -> TestResult:
    """Independence of a two by two table, exactly, given its margins.

    Parameters
    ----------
    table : array_like of shape (2, 2)
    alternative : {"two-sided", "less", "greater"}
        "greater": the odds ratio is above 1.

    Returns
    -------
    TestResult
        `statistic` is the odds ratio of the sample, a d / (b c); NaN with a p-value of 1 when a margin is 0.
    """
    t, side = _counts(table, "table", 2), as_alternative(alternative)
    if t.shape != (2, 2):
        raise ValueError(f"table must be two by two, got shape {t.shape}")
    if 0 in t.sum(axis=0) or 0 in t.sum(axis=1):
        return TestResult("Fisher's exact test", "odds ratio", math.nan, 1.0, alternative=side)
    (a, b), (c, d) = t
    low, chance = _hypergeometric(int(a + b), int(c + d), int(a + c))
    p = _exact_p(chance, int(a) - low, side)
    odds = ratio(a * d, b * c)
    phi = (a * d - b * c) / math.sqrt((a + b) * (c + d) * (a + c) * (b + d))
    return TestResult("Fisher's exact test", "odds ratio", odds, p, alternative=side, effects={"phi": phi})


def binomial_test(
    successes: int, n: int, p: float = 0.5, *, alternative: str = "two-sided", confidence_level: float = 0.95
) -> TestResult:
    """Is the probability of success `p`?

    Parameters
    ----------
    successes, n : int
    p : float, between 0 and 1
    alternative : {"two-sided", "less", "greater"}
    confidence_level : float

    Returns
    -------
    TestResult
        With the share and Clopper and Pearson's interval.
    """
    k, n = as_whole(successes, "successes"), as_whole(n, "n", 1)
    side, level = as_alternative(alternative), as_level(confidence_level, "confidence_level")
    if k > n or not 0 <= p <= 1:
        raise ValueError(f"successes must be at most n, and p between 0 and 1; got {k}, {n}, {p}")
    distribution = Binomial(n, p)
    if side == "two-sided":
        value = _exact_p(np.asarray(distribution.pmf(np.arange(n + 1))), k, side, slack=1e-7)
    else:
        value = float(distribution.cdf(k) if side == "less" else distribution.sf(k - 1))
    ends = proportion_interval(k, n, level, alternative=side)
    return TestResult(
        "binomial test", "k", float(k), value, None, side, k / n, ends, level, effects={"Cohen's h": cohens_h(k / n, p)}
    )


def mcnemar_test(table: Any, *, exact: bool = True, correction: bool = True) -> TestResult:
    """Do two treatments of the same rows succeed equally often? Only rows where they differ say something.

    Parameters
    ----------
    table : array_like of shape (2, 2)
        ``table[i, j]`` counts rows with outcome i under the first and j under the second.
    exact : bool
        Binomial; otherwise chi-squared, with `correction` by 1.
    correction : bool

    Returns
    -------
    TestResult
        `effects`: odds ratio b / c, and Cohen's g, the distance of the share of b from 1/2.
    """
    t = _counts(table, "table", 2)
    if t.shape != (2, 2):
        raise ValueError(f"table must be two by two, got shape {t.shape}")
    b, c = float(t[0, 1]), float(t[1, 0])
    effects = {"odds ratio": ratio(b, c), "Cohen's g": abs(ratio(b, b + c) - 0.5)}
    if exact:
        p = min(1.0, 2 * float(Binomial(b + c, 0.5).cdf(min(b, c))))
        return TestResult("McNemar's exact test", "smaller count", min(b, c), p, effects=effects)
    x2 = ratio((abs(b - c) - (1 if correction else 0)) ** 2, b + c)
    return TestResult("McNemar's test", "X2", x2, float(ChiSquared(1).sf(x2)), 1, effects=effects)


def _counts(x: Any, name: str, axes: int) -> np.ndarray:
    x = np.asarray(x)
    if x.dtype.kind not in "biuf" or x.ndim != axes or x.size == 0:
        raise ValueError(f"{name} must be counts with {axes} axes, got shape {x.shape} of {x.dtype}")
    x = x.astype(np.float64)
    if not np.isfinite(x).all() or (x < 0).any() or not x.any():
        raise ValueError(f"{name} must hold finite counts, none negative and not all 0")
    return x


def _hypergeometric(first: int, second: int, drawn: int) -> tuple[int, np.ndarray]:
    """The smallest number of `drawn` things that come from `first` ones, not from `second`, and all probabilities.

    From the mode outwards by the ratio of neighbours, P(k + 1) / P(k) =
    (first - k)(drawn - k) / ((k + 1)(second - drawn + k + 1)), divided by their sum: relative accuracy in both tails.
    """
    low, high = max(0, drawn - second), min(first, drawn)
    k = np.arange(low, high, dtype=np.float64)
    up = (first - k) * (drawn - k) / ((k + 1) * (second - drawn + k + 1))
    mode = min(max((first + 1) * (drawn + 1) // (first + second + 2), low), high) - low
    right = np.cumprod(np.concatenate([[1.0], up[mode:]]))
    left = np.cumprod(1 / up[:mode][::-1])[::-1]
    chance = np.concatenate([left, right])
    return low, chance / chance.sum()


def _exact_p(chance: np.ndarray, at: int, alternative: str, slack: float = 1e-14) -> float:
    if alternative == "two-sided":
        return min(1.0, float(chance[chance <= chance[at] * (1 + slack)].sum()))
    return min(1.0, float(chance[at:].sum() if alternative == "greater" else chance[: at + 1].sum()))
