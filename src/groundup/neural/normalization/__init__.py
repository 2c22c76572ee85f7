"""Normalization layers with their derivatives, on our `Tensor` and on torch under one name.

    >>> from groundup.neural.autograd import Tensor
    >>> from groundup.neural.normalization import layer_norm
    >>> layer_norm(Tensor([[1.0, 2.0, 3.0]]), 3).data.round(3)
    array([[-1.225,  0.   ,  1.225]])

| file | holds |
|---|---|
| `_standardize` | mean 0 and variance 1 over some axes, and its backward pass: the core of all |
| `batch` | `batch_norm` with running statistics; `fold_batch_norm` into the linear map before |
| `single` | `layer_norm`, `rms_norm`, `group_norm`, `instance_norm` |
| `modules` | torch modules with torch's names and state: `BatchNorm1d`, `BatchNorm2d`, `LayerNorm`, `RMSNorm`, ... |

A constant column has variance 0 and becomes 0 (plus the bias), thanks to ε. Where a square overflows, the output is 0;
torch says 0 or NaN there, depending on the layer. NumPy's float16 is computed in float16, torch's in float32. Left
out: statistics across machines, running values of instance norm.

Lesson: normalization
"""

from importlib import import_module
from typing import Any

from groundup.neural.normalization.batch import batch_norm, fold_batch_norm
from groundup.neural.normalization.single import group_norm, instance_norm, layer_norm, rms_norm

__all__ = ["batch_norm", "fold_batch_norm", "group_norm", "instance_norm", "layer_norm", "rms_norm"]

_MODULES = ("BatchNorm1d", "BatchNorm2d", "GroupNorm", "InstanceNorm2d", "LayerNorm", "RMSNorm")


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return getattr(import_module(f"{__name__}.modules"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_MODULES])
