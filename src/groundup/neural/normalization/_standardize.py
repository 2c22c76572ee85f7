"""Mean 0 and variance 1 over some axes, the one operation in all these layers, and its derivative.

With n the number of entries that share a mean μ and a variance v, ε a small number and r = 1 / √(v + ε):

    x̂ = (x - μ) r,    y = w x̂ + b                                                                      (1)

    ∂L/∂w = Σ ∂L/∂y x̂,    ∂L/∂b = Σ ∂L/∂y,    and with h = w ∂L/∂y                                       (2)

    ∂L/∂x = r (h - mean(h) - x̂ mean(h x̂))                                                              (3)

(3) is h, freed of its component along the constant vector (μ moves with x) and along x̂ (so does v); means are over the
entries that share μ and v. Without the mean in (1), as in RMS norm, the second term falls away.

The mean is subtracted twice: the mean of a million and something is rounded by more than the something; what is left
after the first subtraction is small, and its mean is exact enough.
"""

from typing import Any, NamedTuple

import numpy as np

from groundup.neural.autograd.tensor import Tensor, as_tensor, record

__all__ = ["Plan", "normalize", "scale_and_shift"]


class Plan(NamedTuple):
    """Which entries are normalized together.

    Attributes
    ----------
    view : tuple of int
        Shape in which x is looked at.
    axes : tuple of int
        Axes of the view that share a mean and a variance.
    affine : tuple of int
        Shape in which weight and bias are broadcast against x.
    centre : bool
        Whether the mean is subtracted.
    """

    view: tuple[int, ...]
    axes: tuple[int, ...]
    affine: tuple[int, ...]
    centre: bool = True


def standardized(x: np.ndarray, axes: tuple[int, ...], eps: float, centre: bool) -> tuple[np.ndarray, ...]:
    """x̂ of (1), r, μ and v, the last three with kept axes."""
    mean = x.mean(axes, keepdims=True) if centre else np.zeros((), x.dtype)
    out = x - mean
    if centre:
        rest = out.mean(axes, keepdims=True)
        out -= rest
        mean = mean + rest
    variance = np.square(out).mean(axes, keepdims=True)
    r = 1 / np.sqrt(variance + x.dtype.type(eps))
    out *= r
    return out, r, mean, variance


def normalize(
    x: Tensor, plan: Plan, eps: float, weight: Any = None, bias: Any = None, op: str = "norm"
) -> tuple[Tensor, np.ndarray, np.ndarray]:
    """y of (1), with μ and v."""
    with np.errstate(over="ignore", invalid="ignore"):
        flat, r, mean, variance = standardized(x.data.reshape(plan.view), plan.axes, eps, plan.centre)
    xhat = flat.reshape(x.shape)
    w = None if weight is None else as_tensor(weight).data.reshape(plan.affine)

    def by_x(g: np.ndarray) -> np.ndarray:
        h = (g if w is None else g * w).reshape(plan.view)
        with np.errstate(over="ignore", invalid="ignore"):
            out = h - flat * (h * flat).mean(plan.axes, keepdims=True)
            if plan.centre:
                out -= h.mean(plan.axes, keepdims=True)
            out *= r
        return out.reshape(x.shape)

    return scale_and_shift(x, xhat, by_x, plan.affine, weight, bias, op), mean, variance


def scale_and_shift(
    x: Tensor, xhat: np.ndarray, by_x: Any, affine: tuple[int, ...], weight: Any, bias: Any, op: str
) -> Tensor:
    """w x̂ + b with the gradients of (2); `by_x` is the vector-Jacobian product for x, from ∂L/∂y."""
    out, edges, reads = xhat, [(x, by_x)], [x]
    over = tuple(i for i, n in enumerate(affine) if n == 1 and x.shape[i] != 1)
    if weight is not None:
        scale = as_tensor(weight)
        out = out * scale.data.reshape(affine)
        edges.append((scale, lambda g: (g * xhat).sum(over).reshape(scale.shape)))
        reads.append(scale)
    if bias is not None:
        shift = as_tensor(bias)
        out = out + shift.data.reshape(affine)
        edges.append((shift, lambda g: g.sum(over).reshape(shift.shape)))
    return record(out, op, edges, reads=reads)
