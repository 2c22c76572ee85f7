"""What tests and intervals answer with.

Lesson: statistics
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

__all__ = ["Interval", "TestResult"]


class Interval(NamedTuple):
    """The ends of an interval, numbers or arrays."""

    low: Any
    high: Any


@dataclass(frozen=True)
class TestResult:
    """The outcome of a test.

    Attributes
    ----------
    name : str
        Which test, in words.
    symbol : str
        The letter of the statistic: t, F, U, ...
    statistic : float
    pvalue : float
        Probability, if the null hypothesis holds, of a statistic at least as extreme as this one.
    df : float or tuple of floats, optional
        Degrees of freedom.
    alternative : str
    estimate : float, optional
        What the test is about: a mean, a difference of means, a share.
    confidence_interval : Interval, optional
        For the estimate; open on one side when the alternative is one-sided.
    confidence_level : float
    effects : dict of str to float
        Effect sizes: how large the effect is, whatever n.
    details : dict
        What else is known: expected counts, degrees between groups, ...
    """

    __test__ = False  # the name begins like those that pytest collects

    name: str
    symbol: str
    statistic: float
    pvalue: float
    df: Any = None
    alternative: str = "two-sided"
    estimate: float | None = None
    confidence_interval: Interval | None = None
    confidence_level: float = 0.95
    effects: dict[str, float] = field(default_factory=dict)
    details: dict[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        df = self.df if isinstance(self.df, tuple) else (self.df,) * (self.df is not None)
        inside = f"({', '.join(f'{d:.4g}' for d in df)})" if df else ""
        parts = [f"{self.name}: {self.symbol}{inside} = {self.statistic:.4g}, p = {self.pvalue:.3g}"]
        if self.alternative != "two-sided":
            parts[0] += f" ({self.alternative})"
        if self.estimate is not None:
            text = f"estimate {self.estimate:.4g}"
            if (ends := self.confidence_interval) is not None:
                text += f", {100 * self.confidence_level:g} % interval {ends.low:.4g} to {ends.high:.4g}"
            parts.append(text)
        if self.effects:
            parts.append(", ".join(f"{name} {value:.3g}" for name, value in self.effects.items()))
        return "; ".join(parts)


def tail_p(statistic: float, distribution: Any, alternative: str) -> float:
    """p-value of a statistic whose null distribution is symmetric around 0."""
    if alternative == "two-sided":
        return float(2 * distribution.sf(abs(statistic)))
    return float(distribution.sf(statistic) if alternative == "greater" else distribution.cdf(statistic))


def interval_around(
    centre: float, spread: float, quantile: Callable[[float], Any], level: float, alternative: str = "two-sided"
) -> Interval:
    """centre +- quantile * spread, open to the side that a one-sided alternative names."""
    if alternative == "two-sided":
        reach = float(quantile((1 + level) / 2)) * spread
        return Interval(centre - reach, centre + reach)
    reach = float(quantile(level)) * spread
    return Interval(-np.inf, centre + reach) if alternative == "less" else Interval(centre - reach, np.inf)
