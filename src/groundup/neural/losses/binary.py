"""Losses for yes or no. With the logit z, p = σ(z) and the target t (0, 1, or a probability between).

    cross-entropy     (1 - t) z + ln(1 + e^-z)                    σ(z) - t
       times w for t = 1                                          (1 - t) σ(z) - w t σ(-z)
    focal             -α t (1 - p)^γ ln p - (1 - α) (1 - t) p^γ ln(1 - p)           Lin et al. (2017), equation 5
    hinge (t = ±1)    max(0, 1 - t z)                             -t where t z < 1, else 0

In logits nothing overflows and nothing is lost: ln(1 + e^-z) is `softplus` of -z, (1 - p)^γ is e^(-γ softplus(z)).

Lesson: losses
"""

from typing import Any

import numpy as np

from groundup.checks import check_number
from groundup.neural._backend import is_torch
from groundup.neural.losses._rules import Rule, both, factors, finish, pointwise

__all__ = [
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "hinge_loss",
    "sigmoid_focal_loss",
    "squared_hinge_loss",
]

LOWEST = -100.0  # of a logarithm of a probability, as in torch
LEAST = float(np.float32(1e-12))  # of p (1 - p) in its derivative, as in torch to the last digit


def _logit_slope(xp: Any, z: Any, t: Any) -> Any:
    return xp.sigmoid(z) - t


WITH_LOGITS = Rule(
    "bce_with_logits",
    lambda xp, z, t: (1 - t) * z + xp.softplus(-z),
    _logit_slope,
    lambda xp, z, t: -z,
)
WEIGHTED = Rule(
    "bce_with_logits",
    lambda xp, z, t, w: (1 - t) * z + (1 + (w - 1) * t) * xp.softplus(-z),
    lambda xp, z, t, w: (1 - t) * xp.sigmoid(z) - w * t * xp.sigmoid(-z),
    lambda xp, z, t, w: (w - 1) * xp.softplus(-z) - z,
)


def _logs(xp: Any, p: Any) -> tuple[Any, Any]:
    return xp.clip(xp.log(p), LOWEST, None), xp.clip(xp.log1p(-p), LOWEST, None)


def _bce(xp: Any, p: Any, t: Any) -> Any:
    yes, no = _logs(xp, p)
    return (t - 1) * no - t * yes


def _bce_by_target(xp: Any, p: Any, t: Any) -> Any:
    yes, no = _logs(xp, p)
    return no - yes


PROBABILITIES = Rule("bce", _bce, lambda xp, p, t: (p - t) / xp.clip(p * (1 - p), LEAST, None), _bce_by_target)


def _focal(xp: Any, z: Any, t: Any, alpha: float, gamma: float) -> Any:
    over, under = xp.softplus(z), xp.softplus(-z)  # -ln(1 - p), -ln p
    return alpha * t * xp.exp(-gamma * over) * under + (1 - alpha) * (1 - t) * xp.exp(-gamma * under) * over


def _focal_slope(xp: Any, z: Any, t: Any, alpha: float, gamma: float) -> Any:
    p, rest, over, under = xp.sigmoid(z), xp.sigmoid(-z), xp.softplus(z), xp.softplus(-z)
    yes = -xp.exp(-gamma * over) * (gamma * p * under + rest)
    no = xp.exp(-gamma * under) * (gamma * rest * over + p)
    return alpha * t * yes + (1 - alpha) * (1 - t) * no


def _focal_by_target(xp: Any, z: Any, t: Any, alpha: float, gamma: float) -> Any:
    over, under = xp.softplus(z), xp.softplus(-z)
    return alpha * xp.exp(-gamma * over) * under - (1 - alpha) * xp.exp(-gamma * under) * over


FOCAL = Rule("sigmoid_focal_loss", _focal, _focal_slope, _focal_by_target)
# without α both kinds of targets count fully: twice the rule with α = 1/2
HINGE = Rule(
    "hinge_loss",
    lambda xp, z, t: xp.clip(1 - t * z, 0, None),
    lambda xp, z, t: -t * xp.step(1 - t * z),
    lambda xp, z, t: -z * xp.step(1 - t * z),
)
SQUARED_HINGE = Rule(
    "squared_hinge_loss",
    lambda xp, z, t: xp.clip(1 - t * z, 0, None) * xp.clip(1 - t * z, 0, None),
    lambda xp, z, t: -2 * t * xp.clip(1 - t * z, 0, None),
    lambda xp, z, t: -2 * z * xp.clip(1 - t * z, 0, None),
)


def binary_cross_entropy_with_logits(
    logits: Any, target: Any, weight: Any = None, reduction: str = "mean", pos_weight: Any = None
) -> Any:
    """-t ln σ(z) - (1 - t) ln(1 - σ(z)); derivative σ(z) - t.

    Parameters
    ----------
    logits, target : Tensor, array_like or torch.Tensor of one shape
        Targets are 0, 1 or probabilities between.
    weight : array_like, optional
        Factors of the entries, which broadcast; the mean still divides by the number of entries.
    reduction : "mean", "sum" or "none"
    pos_weight : array_like, optional
        Factor of the term of t, which broadcasts with the logits: above 1 a missed yes costs more.

    Returns
    -------
    Tensor or torch.Tensor

    Raises
    ------
    ValueError
        If the shapes differ or the reduction is unknown.
    TypeError
        If a weight requires a gradient.
    """
    z, t = both(logits, target, ("logits", "target"))
    if pos_weight is None:
        return finish(pointwise(WITH_LOGITS, (z, t)), weight, reduction)
    w = factors(pos_weight, z, "pos_weight")
    w = w.expand(z.shape) if is_torch(z) else type(z)(np.broadcast_to(w.data, z.shape))
    return finish(pointwise(WEIGHTED, (z, t, w)), weight, reduction)


def binary_cross_entropy(probability: Any, target: Any, weight: Any = None, reduction: str = "mean") -> Any:
    """-t ln p - (1 - t) ln(1 - p) of probabilities; derivative (p - t) / (p (1 - p)).

    Logarithms are cut off at -100 and p (1 - p) at 1e-12, as in torch, so that p = 0 and p = 1 give numbers; the
    gradient there is that of neither. Prefer logits where you have them.

    `weight`, `reduction` and errors are as for `binary_cross_entropy_with_logits`; ValueError also if a `probability`
    or a target lies outside of 0 ... 1, or is NaN. `target` has the shape of `probability`.
    """
    p, t = both(probability, target, ("probability", "target"))
    values, truths = (x.detach() if is_torch(x) else x.data for x in (p, t))
    if not bool(((values >= 0) & (values <= 1)).all()):
        raise ValueError("probability must lie between 0 and 1; for scores use binary_cross_entropy_with_logits")
    if not bool(((truths >= 0) & (truths <= 1)).all()):
        raise ValueError("target must lie between 0 and 1: no, yes, or a probability")
    return finish(pointwise(PROBABILITIES, (p, t)), weight, reduction)


def sigmoid_focal_loss(
    logits: Any, target: Any, alpha: float | None = 0.25, gamma: float = 2.0, reduction: str = "mean"
) -> Any:
    """Binary cross-entropy times (1 - probability of the truth)^γ (Lin et al. 2017, equation 5).

    Parameters
    ----------
    logits, target : Tensor, array_like or torch.Tensor of one shape
        Targets are 0 or 1; between them the loss is the average of both, weighted by the target.
    alpha : float between 0 and 1, or None
        Factor of the targets 1, and 1 - alpha of the targets 0; None leaves both at 1 (equation 4).
    gamma : float, at least 0
        How much what is right already is turned down; 0 gives cross-entropy.
    reduction : "mean", "sum" or "none"
        The paper divides the sum by the number of targets 1: use "sum" and divide.

    Raises
    ------
    ValueError
        If the shapes differ or a setting is out of range.
    """
    check_number("gamma", gamma, 0)
    if alpha is None:
        share, factor = 0.5, 2.0
    else:
        check_number("alpha", alpha, 0, np.nextafter(1, 2))
        share, factor = float(alpha), 1.0
    loss = pointwise(FOCAL, both(logits, target, ("logits", "target")), share, float(gamma))
    return finish(loss * factor if alpha is None else loss, None, reduction)


def hinge_loss(scores: Any, target: Any, reduction: str = "mean", weight: Any = None) -> Any:
    """max(0, 1 - t z) for targets t = ±1: nothing is lost beyond a margin of 1.

    `scores` and `target` have one shape; `reduction`, `weight` and errors are as for
    `binary_cross_entropy_with_logits`. ValueError also if a target is neither -1 nor 1.
    """
    return finish(pointwise(HINGE, _signs(scores, target)), weight, reduction)


def squared_hinge_loss(scores: Any, target: Any, reduction: str = "mean", weight: Any = None) -> Any:
    """max(0, 1 - t z)² for targets t = ±1, which has a derivative everywhere.

    `scores`, `target`, `reduction`, `weight` and errors are as for `hinge_loss`.
    """
    return finish(pointwise(SQUARED_HINGE, _signs(scores, target)), weight, reduction)


def _signs(scores: Any, target: Any) -> tuple[Any, Any]:
    z, t = both(scores, target, ("scores", "target"))
    values = t.detach() if is_torch(t) else t.data
    if not bool((abs(values) == 1).all()):
        raise ValueError("target must hold -1 and 1; for 0 and 1 give 2 * target - 1")
    return z, t
