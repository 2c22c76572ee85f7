"""Kolmogorov-Smirnov: the largest distance of a sample's distribution function from another.

    one sample    D+ = max_i (i/n - F(x_i)),  D- = max_i (F(x_i) - (i - 1)/n),  D = max(D+, D-)
    two samples   D  = max_x |F_n(x) - G_m(x)|

Exact null distributions for continuous data, whatever F is:
    one-sided     P(D+ >= d) = d sum_j C(n, j) (d + j/n)^(j-1) (1 - d - j/n)^(n-j)          (Birnbaum and Tingey 1951)
    two-sided     the entry of a matrix to the power n (Marsaglia, Tsang and Wang 2003); in the tail n d^2 >= 4, where
                  1 minus it would lose digits, twice the one-sided value, which then is right to 1e-13
    two samples   random paths on a lattice of n by m (`_rank_kernels.leaving_probability`); for n = m by reflection
                  P(D >= r/n) = 2 sum_k (-1)^(k-1) C(2n, n - k r) / C(2n, n), one-sided the first term, once
    limit         P(sqrt(n) D > x) = 2 sum_k (-1)^(k-1) exp(-2 k^2 x^2)                     (Kolmogorov 1933)

Lesson: statistics
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from groundup.math.probability.special import gammaln
from groundup.math.statistics import _rank_kernels as kernels
from groundup.math.statistics.checks import as_alternative, as_sample
from groundup.math.statistics.results import TestResult

__all__ = ["kolmogorov_sf", "ks_test", "ks_test_two_sample"]

EXACT = 10_000
METHODS = ("auto", "exact", "asymptotic")


def ks_test(x: Any, cdf: Callable, *, alternative: str = "two-sided", method: str = "auto") -> TestResult:
    """Was the sample drawn from this distribution?

    Parameters
    ----------
    x : array_like of shape (n,)
    cdf : callable, or an object with a method `cdf`
        The distribution function, known beforehand: parameters fitted to the same sample make p-values far too large.
    alternative : {"two-sided", "less", "greater"}
        "greater": the sample's distribution function lies above, that is, its values are smaller.
    method : {"auto", "exact", "asymptotic"}
        "auto" is exact up to 10,000 values.
    """
    x, side = np.sort(as_sample(x, "x")), as_alternative(alternative)
    n, f = len(x), np.asarray(getattr(cdf, "cdf", cdf)(x), dtype=np.float64)
    if f.shape != x.shape or not ((f >= 0) & (f <= 1)).all():
        raise ValueError(f"cdf must return a number from 0 to 1 for each of {n} values, got {f}")
    plus = float((np.arange(1, n + 1) / n - f).max())
    minus = float((f - np.arange(n) / n).max())
    d = {"two-sided": max(plus, minus), "greater": plus, "less": minus}[side]
    if side != "two-sided":
        p = _smirnov_sf(d, n)
    elif _is_exact(method, n):
        p = kolmogorov_sf(d, n)
    else:
        p = _limit_sf(math.sqrt(n) * d)
    return TestResult("Kolmogorov-Smirnov test", "D", d, p, alternative=side)


def ks_test_two_sample(x: Any, y: Any, *, alternative: str = "two-sided", method: str = "auto") -> TestResult:
    """Were two samples drawn from the same distribution?

    Parameters
    ----------
    x, y : array_like of shape (n,) and (m,)
    alternative : {"two-sided", "less", "greater"}
        "greater": the distribution function of x lies above that of y.
    method : {"auto", "exact", "asymptotic"}
        "auto" is exact where both have at most 10,000 values. Ties make the p-value too large, on the safe side.
    """
    x, y, side = np.sort(as_sample(x, "x")), np.sort(as_sample(y, "y")), as_alternative(alternative)
    n, m = len(x), len(y)
    both, common = np.concatenate([x, y]), math.gcd(n, m)
    # F_n - G_m in whole numbers, times the least common multiple
    off = np.searchsorted(x, both, side="right") * (m // common) - np.searchsorted(y, both, side="right") * (
        n // common
    )
    above, below = int(max(off.max(), 0)), int(max(-off.min(), 0))
    reach = {"two-sided": max(above, below), "greater": above, "less": below}[side]
    d = reach / (n * m // common)
    if _is_exact(method, max(n, m)):
        p = _two_sample_sf(*((m, n) if side == "less" else (n, m)), reach, side == "two-sided")
    elif side == "two-sided":
        p = kolmogorov_sf(d, round(n * m / (n + m)))
    else:
        p = _hodges(d, max(n, m), min(n, m))
    return TestResult("Kolmogorov-Smirnov test of two samples", "D", d, min(1.0, float(p)), alternative=side)


def _two_sample_sf(n: int, m: int, reach: int, two_sided: bool) -> float:
    """P(D >= d), or P(D+ >= d), for d = `reach` over the least common multiple of `n` and `m`."""
    if reach == 0:
        return 1.0
    if n != m:
        common = math.gcd(n, m)
        return float(kernels.leaving_probability(n, m, m // common, n // common, reach, two_sided))
    i = np.arange(n)
    shares = np.cumprod((n - i) / (n + i + 1))[reach - 1 :: reach]  # C(2n, n - k r) / C(2n, n) for k = 1, 2, ...
    if not two_sided:
        return float(shares[0])
    return min(1.0, float(2 * (shares[::2].sum() - shares[1::2].sum())))


def kolmogorov_sf(d: float, n: int) -> float:
    """P(D >= `d`) for a sample of `n`: exact up to n = 10,000, beyond the limit with the correction of Vrbik (2018)."""
    if d <= 0.5 / n:
        return 1.0
    if d >= 1:
        return 0.0
    if d >= 0.5 or n * d * d >= 4:
        return min(1.0, 2 * _smirnov_sf(d, n))
    if n > EXACT:
        x = math.sqrt(n) * d
        return _limit_sf(x + 1 / (6 * math.sqrt(n)) + (x - 1) / (4 * n))
    return 1 - _marsaglia_tsang_wang(d, n)


def _is_exact(method: str, n: int) -> bool:
    if method not in METHODS:
        raise ValueError(f"method must be one of {', '.join(METHODS)}; got {method!r}")
    return method == "exact" or (method == "auto" and n <= EXACT)


def _smirnov_sf(d: float, n: int) -> float:
    """P(D+ >= d), a sum of positive terms."""
    if d <= 0:
        return 1.0
    if d >= 1:
        return 0.0
    j = np.arange(int(n * (1 - d)) + 1)
    rest = np.maximum(1 - d - j / n, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        power = np.where(n - j > 0, (n - j) * np.log(rest), 0.0)
    log = gammaln(n + 1.0) - gammaln(j + 1.0) - gammaln(n - j + 1.0) + (j - 1) * np.log(d + j / n) + power
    return min(1.0, float(d * np.exp(log).sum()))


def _limit_sf(x: float) -> float:
    """Kolmogorov's limit; for small x through the other form of the same theta function."""
    k = np.arange(1, 40)
    if x <= 0:
        return 1.0
    if x < 1:
        return float(1 - math.sqrt(2 * math.pi) / x * np.exp(-((2 * k - 1) ** 2) * math.pi**2 / (8 * x * x)).sum())
    return float(-2 * ((-1.0) ** k * np.exp(-2 * k * k * x * x)).sum())


def _marsaglia_tsang_wang(d: float, n: int) -> float:
    """P(D < d) = n! / n^n times the middle entry of H^n, with H of size 2k - 1, d = (k - h) / n."""
    k = int(n * d) + 1
    size, h = 2 * k - 1, k - n * d
    row, column = np.indices((size, size))
    below = row - column + 1
    with np.errstate(over="ignore"):
        inverse_factorial = np.exp(-gammaln(np.arange(size + 1) + 1.0))
    matrix = np.where(below >= 0, 1.0, 0.0)
    powers = h ** np.arange(1, size + 1)
    matrix[:, 0] -= powers
    matrix[-1] -= powers[::-1]
    matrix[-1, 0] += max(2 * h - 1, 0.0) ** size
    matrix *= np.where(below > 0, inverse_factorial[np.clip(below, 0, size)], 1.0)
    # n! / n^n = e^-n sqrt(2 pi n) (1 + ...): a factor 1/e goes with each H, so that no large logarithms cancel
    power, exponent = _scaled_power(matrix / math.e, n)
    return min(1.0, power[k - 1, k - 1] * math.exp(exponent) * math.sqrt(2 * math.pi * n) * math.exp(_stirling(n)))


def _stirling(n: int) -> float:
    """log n! - log(sqrt(2 pi n) (n / e)^n)."""
    if n < 30:
        return math.lgamma(n + 1) - (n + 0.5) * math.log(n) + n - 0.5 * math.log(2 * math.pi)
    return 1 / (12 * n) - 1 / (360 * n**3) + 1 / (1260 * n**5)


def _scaled_power(matrix: np.ndarray, n: int) -> tuple[np.ndarray, float]:
    """matrix^n = first * exp(second), by squaring."""
    out, log = np.eye(len(matrix)), 0.0
    square, square_log = matrix, 0.0
    while n:
        if n & 1:
            out, log = out @ square, log + square_log
            out, log = out / out.max(), log + math.log(out.max())
        square, square_log = square @ square, 2 * square_log
        square, square_log = square / square.max(), square_log + math.log(square.max())
        n >>= 1
    return out, log


def _hodges(d: float, larger: int, smaller: int) -> float:
    """One-sided limit for two samples with the correction of Hodges (1958, equation 5.3)."""
    z = math.sqrt(larger * smaller / (larger + smaller)) * d
    shift = z * (larger + 2 * smaller) / math.sqrt(larger * smaller * (larger + smaller))
    return math.exp(-2 * z * z - 2 * shift / 3)
