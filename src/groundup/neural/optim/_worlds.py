"""The few things for which arrays and torch tensors have different words, and the way into the compiled kernels.

A kernel wants flat arrays of one type. A contiguous float32 or float64 array gives one without a copy, and so does a
torch tensor of that kind on the CPU, through its shared memory. Whatever else comes (another device, bfloat16, a
transposed parameter) is left to the plain rule.
"""

import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np

from groundup.neural._backend import is_torch

__all__ = ["count_step", "flat", "like", "run", "scalar"]

PIECE = 1 << 17  # entries that a thread takes at once: below that, starting threads costs more than it saves


def like(x: Any, fill: float = 0.0) -> Any:
    """An array or tensor as x, filled with one number."""
    if is_torch(x):
        import torch

        return torch.full_like(x, fill)
    return np.full_like(x, fill)


def scalar(x: Any, value: float) -> Any:
    """One number that lives in the world of x, as torch keeps its counts of steps (on the CPU)."""
    if is_torch(x):
        import torch

        return torch.tensor(value, dtype=torch.get_default_dtype())
    return np.array(value)


def count_step(x: Any, state: dict[str, Any]) -> int:
    """Add one to the count of steps in a parameter's state, and return it."""
    if "step" not in state:
        state["step"] = scalar(x, 0.0)
    state["step"] += 1
    return int(state["step"])


def flat(*arrays: Any) -> tuple[np.ndarray, ...] | None:
    """One-dimensional views for a kernel; None if the plain rule must serve.

    The first array is the parameter. The second is its gradient, which is only read: it is copied when it is not
    contiguous.
    """
    if is_torch(*arrays):
        import torch

        if any(a.device.type != "cpu" or a.layout != torch.strided for a in arrays):
            return None
        if any(a.dtype not in (torch.float32, torch.float64) for a in arrays):
            return None
        arrays = tuple(a.resolve_neg().numpy() for a in arrays)
    values, grad, *rest = arrays
    if values.dtype not in (np.float32, np.float64) or not values.size:
        return None
    if any(a.dtype != values.dtype or a.shape != values.shape for a in (grad, *rest)):
        return None
    if any(not a.flags.c_contiguous for a in (values, *rest)):
        return None
    return tuple(a.reshape(-1) for a in (values, np.ascontiguousarray(grad), *rest))


def run(kernel: Callable, owner: Any, arrays: tuple[np.ndarray, ...], numbers: tuple[float, ...]) -> None:
    """Apply an elementwise kernel, in pieces on as many threads as torch may use (else as there are cores).

    An entry's result depends on that entry alone, so the number of threads changes nothing. A torch tensor `owner` is
    told that its values changed.
    """
    size, kind = arrays[0].size, arrays[0].dtype.type
    constants = [kind(x) for x in numbers]
    count = min(_threads(), size // PIECE)
    if count < 2:
        kernel(*arrays, *constants)
    else:
        edges = [size * i // count for i in range(count + 1)]
        pieces = [[a[low:high] for a in arrays] for low, high in pairwise(edges)]
        list(_pool(count).map(lambda piece: kernel(*piece, *constants), pieces))
    if is_torch(owner):
        import torch

        torch.autograd.graph.increment_version(owner)


def _threads() -> int:
    torch = sys.modules.get("torch")
    if torch is not None:
        return torch.get_num_threads()
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@cache
def _pool(count: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(count, thread_name_prefix="optimizer")
