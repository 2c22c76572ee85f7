"""Taylor polynomials by arithmetic on their coefficients, and what they leave out.

    u(t) = u_0 + u_1 t + ... + u_k t^k,   u_j = u^(j)(0) / j!

The coefficients of a sum, product, quotient or elementary function of polynomials follow from those of its
parts by recurrences of cost O(k^2): a product is a convolution, and a function that solves a differential
equation (e' = e u' for e = exp u) gets its coefficients one after another from it. Run a NumPy function on
x_0 + t and its Taylor polynomial comes out, exact up to rounding: no differences, no symbols.
(Griewank and Walther 2008, chapter 13.)

The remainder f(x) - P(x) is f^(k+1)(c) / (k+1)! (x - x_0)^(k+1) for some c between x_0 and x (Lagrange).

Left out: several variables, functions beyond the elementary ones below.

Lesson: calculus
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from groundup.math.calculus.forms import NotDifferentiableError, UnsupportedFunctionError

__all__ = ["Taylor", "lagrange_bound", "taylor", "taylor_polynomial"]


class Taylor(np.lib.mixins.NDArrayOperatorsMixin):
    """Coefficients of shape (k + 1, *S) of polynomials in one variable, one for each entry of an array of shape S."""

    __slots__ = ("coefficients",)
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, coefficients: Any) -> None:
        self.coefficients = np.asarray(coefficients, dtype=np.result_type(coefficients, np.float32))

    order = property(lambda self: len(self.coefficients) - 1)
    shape = property(lambda self: self.coefficients.shape[1:])

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        if method != "__call__" or options or ufunc not in RULES:
            names = ", ".join(sorted(f.__name__ for f in RULES))
            raise UnsupportedFunctionError(f"no Taylor rule for np.{ufunc.__name__}; there are rules for {names}")
        if ufunc is np.power and not isinstance(inputs[1], Taylor):
            return Taylor(_power(inputs[0].coefficients, inputs[1]))
        order = max(x.order for x in inputs if isinstance(x, Taylor))
        return Taylor(RULES[ufunc](*(_coefficients(x, order) for x in inputs)))

    def __repr__(self) -> str:
        return f"Taylor({self.coefficients!r})"


def taylor(f: Callable[[Any], Any], x0: Any, order: int) -> np.ndarray:
    """Taylor coefficients ``f^(j)(x0) / j!`` of an elementwise function.

    Parameters
    ----------
    f : callable, written in NumPy
    x0 : array_like of floats, shape S
        Centres; one polynomial for each.
    order : int, at least 0

    Returns
    -------
    ndarray of shape (order + 1, *S)

    Raises
    ------
    ValueError
        If `order` is negative.
    NotDifferentiableError, UnsupportedFunctionError
    """
    if order < 0:
        raise ValueError(f"order must be at least 0, got {order}")
    x0 = np.asarray(x0, dtype=np.float64)
    start = np.zeros((order + 1, *x0.shape))
    start[0] = x0
    if order:
        start[1] = 1
    out = f(Taylor(start))
    return _coefficients(out, order) + np.zeros_like(start)


def taylor_polynomial(coefficients: Any, x0: Any, x: Any) -> np.ndarray:
    """Value at `x` of the polynomial around `x0`, by Horner's rule: order multiplications a point.

    Parameters
    ----------
    coefficients : array_like of shape (order + 1, *S)
        What `taylor` returned: the constant first.
    x0 : array_like of shape S
        The centre of each polynomial.
    x : array_like that broadcasts with S

    Returns
    -------
    ndarray
        Of the shape to which `x` and S broadcast.

    Raises
    ------
    ValueError
        If the shapes do not broadcast.

    Examples
    --------
    >>> import numpy as np
    >>> from groundup.math.calculus import taylor, taylor_polynomial
    >>> taylor_polynomial(taylor(np.exp, 0.0, 2), 0.0, [0.0, 1.0])
    array([1. , 2.5])
    """
    t = np.asarray(x, dtype=np.float64) - x0
    total = np.zeros(np.broadcast_shapes(t.shape, np.shape(coefficients)[1:]))
    for c in np.asarray(coefficients)[::-1]:
        total = total * t + c
    return total


def lagrange_bound(f: Callable[[Any], Any], x0: float, x: Any, order: int, *, points: int = 257) -> np.ndarray:
    """Largest value of Lagrange's remainder of the polynomial of this order, between `x0` and `x`.

    ``max |f^(k+1)(c)| / (k+1)! |x - x0|^(k+1)`` with the maximum taken over `points` values of c: a bound for
    a derivative that is monotone there, an estimate of it otherwise.

    Returns
    -------
    ndarray of the shape of `x`
    """
    x = np.asarray(x, dtype=np.float64)
    fractions = np.linspace(0, 1, points).reshape(-1, *(1,) * x.ndim)
    next_one = taylor(f, x0 + fractions * (x - x0), order + 1)[-1]
    return np.abs(next_one).max(axis=0) * np.abs(x - x0) ** (order + 1)


def _coefficients(x: Any, order: int) -> np.ndarray:
    if isinstance(x, Taylor):
        return x.coefficients
    x = np.asarray(x, dtype=np.float64)
    return np.concatenate([x[None], np.zeros((order, *x.shape))])


def _like(*parts: np.ndarray) -> np.ndarray:
    return np.zeros((len(parts[0]), *np.broadcast_shapes(*(p.shape[1:] for p in parts))))


def _multiply(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    out = _like(u, v)
    for k in range(len(out)):
        out[k] = sum(u[j] * v[k - j] for j in range(k + 1))
    return out


def _divide(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """q v = u: the coefficient of t^k gives q_k from those before it."""
    out = _like(u, v)
    for k in range(len(out)):
        out[k] = (u[k] - sum(out[j] * v[k - j] for j in range(k))) / v[0]
    return out


def _exp(u: np.ndarray) -> np.ndarray:
    """e' = e u'."""
    out = np.zeros_like(u)
    out[0] = np.exp(u[0])
    for k in range(1, len(u)):
        out[k] = sum(j * u[j] * out[k - j] for j in range(1, k + 1)) / k
    return out


def _log(u: np.ndarray) -> np.ndarray:
    """u l' = u'."""
    out = np.zeros_like(u)
    out[0] = np.log(u[0])
    for k in range(1, len(u)):
        out[k] = (u[k] - sum(j * out[j] * u[k - j] for j in range(1, k)) / k) / u[0]
    return out


def _power(u: np.ndarray, r: float) -> np.ndarray:
    """p' u = r p u'; whole powers by squaring, so that the base may be 0."""
    if np.ndim(r):
        raise UnsupportedFunctionError("a Taylor polynomial is raised to a single number, not to an array")
    if r >= 0 and r == int(r):
        out = _coefficients(np.ones(u.shape[1:]), len(u) - 1)
        for bit in bin(int(r))[2:]:
            out = _multiply(out, out)
            out = _multiply(out, u) if bit == "1" else out
        return out
    if np.any(u[0] == 0) and len(u) > 1:
        raise NotDifferentiableError(f"0 to the power {r} has no Taylor polynomial")
    out = np.zeros_like(u)
    out[0] = u[0] ** r
    for k in range(1, len(u)):
        out[k] = sum((j * r - (k - j)) * u[j] * out[k - j] for j in range(1, k + 1)) / (k * u[0])
    return out


def _circular(u: np.ndarray, sine: Callable, cosine: Callable, sign: float) -> tuple[np.ndarray, np.ndarray]:
    """s' = c u', c' = sign s u'."""
    s, c = np.zeros_like(u), np.zeros_like(u)
    s[0], c[0] = sine(u[0]), cosine(u[0])
    for k in range(1, len(u)):
        s[k] = sum(j * u[j] * c[k - j] for j in range(1, k + 1)) / k
        c[k] = sign * sum(j * u[j] * s[k - j] for j in range(1, k + 1)) / k
    return s, c


def _bounded(u: np.ndarray, function: Callable, sign: float) -> np.ndarray:
    """y' = (1 + sign y^2) u': tan for +1, tanh for -1."""
    y, slope = np.zeros_like(u), np.zeros_like(u)
    y[0] = function(u[0])
    for k in range(1, len(u)):
        slope[k - 1] = sign * sum(y[j] * y[k - 1 - j] for j in range(k)) + (k == 1)
        y[k] = sum(j * u[j] * slope[k - j] for j in range(1, k + 1)) / k
    return y


def _integrated(u: np.ndarray, function: Callable, slope: np.ndarray) -> np.ndarray:
    """y' = slope u'."""
    y = np.zeros_like(u)
    y[0] = function(u[0])
    for k in range(1, len(u)):
        y[k] = sum(j * u[j] * slope[k - j] for j in range(1, k + 1)) / k
    return y


def _one_plus(u: np.ndarray, sign: float) -> np.ndarray:
    out = sign * _multiply(u, u)
    out[0] += 1
    return out


def _expm1(u: np.ndarray) -> np.ndarray:
    out = _exp(u)
    out[0] = np.expm1(u[0])
    return out


def _log1p(u: np.ndarray) -> np.ndarray:
    shifted = u.copy()
    shifted[0] += 1
    out = _log(shifted)
    out[0] = np.log1p(u[0])
    return out


def _abs(u: np.ndarray) -> np.ndarray:
    if np.any(u[0] == 0) and len(u) > 1:
        raise NotDifferentiableError("abs has no Taylor polynomial at 0, where its slope jumps from -1 to 1")
    return np.sign(u[0]) * u


def _constant_like(u: np.ndarray) -> np.ndarray:
    return _coefficients(np.ones(u.shape[1:]), len(u) - 1)


RULES: dict[np.ufunc, Callable] = {
    np.add: lambda u, v: u + v,
    np.subtract: lambda u, v: u - v,
    np.negative: lambda u: -u,
    np.positive: lambda u: u,
    np.multiply: _multiply,
    np.divide: _divide,
    np.reciprocal: lambda u: _divide(_constant_like(u), u),
    np.square: lambda u: _multiply(u, u),
    np.power: lambda u, v: _exp(_multiply(v, _log(u))),
    np.sqrt: lambda u: _power(u, 0.5),
    np.cbrt: lambda u: np.sign(u[0]) * _power(np.sign(u[0]) * u, 1 / 3),
    np.exp: _exp,
    np.expm1: _expm1,
    np.log: _log,
    np.log1p: _log1p,
    np.sin: lambda u: _circular(u, np.sin, np.cos, -1)[0],
    np.cos: lambda u: _circular(u, np.sin, np.cos, -1)[1],
    np.sinh: lambda u: _circular(u, np.sinh, np.cosh, 1)[0],
    np.cosh: lambda u: _circular(u, np.sinh, np.cosh, 1)[1],
    np.tan: lambda u: _bounded(u, np.tan, 1),
    np.tanh: lambda u: _bounded(u, np.tanh, -1),
    np.arctan: lambda u: _integrated(u, np.arctan, _power(_one_plus(u, 1), -1)),
    np.arctanh: lambda u: _integrated(u, np.arctanh, _power(_one_plus(u, -1), -1)),
    np.arcsin: lambda u: _integrated(u, np.arcsin, _power(_one_plus(u, -1), -0.5)),
    np.arccos: lambda u: _integrated(u, np.arccos, -_power(_one_plus(u, -1), -0.5)),
    np.arcsinh: lambda u: _integrated(u, np.arcsinh, _power(_one_plus(u, 1), -0.5)),
    np.absolute: _abs,
}
