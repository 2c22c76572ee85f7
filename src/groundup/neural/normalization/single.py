"""Normalization of every example by itself: layer, RMS, group and instance norm. No batch, no running values."""

from math import prod
from typing import Any

import numpy as np

from groundup.checks import check_count
from groundup.neural._backend import is_torch
from groundup.neural.normalization._checks import check_eps, check_several, check_vectors, floating, lengths
from groundup.neural.normalization._standardize import Plan, normalize

__all__ = ["group_norm", "instance_norm", "layer_norm", "rms_norm"]


def _apply(x: Any, plan: Plan, eps: float, weight: Any, bias: Any, op: str) -> Any:
    check_eps(eps)
    if not prod(x.shape):
        return x * 1
    if is_torch(x):
        from groundup.neural.normalization import _torch

        return _torch.normalize(x, plan, eps, weight, bias)[0]
    return normalize(x, plan, eps, weight, bias, op)[0]


def _last_axes(x: Any, normalized_shape: int | tuple[int, ...], centre: bool) -> tuple[Plan, tuple[int, ...]]:
    last = lengths(normalized_shape)
    if not last or tuple(x.shape[-len(last) :]) != last:
        raise ValueError(f"normalized_shape must be the last lengths of x, whose shape is {tuple(x.shape)}; got {last}")
    view = (prod(x.shape[: -len(last)]), prod(last))
    return Plan(view, (1,), (*(1 for _ in x.shape[: -len(last)]), *last), centre), last


def layer_norm(
    x: Any, normalized_shape: int | tuple[int, ...], weight: Any = None, bias: Any = None, eps: float = 1e-5
) -> Any:
    """(x - μ) / √(v + ε) · weight + bias, with μ and v over the last axes of each example (Ba et al. 2016, section 3).

    Parameters
    ----------
    x : Tensor, array_like or torch.Tensor of shape (..., *normalized_shape)
    normalized_shape : int or tuple of ints
        Lengths of the axes that share a mean and a variance.
    weight, bias : of shape normalized_shape, optional
    eps : float
        Above 0.

    Returns
    -------
    Tensor or torch.Tensor
        Of the shape of x.

    Raises
    ------
    ValueError
        If shapes do not fit or eps is not above 0.
    """
    x = floating(x)
    plan, last = _last_axes(x, normalized_shape, True)
    check_vectors(last, "the normalized shape", weight=weight, bias=bias)
    return _apply(x, plan, eps, weight, bias, "layer_norm")


def rms_norm(x: Any, normalized_shape: int | tuple[int, ...], weight: Any = None, eps: float | None = None) -> Any:
    """x / √(mean(x²) + ε) · weight over the last axes: layer norm without the mean (Zhang & Sennrich 2019, equation 4).

    Parameters
    ----------
    x : Tensor, array_like or torch.Tensor of shape (..., *normalized_shape)
    normalized_shape : int or tuple of ints
        Lengths of the axes that share a mean square.
    weight : of shape normalized_shape, optional
    eps : float, optional
        Above 0; the distance from 1 to the next number by default (of float32 where x is shorter), as torch has it.

    Returns
    -------
    Tensor or torch.Tensor
        Of the shape of x.

    Raises
    ------
    ValueError
        If shapes do not fit or eps is not above 0.
    """
    x = floating(x)
    plan, last = _last_axes(x, normalized_shape, False)
    check_vectors(last, "the normalized shape", weight=weight)
    if eps is None:
        eps = float(np.finfo(np.float64 if str(x.dtype).endswith("float64") else np.float32).eps)
    return _apply(x, plan, eps, weight, None, "rms_norm")


def group_norm(x: Any, num_groups: int, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Any:
    """Mean 0 and variance 1 over groups of channels and all positions of each example (Wu & He 2018, equations 1, 7).

    Parameters
    ----------
    x : Tensor, array_like or torch.Tensor of shape (n, channels, ...)
    num_groups : int
        A divisor of the number of channels. One group is layer norm over all axes but the first.
    weight, bias : of shape (channels,), optional
    eps : float
        Above 0.

    Returns
    -------
    Tensor or torch.Tensor
        Of the shape of x.

    Raises
    ------
    ValueError
        If the number of groups is no divisor, the whole batch has one entry a group, or shapes do not fit.
    """
    x = floating(x, 2)
    check_count("num_groups", num_groups)
    n, channels, *rest = x.shape
    if channels % num_groups:
        raise ValueError(f"num_groups must divide the {channels} channels of x; got {num_groups}")
    check_vectors((channels,), "one entry a channel", weight=weight, bias=bias)
    together = channels // num_groups * prod(rest)
    check_several(n * together, x.shape, "a group")
    plan = Plan((n, num_groups, together), (2,), (1, channels, *(1 for _ in rest)))
    return _apply(x, plan, eps, weight, bias, "group_norm")


def instance_norm(x: Any, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Any:
    """Mean 0 and variance 1 over the positions of each channel of each example (Ulyanov et al. 2016).

    Parameters
    ----------
    x : Tensor, array_like or torch.Tensor of shape (n, channels, positions, ...)
    weight, bias : of shape (channels,), optional
    eps : float
        Above 0.

    Returns
    -------
    Tensor or torch.Tensor
        Of the shape of x.

    Raises
    ------
    ValueError
        If there is only one position, or shapes do not fit.
    """
    x = floating(x, 3)
    n, channels, *rest = x.shape
    check_vectors((channels,), "one entry a channel", weight=weight, bias=bias)
    check_several(prod(rest), x.shape, "a channel")
    plan = Plan((n, channels, prod(rest)), (2,), (1, channels, *(1 for _ in rest)))
    return _apply(x, plan, eps, weight, bias, "instance_norm")
