"""Activations that look at more than one entry: gates multiply two halves, softmax shares out 1 along an axis."""

from typing import Any

import numpy as np

from groundup.checks import check_number
from groundup.neural._backend import is_torch
from groundup.neural.activations import smooth
from groundup.neural.activations._pointwise import floating
from groundup.neural.autograd import reductions
from groundup.neural.autograd.tensor import as_tensor, record

__all__ = ["glu", "log_softmax", "softmax", "swiglu"]


def _halves(x: Any, axis: int) -> tuple[Any, Any]:
    """Indices of the first and the second half along an axis."""
    if not -x.ndim <= axis < x.ndim:
        raise ValueError(f"axis {axis} is out of range for shape {tuple(x.shape)}")
    n = x.shape[axis]
    if n % 2:
        raise ValueError(f"x must have an even length along axis {axis}; got shape {tuple(x.shape)}")
    before = (slice(None),) * (axis % x.ndim)
    return (*before, slice(None, n // 2)), (*before, slice(n // 2, None))


def glu(x: Any, axis: int = -1) -> Any:
    """a σ(b), with a and b the halves of x (Dauphin et al. 2016): one half says what, the other how much of it.

    With respect to a: g σ(b). With respect to b: g a σ(b) (1 - σ(b)).

    Parameters
    ----------
    x : Tensor, array_like or torch.Tensor
        Of even length along the axis.
    axis : int

    Returns
    -------
    Tensor or torch.Tensor
        Half as long along the axis.

    Raises
    ------
    ValueError
        If there is no such axis or its length is odd.
    """
    x = x if is_torch(x) else floating(x)
    first, second = _halves(x, axis)
    if is_torch(x):
        return x[first] * x[second].sigmoid()
    a, s = x.data[first], smooth.sigmoid(x.data[second]).data

    def vjp(g: np.ndarray) -> np.ndarray:
        return np.concatenate([g * s, g * a * (s * (1 - s))], axis)

    return record(a * s, "glu", ((x, vjp),), reads=(x,))


def swiglu(x: Any, axis: int = -1) -> Any:
    """silu(a) b, with a and b the halves of x (Shazeer 2020, equation 5, after the linear maps).

    Parameters
    ----------
    x : Tensor, array_like or torch.Tensor
        Of even length along the axis: first the half that passes through SiLU.
    axis : int

    Returns
    -------
    Tensor or torch.Tensor
        Half as long along the axis.

    Raises
    ------
    ValueError
        If there is no such axis or its length is odd.
    """
    x = x if is_torch(x) else floating(x)
    first, second = _halves(x, axis)
    return smooth.silu(x[first]) * x[second]  # the product rule is the engine's


def softmax(x: Any, axis: int = -1, temperature: float = 1.0) -> Any:
    """e^(x/T) over its sum along the axis. With a = softmax:  g -> a (g - Σ g a) / T.

    Parameters
    ----------
    x : Tensor, array_like or torch.Tensor
    axis : int
    temperature : float
        T, above 0: small makes the largest entry win, large makes all alike.

    Returns
    -------
    Tensor or torch.Tensor
        Of the shape of x; sums along the axis are 1, or 0 where all entries are -inf.

    Raises
    ------
    ValueError
        If there is no such axis, the axis has no entries, or T is not above 0.
    """
    if not is_torch(x):
        return reductions.softmax(_cooled(as_tensor(x), temperature), axis)
    from groundup.neural.activations import _torch

    _check_axis(x, axis)
    return _torch.Softmax.apply(_cooled(x, temperature), axis)


def log_softmax(x: Any, axis: int = -1, temperature: float = 1.0) -> Any:
    """x/T - ln Σ e^(x/T) along the axis:  g -> (g - softmax Σ g) / T. Keeps its digits where the softmax is tiny.

    Parameters
    ----------
    x : Tensor, array_like or torch.Tensor
    axis : int
    temperature : float
        T, above 0.

    Returns
    -------
    Tensor or torch.Tensor
        Of the shape of x.

    Raises
    ------
    ValueError
        If there is no such axis, the axis has no entries, or T is not above 0.
    """
    if not is_torch(x):
        return reductions.log_softmax(_cooled(as_tensor(x), temperature), axis)
    _check_axis(x, axis)
    x = _cooled(x, temperature)
    largest = x.detach().amax(axis, keepdim=True)
    shifted = x - largest.where(largest.isfinite(), 0)  # by a constant, which cancels
    return shifted - shifted.exp().sum(axis, keepdim=True).log()


def _cooled(x: Any, temperature: float) -> Any:
    check_number("temperature", temperature, 0, open_low=True)
    return x if temperature == 1 else x / temperature


def _check_axis(x: Any, axis: int) -> None:
    if not -x.ndim <= axis < x.ndim:
        raise ValueError(f"axis {axis} is out of range for shape {tuple(x.shape)}")
    if not x.shape[axis]:
        raise ValueError(f"softmax over no entries: shape {tuple(x.shape)}, axis {axis}")
