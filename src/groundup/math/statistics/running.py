"""Moments in one pass: values come one by one or in batches, and two summaries merge into one.

The sum of squares minus n times the squared mean loses all digits when the mean is large beside the spread. Welford
(1962) updates the mean, and the sum of squared distances from it; merging two parts, with d the difference of means and
n = a + b, is exact algebra for all central moments (Chan, Golub and LeVeque 1979; Pebay 2008, equations 2.1 and 3.1):

    mean = mean_a + d b / n
    M2   = M2_a + M2_b + d^2 a b / n
    M3   = M3_a + M3_b + d^3 a b (a - b) / n^2 + 3 d (a M2_b - b M2_a) / n
    M4   = M4_a + M4_b + d^4 a b (a^2 - a b + b^2) / n^3 + 6 d^2 (a^2 M2_b + b^2 M2_a) / n^2 + 4 d (a M3_b - b M3_a) / n

A single value is a part with b = 1 and no spread.

Lesson: statistics
"""

import math
from typing import Any

from groundup.math.statistics.checks import as_sample

__all__ = ["RunningMoments"]


class RunningMoments:
    """Mean, variance, skewness and kurtosis of values that are seen once.

    Attributes
    ----------
    n : int
    mean : float
    m2, m3, m4 : float
        Sums of powers of distances from the mean.
    min, max : float

    Examples
    --------
    >>> left, right = RunningMoments().update([1.0, 2.0]), RunningMoments().update([6.0])
    >>> both = left.merge(right)
    >>> both.mean, both.var()
    (3.0, 7.0)
    """

    def __init__(self) -> None:
        self.n, self.mean, self.m2, self.m3, self.m4 = 0, 0.0, 0.0, 0.0, 0.0
        self.min, self.max = math.inf, -math.inf

    def push(self, value: float) -> "RunningMoments":
        """Take in one value."""
        return self._absorb(1, float(value), 0.0, 0.0, 0.0, float(value), float(value))

    def update(self, values: Any) -> "RunningMoments":
        """Take in a batch (n,) at once."""
        x = as_sample(values, "values", at_least=0)
        if not len(x):
            return self
        d = x - x.mean()
        m2, m3, m4 = (float((d**r).sum()) for r in (2, 3, 4))
        return self._absorb(len(x), float(x.mean()), m2, m3, m4, float(x.min()), float(x.max()))

    def merge(self, other: "RunningMoments") -> "RunningMoments":
        """A new summary of what both have seen."""
        both = RunningMoments()
        for part in (self, other):
            if part.n:
                both._absorb(part.n, part.mean, part.m2, part.m3, part.m4, part.min, part.max)
        return both

    def var(self, ddof: float = 1) -> float:
        """Variance; NaN for fewer than `ddof` + 1 values."""
        return self.m2 / (self.n - ddof) if self.n > ddof else math.nan

    def std(self, ddof: float = 1) -> float:
        """Root of the variance."""
        return math.sqrt(self.var(ddof))

    def skewness(self) -> float:
        """m3 / m2^1.5, biased."""
        return math.sqrt(self.n) * self.m3 / self.m2**1.5 if self.m2 > 0 else math.nan

    def kurtosis(self) -> float:
        """m4 / m2^2 - 3, biased."""
        return self.n * self.m4 / self.m2**2 - 3 if self.m2 > 0 else math.nan

    def _absorb(self, b: int, mean: float, m2: float, m3: float, m4: float, low: float, high: float) -> Any:
        a, n, d = self.n, self.n + b, mean - self.mean
        self.m4 += (
            m4
            + d**4 * a * b * (a * a - a * b + b * b) / n**3
            + 6 * d * d * (a * a * m2 + b * b * self.m2) / n**2
            + 4 * d * (a * m3 - b * self.m3) / n
        )
        self.m3 += m3 + d**3 * a * b * (a - b) / n**2 + 3 * d * (a * m2 - b * self.m2) / n
        self.m2 += m2 + d * d * a * b / n
        self.mean += d * b / n
        self.n, self.min, self.max = n, min(self.min, low), max(self.max, high)
        return self

    def __repr__(self) -> str:
        return f"RunningMoments(n={self.n}, mean={self.mean:.6g}, std={self.std():.6g})"
