"""One formula and one derivative for both worlds.

A rule is a pair of functions ``value(xp, x, *settings)`` and ``slope(xp, x, *settings)``, where `xp` offers the
elementary functions of the world that x belongs to: `Arrays` for NumPy, `_torch.Tensors` for torch.
`pointwise` applies the rule; the vector-Jacobian product is g · slope in both. Nothing but x is kept for the backward
pass: recomputing an exponential costs less than storing it.

Where a formula is written with `clip` and `step` in place of a choice between two branches, it is for the sake of
infinite and huge entries: a branch that is not taken still computes, and infinity times 0 is NaN.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from groundup.math.probability import special
from groundup.neural._backend import is_torch
from groundup.neural.activations._erf_kernels import erfc_float32
from groundup.neural.autograd.tensor import Tensor, as_tensor, record

__all__ = ["Arrays", "Rule", "pointwise", "rule"]


class Arrays:
    """Elementary functions on NumPy arrays; `clip(x, low, high)` leaves a bound out where it is None."""

    exp, expm1, log1p, tanh, abs = np.exp, np.expm1, np.log1p, np.tanh, np.abs
    clip, maximum, minimum = np.clip, np.maximum, np.minimum

    @staticmethod
    def sigmoid(x: np.ndarray) -> np.ndarray:
        """1 / (1 + e^-x); where e^-x overflows, 1 over infinity is right."""
        out = np.negative(x, out=np.empty_like(x))
        np.exp(out, out=out)
        out += 1
        return np.divide(1, out, out=out)

    @staticmethod
    def erfc(x: np.ndarray) -> np.ndarray:
        """1 - erf(x), in the dtype of x."""
        if x.dtype != np.float32:
            return np.asarray(special.erfc(x), dtype=x.dtype)
        out = np.empty(x.size, np.float32)
        erfc_float32(np.ascontiguousarray(x).reshape(-1), out)
        return out.reshape(x.shape)

    @staticmethod
    def step(x: np.ndarray) -> np.ndarray:
        """1 where x is above 0, else 0, in the dtype of x."""
        return np.greater(x, 0).astype(x.dtype)


class Rule:
    """A function of one variable with its derivative.

    Parameters
    ----------
    name : str
        Shown in pictures of a graph.
    value, slope : callables ``(xp, x, *settings)``
        The function and its derivative, of x's shape and dtype, written with the functions of `xp`.
    """

    def __init__(self, name: str, value: Callable[..., Any], slope: Callable[..., Any]) -> None:
        self.name, self.value, self.slope = name, value, slope


def rule(value: Callable[..., Any]) -> Callable[[Callable[..., Any]], Rule]:
    """Decorator of a slope: ``@rule(value)`` above the derivative makes a `Rule` named like the value."""
    return lambda slope: Rule(value.__name__.strip("_"), value, slope)


def floating(x: Any) -> Tensor:
    """A tensor of floats: integers and booleans become float64, as in NumPy's own functions."""
    x = as_tensor(x)
    return x if x.dtype.kind == "f" else Tensor(x.data.astype(np.float64))


def pointwise(what: Rule, x: Any, *settings: float) -> Any:
    """The rule's value at x, entry by entry, remembered for the backward pass of the world that x is of."""
    if is_torch(x):
        from groundup.neural.activations import _torch

        return _torch.apply(what, x, *settings)
    x = floating(x)
    data = x.data
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        out = what.value(Arrays, data, *settings)

    def vjp(g: np.ndarray) -> np.ndarray:
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            return g * what.slope(Arrays, data, *settings)

    return record(out, what.name, ((x, vjp),), reads=(x,))
