"""Derivatives measured with a step h, and how wrong they are.

    forward   (f(x + h) - f(x)) / h            = f' + h/2 f'' + ...       rounding  2 u |f| / h
    central   (f(x + h) - f(x - h)) / (2 h)    = f' + h^2/6 f''' + ...    rounding    u |f| / h
    complex   Im f(x + i h) / h                = f' - h^2/6 f''' + ...    no subtraction, so no cancellation

u is the unit roundoff, 1.1e-16 in float64. Truncation falls with h and rounding grows, so each formula has a
best step, and no step is small enough to be exact. The complex step (Squire and Trapp 1998) needs a function
that is analytic and written for complex numbers. Richardson's extrapolation cancels the leading powers of h.

Left out: adaptive step search, schemes for noisy functions.

Lesson: calculus
"""

from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["best_step", "complex_step", "difference", "error_model", "numerical_gradient", "richardson"]

Function = Callable[[Any], Any]
METHODS = ("forward", "backward", "central")


def error_model(step: Any, method: str = "central", *, value: float = 1.0, higher: float = 1.0, unit: float = 2.0**-53):
    """Bounds on the two errors of a difference, to leading order: ``(truncation, rounding)``.

    Parameters
    ----------
    step : float or ndarray
    method : {"forward", "backward", "central"}
    value : float
        Size of f near x. Each evaluation is taken to be wrong by at most ``unit * value``.
    higher : float
        Size of f'' (one-sided differences) or f''' (central) near x.
    unit : float
        Relative error of an evaluation; 2**-53 for float64.

    Returns
    -------
    truncation, rounding : as `step`
    """
    _check_method(method)
    step = np.abs(step)
    if method == "central":
        return higher * step**2 / 6, unit * value / step
    return higher * step / 2, 2 * unit * value / step


def best_step(method: str = "central", *, value: float = 1.0, higher: float = 1.0, unit: float = 2.0**-53) -> float:
    """The step at which `error_model`'s sum is least: where its derivative with respect to the step is 0.

    ``2 sqrt(u |f| / |f''|)`` one-sided, ``(3 u |f| / |f'''|)^(1/3)`` central.

    Parameters
    ----------
    method : {"forward", "backward", "central"}
    value : float, positive
        Size of f near x.
    higher : float, positive
        Size of f'' (one-sided differences) or f''' (central) near x.
    unit : float, positive
        Relative error of an evaluation of f; 2**-53 for float64.

    Returns
    -------
    float
        In the units of x in which `higher` is given.

    Raises
    ------
    ValueError
        If the method is unknown.

    Examples
    --------
    >>> from groundup.math.calculus import best_step
    >>> f"{best_step('forward'):.1e}, {best_step('central'):.1e}"
    '2.1e-08, 6.9e-06'
    """
    _check_method(method)
    ratio = unit * value / higher
    return float(np.cbrt(3 * ratio) if method == "central" else 2 * np.sqrt(ratio))


def difference(f: Function, x: Any, *, step: Any = None, method: str = "central") -> np.ndarray:
    """f'(x) of a function that works entry by entry, at every entry of `x`.

    Parameters
    ----------
    f : callable
    x : array_like of floats
    step : float or array_like, optional
        By default `best_step` for a function whose values and derivatives are of size 1, times max(1, |x|).
    method : {"central", "forward", "backward"}

    Returns
    -------
    ndarray of the shape of `x`

    Raises
    ------
    ValueError
        If the method is unknown, or a step is 0, or too small to change `x` at all.
    """
    _check_method(method)
    x = _floats(x)
    h = _usable_step(x, step, method)
    if method == "forward":
        return (f(x + h) - f(x)) / h
    if method == "backward":
        return (f(x) - f(x - h)) / h
    # the two points are what they are after rounding; divide by their true distance
    above, below = x + h, x - h
    return (f(above) - f(below)) / (above - below)


def complex_step(f: Function, x: Any, *, step: float = 1e-200) -> np.ndarray:
    """f'(x) of an analytic elementwise function, to machine precision: ``Im f(x + i step) / step``.

    Raises
    ------
    ValueError
        If `f` does not return complex numbers (abs, maximum, comparisons and float casts drop the imaginary part).
    """
    x = np.asarray(x, dtype=np.float64)
    out = np.asarray(f(x + 1j * step))
    if out.dtype.kind != "c":
        raise ValueError(f"f must return complex numbers for complex input, got {out.dtype}: is it analytic?")
    return np.imag(out) / step


def richardson(f: Function, x: Any, *, step: float = 0.1, levels: int = 6) -> tuple[np.ndarray, np.ndarray]:
    """f'(x) by Richardson's extrapolation of central differences with steps h, h/2, h/4, ...

    The error of D(h) is c2 h^2 + c4 h^4 + ...; (4 D(h/2) - D(h)) / 3 has no h^2 term, the next column of
    the table no h^4 term, and so on.

    Returns
    -------
    value : ndarray of the shape of `x`
        The entry of the table whose difference to its neighbours is least.
    error : ndarray of the shape of `x`
        That difference: an estimate, not a bound.

    Raises
    ------
    ValueError
        If `levels` is below 2, or the step as for `difference`.
    """
    if levels < 2:
        raise ValueError(f"levels must be at least 2, got {levels}")
    x = _floats(x)
    last = [difference(f, x, step=step)]
    best, error = last[0], np.full(x.shape, np.inf)
    for level in range(1, levels):
        row = [difference(f, x, step=step / 2**level)]
        for power in range(1, level + 1):
            gain = 4.0**power
            row.append((gain * row[-1] - last[power - 1]) / (gain - 1))
            change = np.maximum(np.abs(row[-1] - row[-2]), np.abs(row[-1] - last[power - 1]))
            best, error = np.where(change < error, row[-1], best), np.minimum(change, error)
        last = row
    return best, error


def numerical_gradient(f: Function, x: Any, *, step: float | None = None, method: str = "central") -> np.ndarray:
    """The gradient of a function of many variables that returns one number, variable by variable.

    Costs 2 x.size evaluations (x.size + 1 one-sided).

    Parameters
    ----------
    f : callable
        Takes an array of the shape of `x`, returns one number.
    x : array_like of floats
        One point of any shape.
    step : float or array_like that broadcasts to the shape of `x`, optional
        As for `difference`.
    method : {"central", "forward", "backward"}

    Returns
    -------
    ndarray of the shape of `x`

    Raises
    ------
    ValueError
        If the method is unknown, or a step is 0, or too small to change `x` at all.
    TypeError
        If `x` is not made of real numbers.

    Examples
    --------
    >>> import numpy as np
    >>> from groundup.math.calculus import numerical_gradient
    >>> numerical_gradient(lambda x: np.sum(x**2), [1.0, 2.0]).round(6)
    array([2., 4.])
    """
    _check_method(method)
    x = _floats(x)
    h = np.broadcast_to(_usable_step(x, step, method), x.shape)
    here: Any = f(x) if method != "central" else None
    out = np.empty_like(x)
    for at in np.ndindex(x.shape):
        above, below = x.copy(), x.copy()
        if method != "backward":
            above[at] += h[at]
        if method != "forward":
            below[at] -= h[at]
        up = here if method == "backward" else f(above)
        down = here if method == "forward" else f(below)
        out[at] = (up - down) / (above[at] - below[at])
    return out


def _floats(x: Any) -> np.ndarray:
    x = np.asarray(x)
    if x.dtype.kind not in "iubf":
        raise TypeError(f"x must be real numbers, got {x.dtype}")
    return x if x.dtype.kind == "f" else x.astype(np.float64)


def _usable_step(x: np.ndarray, step: Any, method: str) -> np.ndarray:
    """The step, rounded so that x + h - x is h exactly."""
    if step is None:
        unit = float(np.finfo(x.dtype).eps) / 2
        step = best_step(method, unit=unit) * np.maximum(1, np.abs(x))
    h = ((x + np.asarray(step, x.dtype)) - x).astype(x.dtype)
    if np.any(h == 0):
        raise ValueError(f"step must be large enough to change x: {np.min(np.abs(step)):.3g} is lost in rounding")
    return h


def _check_method(method: str) -> None:
    if method not in METHODS:
        raise ValueError(f"method must be one of {', '.join(METHODS)}, got {method!r}")
