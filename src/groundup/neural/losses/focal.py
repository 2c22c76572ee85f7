"""Focal loss for several classes, and margins between them.

With u = ln p_y, the log-probability of the true class, (1 - p_y)^γ is (-expm1 u)^γ, exact for p_y near 1:

    focal     -(1 - e^u)^γ u                        in u: γ (1 - e^u)^(γ-1) e^u u - (1 - e^u)^γ     Lin et al. (2017)
    margin    Σ_{k ≠ y} max(0, m - z_y + z_k)^p / K                                     Weston and Watkins (1999)

Lesson: losses
"""

from typing import Any

import numpy as np

from groundup.checks import check_number
from groundup.neural import autograd
from groundup.neural._backend import is_torch
from groundup.neural.losses._rules import Rule, pointwise, reduced
from groundup.neural.losses.classification import (
    IGNORED,
    averaged,
    class_weight,
    classes_of,
    log_probability,
    pick,
    rows_of,
)

__all__ = ["focal_loss", "multi_margin_loss"]


def _miss(xp: Any, u: Any) -> Any:
    """1 - e^u, at least the smallest number: powers below 0 of an exact 0 would be infinite."""
    return xp.clip(-xp.expm1(u), 1e-300 if "64" in str(u.dtype) else 1e-38, None)


def _focal(xp: Any, u: Any, gamma: float) -> Any:
    return -(_miss(xp, u) ** gamma) * u


def _focal_slope(xp: Any, u: Any, gamma: float) -> Any:
    miss, u = _miss(xp, u), xp.clip(u, -1e4, None)  # e^u u is 0 far below that, and NaN at -inf
    return miss**gamma * (gamma * xp.exp(u) * (u / miss) - 1)


FOCAL = Rule("focal_loss", _focal, _focal_slope)


def focal_loss(
    scores: Any,
    target: Any,
    gamma: float = 2.0,
    weight: Any = None,
    ignore_index: int = IGNORED,
    reduction: str = "mean",
) -> Any:
    """Cross-entropy times (1 - probability of the true class)^γ: what is right already counts less.

    Parameters
    ----------
    scores, target, ignore_index, reduction
        As for `cross_entropy` with classes.
    gamma : float, at least 0
        0 gives cross-entropy.
    weight : array_like of shape (K,), optional
        Factor of each class (α in the paper). The mean divides by the number of rows that are not ignored, and not by
        the sum of the factors as `cross_entropy` does: the paper's α shifts weight and is meant to change the scale.

    Raises
    ------
    TypeError, ValueError
        As for `cross_entropy`; also if `gamma` is negative.
    """
    check_number("gamma", gamma, 0)
    z, shape = rows_of(scores)
    y, kept = classes_of(target, z, shape, ignore_index)
    loss = pointwise(FOCAL, (log_probability(z, y),), float(gamma))
    if weight is not None:
        loss = loss * class_weight(weight, z)[y]
    return averaged(loss, None, kept, shape, reduction)


def multi_margin_loss(
    scores: Any, target: Any, p: int = 1, margin: float = 1.0, weight: Any = None, reduction: str = "mean"
) -> Any:
    """Σ over wrong classes of max(0, margin - z_y + z_k)^p, over the number of classes.

    `scores` (K,) or (n, K) and `target` () or (n,) are as for `cross_entropy`; `p` is 1 or 2; `weight` (K,) is the
    factor of the true class; the mean over `reduction` divides by the number of rows. The derivative is 1/K (for p = 1)
    at each wrong class within the `margin`, and minus their number over K at the true one.
    """
    if p not in (1, 2):
        raise ValueError(f"p must be 1 or 2; got {p!r}")
    check_number("margin", margin, -np.inf)
    z, shape = rows_of(scores)
    if len(shape) > 1:
        raise ValueError(f"scores must have shape (K,) or (n, K); got {tuple(scores.shape)}")
    y, _ = classes_of(target, z, shape, None)
    gap = z - pick(z, y).reshape(-1, 1) + margin
    gap = gap.clamp(min=0) if is_torch(z) else autograd.relu(gap)
    wrong = np.arange(z.shape[1]) != (y.cpu().numpy() if is_torch(y) else y)[:, None]
    wrong = z.new_tensor(wrong) if is_torch(z) else wrong.astype(z.dtype)
    loss = ((gap if p == 1 else gap * gap) * wrong).sum(axis=1) / z.shape[1]
    if weight is not None:
        loss = loss * class_weight(weight, z)[y]
    return reduced(loss.reshape(shape), reduction)
