"""Intervals for a share, and for a variance.

With p = k / n and z the normal quantile of the level:

    Wald              p +- z sqrt(p (1 - p) / n)                          covers too little for small n, or near 0 and 1
    Wilson            all shares that a test with their own standard error does not reject (Wilson 1927)
    Agresti-Coull     Wald's with k + z^2 / 2 successes of n + z^2 (1998)
    Clopper-Pearson   all shares that neither binomial tail rejects (1934): covers at least the level, and mostly more

Lesson: statistics
"""

import math
from typing import Any

from groundup.math.probability import Beta, ChiSquared, Normal
from groundup.math.statistics.checks import as_alternative, as_level, as_sample, as_whole
from groundup.math.statistics.results import Interval

__all__ = ["proportion_interval", "variance_interval"]

METHODS = ("clopper-pearson", "wilson", "wald", "agresti-coull")


def proportion_interval(
    successes: int,
    n: int,
    confidence_level: float = 0.95,
    *,
    method: str = "clopper-pearson",
    alternative: str = "two-sided",
) -> Interval:
    """Interval for the probability of success.

    Parameters
    ----------
    successes, n : int
    confidence_level : float
    method : {"clopper-pearson", "wilson", "wald", "agresti-coull"}
    alternative : {"two-sided", "less", "greater"}
        "less" begins at 0, "greater" ends at 1.

    Returns
    -------
    Interval
        Within 0 and 1.

    Examples
    --------
    >>> low, high = proportion_interval(0, 20)
    >>> print(f"{low:.3f} to {high:.3f}")
    0.000 to 0.168
    """
    k, n = as_whole(successes, "successes"), as_whole(n, "n", 1)
    side, level = as_alternative(alternative), as_level(confidence_level, "confidence_level")
    if k > n:
        raise ValueError(f"successes must be at most n, got {k} of {n}")
    if method not in METHODS:
        raise ValueError(f"method must be one of {', '.join(METHODS)}; got {method!r}")
    tail = (1 - level) / (2 if side == "two-sided" else 1)
    p, z = k / n, float(Normal().isf(tail))
    if method == "clopper-pearson":
        low = 0.0 if k == 0 else float(Beta(k, n - k + 1).ppf(tail))
        high = 1.0 if k == n else float(Beta(k + 1, n - k).isf(tail))
    else:
        if method == "wald":
            centre, reach = p, z * math.sqrt(p * (1 - p) / n)
        elif method == "wilson":
            centre = (p + z * z / (2 * n)) / (1 + z * z / n)
            reach = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
        else:
            more = n + z * z
            centre = (k + z * z / 2) / more
            reach = z * math.sqrt(centre * (1 - centre) / more)
        low, high = max(0.0, centre - reach), min(1.0, centre + reach)
    return Interval(0.0 if side == "less" else low, 1.0 if side == "greater" else high)


def variance_interval(x: Any, confidence_level: float = 0.95) -> Interval:
    """Interval for the variance behind `x` (n,), n >= 2: (n - 1) s^2 over quantiles of chi-squared.

    Exact for normal data, and badly wrong for others, however many: it trusts the normal kurtosis.
    """
    x, level = as_sample(x, "x", 2), as_level(confidence_level, "confidence_level")
    squares, chi_squared = float(((x - x.mean()) ** 2).sum()), ChiSquared(len(x) - 1)
    return Interval(
        squares / float(chi_squared.isf((1 - level) / 2)), squares / float(chi_squared.ppf((1 - level) / 2))
    )
