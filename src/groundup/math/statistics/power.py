"""Power: the probability that a test finds an effect that is there; and how many rows that takes.

Each function has an effect size, a number of rows and a power. Give two, and the third is returned.

    t test        noncentral t with d sqrt(n) (one sample, pairs) or d sqrt(n m / (n + m)) (two samples)
    ANOVA         noncentral F with f^2 N, f the spread of the groups' means in units of the spread within
    chi-squared   noncentral chi-squared with w^2 N
    proportions   normal, with h = 2 arcsin sqrt(p1) - 2 arcsin sqrt(p2)            (`effect_size.cohens_h`)

The names d, f, w and h, and the usual "small", "medium" and "large" values, are Cohen's (1988).

Lesson: statistics
"""

import math
from collections.abc import Callable

from groundup.math.probability import ChiSquared, F, Normal, StudentT
from groundup.math.statistics.checks import as_alternative, as_level
from groundup.math.statistics.noncentral import (
    noncentral_chi_squared_sf,
    noncentral_f_sf,
    noncentral_t_cdf,
    noncentral_t_sf,
)

__all__ = ["power_anova", "power_chi_squared", "power_proportions", "power_t_test"]

MOST_ROWS, LARGEST_EFFECT = 1e9, 1e3


def power_t_test(
    effect: float | None = None,
    n: float | None = None,
    power: float | None = None,
    *,
    level: float = 0.05,
    kind: str = "two-sample",
    ratio: float = 1.0,
    alternative: str = "two-sided",
) -> float:
    """Power of Student's t test, or the rows or the effect that it takes.

    Parameters
    ----------
    effect : float, optional
        Cohen's d.
    n : float, optional
        Rows; of the first sample, if there are two.
    power : float, optional
    level : float
        Probability of a false alarm.
    kind : {"two-sample", "one-sample"}
        Pairs are one sample of differences.
    ratio : float
        Rows of the second sample for each row of the first.
    alternative : {"two-sided", "less", "greater"}

    Returns
    -------
    float
        What was left out. A number of rows is not rounded: take the next whole one.

    Examples
    --------
    >>> round(power_t_test(effect=0.5, power=0.8), 2)
    63.77
    """
    if kind not in ("two-sample", "one-sample"):
        raise ValueError(f'kind must be "two-sample" or "one-sample", got {kind!r}')
    if not ratio > 0:
        raise ValueError(f"ratio must be positive, got {ratio}")
    side, two = as_alternative(alternative), kind == "two-sample"
    as_level(level, "level")
    tail = level / 2 if side == "two-sided" else level

    def of(d: float, rows: float) -> float:
        df = rows * (1 + ratio) - 2 if two else rows - 1
        shift = d * math.sqrt(rows * ratio / (1 + ratio) if two else rows)
        critical = float(StudentT(df).isf(tail))
        above = noncentral_t_sf(critical, df, shift) if side != "less" else 0.0
        return above + (noncentral_t_cdf(-critical, df, shift) if side != "greater" else 0.0)

    fewest = 2.0 / (1 + ratio) if two else 1.0
    return _missing(of, effect, n, power, fewest, level, side)


def power_anova(
    effect: float | None = None, n: float | None = None, power: float | None = None, *, groups: int, level: float = 0.05
) -> float:
    """Power of a one-way analysis of variance with equal groups; or what is left out.

    Parameters
    ----------
    effect : float, optional
        Cohen's f.
    n : float, optional
        Rows in all groups together.
    power : float, optional
    groups : int, at least 2
    level : float
    """
    if groups < 2:
        raise ValueError(f"groups must be at least 2, got {groups}")
    as_level(level, "level")

    def of(f: float, rows: float) -> float:
        critical = float(F(groups - 1, rows - groups).isf(level))
        return noncentral_f_sf(critical, groups - 1, rows - groups, f * f * rows)

    return _missing(of, effect, n, power, float(groups), level)


def power_chi_squared(
    effect: float | None = None, n: float | None = None, power: float | None = None, *, df: float, level: float = 0.05
) -> float:
    """Power of a chi-squared test; or what is left out.

    Parameters
    ----------
    effect : float, optional
        Cohen's w, the root of sum (p_i - p0_i)^2 / p0_i over the cells.
    n : float, optional
        Rows in all cells together.
    power : float, optional
    df : float
        Degrees of freedom of the test.
    level : float
    """
    as_level(level, "level")
    critical = float(ChiSquared(df).isf(level))
    return _missing(lambda w, rows: noncentral_chi_squared_sf(critical, df, w * w * rows), effect, n, power, 0.0, level)


def power_proportions(
    effect: float | None = None,
    n: float | None = None,
    power: float | None = None,
    *,
    level: float = 0.05,
    ratio: float = 1.0,
    alternative: str = "two-sided",
) -> float:
    """Power of the normal test of two shares; or what is left out.

    Parameters
    ----------
    effect : float, optional
        Cohen's h, from `cohens_h`.
    n : float, optional
        Rows of the first sample.
    power : float, optional
    level, ratio, alternative
        As in `power_t_test`.
    """
    side = as_alternative(alternative)
    as_level(level, "level")
    critical = float(Normal().isf(level / 2 if side == "two-sided" else level))

    def of(h: float, rows: float) -> float:
        shift = h * math.sqrt(rows * ratio / (1 + ratio))
        above = float(Normal().sf(critical - shift)) if side != "less" else 0.0
        return above + (float(Normal().cdf(-critical - shift)) if side != "greater" else 0.0)

    return _missing(of, effect, n, power, 0.0, level, side)


def _missing(
    of: Callable[[float, float], float],
    effect: float | None,
    n: float | None,
    power: float | None,
    fewest: float,
    level: float,
    alternative: str = "two-sided",
) -> float:
    """Whichever of the three is None; `fewest` rows have no degrees of freedom left."""
    if (effect, n, power).count(None) != 1:
        raise ValueError("give exactly two of effect, n and power")
    for name, value in (("effect", effect), ("n", n)):
        if value is not None and not math.isfinite(value):
            raise ValueError(f"{name} must be finite, got {value}")
    if n is not None and not n > fewest:
        raise ValueError(f"n must be more than {fewest:g}, got {n}")
    if power is None:
        assert effect is not None and n is not None
        return of(effect, n)
    if not level < power < 1:
        raise ValueError(f"power must lie between level = {level:g} and 1, got {power}")
    sign = -1.0 if alternative == "less" else 1.0
    if effect is None:
        assert n is not None
        return sign * _crossing(lambda size: of(sign * size, n) - power, 0.0, LARGEST_EFFECT, "effect")
    if effect == 0 or (alternative != "two-sided" and effect * sign < 0):
        raise ValueError(f"effect must not be 0 and must agree with alternative={alternative!r}, got {effect}")
    return _crossing(lambda rows: of(effect, rows) - power, fewest + 1e-3, MOST_ROWS, "n")


def _crossing(rising: Callable[[float], float], low: float, most: float, name: str) -> float:
    """Where a rising function crosses 0: the bracket doubles from `low` on, then shrinks by false position.

    An end that stays twice has its value halved (the Illinois rule), so that both ends move.
    """
    high = low + 1.0
    above = rising(high)
    below = rising(low)
    while above < 0:
        low, below, high = high, above, 2 * high
        if high > most:
            raise ValueError(f"no {name} up to {most:g} reaches this power")
        above = rising(high)
    stayed = 0
    for _ in range(100):
        guess = high - above * (high - low) / (above - below)
        value = rising(guess)
        if value == 0 or high - low < 1e-13 * high or guess in (low, high):
            return guess
        if value < 0:
            low, below = guess, value
            above, stayed = (above / 2, 0) if stayed == 1 else (above, 1)
        else:
            high, above = guess, value
            below, stayed = (below / 2, 0) if stayed == -1 else (below, -1)
    return (low + high) / 2
