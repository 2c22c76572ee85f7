"""Tests of means: Student's t (one sample, two, pairs), Welch's, and the analysis of variance.

    one sample   t = (mean - m0) / (s / sqrt(n)),                    df = n - 1
    Student      t = (mean_x - mean_y) / (s_p sqrt(1/n + 1/m)),      df = n + m - 2, s_p pooled
    Welch        t = (mean_x - mean_y) / sqrt(a + b),                df = (a + b)^2 / (a^2/(n-1) + b^2/(m-1)),
                 a = s_x^2 / n, b = s_y^2 / m                        (Welch 1947; Satterthwaite 1946)
    ANOVA        F = (S_between / (k - 1)) / (S_within / (N - k))

Lesson: statistics
"""

import math
from typing import Any

import numpy as np

from groundup.math.probability import F, StudentT
from groundup.math.statistics.checks import as_alternative, as_level, as_pair, as_sample
from groundup.math.statistics.effect_size import cohens_d, hedges_factor, ratio
from groundup.math.statistics.results import Interval, TestResult, interval_around, tail_p

__all__ = ["anova", "mean_difference_interval", "mean_interval", "t_test", "t_test_one_sample", "t_test_paired"]


def _t_result(
    name: str, estimate: float, null: float, error: float, df: float, alternative: str, level: float, d: float, g: float
) -> TestResult:
    t, null_distribution = ratio(estimate - null, error), StudentT(df)
    return TestResult(
        name=name,
        symbol="t",
        statistic=t,
        pvalue=tail_p(t, null_distribution, as_alternative(alternative)),
        df=df,
        alternative=alternative,
        estimate=estimate,
        confidence_interval=interval_around(estimate, error, null_distribution.ppf, level, alternative),
        confidence_level=level,
        effects={"Cohen's d": d, "Hedges' g": g},
        details={"standard error": error},
    )


def t_test_one_sample(
    x: Any, popmean: float = 0.0, *, alternative: str = "two-sided", confidence_level: float = 0.95
) -> TestResult:
    """Is the mean of the population that `x` was drawn from `popmean`?

    Parameters
    ----------
    x : array_like of shape (n,), n >= 2
    popmean : float
    alternative : {"two-sided", "less", "greater"}
    confidence_level : float

    Returns
    -------
    TestResult
        `statistic` is infinite where all values are alike, NaN where they equal `popmean` too.
    """
    x, level = as_sample(x, "x", 2), as_level(confidence_level, "confidence_level")
    n, centre, spread = len(x), float(x.mean()), float(x.std(ddof=1))
    d = ratio(centre - popmean, spread)
    error = spread / math.sqrt(n)
    g = d * hedges_factor(n - 1)
    return _t_result("t test of one mean", centre, popmean, error, n - 1, alternative, level, d, g)


def t_test_paired(x: Any, y: Any, *, alternative: str = "two-sided", confidence_level: float = 0.95) -> TestResult:
    """Is the mean difference of pairs 0? A one-sample test of `x` - `y`.

    Parameters
    ----------
    x, y : array_like of shape (n,), n >= 2
    alternative : {"two-sided", "less", "greater"}
        "greater": x is larger.
    confidence_level : float
    """
    x, y = as_pair(x, y)
    result = t_test_one_sample(x - y, alternative=alternative, confidence_level=confidence_level)
    return TestResult(**{**vars(result), "name": "t test of pairs"})


def t_test(
    x: Any, y: Any, *, equal_var: bool = False, alternative: str = "two-sided", confidence_level: float = 0.95
) -> TestResult:
    """Do two populations have the same mean?

    Parameters
    ----------
    x, y : array_like of shape (n,) and (m,), at least 2 values each
    equal_var : bool
        False, the default, is Welch's test, which needs no equal variances; True is Student's. (The default of
        scipy.stats is True.)
    alternative : {"two-sided", "less", "greater"}
        "greater": the mean of x is larger.
    confidence_level : float

    Returns
    -------
    TestResult
        `estimate` is the difference of means.

    Examples
    --------
    >>> result = t_test([1.0, 2, 3], [4.0, 5, 6], equal_var=True)
    >>> print(f"t = {result.statistic:.3f}, p = {result.pvalue:.4f}")
    t = -3.674, p = 0.0213
    """
    x, y = as_sample(x, "x", 2), as_sample(y, "y", 2)
    level = as_level(confidence_level, "confidence_level")
    n, m, vx, vy = len(x), len(y), float(x.var(ddof=1)), float(y.var(ddof=1))
    if equal_var:
        df = float(n + m - 2)
        error = math.sqrt(((n - 1) * vx + (m - 1) * vy) / df * (1 / n + 1 / m))
    else:
        a, b = vx / n, vy / m
        error = math.sqrt(a + b)
        share = ratio(a, a + b)  # of the variance: squares of a and b themselves could overflow
        df = 1 / (share**2 / (n - 1) + (1 - share) ** 2 / (m - 1))
        df = df if df == df else 1.0  # both constant: any number will do, t is infinite
    d = cohens_d(x, y)
    name = f"t test of two means ({'Student' if equal_var else 'Welch'})"
    difference = float(x.mean() - y.mean())
    return _t_result(name, difference, 0.0, error, df, alternative, level, d, d * hedges_factor(n + m - 2))


def mean_interval(x: Any, confidence_level: float = 0.95) -> Interval:
    """Interval for the mean of the population of `x` (n,), by Student's t; exact for normal data."""
    ends = t_test_one_sample(x, confidence_level=confidence_level).confidence_interval
    assert ends is not None
    return ends


def mean_difference_interval(x: Any, y: Any, confidence_level: float = 0.95, *, equal_var: bool = False) -> Interval:
    """Interval for the difference of two means, of `x` (n,) less `y` (m,).

    Parameters
    ----------
    x, y : array_like
    confidence_level : float
    equal_var : bool
        As in `t_test`.
    """
    ends = t_test(x, y, equal_var=equal_var, confidence_level=confidence_level).confidence_interval
    assert ends is not None
    return ends


def anova(*groups: Any) -> TestResult:
    """Do all groups have the same mean? One-way analysis of variance.

    Parameters
    ----------
    *groups : array_like, two or more samples
        With the same variance, as the test assumes.

    Returns
    -------
    TestResult
        `effects`: eta^2 = S_between / S_total is the explained share in the sample; omega^2 takes off what chance
        explains, (S_between - (k - 1) MS_within) / (S_total + MS_within).
    """
    if len(groups) < 2:
        raise ValueError(f"groups must be two or more samples, got {len(groups)}")
    samples = [as_sample(group, f"groups[{i}]") for i, group in enumerate(groups)]
    everything = np.concatenate(samples)
    k, n, grand = len(samples), len(everything), everything.mean()
    if n <= k:
        raise ValueError(f"groups must hold more than one value in some group, got {k} groups of one")
    within = float(sum(((s - s.mean()) ** 2).sum() for s in samples))
    between = float(sum(len(s) * (s.mean() - grand) ** 2 for s in samples))
    noise, total = within / (n - k), within + between
    statistic = ratio(between / (k - 1), noise)
    return TestResult(
        name=f"analysis of variance of {k} groups",
        symbol="F",
        statistic=statistic,
        pvalue=float(F(k - 1, n - k).sf(statistic)),
        df=(k - 1, n - k),
        effects={"eta^2": ratio(between, total), "omega^2": ratio(between - (k - 1) * noise, total + noise)},
        details={"between": between, "within": within},
    )
