"""Activations made of straight pieces and exponentials: relu and its relatives. Value above, derivative below.

Where the pieces meet, the derivative is torch's choice: that of the left piece for relu, leaky relu, PReLU and ELU
at 0, that of the outer piece for hardsigmoid and hardswish at -3 and 3.
"""

from typing import Any

import numpy as np

from groundup.checks import check_number
from groundup.neural._backend import is_torch
from groundup.neural.activations._pointwise import floating, pointwise, rule
from groundup.neural.autograd import elementwise
from groundup.neural.autograd.engine import unbroadcast
from groundup.neural.autograd.tensor import as_tensor, record

__all__ = ["SELU_ALPHA", "SELU_SCALE", "elu", "hardsigmoid", "hardswish", "leaky_relu", "prelu", "relu", "selu"]

# Klambauer et al. 2017: the numbers for which mean 0 and variance 1 are a fixed point
SELU_ALPHA = 1.6732632423543772848170429916717
SELU_SCALE = 1.0507009873554804934193349852946


def relu(x: Any) -> Any:
    """max(x, 0), derivative 1 where x > 0, else 0: an operation that both engines have already."""
    return x.relu() if is_torch(x) else elementwise.relu(x)


def _leaky_relu(xp: Any, x: Any, a: float) -> Any:
    return xp.maximum(x, a * x) if a <= 1 else xp.minimum(x, a * x)


@rule(_leaky_relu)
def _LEAKY_RELU(xp: Any, x: Any, a: float) -> Any:
    positive = xp.step(x)
    return positive + a * (1 - positive)


def leaky_relu(x: Any, negative_slope: float = 0.01) -> Any:
    """x where x > 0, else a x (Maas et al. 2013); derivative 1 or a, a at 0.

    Parameters
    ----------
    x : Tensor, array_like or torch.Tensor
    negative_slope : float
        a, any finite number.

    Returns
    -------
    Tensor or torch.Tensor
        Of the shape of x.
    """
    check_number("negative_slope", negative_slope, -np.inf, open_low=True)
    return pointwise(_LEAKY_RELU, x, float(negative_slope))


def prelu(x: Any, weight: Any) -> Any:
    """Leaky relu with a learned slope (He et al. 2015, equation 1).

    With respect to x: 1 where x > 0, else w. With respect to w: the sum of min(x, 0) over the entries that share it.

    Parameters
    ----------
    x : Tensor, array_like or torch.Tensor
        Of shape (n, channels, ...) where the weight has several entries.
    weight : of the same kind, of shape (), (1,) or (channels,)

    Returns
    -------
    Tensor or torch.Tensor
        Of the shape of x.

    Raises
    ------
    ValueError
        If the weight is no single number and not one number a channel (axis 1 of x).
    """
    if is_torch(x, weight):
        w = weight.reshape(_aligned(x.shape, weight.shape))
        return x.where(x > 0, w * x.clip(None, 0))
    x, weight = floating(x), as_tensor(weight)
    data, aligned = x.data, _aligned(x.shape, weight.shape)
    w, positive, below = weight.data.reshape(aligned), data > 0, np.minimum(data, 0)

    def by_weight(g: np.ndarray) -> np.ndarray:
        with np.errstate(invalid="ignore"):
            return unbroadcast(g * below, aligned).reshape(weight.shape)

    edges = ((x, lambda g: g * (positive + w * ~positive)), (weight, by_weight))
    return record(np.maximum(data, 0) + w * below, "prelu", edges, reads=(x, weight))


def _aligned(shape: tuple[int, ...], weight: tuple[int, ...]) -> tuple[int, ...]:
    """The shape in which the weight is broadcast against x."""
    shape, weight = tuple(shape), tuple(weight)
    if weight in ((), (1,)):
        return (1,) * len(shape)
    channels = shape[1] if len(shape) > 1 else 1
    if weight != (channels,):
        raise ValueError(
            f"weight must have shape (), (1,) or ({channels},), one entry a channel of x with shape {shape}; "
            f"got {weight}"
        )
    return (1, channels) + (1,) * (len(shape) - 2)


def _elu(xp: Any, x: Any, alpha: float, scale: float) -> Any:
    return scale * (xp.clip(x, 0, None) + alpha * xp.expm1(xp.clip(x, None, 0)))


@rule(_elu)
def _ELU(xp: Any, x: Any, alpha: float, scale: float) -> Any:
    positive = xp.step(x)
    return scale * (positive + alpha * (1 - positive) * xp.exp(xp.clip(x, None, 0)))


def elu(x: Any, alpha: float = 1.0) -> Any:
    """x where x > 0, else α (e^x - 1) (Clevert et al. 2015); derivative 1, or α e^x.

    Parameters
    ----------
    x : Tensor, array_like or torch.Tensor
    alpha : float
        -α is the limit on the left. With α = 1 the derivative has no jump.

    Returns
    -------
    Tensor or torch.Tensor
        Of the shape of x.
    """
    check_number("alpha", alpha, -np.inf, open_low=True)
    return pointwise(_ELU, x, float(alpha), 1.0)


def selu(x: Any) -> Any:
    """λ elu(x; α) with the α and λ that keep mean 0 and variance 1 (Klambauer et al. 2017).

    A layer with weights of variance 1/inputs maps independent inputs of mean 0 and variance 1 to outputs of the same.
    """
    return pointwise(_ELU, x, SELU_ALPHA, SELU_SCALE)


def _hardsigmoid(xp: Any, x: Any) -> Any:
    return xp.clip(x / 6 + 0.5, 0, 1)


@rule(_hardsigmoid)
def _HARDSIGMOID(xp: Any, x: Any) -> Any:
    return xp.step(3 - xp.abs(x)) / 6


def hardsigmoid(x: Any) -> Any:
    """x / 6 + 1/2 between 0 and 1: the sigmoid for machines without exponentials; derivative 1/6 within ±3, else 0."""
    return pointwise(_HARDSIGMOID, x)


def _hardswish(xp: Any, x: Any) -> Any:
    return x * xp.clip(x / 6 + 0.5, 0, 1)


@rule(_hardswish)
def _HARDSWISH(xp: Any, x: Any) -> Any:
    near = xp.clip(x, -3, 3) / 6
    return near + 0.5 + near * xp.step(3 - xp.abs(x))


def hardswish(x: Any) -> Any:
    """x hardsigmoid(x) (Howard et al. 2019, section 5.2); derivative 0, x / 3 + 1/2 or 1."""
    return pointwise(_HARDSWISH, x)
