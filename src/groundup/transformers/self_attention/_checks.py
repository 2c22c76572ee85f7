"""Checks shared by the position schemes, and their answers in the world that was asked for."""

from typing import Any

import numpy as np

from groundup.checks import check_count, check_number
from groundup.neural._backend import is_torch
from groundup.neural.autograd.tensor import Tensor

__all__ = ["check_base", "check_even", "check_one_kind", "in_kind", "values"]


def check_even(name: str, width: int) -> None:
    """Raise unless width is an even number above 0: sine and cosine, or two coordinates, make a pair."""
    check_count(name, width)
    if width % 2:
        raise ValueError(f"{name} must be even, two numbers a frequency; got {width}")


def check_base(base: float) -> None:
    """Raise unless the longest wave is longer than the shortest."""
    check_number("base", base, 1, open_low=True)


def check_one_kind(**given: Any) -> None:
    """Raise if some are torch tensors and others are not; None does not count."""
    others = [name for name, x in given.items() if x is not None and not is_torch(x)]
    if 0 < len(others) < sum(x is not None for x in given.values()):
        raise TypeError(f"{', '.join(given)} must be of one kind; some are torch tensors, not {', '.join(others)}")


def in_kind(table: np.ndarray, like: Any) -> Any:
    """The float64 table in the dtype of `like`, and a torch tensor on its device where `like` is one."""
    if is_torch(like):
        if not like.dtype.is_floating_point:
            raise TypeError(f"like must be of a floating point dtype; got {like.dtype}")
        import torch

        return torch.from_numpy(table).to(device=like.device, dtype=like.dtype)
    dtype = getattr(like, "dtype", np.dtype(np.float64))
    if np.dtype(dtype).kind != "f":
        raise TypeError(f"like must be of a floating point dtype; got {dtype}")
    return table.astype(dtype, copy=False)


def values(x: Any) -> Any:
    """A tensor of either world as it is, anything else as an array of floats."""
    if is_torch(x) or isinstance(x, Tensor):
        return x
    x = np.asarray(x)
    if x.dtype.kind not in "biuf":
        raise TypeError(f"arrays must hold numbers; got dtype {x.dtype}")
    return x if x.dtype.kind == "f" else x.astype(np.float64)
