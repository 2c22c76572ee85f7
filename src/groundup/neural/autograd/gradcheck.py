"""Comparison of a gradient with central differences.

    (f(x + h e_i) - f(x - h e_i)) / 2h = ∂f/∂x_i + O(h²) + O(ε |f| / h)

The first error shrinks with the step h, the second grows: in float64 (ε = 1e-16) they meet near h = 1e-5 at about
1e-10, in float32 near 5e-3 at 1e-4, too coarse to tell a wrong formula from a right one. Hence float64 only.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from groundup.neural.autograd.tensor import Tensor, no_grad

__all__ = ["GradientError", "gradcheck"]


class GradientError(AssertionError):
    """A gradient differs from central differences; the message says where and by how much."""


def gradcheck(
    function: Callable[..., Tensor], *inputs: Any, step: float = 1e-5, rtol: float = 1e-6, atol: float = 1e-8
) -> bool:
    """Check every gradient of a function of tensors; a result of several entries is weighted at random first.

    Parameters
    ----------
    function : callable
        Takes one tensor an input and returns a tensor. Must compute the same each time.
    *inputs : array_like of float64
    step : float
        h in the formula above. Kinks (ties, zeros of abs and relu) must be further than this from the inputs.
    rtol, atol : float
        Allowed difference: atol + rtol · |difference quotient|.

    Returns
    -------
    bool
        True; every failure is an exception.

    Raises
    ------
    GradientError
        If an entry differs by more than allowed, or is NaN on one side only.
    TypeError
        If an input is not float64.
    """
    arrays = [np.array(x.data if isinstance(x, Tensor) else x) for x in inputs]
    for i, x in enumerate(arrays):
        if x.dtype != np.float64:
            raise TypeError(f"input {i} must be float64, or rounding would drown the slope; got dtype {x.dtype}")
    leaves = [Tensor(x, requires_grad=True) for x in arrays]
    out = function(*leaves)
    weights = np.random.default_rng(0).uniform(0.5, 1.5, out.shape)
    if out.requires_grad:
        out.backward(weights)

    def value() -> float:
        with no_grad():
            return float((function(*map(Tensor, arrays)).data * weights).sum())

    for i, (x, leaf) in enumerate(zip(arrays, leaves, strict=True)):
        gradient = np.zeros_like(x) if leaf.grad is None else leaf.grad
        for at in np.ndindex(x.shape):
            slope = _slope(value, x, at, step)
            if not abs(gradient[at] - slope) <= atol + rtol * abs(slope):
                where = f"[{', '.join(map(str, at))}]" if at else ""
                raise GradientError(
                    f"input {i}{where} = {x[at]:.6g}: backward gives {gradient[at]:.9g}, "
                    f"central differences give {slope:.9g}"
                )
    return True


def _slope(value: Callable[[], float], x: np.ndarray, at: tuple[int, ...], step: float) -> float:
    here = x[at]
    x[at] = here + step
    above, high = value(), x[at]
    x[at] = here - step
    below, low = value(), x[at]
    x[at] = here
    return (above - below) / (high - low)  # the step as it was rounded, not as it was meant
