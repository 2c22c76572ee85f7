"""One formula with its derivatives for both worlds, and what all losses do at their end.

A rule is a function ``value(xp, *inputs, *settings)`` of inputs of one shape and, for each input that can have a
gradient, the derivative ``slope(xp, *inputs, *settings)``. `xp` offers the elementary functions of the world: `Arrays`
here, `_torch.Tensors` there. In both the vector-Jacobian product is g · slope, so a formula stands once.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from groundup.checks import check_choice
from groundup.neural._backend import is_torch
from groundup.neural.activations._pointwise import Arrays as _Arrays
from groundup.neural.autograd.tensor import Tensor, as_tensor, record

__all__ = ["Arrays", "Rule", "both", "constant", "factors", "finish", "pointwise", "reduced"]


class Arrays(_Arrays):
    """Elementary functions on NumPy arrays, those of the activations and a few more."""

    log, sign, where, sinh = np.log, np.sign, np.where, np.sinh

    @staticmethod
    def softplus(x: np.ndarray) -> np.ndarray:
        """ln(1 + e^x) without overflow: max(x, 0) + ln(1 + e^-|x|)."""
        out = np.abs(x)
        np.negative(out, out=out)
        np.exp(out, out=out)
        np.log1p(out, out=out)
        out += np.maximum(x, 0)
        return out


class Rule:
    """A function of several inputs with its derivatives.

    Parameters
    ----------
    name : str
        Shown in pictures of a graph.
    value : callable ``(xp, *inputs, *settings)``
    *slopes : callables of the same signature
        Derivative in the first, the second, ... input; inputs behind them are constants.
    """

    def __init__(self, name: str, value: Callable[..., Any], *slopes: Callable[..., Any]) -> None:
        self.name, self.value, self.slopes = name, value, slopes


def both(prediction: Any, target: Any, names: tuple[str, str] = ("prediction", "target")) -> tuple[Any, Any]:
    """Prediction and target in one world, of one shape, as floats.

    Raises
    ------
    ValueError
        If shapes differ: (n,) against (n, 1) would silently compare all with all.
    """
    if is_torch(prediction, target):
        import torch

        for name, value in zip(names, (prediction, target), strict=True):
            if isinstance(value, Tensor):
                raise TypeError(
                    f"{' and '.join(names)} must be of one world; {name} is a Tensor of ours, the other torch's"
                )
        p, t = torch.as_tensor(prediction), torch.as_tensor(target)
        p = p if p.is_floating_point() else p.to(torch.get_default_dtype())
        t = t if t.is_floating_point() else t.to(p.dtype)
    else:
        p = _floating(prediction, None)
        t = _floating(target, p.dtype)
    if tuple(p.shape) != tuple(t.shape):
        raise ValueError(f"{names[0]} and {names[1]} must have one shape; got {tuple(p.shape)} and {tuple(t.shape)}")
    return p, t


def _floating(x: Any, dtype: Any) -> Tensor:
    """A tensor of floats. A constant takes `dtype`, so that float32 stays float32."""
    x = as_tensor(x)
    if x.requires_grad or (x.dtype.kind == "f" and dtype is None):
        return x
    return Tensor(x.data.astype(dtype or np.float64, copy=False))


def constant(value: Any, like: Any, name: str) -> Any:
    """`value` as a constant of the world and type of `like`.

    Raises
    ------
    TypeError
        If it requires a gradient: weights are settings here.
    """
    if is_torch(like):
        import torch

        out = torch.as_tensor(value, dtype=like.dtype, device=like.device)
    else:
        out = _floating(value, like.dtype)
    if out.requires_grad:
        raise TypeError(f"{name} must not require a gradient; detach it")
    return out


def factors(value: Any, like: Any, name: str) -> Any:
    """`constant`, of a shape that broadcasts to that of `like`.

    Raises
    ------
    ValueError
        If it does not.
    """
    out, shape = constant(value, like, name), tuple(like.shape)
    if (ours := tuple(out.shape)) != shape:
        padded = (1,) * (len(shape) - len(ours)) + ours
        if len(padded) != len(shape) or any(a not in (1, b) for a, b in zip(padded, shape, strict=True)):
            raise ValueError(f"{name} must broadcast to shape {shape}; got {ours}")
    return out


def pointwise(rule: Rule, inputs: Sequence[Any], *settings: float) -> Any:
    """The rule's values, entry by entry, remembered for the backward pass of the world that the inputs are of."""
    if is_torch(*inputs):
        from groundup.neural.losses import _torch

        return _torch.apply(rule, inputs, *settings)
    arrays = [x.data for x in inputs]
    with np.errstate(all="ignore"):
        out = rule.value(Arrays, *arrays, *settings)

    def vjp(slope: Callable[..., Any]) -> Callable[[np.ndarray], np.ndarray]:
        def product(g: np.ndarray) -> np.ndarray:
            with np.errstate(all="ignore"):
                return g * slope(Arrays, *arrays, *settings)

        return product

    return record(out, rule.name, [(x, vjp(s)) for x, s in zip(inputs, rule.slopes, strict=False)], reads=inputs)


def reduced(loss: Any, reduction: str) -> Any:
    """The losses themselves ("none"), their mean or their sum."""
    check_choice("reduction", reduction, ("none", "mean", "sum"))
    if reduction == "none":
        return loss
    if reduction == "mean" and (is_torch(loss) or loss.size):
        return loss.mean()
    return loss.sum() * float("nan") if reduction == "mean" else loss.sum()


def finish(loss: Any, weight: Any, reduction: str, *, over_weights: bool = False) -> Any:
    """Multiply by weights, if there are, and reduce.

    The mean divides by the number of entries or, `over_weights`, by the sum of their weights.
    """
    if weight is None:
        return reduced(loss, reduction)
    weight = factors(weight, loss, "weight")
    if reduction != "mean" or not over_weights:
        return reduced(loss * weight, reduction)
    shape = tuple(loss.shape)
    total = weight.expand(shape).sum() if is_torch(loss) else np.broadcast_to(weight.data, shape).sum() or np.nan
    return (loss * weight).sum() / total
