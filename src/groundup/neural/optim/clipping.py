"""Clipping gradients, in place, before a step: by the norm of all of them together, or entry by entry.

    by norm    g ← g · min(1, c / (|g| + 1e-6))      the direction stays: Pascanu et al. 2012, algorithm 1
    by value   gᵢ ← max(-c, min(c, gᵢ))              the direction changes

|g| runs over the gradients of all parameters as if they were one vector. The 1e-6 is torch's.
"""

import math
from collections.abc import Iterable
from functools import partial
from typing import Any

import numpy as np

from groundup.neural._backend import is_torch
from groundup.neural.autograd import Tensor
from groundup.neural.optim.base import check_unsigned

__all__ = ["clip_grad_norm_", "clip_grad_value_", "grad_norm"]


def _gradients(parameters: Any) -> list[Any]:
    if isinstance(parameters, Tensor) or is_torch(parameters):
        parameters = [parameters]
    grads = [p.grad for p in parameters if p.grad is not None]
    return [g.detach() if is_torch(g) else g for g in grads]


def _norm(grads: list[Any], norm_type: float) -> Any:
    """A number in the type of the gradients, computed in float64: squares of float32 overflow at 1e19."""
    if not norm_type > 0:
        raise ValueError(f"norm_type must be above 0; got {norm_type}")
    if not grads:
        return np.float64(0.0)
    if is_torch(*grads):
        import torch

        norm = partial(torch.linalg.vector_norm, ord=norm_type, dtype=torch.float64)  # in one pass, without a copy
        pieces = [norm(g).to(grads[0].device) for g in grads if g.numel()]
        return norm(torch.stack(pieces) if pieces else torch.zeros(1)).to(grads[0].dtype)
    sizes = [np.abs(g, dtype=np.float64) for g in grads if g.size]
    if norm_type == math.inf:
        total = np.max([s.max() for s in sizes], initial=0.0)
    else:
        total = np.sum([np.sum(s**norm_type) for s in sizes]) ** (1 / norm_type)
    return grads[0].dtype.type(total)


def grad_norm(parameters: Iterable[Any], norm_type: float = 2.0) -> Any:
    """Norm of all gradients as one vector; 0 where there are none.

    Parameters
    ----------
    parameters : iterable of parameters, or one parameter
        Those without a gradient are left out.
    norm_type : float
        p of the p-norm, above 0; infinity is the largest magnitude.

    Returns
    -------
    NumPy number, or torch tensor without axes

    Raises
    ------
    ValueError
        If norm_type is not above 0.
    """
    return _norm(_gradients(parameters), norm_type)


def clip_grad_norm_(
    parameters: Iterable[Any], max_norm: float, norm_type: float = 2.0, error_if_nonfinite: bool = False
) -> Any:
    """Scale all gradients in place so that their common norm is at most `max_norm`.

    Parameters
    ----------
    parameters, norm_type
        As for `grad_norm`.
    max_norm : float
        At least 0.
    error_if_nonfinite : bool
        Otherwise a norm that is infinite or NaN scales all gradients to 0 or NaN, as in torch.

    Returns
    -------
    NumPy number, or torch tensor without axes
        The norm before clipping.

    Raises
    ------
    RuntimeError
        If the norm is not finite and `error_if_nonfinite`.
    ValueError
        If max_norm is below 0, or norm_type not above 0.

    References
    ----------
    Same as `torch.nn.utils.clip_grad_norm_`.
    """
    check_unsigned("max_norm", max_norm)
    grads = _gradients(parameters)
    total = _norm(grads, norm_type)
    if error_if_nonfinite and not math.isfinite(float(total)):
        raise RuntimeError(f"the norm of the gradients is {float(total)}, so they cannot be clipped")
    scale = max_norm / (total + 1e-6)
    scale = scale.clip(max=1.0)
    for g in grads:
        g *= scale.to(g.device) if is_torch(scale) else scale
    return total


def clip_grad_value_(parameters: Iterable[Any], clip_value: float) -> None:
    """Bring every entry of every gradient into [-clip_value, clip_value], in place.

    Raises
    ------
    ValueError
        If clip_value is below 0.

    References
    ----------
    Same as `torch.nn.utils.clip_grad_value_`.
    """
    check_unsigned("clip_value", clip_value)
    for g in _gradients(parameters):
        g[...] = g.clip(-clip_value, clip_value)
