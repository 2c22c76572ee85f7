"""Log-sum-exp and softmax, shifted by the maximum so that no exponential overflows.

    log sum_i e^x_i = m + log sum_i e^(x_i - m)      for every m; with m = max x all exponents are at most 0
    softmax(x)_i = e^x_i / sum_j e^x_j = e^(x_i - logsumexp(x))

Blanchard, Higham and Higham (2021) show that shifting costs no accuracy. -inf stands for a probability of 0.

Lesson: probability
"""

from typing import Any

import numpy as np

__all__ = ["log_softmax", "logsumexp", "softmax"]


def logsumexp(x: Any, axis: Any = None, *, b: Any = None, keepdims: bool = False) -> Any:
    """log(sum(b * exp(x))) along `axis`.

    Parameters
    ----------
    x : array_like
    axis : int, tuple of ints or None
        None sums over everything.
    b : array_like, optional
        Factors, at least 0, that broadcast with `x` (1 by default).
    keepdims : bool

    Returns
    -------
    ndarray or float, in the precision of `x`
        -inf where there is nothing to sum or all terms are 0; +inf where a term is; NaN where `x` has one.
    """
    x = _floats(x)
    if b is not None:
        b = np.asarray(b, dtype=x.dtype)
        if np.any(b < 0):
            raise ValueError(f"b must be at least 0, got {b[b < 0].flat[0]:g}")
        x = np.where(b == 0, -np.inf, x).astype(x.dtype)
    top = np.max(x, axis=axis, keepdims=True, initial=-np.inf)
    shift = np.where(np.isfinite(top), top, 0).astype(x.dtype)
    with np.errstate(divide="ignore", over="ignore"):
        terms = np.exp(x - shift)
        total = np.sum(terms if b is None else b * terms, axis=axis, keepdims=True)
        out = np.log(total) + shift
    return out if keepdims else np.squeeze(out, axis=axis)[()]


def softmax(x: Any, axis: Any = -1) -> np.ndarray:
    """Weights proportional to e^x along `axis`, positive and summing to 1.

    A slice of nothing but -inf (or empty) has no distribution and becomes zeros; NaN stays NaN. Where
    entries are +inf, those share the weight (the limit of equal growing entries).
    """
    x = _floats(x)
    top = np.max(x, axis=axis, keepdims=True, initial=-np.inf)
    infinite = np.isposinf(top)
    exp = np.exp(np.where(infinite, 0, x) - np.where(np.isfinite(top), top, 0)).astype(x.dtype)
    exp = np.where(infinite, np.isposinf(x), exp).astype(x.dtype)
    exp = np.where(np.isnan(x), np.nan, exp).astype(x.dtype)
    total = exp.sum(axis=axis, keepdims=True)
    return np.divide(exp, total, out=np.zeros_like(exp), where=total != 0)


def log_softmax(x: Any, axis: Any = -1) -> np.ndarray:
    """log of `softmax`, which keeps digits where the softmax itself underflows to 0."""
    x = _floats(x)
    total = logsumexp(x, axis=axis, keepdims=True)
    with np.errstate(invalid="ignore"):
        return np.where(np.isneginf(total), -np.inf, x - total).astype(x.dtype)


def _floats(x: Any) -> np.ndarray:
    x = np.asarray(x)
    if x.dtype.kind in "iub":
        return x.astype(np.float64)
    if x.dtype.kind != "f":
        raise TypeError(f"x must be real numbers, got {x.dtype}")
    return x
