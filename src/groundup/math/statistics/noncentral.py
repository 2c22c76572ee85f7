"""Noncentral distributions: what t, F and chi-squared follow when there *is* an effect. Power is made of them.

Each is a mixture of central ones, with Poisson weights w_j = e^-h h^j / j!:

    chi-squared(k, c)   sum_j w_j chi-squared(k + 2 j),                       h = c / 2
    F(a, b, c)          sum_j w_j I_x(a/2 + j, b/2),   x = a f / (a f + b),   h = c / 2
    t(k, d), t >= 0     P(T > t) = 1/2 sum_j [w_j (1 - I_x(j + 1/2, k/2)) + v_j (1 - I_x(j + 1, k/2))],   h = d^2 / 2,
                        v_j = d / sqrt(2) e^-h h^j / Gamma(j + 3/2),  x = t^2 / (k + t^2)          (Lenth 1989, AS 243)

and P(T <= t) for t < 0 is P(T > -t) with -d. Terms beyond 1e-17 of the largest are left out.

Lesson: statistics
"""

import math

import numpy as np

from groundup.math.probability import ChiSquared, Normal
from groundup.math.probability.special import betainc, gammaln

__all__ = ["noncentral_chi_squared_sf", "noncentral_f_sf", "noncentral_t_cdf", "noncentral_t_sf"]


def _window(h: float) -> np.ndarray:
    """All j whose Poisson probability with mean h matters."""
    reach = 9 * math.sqrt(h) + 40
    return np.arange(max(0, math.floor(h - reach)), math.ceil(h + reach) + 1, dtype=np.float64)


def _log_power(h: float, j: np.ndarray) -> np.ndarray:
    """log h^j, with 0^0 = 1."""
    return np.where(j == 0, 0.0, j * math.log(h) if h > 0 else -np.inf)


def _poisson(h: float) -> tuple[np.ndarray, np.ndarray]:
    j = _window(h)
    return j, np.exp(_log_power(h, j) - h - gammaln(j + 1))


def noncentral_chi_squared_sf(x: float, df: float, noncentrality: float) -> float:
    """P(X > `x`) for a sum of `df` squared normal variables whose squared means sum to `noncentrality`."""
    j, weight = _poisson(noncentrality / 2)
    return float(weight @ ChiSquared(df + 2 * j).sf(x))


def noncentral_f_sf(x: float, dfn: float, dfd: float, noncentrality: float) -> float:
    """P(F > `x`), with `dfn` and `dfd` degrees of freedom and a `noncentrality` of the numerator."""
    if x <= 0:
        return 1.0
    j, weight = _poisson(noncentrality / 2)
    scale = dfn * x + dfd
    return float(weight @ betainc(dfn / 2 + j, dfd / 2, dfn * x / scale, dfd / scale, lower=False))


def noncentral_t_sf(x: float, df: float, noncentrality: float) -> float:
    """P(T > `x`) for (Z + `noncentrality`) / sqrt(C / `df`), Z normal and C chi-squared with `df` degrees."""
    if x < 0:
        return 1.0 - noncentral_t_sf(-x, df, -noncentrality)
    if x == 0:
        return float(Normal().cdf(noncentrality))
    h = noncentrality**2 / 2
    j, weight = _poisson(h)
    other = noncentrality / math.sqrt(2) * np.exp(_log_power(h, j) - h - gammaln(j + 1.5))
    inside, outside = x * x / (df + x * x), df / (df + x * x)
    tails = [betainc(j + a, df / 2, inside, outside, lower=False) for a in (0.5, 1.0)]
    return min(1.0, max(0.0, float(weight @ tails[0] + other @ tails[1]) / 2))


def noncentral_t_cdf(x: float, df: float, noncentrality: float) -> float:
    """P(T <= `x`), with `df` and `noncentrality` as in `noncentral_t_sf`."""
    return noncentral_t_sf(-x, df, -noncentrality)
