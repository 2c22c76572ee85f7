"""What attention needs of arrays, our tensors and torch's alike, and the checks of what it is given."""

from math import sqrt
from typing import Any

import numpy as np

from groundup.checks import check_number
from groundup.neural import autograd
from groundup.neural._backend import is_torch
from groundup.neural.autograd.tensor import Tensor
from groundup.transformers.attention import masks

__all__ = [
    "allowed",
    "fitting_bias",
    "is_torch",
    "rows",
    "scale_of",
    "shape_of_scores",
    "together",
    "torch_like",
    "transposed",
    "where",
]


def together(q: Any, k: Any, v: Any, bias: Any = None) -> list[Any]:
    """All of one kind: torch tensors, our tensors if one is, arrays of floats otherwise. A bias follows the others."""
    if is_torch(q, k, v):
        if not all(is_torch(x) for x in (q, k, v)):
            kinds = ", ".join(type(x).__module__.split(".")[0] + "." + type(x).__name__ for x in (q, k, v))
            raise TypeError(f"q, k and v must be of one kind; got {kinds}")
        if not q.is_floating_point():
            raise TypeError(f"q must be of a floating point dtype; got {q.dtype}")
        if bias is not None:
            bias = bias if is_torch(bias) else torch_like(np.asarray(bias), q)
            bias = bias.to(q.dtype) if bias.is_floating_point() else bias
        return [q, k, v, bias]
    if is_torch(bias):
        raise TypeError("bias is a torch tensor, q, k and v are not")
    ours = any(isinstance(x, Tensor) for x in (q, k, v, bias))
    q, k, v = (x if isinstance(x, Tensor) else Tensor(_floats(x)) if ours else _floats(x) for x in (q, k, v))
    if bias is not None and not isinstance(bias, Tensor):
        bias = np.asarray(bias)
        _check_numbers("bias", bias)
        bias = bias if bias.dtype == bool else bias.astype(q.dtype)  # in float64 it would make all float64
        bias = Tensor(bias) if ours else bias
    return [q, k, v, bias]


def torch_like(x: np.ndarray, like: Any) -> Any:
    """The array as a torch tensor on the device of another."""
    import torch

    return torch.as_tensor(x, device=like.device)


def rows(x: Any) -> np.ndarray:
    """What a softmax is taken of: an array of floats with at least one axis."""
    x = _floats(x, "x")
    if not x.ndim:
        raise ValueError(f"x must have at least one axis, the one that is normalised; got the number {x}")
    return x


def _floats(x: Any, name: str = "q, k and v") -> np.ndarray:
    x = np.asarray(x)
    _check_numbers(name, x)
    return x if x.dtype.kind == "f" else x.astype(np.float64)


def _check_numbers(name: str, x: np.ndarray) -> None:
    if x.dtype.kind not in "biuf":
        raise TypeError(f"{name} must hold numbers; got dtype {x.dtype}")


def shape_of_scores(q: Any, k: Any, v: Any) -> tuple[int, ...]:
    """(..., T, S); ValueError if q, k and v do not fit together."""
    shapes = {name: tuple(x.shape) for name, x in (("q", q), ("k", k), ("v", v))}
    for name, shape in shapes.items():
        if len(shape) < 2:
            raise ValueError(f"{name} must have at least two axes, length and width; got shape {shape}")
    if shapes["q"][-1] != shapes["k"][-1]:
        raise ValueError(f"q and k must have the same width: q {shapes['q']}, k {shapes['k']}")
    if not shapes["q"][-1]:
        raise ValueError(f"q and k must have a width of at least 1: q {shapes['q']}, k {shapes['k']}")
    if shapes["k"][-2] != shapes["v"][-2]:
        raise ValueError(f"k and v must have the same length: k {shapes['k']}, v {shapes['v']}")
    try:
        np.broadcast_shapes(*(shape[:-2] for shape in shapes.values()))
        against = np.broadcast_shapes(shapes["q"][:-2], shapes["k"][:-2])
    except ValueError:
        raise ValueError(
            f"leading axes must be broadcastable: q {shapes['q']}, k {shapes['k']}, v {shapes['v']}"
        ) from None
    return (*against, shapes["q"][-2], shapes["k"][-2])


def allowed(given: Any, causal: bool, shape: tuple[int, ...], like: Any) -> Any:
    """Where a query may look, in the world of `like`; None if everywhere."""
    if given is not None:
        given = masks.checked(given, shape)
        if is_torch(like) and not is_torch(given):
            given = torch_like(given, like)
        elif is_torch(given) and not is_torch(like):
            given = given.detach().cpu().numpy()
    if not causal:
        return given
    ahead = masks.causal_mask(*shape[-2:], like=like)
    return ahead if given is None else given & ahead


def fitting_bias(bias: Any, shape: tuple[int, ...]) -> Any:
    """The bias; ValueError unless it can be broadcast to the scores."""
    if str(bias.dtype).endswith("bool"):
        raise TypeError("bias must be floats that are added to the scores; got bool, which is a mask")
    masks.check_fits("bias", tuple(bias.shape), shape)
    return bias


def scale_of(scale: float | None, q: Any) -> float:
    """1/√d unless one is given; a Python float, which leaves float32 and float16 what they are."""
    if scale is None:
        return 1 / sqrt(q.shape[-1])
    check_number("scale", scale, 0)
    return float(scale)


def transposed(x: Any) -> Any:
    """The last two axes swapped."""
    return np.swapaxes(x, -1, -2) if isinstance(x, np.ndarray) else x.transpose(-1, -2)


def where(allowed: Any, scores: Any, other: float) -> Any:
    """The scores where allowed, the other number elsewhere."""
    if is_torch(scores):
        return scores.masked_fill(~allowed, other)
    if isinstance(scores, Tensor):
        return autograd.where(allowed, scores, np.asarray(other, scores.dtype))
    return np.where(allowed, scores, scores.dtype.type(other))
