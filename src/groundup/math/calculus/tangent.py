"""Tangents: how fast each entry of an array moves along each of k directions.

A tangent of a value of shape S is a (k, *S) array T, T[i] being the derivative along direction i. Two facts
keep it small for longer than one would think, and both follow from the chain rule:

* an elementwise function multiplies every direction by the same derivative, so it is enough to multiply one
  array `scale` of shape S, and to form ``scale * T`` when entries are mixed;
* as long as each entry depends on one variable only (which holds for the variables themselves, and for any
  elementwise function, slice or rearrangement of them), T has one nonzero a column: `Picked` stores which.

So f(x) = sum(g(W @ h(x))) never forms more than the columns of W times h'(x), and ends with one matrix-vector
product, which is what reverse mode would do. Entries that mix two different tangents make a `Dense` one.

Arrays in a tangent may themselves be dual numbers (derivatives of derivatives): everything here is written
in NumPy functions that dual numbers answer.

Lesson: calculus
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from groundup.math.calculus.forms import is_plain, linear

__all__ = ["Dense", "Picked", "Tangent"]

Move = Callable[[Any, int], Any]  # (array, number of leading axes to leave alone) -> rearranged array


def _times(scale: Any, factor: Any) -> Any:
    """Product in which None stands for 1."""
    if scale is None or factor is None:
        return factor if scale is None else scale
    return scale * factor


class Tangent:
    """What `Dense` and `Picked` share. `count` is the number of directions, `shape` that of the value."""

    count: int
    shape: tuple[int, ...]
    scale: Any

    def scaled(self, factor: Any) -> "Tangent":
        """Chain rule of an elementwise function whose derivative is `factor` (None: 1), of the value's shape."""
        return self if factor is None else self._with(_times(self.scale, factor))

    def masked(self, mask: np.ndarray) -> "Tangent":
        """Zero where `mask` is False, even where the derivative there is infinite."""
        ones = np.ones(self.shape) if self.scale is None else self.scale
        return self._with(np.where(mask, ones, np.zeros_like(_plain_like(ones))))

    def broadcast(self, shape: tuple[int, ...]) -> "Tangent":
        """Tangent of the value broadcast to `shape`."""
        if shape == self.shape:
            return self

        def move(array: Any, lead: int) -> Any:
            kept, own = array.shape[:lead], array.shape[lead:]
            padded = np.reshape(array, kept + (1,) * (len(shape) - len(own)) + own)
            return np.broadcast_to(padded, kept + shape)

        return self.moved(move)

    def plus(self, other: "Tangent") -> "Tangent":
        """Sum of two tangents of the same shape."""
        if (shared := self._shares(other)) is not None:
            return shared
        if isinstance(self, Picked) and not isinstance(other, Picked):
            return other.plus(self)
        total = self.array()
        if isinstance(other, Picked) and is_plain(total) and (other.scale is None or is_plain(other.scale)):
            total = total.copy() if isinstance(self, Dense) and self.scale is None else total
            flat = total.reshape(self.count, -1)
            flat[other.index.ravel(), np.arange(flat.shape[1])] += 1 if other.scale is None else other.scale.ravel()
            return Dense(total)
        return Dense(total + other.array())

    def sum(self, axis: Any, keepdims: bool) -> "Tangent":
        """Tangent of the sum over `axis` (None: over everything)."""
        if axis is None and not keepdims:
            return Dense(self.total())
        array = self.array()
        axes = range(len(self.shape)) if axis is None else np.atleast_1d(axis)
        shifted = tuple(int(a) % len(self.shape) + 1 for a in axes)
        return Dense(np.sum(array, axis=shifted, keepdims=keepdims))

    def array(self) -> Any:
        """The full (k, *S) array."""
        raise NotImplementedError

    def total(self) -> Any:
        """The tangent of the sum of all entries, of shape (k,)."""
        raise NotImplementedError

    def moved(self, move: Move) -> "Tangent":
        """Tangent of a rearrangement of the entries: reshape, transpose, slice, broadcast."""
        raise NotImplementedError

    def _with(self, scale: Any) -> "Tangent":
        raise NotImplementedError

    def _shares(self, other: "Tangent") -> "Tangent | None":
        raise NotImplementedError


class Dense(Tangent):
    """``scale * full``, with `full` of shape (k, *S) and `scale` of shape S (None: 1), multiplied when needed."""

    def __init__(self, full: Any, scale: Any = None) -> None:
        self.full, self.scale = full, scale
        self.count, self.shape = full.shape[0], full.shape[1:]

    def _with(self, scale: Any) -> "Dense":
        return Dense(self.full, _fitting(scale, self.shape, self.full.dtype))

    def array(self) -> Any:
        return self.full if self.scale is None else self.full * self.scale

    def total(self) -> Any:
        flat = np.reshape(self.full, (self.count, -1))
        return np.sum(flat, axis=1) if self.scale is None else flat @ np.reshape(self.scale, (-1,))

    def moved(self, move: Move) -> "Dense":
        return Dense(move(self.full, 1), None if self.scale is None else move(self.scale, 0))

    def _shares(self, other: Tangent) -> "Dense | None":
        if not isinstance(other, Dense) or other.full is not self.full:
            return None
        ones = np.ones(self.shape, dtype=self.full.dtype)
        mine, theirs = (ones if t.scale is None else t.scale for t in (self, other))
        return Dense(self.full, mine + theirs)


class Picked(Tangent):
    """Entry s moves along direction ``index[s]`` alone, at the rate ``scale[s]`` (None: 1)."""

    def __init__(self, index: np.ndarray, count: int, dtype: np.dtype, scale: Any = None) -> None:
        self.index, self.count, self.dtype, self.scale = index, count, dtype, scale
        self.shape = index.shape

    def _with(self, scale: Any) -> "Picked":
        return Picked(self.index, self.count, self.dtype, _fitting(scale, self.shape, self.dtype))

    def rates(self) -> Any:
        """`scale`, with None written out as ones."""
        return np.ones(self.shape, self.dtype) if self.scale is None else self.scale

    def array(self) -> Any:
        columns = np.arange(self.index.size)

        def spread(rates: np.ndarray, lead: int) -> np.ndarray:
            kept = rates.shape[:lead]
            full = np.zeros((*kept, self.count, self.index.size), rates.dtype)
            full[..., self.index.ravel(), columns] = rates.reshape(*kept, -1)
            return full.reshape(*kept, self.count, *self.shape)

        return linear(spread, self.rates())

    def total(self) -> Any:
        def gather(rates: np.ndarray, lead: int) -> np.ndarray:
            kept = rates.shape[:lead]
            sums = np.zeros((math.prod(kept), self.count), rates.dtype)
            for row, into in zip(rates.reshape(len(sums), self.index.size), sums, strict=True):
                into[:] = np.bincount(self.index.ravel(), weights=row, minlength=self.count)
            return sums.reshape(*kept, self.count)

        return linear(gather, self.rates())

    def moved(self, move: Move) -> "Picked":
        return Picked(move(self.index, 0), self.count, self.dtype, None if self.scale is None else move(self.scale, 0))

    def is_identity(self) -> bool:
        """Whether entry s is moved by direction s and no other: the variables themselves, in order."""
        return self.index.size == self.count and bool((self.index.ravel() == np.arange(self.count)).all())

    def _shares(self, other: Tangent) -> "Picked | None":
        if not isinstance(other, Picked):
            return None
        if other.index is not self.index and not np.array_equal(other.index, self.index):
            return None
        return Picked(self.index, self.count, self.dtype, self.rates() + other.rates())


def _fitting(scale: Any, shape: tuple[int, ...], dtype: np.dtype) -> Any:
    if isinstance(scale, (int, float)):  # a Python number takes the precision of what it multiplies
        return np.full(shape, scale, dtype)
    return scale if np.shape(scale) == shape else np.broadcast_to(scale, shape)


def _plain_like(x: Any) -> np.ndarray:
    while not is_plain(x):
        x = x.value
    return x
