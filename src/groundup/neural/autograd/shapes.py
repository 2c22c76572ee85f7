"""Operations that move entries: reshaping, permuting, stretching, joining, indexing.

Moving entries is linear, and its transpose moves them back: a reshape back, the inverse permutation, a sum
over copies, the cut at the same place. Where an index names an entry twice, both gradients go there and *add*.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from groundup.neural.autograd.tensor import Tensor, as_tensor, record

__all__ = ["broadcast_to", "concatenate", "getitem", "pad", "permute", "reshape", "stack", "transpose"]


def _numbers(given: tuple) -> tuple[int, ...]:
    """``f(2, 3)`` and ``f((2, 3))`` mean the same."""
    return tuple(given[0]) if len(given) == 1 and isinstance(given[0], (tuple, list)) else given


def reshape(x: Any, *shape: Any) -> Tensor:
    """The same entries in the same order under another shape; one length may be -1."""
    x = as_tensor(x)
    before = x.shape
    out = x.data.reshape(_numbers(shape))
    shares = out.base is x.data or (out.base is not None and out.base is x.data.base)
    return record(out, "reshape", ((x, lambda g: g.reshape(before)),), view_of=x if shares else None)


def permute(x: Any, *axes: Any) -> Tensor:
    """Axes in another order: axis i of the result is axis axes[i] of x."""
    x = as_tensor(x)
    order = tuple(a % x.ndim if -x.ndim <= a < x.ndim else a for a in _numbers(axes))
    if sorted(order) != list(range(x.ndim)):
        raise ValueError(f"axes must name each axis of shape {x.shape} once; got {_numbers(axes)}")
    back = tuple(int(i) for i in np.argsort(order))
    return record(x.data.transpose(order), "permute", ((x, lambda g: g.transpose(back)),), view_of=x)


def transpose(x: Any, first: int | None = None, second: int | None = None) -> Tensor:
    """Swap two axes; without arguments, reverse them all."""
    x = as_tensor(x)
    order = list(range(x.ndim))
    if first is None and second is None:
        return permute(x, order[::-1])
    if first is None or second is None:
        raise ValueError("transpose takes two axes or none")
    order[first], order[second] = order[second], order[first]
    return permute(x, order)


def broadcast_to(x: Any, shape: tuple[int, ...]) -> Tensor:
    """Stretch axes of length 1, and add axes in front; the gradient is summed over the copies."""
    x = as_tensor(x)
    return record(np.broadcast_to(x.data, shape), "broadcast_to", ((x, lambda g: g),), view_of=x)


def concatenate(tensors: Sequence[Any], axis: int = 0) -> Tensor:
    """Join along an existing axis; each input gets its piece of the gradient."""
    parts = [as_tensor(t) for t in tensors]
    if not parts:
        raise ValueError("concatenate needs at least one tensor; got none")
    out = np.concatenate([p.data for p in parts], axis)
    ends = np.cumsum([p.shape[axis] for p in parts])
    before = (slice(None),) * (axis % out.ndim)

    def piece(start: int, stop: int) -> Any:
        return lambda g: g[(*before, slice(start, stop))]

    edges = [(p, piece(end - p.shape[axis], end)) for p, end in zip(parts, ends.tolist(), strict=True)]
    return record(out, "concatenate", edges)


def stack(tensors: Sequence[Any], axis: int = 0) -> Tensor:
    """Join along a new axis."""
    parts = [as_tensor(t) for t in tensors]
    if not parts:
        raise ValueError("stack needs at least one tensor; got none")
    out = np.stack([p.data for p in parts], axis)
    before = (slice(None),) * (axis % out.ndim)
    return record(out, "stack", [(p, lambda g, i=i: g[(*before, i)]) for i, p in enumerate(parts)])


def pad(x: Any, widths: Sequence[tuple[int, int]], value: float = 0.0) -> Tensor:
    """Put constant entries around. The gradient of the entries inside passes through; the constants have none.

    Parameters
    ----------
    x : Tensor or array_like
    widths : sequence of (int, int), a pair for each axis
        How many entries before and after, none negative.
    value : float
        The constant.

    Returns
    -------
    Tensor
        Axis i has length ``before + x.shape[i] + after``.

    Raises
    ------
    ValueError
        If `widths` is not a pair of counts for each axis.

    Examples
    --------
    >>> from groundup.neural.autograd import pad
    >>> pad([1.0, 2.0], [(1, 2)]).data
    array([0., 1., 2., 0., 0.])
    """
    x = as_tensor(x)
    if len(widths) != x.ndim or any(len(w) != 2 or min(w) < 0 for w in widths):
        raise ValueError(f"widths must be a pair of counts for each of {x.ndim} axes; got {widths}")
    inside = tuple(slice(low, low + n) for (low, _), n in zip(widths, x.shape, strict=True))
    return record(np.pad(x.data, widths, constant_values=value), "pad", ((x, lambda g: g[inside]),))


def getitem(x: Any, index: Any) -> Tensor:
    """x[index], with everything that NumPy takes: numbers, slices, None, Ellipsis, integer and boolean arrays.

    The gradient is put back at the same places. An integer array may name a place several times; then its
    gradients are summed, which plain assignment would not do.
    """
    x = as_tensor(x)
    parts = tuple(_fixed(i) for i in (index if isinstance(index, tuple) else (index,)))
    basic = not any(isinstance(i, np.ndarray) for i in parts)
    unique = all(not isinstance(i, np.ndarray) or i.dtype == bool for i in parts)
    shape, out = x.shape, x.data[parts]

    def vjp(g: np.ndarray) -> np.ndarray:
        d = np.zeros(shape, g.dtype)
        if unique:
            d[parts] = g
        else:
            np.add.at(d, parts, g)
        return d

    return record(out, "[]", ((x, vjp),), view_of=x if basic and isinstance(out, np.ndarray) else None)


def _fixed(i: Any) -> Any:
    """An index that later changes of the caller's array cannot reach."""
    if isinstance(i, Tensor):
        i = i.data
    if not isinstance(i, (np.ndarray, list)):
        return i
    i = np.array(i) if np.size(i) else np.array(i, dtype=getattr(i, "dtype", int))
    if i.dtype.kind not in "bui":
        raise TypeError(f"an index array must be integers or booleans; got dtype {i.dtype}")
    return i


Tensor.__getitem__ = getitem
Tensor.reshape, Tensor.transpose, Tensor.permute, Tensor.broadcast_to = reshape, transpose, permute, broadcast_to
