"""Effect sizes: how large, in units that do not depend on the number of rows.

Lesson: statistics
"""

import math
from typing import Any

import numpy as np

from groundup.math.probability.special import gammaln
from groundup.math.statistics.checks import as_sample

__all__ = ["cohens_d", "cohens_h", "hedges_factor", "hedges_g"]


def cohens_d(x: Any, y: Any) -> float:
    """Difference of the means of `x` (n,) and `y` (m,) in units of their pooled standard deviation."""
    x, y = as_sample(x, "x", 2), as_sample(y, "y", 2)
    df = len(x) + len(y) - 2
    pooled = math.sqrt((((x - x.mean()) ** 2).sum() + ((y - y.mean()) ** 2).sum()) / df)
    return ratio(x.mean() - y.mean(), pooled)


def hedges_factor(df: float) -> float:
    """What takes the bias out of Cohen's d: J = Gamma(df/2) / (sqrt(df/2) Gamma((df - 1)/2)) (Hedges 1981), df > 1."""
    return math.exp(gammaln(df / 2) - gammaln((df - 1) / 2)) / math.sqrt(df / 2) if df > 1 else math.nan


def hedges_g(x: Any, y: Any) -> float:
    """Cohen's d of `x` (n,) and `y` (m,), unbiased for normal data; matters below some 20 rows."""
    return cohens_d(x, y) * hedges_factor(np.size(x) + np.size(y) - 2)


def cohens_h(first: float, second: float) -> float:
    """Distance of two shares, `first` and `second`, after the transformation 2 arcsin(sqrt(p)) that evens variances."""
    for name, value in (("first", first), ("second", second)):
        if not 0 <= value <= 1:
            raise ValueError(f"{name} must be a share from 0 to 1, got {value}")
    return 2 * (math.asin(math.sqrt(first)) - math.asin(math.sqrt(second)))


def ratio(above: float, below: float) -> float:
    """above / below as IEEE has it: infinite or NaN, not an error, when below is 0."""
    with np.errstate(all="ignore"):
        return float(np.float64(above) / np.float64(below))
