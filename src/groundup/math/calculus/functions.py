"""Sums, products of matrices, rearrangements and extrema of dual numbers: NumPy's functions beyond the elementwise.

Three kinds of rule cover them:

* a *rearrangement* moves the derivatives where it moves the values; what np.roll or np.take does is learnt by
  letting it loose on the entries' numbers 0, 1, 2, ...;
* a *linear* function is its own derivative;
* a *product* of any kind obeys d(A B) = dA B + A dB.

Lesson: calculus
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from groundup.math.calculus.dual import FUNCTIONS, Dual, elementwise, split
from groundup.math.calculus.forms import UnsupportedFunctionError, constant, is_plain, kink
from groundup.math.calculus.tangent import Dense, Picked, Tangent

__all__: list[str] = []


def rule(*functions: Callable) -> Callable:
    """Register the decorated function as the rule of these NumPy functions."""

    def register(ours: Callable) -> Callable:
        FUNCTIONS.update(dict.fromkeys(functions, ours))
        return ours

    return register


def moved(x: Dual, move: Callable[[Any, int], Any]) -> Dual:
    return Dual(move(x.value, 0), x.tangent.moved(move), x.level)


@rule(np.reshape)
def reshape(x: Dual, /, shape: Any, order: str = "C", *, copy: Any = None) -> Dual:
    if order != "C":
        raise UnsupportedFunctionError(f"np.reshape of dual numbers knows order='C' only, got {order!r}")
    shape = np.empty(x.shape, np.bool_).reshape(shape).shape  # resolves -1, and names what does not fit
    return moved(x, lambda array, lead: np.reshape(array, array.shape[:lead] + shape))


@rule(np.ravel)
def ravel(x: Dual, order: str = "C") -> Dual:
    return reshape(x, (-1,), order=order)


@rule(np.transpose)
def transpose(x: Dual, axes: Sequence[int] | None = None) -> Dual:
    axes = tuple(range(x.ndim))[::-1] if axes is None else tuple(np.atleast_1d(axes[0] if len(axes) == 1 else axes))
    axes = tuple(int(a) % x.ndim for a in axes)
    return moved(x, lambda array, lead: np.transpose(array, (*range(lead), *(a + lead for a in axes))))


@rule(np.broadcast_to)
def broadcast_to(x: Dual, shape: Any) -> Dual:
    shape = tuple(np.atleast_1d(shape))
    return Dual(np.broadcast_to(x.value, shape), x.tangent.broadcast(shape), x.level)


def _rearranged(function: Callable) -> None:
    def ours(x: Any, *args: Any, **options: Any) -> Any:
        if not isinstance(x, Dual):
            raise UnsupportedFunctionError(f"np.{function.__name__} takes dual numbers as its first argument only")
        numbers = function(np.arange(x.size).reshape(x.shape), *map(_plain, args), **options)
        flat = ravel(x)
        return [flat[n] for n in numbers] if isinstance(numbers, (list, tuple)) else flat[numbers]

    rule(function)(ours)


def _plain(x: Any) -> Any:
    return constant(x) if isinstance(x, Dual) else x


for _function in (
    *(np.squeeze, np.expand_dims, np.swapaxes, np.moveaxis, np.atleast_1d, np.atleast_2d, np.atleast_3d),
    *(np.roll, np.flip, np.fliplr, np.flipud, np.rot90, np.repeat, np.tile, np.take, np.take_along_axis),
    *(np.diagonal, np.split, np.array_split, np.hsplit, np.vsplit),
):
    _rearranged(_function)
moveaxis, squeeze, take_along_axis = (FUNCTIONS[f] for f in (np.moveaxis, np.squeeze, np.take_along_axis))


@rule(np.sort)
def sort(x: Dual, axis: int = -1) -> Dual:
    order = np.argsort(constant(x), axis=axis, kind="stable")
    return take_along_axis(x, order, axis)


@rule(np.sum)
def sum_(x: Dual, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False, **_: Any) -> Dual:
    value = np.sum(x.value, axis=axis, keepdims=keepdims)
    return Dual(value if not is_plain(value) else np.asarray(value), x.tangent.sum(axis, keepdims), x.level)


def _count(x: Dual, axis: Any) -> int:
    return x.size if axis is None else int(np.prod([x.shape[a] for a in np.atleast_1d(axis)]))


@rule(np.mean)
def mean(x: Dual, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False) -> Dual:
    return sum_(x, axis=axis, keepdims=keepdims) / _count(x, axis)


@rule(np.var)
def var(x: Dual, axis: Any = None, dtype: Any = None, out: Any = None, ddof: int = 0, keepdims: bool = False) -> Dual:
    centred = x - mean(x, axis=axis, keepdims=True)
    return sum_(centred * centred, axis=axis, keepdims=keepdims) / (_count(x, axis) - ddof)


@rule(np.std)
def std(x: Dual, axis: Any = None, dtype: Any = None, out: Any = None, ddof: int = 0, keepdims: bool = False) -> Dual:
    return elementwise(np.sqrt, (var(x, axis=axis, ddof=ddof, keepdims=keepdims),))


@rule(np.prod)
def prod(x: Dual, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False, **_: Any) -> Dual:
    """Products in pairs: right where a factor is 0, unlike total / factor."""
    if axis is not None and np.ndim(axis):
        raise UnsupportedFunctionError(f"np.prod of dual numbers takes one axis or none, got {axis}")
    shape = tuple(1 if axis is None or a == axis % x.ndim else n for a, n in enumerate(x.shape))
    rest = ravel(x) if axis is None else moveaxis(x, axis, 0)
    if rest.shape[0] == 0:
        return sum_(rest, axis=0) + 1.0
    while (n := rest.shape[0]) > 1:
        paired = rest[: n // 2] * rest[n // 2 : 2 * (n // 2)]
        rest = concatenate([paired, rest[-1:]]) if n % 2 else paired
    return reshape(rest, shape) if keepdims else rest[0]


@rule(np.cumsum)
def cumsum(x: Dual, axis: int | None = None) -> Dual:
    if axis is None:
        return cumsum(ravel(x), axis=0)
    at = axis % x.ndim
    return Dual(np.cumsum(x.value, axis=at), Dense(np.cumsum(x.derivatives(), axis=at + 1)), x.level)


@rule(np.diff)
def diff(x: Dual, n: int = 1, axis: int = -1) -> Dual:
    for _ in range(n):
        ahead = moveaxis(x, axis, 0)
        x = moveaxis(ahead[1:] - ahead[:-1], 0, axis)
    return x


@rule(np.trace)
def trace(x: Dual, offset: int = 0) -> Dual:
    return np.sum(np.diagonal(x, offset), axis=-1)


def _extreme(name: str, argument: Callable) -> Callable:
    def ours(x: Dual, axis: Any = None, out: Any = None, keepdims: bool = False, **_: Any) -> Dual:
        if axis is not None and np.ndim(axis):
            raise UnsupportedFunctionError(f"np.{name} of dual numbers takes one axis or none, got {axis}")
        flat, along = (ravel(x), 0) if axis is None else (x, axis)
        values = constant(flat)
        best = np.expand_dims(argument(values, axis=along), along)
        top = np.take_along_axis(values, best, along)
        tied = (values == top).sum(axis=along, keepdims=True) > 1
        kink(f"np.{name}", tied, top, "several entries share the extreme, and each wins on one side")
        chosen = take_along_axis(flat, best, along)
        if axis is None:
            return reshape(chosen, (1,) * x.ndim if keepdims else ())
        return chosen if keepdims else squeeze(chosen, along)

    return ours


rule(np.max, np.amax)(_extreme("max", np.argmax))
rule(np.min, np.amin)(_extreme("min", np.argmin))


@rule(np.clip)
def clip(x: Any, a_min: Any = None, a_max: Any = None, *, min: Any = None, max: Any = None) -> Any:
    low, high = (a_min if min is None else min), (a_max if max is None else max)
    x = x if low is None else np.maximum(x, low)
    return x if high is None else np.minimum(x, high)


@rule(np.where)
def where(condition: Any, x: Any, y: Any) -> Dual:
    condition = _plain(condition)
    if not isinstance(x, Dual) and not isinstance(y, Dual):
        return np.where(condition, x, y)
    level, values, tangents = split((x, y))
    value = np.where(condition, *values)
    total: Tangent | None = None
    for tangent, mask in zip(tangents, (condition, np.logical_not(condition)), strict=True):
        if tangent is not None:
            term = tangent.broadcast(value.shape).masked(np.broadcast_to(mask, value.shape))
            total = term if total is None else total.plus(term)
    assert total is not None
    return Dual(value, total, level)


@rule(np.concatenate)
def concatenate(parts: Sequence[Any], axis: int | None = 0) -> Dual:
    if axis is None:
        return concatenate([np.ravel(p) for p in parts])
    level, values, tangents = split([p if isinstance(p, Dual) else np.asarray(p) for p in parts])
    value = np.concatenate(values, axis=axis)
    axis = axis % value.ndim
    picked = [t for t in tangents if isinstance(t, Picked)]
    if len(picked) == len(tangents):
        index = np.concatenate([t.index for t in picked], axis=axis)
        rates = np.concatenate([t.rates() for t in picked], axis=axis)
        return Dual(value, Picked(index, picked[0].count, picked[0].dtype, rates), level)
    count = next(t.count for t in tangents if t is not None)
    arrays = [
        np.zeros((count, *np.shape(v))) if t is None else t.array() for t, v in zip(tangents, values, strict=True)
    ]
    return Dual(value, Dense(np.concatenate(arrays, axis=axis + 1)), level)


@rule(np.stack)
def stack(parts: Sequence[Any], axis: int = 0) -> Dual:
    return concatenate([np.expand_dims(p if isinstance(p, Dual) else np.asarray(p), axis) for p in parts], axis=axis)


@rule(np.vstack)
def vstack(parts: Sequence[Any]) -> Dual:
    return concatenate([np.atleast_2d(p) for p in parts])


@rule(np.hstack)
def hstack(parts: Sequence[Any]) -> Dual:
    parts = [np.atleast_1d(p) for p in parts]
    return concatenate(parts, axis=0 if parts[0].ndim == 1 else 1)


@rule(np.matmul)
def matmul(a: Any, b: Any) -> Dual:
    level, (a_value, b_value), (a_tangent, b_tangent) = split((a, b))
    value = np.matmul(a_value, b_value)
    terms = []
    if b_tangent is not None and np.ndim(a_value) == 2 and np.ndim(b_value) == 1:
        terms.append(_matrix_vector(a_value, b_tangent))
    elif b_tangent is not None:
        terms.append(_by_direction(np.matmul, a_value, b_tangent, tangent_first=False))
    if a_tangent is not None:
        terms.append(_by_direction(np.matmul, b_value, a_tangent, tangent_first=True))
    total = terms[0] if len(terms) == 1 else terms[0].plus(terms[1])
    return Dual(value if not is_plain(value) else np.asarray(value), total, level)


def _matrix_vector(a: Any, tangent: Tangent) -> Tangent:
    """A (m, n) times dx (n,), for all directions: one product of matrices, or none where dx is the identity."""
    if isinstance(tangent, Picked) and tangent.is_identity():
        columns = a if tangent.scale is None else a * tangent.scale
        return Dense(np.transpose(columns))
    return Dense(np.matmul(tangent.array(), np.transpose(a)))


def _by_direction(product: Callable, other: Any, tangent: Tangent, *, tangent_first: bool) -> Tangent:
    """Product of each direction's array with `other`; a vector must not be taken for a stack of numbers."""
    array, one_dim = tangent.array(), len(tangent.shape) == 1
    if one_dim:  # (k, n): a row on the left, a column on the right
        array = array[:, None, :] if tangent_first else array[:, :, None]
    # leading axes of both are matched from the right: give the directions room in front of them
    extra = max(np.ndim(other) - (array.ndim - 1), 0)
    array = np.reshape(array, (array.shape[0],) + (1,) * extra + array.shape[1:])
    out = product(array, other) if tangent_first else product(other, array)
    if one_dim:
        vector = np.ndim(other) == 1
        out = out if vector and tangent_first else (out[..., 0, :] if tangent_first else out[..., 0])
        out = out[..., 0] if vector and tangent_first else out
    return Dense(out)


@rule(np.dot)
def dot(a: Any, b: Any) -> Any:
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return a * b
    if np.ndim(b) > 2:
        raise UnsupportedFunctionError("np.dot of dual numbers takes at most two axes on the right: use @")
    return a @ b


@rule(np.vdot, np.inner, np.vecdot)
def vdot(a: Any, b: Any) -> Any:
    if np.ndim(a) > 1 or np.ndim(b) > 1:
        raise UnsupportedFunctionError("np.inner, np.vdot and np.vecdot of dual numbers take vectors: use @")
    return np.sum(a * b)


@rule(np.outer)
def outer(a: Any, b: Any) -> Any:
    return np.reshape(a, (-1, 1)) * np.reshape(b, (1, -1))


@rule(np.einsum)
def einsum(subscripts: str, *operands: Any, **_: Any) -> Dual:
    """A sum of products is linear in each operand: differentiate one, keep the others, add up."""
    if "->" not in subscripts or "." in subscripts:
        raise UnsupportedFunctionError("np.einsum of dual numbers needs an explicit output, and no ellipsis")
    level, values, tangents = split(operands)
    left, out = subscripts.replace(" ", "").split("->")
    terms, free = left.split(","), next(c for c in "zyxwvutsrqponmlkjihgfedcba" if c not in subscripts)
    total: Tangent | None = None
    for i, tangent in enumerate(tangents):
        if tangent is not None:
            moved_terms = ",".join(free + t if i == j else t for j, t in enumerate(terms))
            arrays = [tangent.array() if i == j else v for j, v in enumerate(values)]
            part = Dense(np.einsum(f"{moved_terms}->{free}{out}", *arrays))
            total = part if total is None else total.plus(part)
    assert total is not None
    value = np.einsum(subscripts, *values)
    return Dual(value if not is_plain(value) else np.asarray(value), total, level)


def _zeros(x: Any, *_: Any, **__: Any) -> np.ndarray:
    return np.zeros_like(constant(x))


def _ones(x: Any, *_: Any, **__: Any) -> np.ndarray:
    return np.ones_like(constant(x))


rule(np.zeros_like)(_zeros)
rule(np.ones_like)(_ones)
for _function, _answer in ((np.shape, "shape"), (np.ndim, "ndim"), (np.size, "size")):
    rule(_function)(lambda x, _answer=_answer: getattr(x, _answer))
for _function in (np.argmax, np.argmin, np.argsort, np.any, np.all, np.sign, np.isclose, np.allclose, np.array_equal):
    rule(_function)(lambda *args, _f=_function, **options: _f(*map(_plain, args), **options))
