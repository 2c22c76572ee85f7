"""The digamma function, psi(x) = d/dx log Gamma(x), for x > 0.

    psi(x) = psi(x + 1) - 1/x                                              (up to x >= 8)
    psi(x) = log x - 1/(2x) - sum_k B_2k / (2k x^2k)                       (there; Abramowitz and Stegun 6.3.18)

The first omitted term is below 1e-16 at x = 8. For whole n, psi(n) = 1 + 1/2 + ... + 1/(n - 1) - Euler's constant:
a sum of reciprocals, which is how it enters the estimators. Near its zero at 1.4616 the error is absolute, 1e-16.

Left out: x <= 0.

Lesson: information-theory
"""

from typing import Any

import numpy as np

__all__ = ["digamma"]

# B_2k / 2k for k = 1 ... 8
SERIES = (1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760, 1 / 12, -3617 / 8160)
LARGE = 8.0


def digamma(x: Any) -> Any:
    """psi(x) of positive numbers; -inf at 0, NaN below.

    Parameters
    ----------
    x : array_like of float

    Returns
    -------
    ndarray or float, of the shape of `x`
    """
    x = np.asarray(x, dtype=np.float64)
    at = np.where(x > 0, x, 1.0)
    below = np.zeros_like(at)
    with np.errstate(over="ignore"):  # of 1/x below 1e-308, and of the square above 1e154
        while np.any(short := at < LARGE):
            below += np.where(short, 1 / at, 0.0)
            at = np.where(short, at + 1, at)
        square, series = 1 / (at * at), np.zeros_like(at)
    for coefficient in reversed(SERIES):
        series = square * (series + coefficient)
    out = np.log(at) - 0.5 / at - series - below
    return np.where(x > 0, out, np.where(x == 0, -np.inf, np.nan))[()]
