"""Checks of what normalization layers are given."""

from math import prod
from numbers import Integral
from typing import Any

import numpy as np

from groundup.checks import check_number
from groundup.neural._backend import is_torch
from groundup.neural.autograd.tensor import Tensor, as_tensor

__all__ = ["check_eps", "check_running", "check_several", "check_share", "check_vectors", "floating", "lengths"]


def floating(x: Any, axes: int = 1) -> Any:
    """A torch tensor of floats as it is, anything else as a tensor of floats; with at least so many axes."""
    if is_torch(x):
        if not x.dtype.is_floating_point:
            raise TypeError(f"x must be of a floating point dtype; got {x.dtype}")
    else:
        x = as_tensor(x)
        x = x if x.dtype.kind == "f" else Tensor(x.data.astype(np.float64))
    if x.ndim < axes:
        raise ValueError(f"x must have at least {axes} axes; got shape {tuple(x.shape)}")
    return x


def check_eps(eps: float) -> None:
    """Raise unless eps is above 0: a constant column would be divided by 0."""
    check_number("eps", eps, 0, open_low=True)


def check_share(momentum: float) -> None:
    """Raise unless momentum is from 0 to 1: beyond, a running value would overshoot the batch's."""
    check_number("momentum", momentum, 0)
    if momentum > 1:
        raise ValueError(f"momentum must be at most 1; got {momentum!r}")


def check_running(**running: Any) -> None:
    """Raise unless every running value that is given can be changed in place; before the first of them is."""
    for name, value in running.items():
        if value is None or is_torch(value) or isinstance(value, Tensor):
            continue
        dtype = getattr(value, "dtype", None)
        if getattr(dtype, "kind", "") != "f":
            what = type(value).__name__ if dtype is None else dtype
            raise TypeError(f"{name} must be an array of floats, since training changes it in place; got {what}")
        if isinstance(value, np.ndarray) and not value.flags.writeable:
            raise ValueError(f"{name} must not be read-only, since training changes it in place")


def lengths(normalized_shape: Any) -> tuple[int, ...]:
    """The shape as a tuple."""
    if isinstance(normalized_shape, Integral):
        return (int(normalized_shape),)
    if not isinstance(normalized_shape, list | tuple):
        raise TypeError(f"normalized_shape must be a whole number or a tuple of them; got {normalized_shape!r}")
    return tuple(normalized_shape)


def check_vectors(shape: tuple[int, ...], what: str, **vectors: Any) -> None:
    """Raise unless every vector that is given has the shape."""
    for name, vector in vectors.items():
        if vector is None:
            continue
        came = tuple(vector.shape) if hasattr(vector, "shape") else np.shape(vector)
        if came != shape:
            raise ValueError(f"{name} must have shape {shape}, {what}; got {came}")


def check_several(n: int, shape: tuple[int, ...], what: str) -> None:
    """Raise if a single entry would be normalized by itself: it would always become 0."""
    if n == 1 and prod(shape):
        raise ValueError(f"x must have more than one entry {what} in training; got shape {tuple(shape)}")
