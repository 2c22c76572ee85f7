"""Special functions, vectorised: the error functions, log-gamma, the incomplete gamma and beta functions.

The equations stand in the kernel files beside this one. Relative accuracy is a few units in the last place times
the function's own condition number, far into the tails, where 1 - something would have no digits left.

Left out: complex arguments; the digits of 1 - I_x(a, b) where a is below about 1e-4 and x as
well; shapes above about 1e11 (time grows with the root of the shape).

Lesson: probability
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from groundup.math.probability import _beta_kernels as _beta
from groundup.math.probability import _gamma_kernels as _gamma
from groundup.math.probability import _normal_kernels as _normal

__all__ = [
    "betainc",
    "betaincinv",
    "betaln",
    "erf",
    "erfc",
    "erfcinv",
    "gammainc",
    "gammaincc",
    "gammainccinv",
    "gammaincinv",
    "gammaln",
]


def apply(loop: Callable, arguments: tuple[Any, ...], *options: Any) -> Any:
    """Run a kernel over broadcast arguments; those of a single value are not copied to the full size."""
    arrays = [np.asarray(x, dtype=np.float64) for x in arguments]
    shape = np.broadcast_shapes(*(a.shape for a in arrays))
    size = int(np.prod(shape))
    flat = [a.reshape(1) if a.size == 1 and size != 1 else np.broadcast_to(a, shape).reshape(-1) for a in arrays]
    out = np.empty(size)
    if size:
        loop(*(np.ascontiguousarray(f) for f in flat), *options, out)
    return out.reshape(shape)[()]  # a number for numbers


def in_order(loop: Callable, arguments: tuple[Any, ...], lower: bool) -> Any:
    """Run a quantile kernel; with single shapes, through the sorted probabilities (the last argument)."""
    *shapes, p = arguments
    p = np.asarray(p, dtype=np.float64)
    size = int(np.prod(np.broadcast_shapes(*(np.shape(a) for a in arguments))))
    alone = all(np.size(a) == 1 for a in shapes) and p.size == size
    order = np.argsort(p, axis=None) if alone else np.arange(size)
    return apply(loop, (*shapes, p), order, lower)


def erf(x: Any) -> Any:
    """2 / sqrt(pi) times the integral of exp(-t^2) from 0 to x."""
    return apply(_normal.erf_loop, (x,))


def erfc(x: Any) -> Any:
    """1 - erf(x), with relative accuracy for large x."""
    return apply(_normal.erfc_loop, (x,))


def erfcinv(y: Any) -> Any:
    """x with erfc(x) = y, for y in [0, 2]; NaN outside."""
    return -apply(_normal.quantile_loop, (np.asarray(y, dtype=np.float64) / 2,)) / np.sqrt(2)


def gammaln(a: Any) -> Any:
    """log |Gamma(a)|; infinite at 0, -1, -2, ..."""
    return apply(_gamma.log_gamma_loop, (a,))


def gammainc(a: Any, x: Any) -> Any:
    """P(a, x), the integral of t^(a-1) e^-t from 0 to x over Gamma(a), for a > 0; NaN for other a or x < 0."""
    return apply(_gamma.gamma_tails_loop, (a, x), True)


def gammaincc(a: Any, x: Any) -> Any:
    """Q(a, x) = 1 - P(a, x), with relative accuracy."""
    return apply(_gamma.gamma_tails_loop, (a, x), False)


def gammaincinv(a: Any, p: Any) -> Any:
    """x with P(a, x) = p."""
    return in_order(_gamma.gamma_quantile_loop, (a, p), True)


def gammainccinv(a: Any, q: Any) -> Any:
    """x with Q(a, x) = q."""
    return in_order(_gamma.gamma_quantile_loop, (a, q), False)


def betaln(a: Any, b: Any) -> Any:
    """log B(a, b) for a, b > 0."""
    return apply(_beta.log_beta_loop, (a, b))


def betainc(a: Any, b: Any, x: Any, y: Any = None, *, lower: bool = True) -> Any:
    """I_x(a, b), the integral of t^(a-1) (1-t)^(b-1) from 0 to x over B(a, b).

    Parameters
    ----------
    a, b : array_like, positive
    x : array_like in [0, 1]
    y : array_like, optional
        1 - x, where it is known better than by subtraction.
    lower : bool
        False gives the complement, with relative accuracy.
    """
    x = np.asarray(x, dtype=np.float64)
    x, y = np.broadcast_arrays(x, 1 - x if y is None else np.asarray(y, dtype=np.float64))
    return apply(_beta.beta_tails_loop, (a, b, x, y), lower)


def betaincinv(a: Any, b: Any, p: Any, *, lower: bool = True, logit: bool = False) -> Any:
    """x with I_x(a, b) = p (or, not `lower`, with the complement equal to p).

    With `logit` the result is log(x / (1 - x)), which has all digits near x = 1 too.
    """
    v = in_order(_beta.beta_quantile_loop, (a, b, p), lower)
    if logit:
        return v
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-v))
