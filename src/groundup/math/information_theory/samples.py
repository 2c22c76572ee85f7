"""Entropy and mutual information from counts of what was seen, and what their bias does.

With counts n_1 ... n_K of n draws, m of them positive:

    plug-in        H(n_i / n)                                  too low by about (K - 1) / 2n
    Miller-Madow   plug-in + (m - 1) / 2n                      Miller (1955)
    jackknife      n H - (n - 1) mean of H without one draw
                   = J(n) - sum n_i J(n_i) / n,
                   J(n) = n log n - (n - 1) log(n - 1)         Efron and Stein (1981)
    Grassberger    log n - sum n_i G(n_i) / n,
                   G(n) = psi(n) + (-1)^n [psi((n+1)/2) - psi(n/2)] / 2        Grassberger (2003), equation 30
    Chao-Shen      -sum c_i log c_i / (1 - (1 - c_i)^n), c_i = C n_i / n       Chao and Shen (2003), equation 7
                   with coverage C = 1 - (number of i with n_i = 1) / n

None of them is unbiased: no estimator is, since the expectation of any function of the counts is a polynomial in p
and entropy is none. In mutual information, H(X) + H(Y) - H(X, Y), the table has most cells and its entropy the
largest bias, so that the plug-in is too high: independent variables seem to have something to do with each other.

Lesson: information-theory
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from groundup.math.information_theory.digamma import digamma
from groundup.math.information_theory.discrete import kl_terms, minus_p_log, nats_per_unit

__all__ = ["contingency", "entropy_of_counts", "entropy_of_samples", "mutual_information_of_samples"]

SMALL_RANGE = 1 << 22  # cells of a table that is counted directly instead of by sorting


def _plugin(counts: np.ndarray, n: float) -> float:
    p = counts / n
    return float(minus_p_log(p, p).sum())


def _miller_madow(counts: np.ndarray, n: float) -> float:
    return _plugin(counts, n) + (counts.size - 1) / (2 * n)


def _jackknife(counts: np.ndarray, n: float) -> float:
    """Leaving out a draw of value i lowers n_i by one, and n_i of the n draws do that.

    With H = log n - sum n_i log n_i / n both sums collapse into J, in which nothing of size n cancels.
    """

    def step(c: Any) -> Any:  # J(c) = log c - (c - 1) log(1 - 1/c)
        return np.log(c) - (c - 1) * np.log1p(-1 / np.maximum(c, 2))

    return float(step(n) - (counts * step(counts)).sum() / n)


def _grassberger(counts: np.ndarray, n: float) -> float:
    sign = np.where(counts % 2 == 0, 1.0, -1.0)
    g = digamma(counts) + 0.5 * sign * (digamma((counts + 1) / 2) - digamma(counts / 2))
    return float(np.log(n) - (counts * g).sum() / n)


def _chao_shen(counts: np.ndarray, n: float) -> float:
    singles = (counts == 1).sum()
    singles = min(singles, n - 1)  # all seen once: a coverage of 0 would leave nothing to estimate from
    c = (1 - singles / n) * counts / n
    with np.errstate(divide="ignore"):
        seen = -np.expm1(n * np.log1p(-c))  # the chance that value i is seen at all
    return float((minus_p_log(c, c) / seen).sum())


METHODS: dict[str, Callable[[np.ndarray, float], float]] = {
    "plugin": _plugin,
    "miller-madow": _miller_madow,
    "jackknife": _jackknife,
    "grassberger": _grassberger,
    "chao-shen": _chao_shen,
}


def entropy_of_counts(counts: Any, method: str = "plugin", base: float | None = None) -> float:
    """Estimate of the entropy from how often each value was seen.

    Parameters
    ----------
    counts : array_like of whole numbers, at least 0, of any shape
        Zeros are ignored: an estimate from samples does not know which unseen values exist.
    method : "plugin", "miller-madow", "jackknife", "grassberger" or "chao-shen"
        Formulas at the top of this file.
    base : float, optional
        None for nats, 2 for bits.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If counts are negative, NaN, infinite or not whole, if there are none, or the method is unknown.

    Examples
    --------
    >>> from groundup.math.information_theory import entropy_of_counts
    >>> round(entropy_of_counts([4, 2, 3, 2, 4, 2, 1, 1]), 4)
    1.9684
    """
    unit = nats_per_unit(base)
    if method not in METHODS:
        raise ValueError(f"method must be one of {', '.join(METHODS)}; got {method!r}")
    counts = np.asarray(counts, dtype=np.float64).reshape(-1)
    if not np.all(good := (counts >= 0) & (counts < np.inf) & (counts == np.floor(counts))):
        raise ValueError(f"counts must be whole numbers, at least 0, got {counts[~good].flat[0]:g}")
    counts = counts[counts > 0]
    if not counts.size:
        raise ValueError("counts must have a positive sum: nothing was seen")
    return float(METHODS[method](counts, counts.sum()) / unit)


def entropy_of_samples(samples: Any, method: str = "plugin", base: float | None = None) -> float:
    """Estimate of the entropy of a discrete variable from draws of it.

    `samples` (n,) are whole numbers, booleans or text; `method`, `base` and errors are as for `entropy_of_counts`.
    """
    codes, size = _codes(samples, "samples")
    return entropy_of_counts(np.bincount(codes, minlength=size), method, base)


def contingency(x: Any, y: Any) -> np.ndarray:
    """How often each value of x came with each value of y.

    Parameters
    ----------
    x, y : array_like of shape (n,)
        Labels: whole numbers, booleans or text.

    Returns
    -------
    ndarray of int64, shape (values of x, values of y), in sorted order

    Raises
    ------
    ValueError
        If lengths differ, there is nothing, or a label is NaN.
    """
    rows, columns, counts = _pairs(x, y)
    table = np.zeros((rows.max() + 1, columns.max() + 1), dtype=np.int64)
    table[rows, columns] = counts
    return table[np.ix_(table.any(axis=1), table.any(axis=0))]


def _pairs(x: Any, y: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Codes of x and of y for each pair that was seen, and how often it was."""
    (a, rows), (b, columns) = _codes(x, "x"), _codes(y, "y")
    if a.size != b.size:
        raise ValueError(f"x and y must have the same length, got {a.size} and {b.size}")
    pairs = a * columns + b
    if rows * columns < SMALL_RANGE:
        counts = np.bincount(pairs)
        pairs = np.flatnonzero(counts)
        counts = counts[pairs]
    else:
        pairs, counts = np.unique(pairs, return_counts=True)
    return pairs // columns, pairs % columns, counts


def mutual_information_of_samples(x: Any, y: Any, method: str = "plugin", base: float | None = None) -> float:
    """Estimate of I(X; Y) from pairs of labels.

    Parameters
    ----------
    x, y : array_like of shape (n,)
        Labels: whole numbers, booleans or text.
    method : str
        As for `entropy_of_counts`. "plugin" is never negative and, for independent variables, too high by about
        (rows - 1)(columns - 1) / 2n; the others may fall below 0.
    base : float, optional
        None for nats, 2 for bits.

    Returns
    -------
    float
    """
    rows, columns, counts = _pairs(x, y)
    of_x, of_y = np.bincount(rows, counts), np.bincount(columns, counts)
    if method != "plugin":
        h = [entropy_of_counts(c, method, base) for c in (of_x, of_y, counts)]
        return h[0] + h[1] - h[2]
    unit, n = nats_per_unit(base), counts.sum()
    independent = of_x[rows] / n * (of_y[columns] / n)
    never = max(0.0, 1 - independent.sum())  # kl_terms of all pairs that were not seen
    return float((kl_terms(counts / n, independent).sum() + never) / unit)


def _codes(labels: Any, name: str) -> tuple[np.ndarray, int]:
    """Whole numbers 0 ... size - 1 in the order of the labels; whole numbers in a small range are only shifted."""
    labels = np.asarray(labels)
    if labels.ndim != 1 or not labels.size:
        raise ValueError(f"{name} must have shape (n,) with n at least 1, got {labels.shape}")
    if labels.dtype.kind in "fcmM" and np.isnan(labels).any():
        raise ValueError(f"{name} must not hold NaN; give missing values a label of their own")
    if labels.dtype.kind in "iub":
        low, high = int(labels.min()), int(labels.max())
        if high - low < max(256, min(SMALL_RANGE, 4 * labels.size) ** 0.5) and high < 1 << 63:
            return labels.astype(np.int64) - low, high - low + 1
    try:
        values, codes = np.unique(labels, return_inverse=True)
    except TypeError:
        kinds = ", ".join(sorted({type(v).__name__ for v in labels}))
        raise TypeError(f"{name} must hold labels of one kind that can be sorted, got {kinds}") from None
    return codes.astype(np.int64), values.size
