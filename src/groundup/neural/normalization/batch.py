"""Batch normalization: every channel gets mean 0 and variance 1 over the examples of a batch (Ioffe & Szegedy 2015)."""

from math import prod
from typing import Any

import numpy as np

from groundup.neural._backend import is_torch
from groundup.neural.autograd.tensor import Tensor, no_grad
from groundup.neural.normalization._checks import (
    check_eps,
    check_running,
    check_several,
    check_share,
    check_vectors,
    floating,
)
from groundup.neural.normalization._standardize import Plan, normalize, scale_and_shift

__all__ = ["batch_norm", "fold_batch_norm"]


def batch_norm(
    x: Any,
    running_mean: Any = None,
    running_var: Any = None,
    weight: Any = None,
    bias: Any = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Any:
    """(x - μ) / √(v + ε) · weight + bias, channel by channel (Ioffe & Szegedy 2015, algorithm 1).

    In training μ and v are mean and variance of the batch (divided by n), and the running ones move towards them *in
    place*: running ← (1 - momentum) running + momentum · batch, the variance divided by n - 1, as torch does it.
    Otherwise μ and v are the running ones: constants, and the layer is a fixed linear map.

    Parameters
    ----------
    x : Tensor, array_like or torch.Tensor of shape (n, channels, ...)
    running_mean, running_var : arrays or tensors of shape (channels,), optional
        Changed in place in training; needed otherwise.
    weight, bias : of shape (channels,), optional
    training : bool
    momentum : float
        Share of the newest batch, in [0, 1]. A mean of all batches: pass 1/k with batch number k.
    eps : float
        Above 0.

    Returns
    -------
    Tensor or torch.Tensor
        Of the shape of x.

    Raises
    ------
    ValueError
        If there is one entry a channel in training (it would become 0), running statistics are missing otherwise, or
        shapes or numbers do not fit.
    TypeError
        If x is a torch tensor of whole numbers, or running statistics cannot be changed in place in training.
    """
    x = floating(x, 2)
    check_eps(eps)
    check_share(momentum)
    n, channels, *rest = x.shape
    vectors = {"running_mean": running_mean, "running_var": running_var, "weight": weight, "bias": bias}
    check_vectors((channels,), "one entry a channel", **vectors)
    affine = (1, channels, *(1 for _ in rest))
    if not training:
        return _with_constants(x, running_mean, running_var, weight, bias, affine, eps)
    check_running(running_mean=running_mean, running_var=running_var)
    check_several(n * prod(rest), x.shape, "a channel")
    plan = Plan((n, channels, prod(rest)), (0, 2), affine)
    if not prod(x.shape):
        return x * 1
    if is_torch(x):
        from groundup.neural.normalization import _torch

        y, mean, variance = _torch.normalize(x, plan, eps, weight, bias)
    else:
        y, mean, variance = normalize(x, plan, eps, weight, bias, "batch_norm")
    n *= prod(rest)
    _move(running_mean, mean.reshape(channels), momentum)
    _move(running_var, variance.reshape(channels) * (n / (n - 1)), momentum)
    return y


def _move(running: Any, batch: Any, momentum: float) -> None:
    """running ← (1 - momentum) running + momentum · batch, in place."""
    if is_torch(running):
        running.detach().mul_(1 - momentum).add_(batch.detach().to(running.dtype), alpha=momentum)
    elif isinstance(running, Tensor):
        with no_grad():
            running.copy_((1 - momentum) * running.data + momentum * batch)
    elif running is not None:
        running *= 1 - momentum
        running += momentum * batch


def _with_constants(x: Any, mean: Any, variance: Any, weight: Any, bias: Any, affine: tuple, eps: float) -> Any:
    if mean is None or variance is None:
        raise ValueError("running_mean and running_var must be given when training=False")
    if is_torch(x):
        from groundup.neural.normalization import _torch

        xhat = (x - mean.reshape(affine)) * (variance.reshape(affine) + eps).rsqrt()
        return _torch.scale_and_shift(xhat, affine, weight, bias).to(x.dtype)
    mean, variance = (v.data if isinstance(v, Tensor) else np.asarray(v) for v in (mean, variance))
    r = (1 / np.sqrt(variance + eps)).astype(x.dtype, copy=False).reshape(affine)
    scale = r if weight is None else r * floating(weight).data.reshape(affine)
    xhat = (x.data - mean.astype(x.dtype, copy=False).reshape(affine)) * r
    return scale_and_shift(x, xhat, lambda g: g * scale, affine, weight, bias, "batch_norm")


def fold_batch_norm(
    weight: Any,
    bias: Any,
    running_mean: Any,
    running_var: Any,
    norm_weight: Any = None,
    norm_bias: Any = None,
    eps: float = 1e-5,
    axis: int = 0,
) -> tuple[Any, Any]:
    """One linear map in place of a linear map and the batch normalization behind it, for prediction.

    With s = norm_weight / √(v + ε):  s (W x + b - μ) + norm_bias = (s W) x + s (b - μ) + norm_bias.

    Parameters
    ----------
    weight : array or torch.Tensor
        Of a linear map or a convolution, with the outputs along `axis`.
    bias : of shape (outputs,), or None
    running_mean, running_var, norm_weight, norm_bias : of shape (outputs,), the last two may be None
    eps : float
        The normalization's.
    axis : int
        0 for torch's layout (outputs, inputs, ...), 1 for ``x @ W``.

    Returns
    -------
    weight, bias
        Of the shapes of W and (outputs,): new arrays or tensors.

    Raises
    ------
    ValueError
        If there is no such axis, shapes do not fit or eps is not above 0.
    """
    check_eps(eps)
    if not -weight.ndim <= axis < weight.ndim:
        raise ValueError(f"axis {axis} is out of range for a weight of shape {tuple(weight.shape)}")
    outputs = weight.shape[axis]
    vectors = {"bias": bias, "running_mean": running_mean, "running_var": running_var}
    check_vectors((outputs,), "one entry an output", **vectors, norm_weight=norm_weight, norm_bias=norm_bias)
    scale = (running_var + eps) ** -0.5
    if norm_weight is not None:
        scale = scale * norm_weight
    along = [1] * weight.ndim
    along[axis] = outputs
    shift = -running_mean if bias is None else bias - running_mean
    shift = shift * scale
    return weight * scale.reshape(along), shift if norm_bias is None else shift + norm_bias
