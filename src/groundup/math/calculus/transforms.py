"""Derivatives of functions, by dual numbers: gradient, Jacobian, products with them, second derivatives.

    jacobian   J[i, j] = d f_i / d x_j                   one pass with n directions
    jvp        J v, the change of f when x moves by v    one pass with one direction
    hvp        H v = d/de gradient(x + e v)              a direction outside, n directions inside

Forward mode costs about one pass a direction, so a gradient of n variables costs up to n passes; reverse mode
(`groundup.neural.autograd`) costs a few whatever n is, and is the right tool for training networks.

Lesson: calculus
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from groundup.math.calculus.dual import Dual, along, variables
from groundup.math.calculus.forms import is_plain, kink_rule

__all__ = ["derivative", "gradient", "hessian", "hvp", "jacobian", "jvp", "value_and_gradient"]

Function = Callable[[Any], Any]


def jvp(f: Function, x: Any, v: Any, *, kinks: str = "raise") -> tuple[Any, Any]:
    """The value of `f` at `x` and its derivative along `v`, in one pass: ``f(x), J(x) v``.

    Parameters
    ----------
    f : callable, written in NumPy
    x : array_like of floats
    v : array_like of the shape of `x`
    kinks : {"raise", "subgradient"}
        At a point without a derivative: an error that names it, or the convention of torch.

    Returns
    -------
    value, derivative : ndarrays of the shape that `f` returns

    Raises
    ------
    ValueError
        If `v` does not have the shape of `x`.
    NotDifferentiableError, UnsupportedFunctionError
    """
    x = _point(x)
    v = v if not is_plain(v) else np.asarray(v, dtype=x.dtype)
    if v.shape != x.shape:
        raise ValueError(f"v must have the shape of x, {x.shape}: got {v.shape}")
    with kink_rule(kinks):
        moving = along(x, v)
        value, change = _parts(f(moving), moving, 1)
        return value, change[0]


def derivative(f: Function, x: Any, *, kinks: str = "raise") -> Any:
    """f'(x) of a function that works entry by entry, at every entry of `x`.

    Parameters
    ----------
    f : callable, written in NumPy
        Each entry of its result depends on the same entry of its input alone.
    x : array_like of floats
        Points; float32 stays float32, whole numbers become float64.
    kinks : {"raise", "subgradient"}
        At a point without a derivative: an error that names it, or the convention of torch.

    Returns
    -------
    ndarray of the shape of `x`

    Raises
    ------
    ValueError
        If `f` does not return the shape of `x`: it is not elementwise; use `jacobian`.
    NotDifferentiableError
        If `f` has a kink, a jump or an infinite slope there and `kinks` is "raise".
    UnsupportedFunctionError
        If `f` uses a function that has no rule here.

    Examples
    --------
    >>> import numpy as np
    >>> from groundup.math.calculus import derivative
    >>> derivative(lambda x: x**3, [1.0, 2.0])
    array([ 3., 12.])
    """
    x = _point(x)
    value, slope = jvp(f, x, np.ones(x.shape, x.dtype), kinks=kinks)
    if value.shape != x.shape:
        raise ValueError(f"f must work entry by entry: from shape {x.shape} it made {value.shape}; use jacobian")
    return slope


def value_and_gradient(f: Function, x: Any, *, kinks: str = "raise") -> tuple[Any, Any]:
    """The value of `f` at `x`, a single number, and its gradient, of the shape of `x`.

    Parameters
    ----------
    f : callable, written in NumPy
        Returns one number.
    x : array_like of floats
        One point of any shape; whole numbers become float64.
    kinks : {"raise", "subgradient"}
        At a point without a derivative: an error that names it, or the convention of torch.

    Returns
    -------
    value : ndarray of shape ()
    gradient : ndarray of the shape of `x`

    Raises
    ------
    ValueError
        If `f` returns more than one number.
    NotDifferentiableError
        If `f` has a kink, a jump or an infinite slope there and `kinks` is "raise".
    UnsupportedFunctionError
        If `f` uses a function that has no rule here.

    Examples
    --------
    >>> import numpy as np
    >>> from groundup.math.calculus import value_and_gradient
    >>> value_and_gradient(lambda x: np.sum(x**2), [1.0, 2.0])
    (array(5.), array([2., 4.]))
    """
    x = _point(x)
    with kink_rule(kinks):
        moving = variables(x)
        value, change = _parts(f(moving), moving, x.size)
    if value.shape != ():
        raise ValueError(f"f must return a single number, got shape {value.shape}; use jacobian")
    return value, np.reshape(change, x.shape)


def gradient(f: Function, x: Any, *, kinks: str = "raise") -> Any:
    """The gradient of `f` at `x`: the second part of `value_and_gradient`.

    Parameters
    ----------
    f : callable, written in NumPy
        Returns one number.
    x : array_like of floats
        One point of any shape; whole numbers become float64.
    kinks : {"raise", "subgradient"}
        At a point without a derivative: an error that names it, or the convention of torch.

    Returns
    -------
    ndarray of the shape of `x`

    Raises
    ------
    ValueError
        If `f` returns more than one number.
    NotDifferentiableError
        If `f` has a kink, a jump or an infinite slope there and `kinks` is "raise".
    UnsupportedFunctionError
        If `f` uses a function that has no rule here.

    Examples
    --------
    >>> from groundup.math.calculus import gradient
    >>> gradient(lambda x: x[0] * x[1], [2.0, 3.0])
    array([3., 2.])
    """
    return value_and_gradient(f, x, kinks=kinks)[1]


def jacobian(f: Function, x: Any, *, kinks: str = "raise") -> Any:
    """All derivatives of all outputs: ``J[i, j] = d f_i / d x_j``.

    Parameters
    ----------
    f : callable, written in NumPy
        Returns an array, or a list of numbers and arrays that can be stacked.
    x : array_like of floats
        One point of any shape; whole numbers become float64.
    kinks : {"raise", "subgradient"}
        At a point without a derivative: an error that names it, or the convention of torch.

    Returns
    -------
    ndarray of shape ``f(x).shape + x.shape``

    Raises
    ------
    NotDifferentiableError
        If `f` has a kink, a jump or an infinite slope there and `kinks` is "raise".
    UnsupportedFunctionError
        If `f` uses a function that has no rule here.

    Examples
    --------
    >>> from groundup.math.calculus import jacobian
    >>> jacobian(lambda x: [x[0] * x[1], x[0]], [2.0, 3.0])
    array([[3., 2.],
           [1., 0.]])
    """
    x = _point(x)
    with kink_rule(kinks):
        moving = variables(x)
        value, change = _parts(f(moving), moving, x.size)
    return np.reshape(np.moveaxis(change, 0, -1), (*value.shape, *x.shape))


def hvp(f: Function, x: Any, v: Any, *, kinks: str = "raise") -> Any:
    """Second derivatives times a vector, H(x) v, without forming H (Pearlmutter 1994).

    Parameters
    ----------
    f : callable, written in NumPy
        Returns one number.
    x : array_like of floats
        One point of any shape; whole numbers become float64.
    v : array_like of the shape of `x`
        The vector.
    kinks : {"raise", "subgradient"}
        At a point without a derivative: an error that names it, or the convention of torch.

    Returns
    -------
    ndarray of the shape of `x`

    Raises
    ------
    ValueError
        If `v` does not have the shape of `x`, or `f` returns more than one number.
    NotDifferentiableError
        If `f` has a kink, a jump or an infinite slope there and `kinks` is "raise".
    UnsupportedFunctionError
        If `f` uses a function that has no rule here.

    Examples
    --------
    >>> from groundup.math.calculus import hvp
    >>> hvp(lambda x: x[0] ** 2 * x[1], [1.0, 2.0], [1.0, 0.0])
    array([4., 2.])
    """
    return jvp(lambda y: gradient(f, y, kinks=kinks), x, v, kinks=kinks)[1]


def hessian(f: Function, x: Any, *, kinks: str = "raise") -> Any:
    """The matrix of second derivatives of `f`, a single number, of shape ``x.shape + x.shape``.

    Time and memory grow with the square of x.size times the size of what `f` computes; `hvp` needs the first power.

    Parameters
    ----------
    f : callable, written in NumPy
        Returns one number.
    x : array_like of floats
        One point of any shape; whole numbers become float64.
    kinks : {"raise", "subgradient"}
        At a point without a derivative: an error that names it, or the convention of torch.

    Returns
    -------
    ndarray of shape ``x.shape + x.shape``
        Symmetric up to rounding where the second derivatives are continuous.

    Raises
    ------
    ValueError
        If `f` returns more than one number.
    NotDifferentiableError
        If `f` has a kink, a jump or an infinite slope there and `kinks` is "raise".
    UnsupportedFunctionError
        If `f` uses a function that has no rule here.

    Examples
    --------
    >>> from groundup.math.calculus import hessian
    >>> hessian(lambda x: x[0] ** 2 * x[1], [1.0, 2.0])
    array([[4., 2.],
           [2., 0.]])
    """
    return jacobian(lambda y: gradient(f, y, kinks=kinks), x, kinks=kinks)


def _point(x: Any) -> Any:
    """`x` as floats: float32 and float64 stay, integers become float64, dual numbers (of an outer pass) stay."""
    if not is_plain(x):
        return x
    array = np.asarray(x)
    if array.dtype.kind in "iub":
        return array.astype(np.float64)
    if array.dtype.kind != "f":
        raise TypeError(f"x must be real numbers, got {array.dtype}")
    return array


def _parts(out: Any, moving: Dual, count: int) -> tuple[Any, Any]:
    """Value and (count, *S) derivatives of a result, which may be a list, or not depend on the variables at all."""
    if isinstance(out, (list, tuple)):
        out = np.stack([o if isinstance(o, Dual) else np.asarray(o) for o in out])
    elif is_plain(out) and np.asarray(out).dtype == object:
        entries = np.asarray(out)
        out = np.reshape(np.stack(list(entries.ravel())), entries.shape)
    if isinstance(out, Dual) and out.level == moving.level:
        return out.value, out.tangent.array()
    value = out if isinstance(out, Dual) else np.asarray(out)
    return value, np.zeros((count, *value.shape), moving.dtype)
