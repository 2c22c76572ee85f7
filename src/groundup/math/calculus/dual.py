"""Dual numbers: a value that carries its own derivatives, so that NumPy code differentiates itself.

    (a + a' e)(b + b' e) = a b + (a' b + a b') e,   since e^2 = 0       f(a + a' e) = f(a) + f'(a) a' e

The coefficient of e is the derivative, exact up to rounding: there is no step to choose. Here a and a' are
arrays, and a' holds k directions at once (`tangent.py`), so one pass through a function gives its derivatives
in all of them. The rules of single functions stand in `rules.py`, of sums, products and rearrangements in
`functions.py`.

A dual number whose parts are dual numbers gives second derivatives. Each differentiation gets a `level` of its
own; for an outer one the numbers of an inner one are ordinary values, so that d/dx (x d/dy (x + y)) comes out
as 1 and not as 2 ("perturbation confusion", Siskind and Pearlmutter 2005).

Left out: complex numbers, `out=` and assignment into arrays (build them with np.where, np.stack, np.concatenate).

Lesson: calculus
"""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from groundup.math.calculus.forms import UnsupportedFunctionError, constant, is_plain, linear
from groundup.math.calculus.rules import PARTIALS, WITHOUT_SLOPE
from groundup.math.calculus.tangent import Dense, Picked, Tangent

__all__ = ["Dual", "variables"]

_levels = itertools.count(1)
FUNCTIONS: dict[Callable, Callable] = {}  # filled by functions.py


class Dual(np.lib.mixins.NDArrayOperatorsMixin):
    """An array of shape S with the derivatives of each entry along k directions.

    Parameters
    ----------
    value : ndarray of shape S, or Dual of a lower level
    tangent : Tangent of that shape
    level : int
        Which differentiation it belongs to; numbers of different levels do not mix their derivatives.
    """

    __slots__ = ("level", "tangent", "value")
    __array_priority__ = 1000
    __hash__ = None  # type: ignore[assignment]  # compares by value, entry by entry

    def __init__(self, value: Any, tangent: Tangent, level: int) -> None:
        self.value, self.tangent, self.level = value, tangent, level

    def rebuilt(self, value: Any, array: Any) -> "Dual":
        """A number of the same level with the given value and (k, *S) tangent array."""
        return Dual(value, Dense(array), self.level)

    def derivatives(self) -> Any:
        """The tangent as a (k, *S) array."""
        return self.tangent.array()

    shape = property(lambda self: self.value.shape)
    ndim = property(lambda self: self.value.ndim)
    size = property(lambda self: self.value.size)
    dtype = property(lambda self: self.value.dtype)
    T = property(lambda self: np.transpose(self))

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        if method == "reduce" and ufunc in REDUCTIONS:
            options.pop("dtype", None)
            options.pop("out", None)
            return REDUCTIONS[ufunc](*inputs, **{"axis": 0, **options})
        if method != "__call__" or options:
            what = f"np.{ufunc.__name__}" + (f".{method}" if method != "__call__" else f" with {sorted(options)}")
            raise UnsupportedFunctionError(f"dual numbers do not support {what}")
        if ufunc in (np.matmul, np.vecdot):
            return FUNCTIONS[ufunc](*inputs)
        if ufunc in WITHOUT_SLOPE:
            return ufunc(*(constant(x) if isinstance(x, Dual) else x for x in inputs))
        if ufunc not in PARTIALS:
            raise UnsupportedFunctionError(
                f"no derivative of np.{ufunc.__name__} is known; there are rules for "
                + ", ".join(sorted({f.__name__ for f in PARTIALS}))
            )
        return elementwise(ufunc, inputs)

    def __array_function__(self, function: Callable, types: Any, args: tuple, options: dict) -> Any:
        if function not in FUNCTIONS:
            raise UnsupportedFunctionError(
                f"no derivative of np.{function.__name__} is known; there are rules for "
                + ", ".join(sorted({f.__name__ for f in FUNCTIONS}))
            )
        return FUNCTIONS[function](*args, **options)

    def __array__(self, *_: Any, **__: Any) -> np.ndarray:
        raise UnsupportedFunctionError(
            "turning dual numbers into a plain array would lose their derivatives: gather them with np.stack "
            "or np.concatenate, or take the value on purpose with constant(x)"
        )

    def __getitem__(self, key: Any) -> "Dual":
        key = key if isinstance(key, tuple) else (key,)
        key = tuple(constant(k) if isinstance(k, Dual) else k for k in key)

        if not all(isinstance(k, (int, np.integer, slice)) or k is None or k is Ellipsis for k in key):
            # arrays as indices may move axes to the front, so the entries are looked up by their number
            numbers = np.arange(self.size).reshape(self.shape)[key]
            return self.ravel()._entries(numbers)

        def move(array: Any, lead: int) -> Any:
            return array[(slice(None),) * lead + key]

        value = move(self.value, 0)
        return Dual(value if not is_plain(value) else np.asarray(value), self.tangent.moved(move), self.level)

    def _entries(self, numbers: np.ndarray) -> "Dual":
        def move(array: Any, lead: int) -> Any:
            if is_plain(array):
                return np.take(array, numbers, axis=lead)
            return linear(lambda a, more: np.take(a, numbers, axis=lead + more), array)

        return Dual(move(self.value, 0), self.tangent.moved(move), self.level)

    def __setitem__(self, key: Any, new: Any) -> None:
        raise UnsupportedFunctionError(
            "dual numbers are not assigned into: build the array with np.where, np.stack or np.concatenate"
        )

    def __len__(self) -> int:
        return len(self.value)

    def __iter__(self) -> Iterator["Dual"]:
        return (self[i] for i in range(len(self)))

    def __bool__(self) -> bool:
        return bool(constant(self))

    def __float__(self) -> float:
        raise UnsupportedFunctionError(
            "float() and the functions of the math module would drop the derivative: use NumPy's (np.sin, not math.sin)"
        )

    __int__ = __index__ = __complex__ = __float__

    def __repr__(self) -> str:
        return f"Dual({self.value!r}, {self.tangent.count} direction{'s' * (self.tangent.count != 1)})"

    def sum(self, axis: Any = None, keepdims: bool = False) -> "Dual":
        """As `numpy.sum`."""
        return np.sum(self, axis=axis, keepdims=keepdims)

    def mean(self, axis: Any = None, keepdims: bool = False) -> "Dual":
        """As `numpy.mean`."""
        return np.mean(self, axis=axis, keepdims=keepdims)

    def var(self, axis: Any = None, ddof: int = 0, keepdims: bool = False) -> "Dual":
        """As `numpy.var`."""
        return np.var(self, axis=axis, ddof=ddof, keepdims=keepdims)

    def std(self, axis: Any = None, ddof: int = 0, keepdims: bool = False) -> "Dual":
        """As `numpy.std`."""
        return np.std(self, axis=axis, ddof=ddof, keepdims=keepdims)

    def prod(self, axis: Any = None, keepdims: bool = False) -> "Dual":
        """As `numpy.prod`."""
        return np.prod(self, axis=axis, keepdims=keepdims)

    def max(self, axis: Any = None, keepdims: bool = False) -> "Dual":
        """As `numpy.max`."""
        return np.max(self, axis=axis, keepdims=keepdims)

    def min(self, axis: Any = None, keepdims: bool = False) -> "Dual":
        """As `numpy.min`."""
        return np.min(self, axis=axis, keepdims=keepdims)

    def dot(self, other: Any) -> "Dual":
        """As `numpy.dot`."""
        return np.dot(self, other)

    def reshape(self, *shape: Any) -> "Dual":
        """As `numpy.reshape`."""
        return FUNCTIONS[np.reshape](self, shape[0] if len(shape) == 1 else shape)

    def transpose(self, *axes: Any) -> "Dual":
        """As `numpy.transpose`."""
        return FUNCTIONS[np.transpose](self, axes or None)

    def ravel(self) -> "Dual":
        """All entries in one row."""
        return self.reshape(-1)

    flatten = ravel

    def copy(self) -> "Dual":
        """The number itself: nothing can change it."""
        return self

    def item(self) -> "Dual":
        """The only entry, still dual."""
        return self.reshape(())

    def astype(self, dtype: Any, copy: bool = True) -> "Dual":
        """In another precision, derivatives included."""
        return self.rebuilt(self.value.astype(dtype), self.derivatives().astype(dtype))


REDUCTIONS: dict[np.ufunc, Callable] = {
    np.add: lambda x, **options: np.sum(x, **options),
    np.multiply: lambda x, **options: np.prod(x, **options),
    np.maximum: lambda x, **options: np.max(x, **options),
    np.minimum: lambda x, **options: np.min(x, **options),
}


def variables(x: Any) -> Dual:
    """The entries of `x` as independent variables: k = x.size directions, one an entry, on a new level."""
    index = np.arange(x.size).reshape(x.shape)
    return Dual(x, Picked(index, x.size, x.dtype), next(_levels))


def along(x: Any, direction: Any) -> Dual:
    """`x` moving along one direction of the same shape, on a new level."""
    return Dual(x, Dense(np.reshape(direction, (1, *x.shape))), next(_levels))


def split(inputs: Any) -> tuple[int, list[Any], list[Tangent | None]]:
    """The highest level among the inputs, and at that level the value and the tangent of each.

    A number of a lower level has no tangent at this one: for it, it is a constant.
    """
    level = max(x.level for x in inputs if isinstance(x, Dual))
    mine = [isinstance(x, Dual) and x.level == level for x in inputs]
    values = [x.value if own else x for x, own in zip(inputs, mine, strict=True)]
    return level, values, [x.tangent if own else None for x, own in zip(inputs, mine, strict=True)]


def elementwise(ufunc: np.ufunc, inputs: Any) -> Dual:
    """Chain rule: d f(u, v) = f_u du + f_v dv, entry by entry, with broadcasting."""
    level, values, tangents = split(inputs)
    out = ufunc(*values)
    total: Tangent | None = None
    for tangent, partial in zip(tangents, PARTIALS[ufunc], strict=True):
        if tangent is not None:
            factor = None if partial is None else partial(out, *values)
            term = tangent.broadcast(np.shape(out)).scaled(factor)
            total = term if total is None else total.plus(term)
    assert total is not None
    # NumPy hands back a scalar for arrays without axes; its methods are needed here
    return Dual(out if not is_plain(out) else np.asarray(out), total, level)
