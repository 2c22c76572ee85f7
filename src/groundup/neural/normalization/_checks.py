"""Checks of what normalization layers are given."""

from math import prod
from typing import Any

import numpy as np

from groundup.neural._backend import is_torch
from groundup.neural.autograd.tensor import Tensor, as_tensor

__all__ = ["check_eps", "check_vectors", "floating"]


def floating(x: Any, axes: int = 1) -> Any:
    """A torch tensor as it is, anything else as a tensor of floats; with at least so many axes."""
    if not is_torch(x):
        x = as_tensor(x)
        x = x if x.dtype.kind == "f" else Tensor(x.data.astype(np.float64))
    if x.ndim < axes:
        raise ValueError(f"x must have at least {axes} axes; got shape {tuple(x.shape)}")
    return x


def check_eps(eps: float) -> None:
    """Raise unless eps is above 0: a constant column would be divided by 0."""
    if not eps > 0:
        raise ValueError(f"eps must be above 0; got {eps!r}")


def check_vectors(shape: tuple[int, ...], what: str, **vectors: Any) -> None:
    """Raise unless every vector that is given has the shape."""
    for name, vector in vectors.items():
        if vector is not None and tuple(np.shape(vector) if not hasattr(vector, "shape") else vector.shape) != shape:
            raise ValueError(f"{name} must have shape {shape}, {what}; got {tuple(vector.shape)}")


def check_several(n: int, shape: tuple[int, ...], what: str) -> None:
    """Raise if a single entry would be normalized by itself: it would always become 0."""
    if n == 1 and prod(shape):
        raise ValueError(f"x must have more than one entry {what} in training; got shape {tuple(shape)}")
