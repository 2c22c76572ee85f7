"""Sums, means, extremes and the softmax family, over any axes.

The vector-Jacobian product of a sum spreads g back over what was summed; all others are a sum with weights:
1/n for the mean, the share in the tie for an extreme, the softmax for log-sum-exp.
"""

from typing import Any

import numpy as np

from groundup.neural.autograd.tensor import Axis, Tensor, as_tensor, record

__all__ = ["log_softmax", "logsumexp", "max", "mean", "min", "softmax", "sum", "var"]


def _axes(x: Tensor, axis: Axis) -> tuple[int, ...]:
    """The axes as a tuple of numbers from 0."""
    if axis is None:
        return tuple(range(x.ndim))
    given = axis if isinstance(axis, tuple) else (axis,)
    if any(not -x.ndim <= a < x.ndim for a in given):
        raise ValueError(f"axis {axis} is out of range for shape {x.shape}")
    axes = tuple(a % x.ndim for a in given)
    if len(set(axes)) != len(axes):
        raise ValueError(f"axis {axis} names an axis twice")
    return axes


def _kept(shape: tuple[int, ...], axes: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(1 if i in axes else n for i, n in enumerate(shape))


def _count(x: Tensor, axes: tuple[int, ...], what: str) -> int:
    n = int(np.prod([x.shape[a] for a in axes], dtype=int))
    if not n:
        raise ValueError(f"{what} over no entries: shape {x.shape}, axes {axes}")
    return n


def sum(x: Any, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Sum over the axes; every entry summed gets the gradient of its sum."""
    x = as_tensor(x)
    axes = _axes(x, axis)
    shape, kept = x.shape, _kept(x.shape, axes)
    out = x.data.sum(axis=axes, keepdims=keepdims)
    return record(out, "sum", ((x, lambda g: np.broadcast_to(g.reshape(kept), shape)),))


def mean(x: Any, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Average over the axes; every entry gets 1/n of the gradient."""
    x = as_tensor(x)
    axes = _axes(x, axis)
    n = _count(x, axes, "mean")
    shape, kept = x.shape, _kept(x.shape, axes)
    out = x.data.mean(axis=axes, keepdims=keepdims)
    return record(out, "mean", ((x, lambda g: np.broadcast_to((g / n).reshape(kept), shape)),))


def var(x: Any, axis: Axis = None, keepdims: bool = False, ddof: int = 0) -> Tensor:
    """Σ (x - mean)² / (n - ddof); the mean's own dependence on x drops out, because deviations sum to 0."""
    x = as_tensor(x)
    axes = _axes(x, axis)
    n = _count(x, axes, "variance")
    if n <= ddof:
        raise ValueError(f"variance of {n} entries with ddof={ddof}: n - ddof must be positive")
    kept = _kept(x.shape, axes)
    deviation = x.data - x.data.mean(axis=axes, keepdims=True)
    out = np.square(deviation).sum(axis=axes, keepdims=keepdims) / (n - ddof)
    return record(out, "var", ((x, lambda g: g.reshape(kept) * deviation * (2 / (n - ddof))),))


def max(x: Any, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Largest entry; entries that tie share the gradient equally (as in torch.amax)."""
    return _extreme(as_tensor(x), axis, keepdims, np.max, "max")


def min(x: Any, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Smallest entry; entries that tie share the gradient equally (as in torch.amin)."""
    return _extreme(as_tensor(x), axis, keepdims, np.min, "min")


def _extreme(x: Tensor, axis: Axis, keepdims: bool, choose: Any, op: str) -> Tensor:
    axes = _axes(x, axis)
    _count(x, axes, op)
    kept = _kept(x.shape, axes)
    best = choose(x.data, axis=axes, keepdims=True)

    def vjp(g: np.ndarray) -> np.ndarray:
        winners = x.data == best
        return winners * (g.reshape(kept) / winners.sum(axis=axes, keepdims=True)).astype(g.dtype, copy=False)

    return record(best if keepdims else best.squeeze(axes), op, ((x, vjp),), reads=(x,))


def logsumexp(x: Any, axis: Axis = -1, keepdims: bool = False) -> Tensor:
    """ln Σ e^x without overflow: the largest entry is taken out of the sum first. Its gradient is the softmax.

    Parameters
    ----------
    x : Tensor or array_like
    axis : int, tuple of ints or None
        The axes that are summed over; None: all.
    keepdims : bool
        Keep the summed axes with length 1.

    Returns
    -------
    Tensor
        Of the shape of x without the summed axes; -inf where all entries are -inf.

    Raises
    ------
    ValueError
        If there is no such axis, or nothing to sum over.

    Examples
    --------
    >>> from groundup.neural.autograd import Tensor, logsumexp
    >>> x = Tensor([1000.0, 1000.0], requires_grad=True)
    >>> y = logsumexp(x)
    >>> y.backward()
    >>> round(y.item(), 3), x.grad
    (1000.693, array([0.5, 0.5]))
    """
    x = as_tensor(x)
    axes = _axes(x, axis)
    _count(x, axes, "logsumexp")
    kept = _kept(x.shape, axes)
    out, shares = _shares(x.data, axes)
    return record(out if keepdims else out.squeeze(axes), "logsumexp", ((x, lambda g: g.reshape(kept) * shares),))


def _shares(x: np.ndarray, axes: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Log-sum-exp with kept axes, and softmax. A slice of -inf alone has log-sum -inf and shares 0."""
    largest = x.max(axis=axes, keepdims=True)
    largest = np.where(np.isfinite(largest), largest, 0)
    shares = np.exp(x - largest)
    total = shares.sum(axis=axes, keepdims=True)
    with np.errstate(divide="ignore"):
        out = np.log(total) + largest
    shares /= np.where(total == 0, 1, total)
    return out, shares


def softmax(x: Any, axis: int = -1) -> Tensor:
    """e^x over its sum. With a = softmax(x):  g -> a (g - Σ g a)."""
    x = as_tensor(x)
    axes = _axes(x, axis)
    _count(x, axes, "softmax")
    a = _shares(x.data, axes)[1]

    def vjp(g: np.ndarray) -> np.ndarray:
        weighted = g * a
        return weighted - a * weighted.sum(axis=axes, keepdims=True)

    return record(a, "softmax", ((x, vjp),), reads_result=True)


def log_softmax(x: Any, axis: int = -1) -> Tensor:
    """x - logsumexp(x):  g -> g - softmax(x) Σ g."""
    x = as_tensor(x)
    axes = _axes(x, axis)
    _count(x, axes, "log_softmax")
    total, a = _shares(x.data, axes)
    return record(x.data - total, "log_softmax", ((x, lambda g: g - a * g.sum(axis=axes, keepdims=True)),))


Tensor.sum, Tensor.mean, Tensor.var, Tensor.max, Tensor.min = sum, mean, var, max, min
Tensor.logsumexp, Tensor.softmax, Tensor.log_softmax = logsumexp, softmax, log_softmax
