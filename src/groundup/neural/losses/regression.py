"""Losses for numbers. With d = prediction - target, value above, derivative in the prediction below it.

    squared      d²                                    2 d                    normal noise: estimates the mean
    absolute     |d|                                   sign d                 Laplace noise: the median
    Huber        d²/2, beyond δ: δ (|d| - δ/2)         clip(d, -δ, δ)         Huber (1964), section 1
    smooth L1    Huber / δ                             clip(d, -β, β) / β
    log-cosh     ln cosh d                             tanh d
    quantile     τ (-d) for d < 0, (1 - τ) d above     -τ, 1 - τ              the τ-quantile; Koenker and Bassett (1978)
    Gaussian     (ln v + d²/v) / 2                     d / v                  a mean and a variance v of its own

At their kinks the derivative is 0, as in torch.

Lesson: losses
"""

import math
from typing import Any

from groundup.checks import check_number
from groundup.neural._backend import is_torch
from groundup.neural.autograd import mse
from groundup.neural.autograd.shapes import broadcast_to
from groundup.neural.losses._rules import Rule, both, constant, factors, finish, pointwise, reduced

__all__ = ["gaussian_nll_loss", "huber_loss", "l1_loss", "log_cosh_loss", "mse_loss", "quantile_loss", "smooth_l1_loss"]


def _of_difference(name: str, value: Any, slope: Any) -> Rule:
    """A rule for a function of prediction - target: the target's derivative is minus the prediction's."""
    return Rule(
        name,
        lambda xp, p, t, *settings: value(xp, p - t, *settings),
        lambda xp, p, t, *settings: slope(xp, p - t, *settings),
        lambda xp, p, t, *settings: -slope(xp, p - t, *settings),
    )


def _huber(xp: Any, d: Any, delta: float, per: float) -> Any:
    size = xp.abs(d)
    inner = xp.clip(size, None, delta)
    return inner * (size - inner / 2) / per  # d²/2 where |d| <= δ, else δ (|d| - δ/2)


def _huber_slope(xp: Any, d: Any, delta: float, per: float) -> Any:
    return xp.clip(d, -delta, delta) / per


def _log_cosh(xp: Any, d: Any) -> Any:
    size = xp.abs(d)
    near = xp.sinh(xp.clip(size, None, 1.0) / 2)  # cosh d = 1 + 2 sinh²(d/2) keeps the digits of a small d
    return xp.where(size < 1, xp.log1p(2 * near * near), size + xp.log1p(xp.exp(-2 * size)) - math.log(2))


def _quantile(xp: Any, d: Any, q: float) -> Any:
    return q * xp.clip(-d, 0, None) + (1 - q) * xp.clip(d, 0, None)


def _quantile_slope(xp: Any, d: Any, q: float) -> Any:
    return (1 - q) * xp.step(d) - q * xp.step(-d)


SQUARED = _of_difference("mse_loss", lambda xp, d: d * d, lambda xp, d: 2 * d)
ABSOLUTE = _of_difference("l1_loss", lambda xp, d: xp.abs(d), lambda xp, d: xp.sign(d))
HUBER = _of_difference("huber_loss", _huber, _huber_slope)
LOG_COSH = _of_difference("log_cosh_loss", _log_cosh, lambda xp, d: xp.tanh(d))
QUANTILE = _of_difference("quantile_loss", _quantile, _quantile_slope)
GAUSSIAN = Rule(
    "gaussian_nll_loss",
    lambda xp, p, t, v: 0.5 * (xp.log(v) + (p - t) * (p - t) / v),
    lambda xp, p, t, v: (p - t) / v,
    lambda xp, p, t, v: (t - p) / v,
    lambda xp, p, t, v: 0.5 * (1 - (p - t) * (p - t) / v) / v,
)


def mse_loss(prediction: Any, target: Any, reduction: str = "mean", weight: Any = None) -> Any:
    """(prediction - target)²; derivative 2 (prediction - target).

    Parameters
    ----------
    prediction, target : Tensor, array_like or torch.Tensor of one shape
    reduction : "mean", "sum" or "none"
    weight : array_like, optional
        Factors of the entries, which broadcast; the mean is then the weighted mean, over the sum of the factors.

    Returns
    -------
    Tensor or torch.Tensor
        Without axes, or of the shape of the input where nothing is reduced.

    Raises
    ------
    ValueError
        If the shapes differ or the reduction is unknown.
    TypeError
        If a weight requires a gradient.
    """
    p, t = both(prediction, target)
    if reduction == "mean" and weight is None and not is_torch(p) and p.size:
        return mse(p, t)
    return finish(pointwise(SQUARED, (p, t)), weight, reduction, over_weights=True)


def l1_loss(prediction: Any, target: Any, reduction: str = "mean", weight: Any = None) -> Any:
    """|prediction - target|; derivative its sign, 0 at 0.

    `prediction`, `target`, `reduction`, `weight`, result and errors are as for `mse_loss`.
    """
    return finish(pointwise(ABSOLUTE, both(prediction, target)), weight, reduction, over_weights=True)


def huber_loss(prediction: Any, target: Any, reduction: str = "mean", delta: float = 1.0, weight: Any = None) -> Any:
    """Half the square up to `delta`, a line of slope `delta` beyond it (Huber 1964); derivative clip(d, -delta, delta).

    `prediction`, `target`, `reduction`, `weight`, result and errors are as for `mse_loss`; `delta` is above 0 and has
    the unit of the target. Here, as in torch, a mean of weighted entries divides by their number.
    """
    check_number("delta", delta, 0, open_low=True)
    return finish(pointwise(HUBER, both(prediction, target), float(delta), 1.0), weight, reduction)


def smooth_l1_loss(prediction: Any, target: Any, reduction: str = "mean", beta: float = 1.0, weight: Any = None) -> Any:
    """Huber's loss over `beta`: far out the slope is 1 whatever `beta` is; with `beta` = 0 it is `l1_loss`.

    `prediction`, `target`, `reduction`, `weight`, result and errors are as for `mse_loss`.
    """
    check_number("beta", beta, 0)
    if beta == 0:
        return l1_loss(prediction, target, reduction, weight)
    return finish(
        pointwise(HUBER, both(prediction, target), float(beta), float(beta)), weight, reduction, over_weights=True
    )


def log_cosh_loss(prediction: Any, target: Any, reduction: str = "mean", weight: Any = None) -> Any:
    """ln cosh(prediction - target), a smooth relative of Huber's loss; derivative tanh.

    `prediction`, `target`, `reduction`, `weight`, result and errors are as for `mse_loss`.
    """
    return finish(pointwise(LOG_COSH, both(prediction, target)), weight, reduction, over_weights=True)


def quantile_loss(prediction: Any, target: Any, q: float = 0.5, reduction: str = "mean", weight: Any = None) -> Any:
    """Pinball loss: missing from below costs `q` a unit, from above 1 - `q`; its best constant is the q-quantile.

    `prediction`, `target`, `reduction`, `weight`, result and errors are as for `mse_loss`; `q` lies between 0 and 1.
    """
    check_number("q", q, 0, 1, open_low=True)
    return finish(pointwise(QUANTILE, both(prediction, target), float(q)), weight, reduction, over_weights=True)


def gaussian_nll_loss(
    prediction: Any, target: Any, var: Any, full: bool = False, eps: float = 1e-6, reduction: str = "mean"
) -> Any:
    """-log of a normal density with mean `prediction` and variance `var`: (ln v + d²/v) / 2, v = max(var, eps).

    Parameters
    ----------
    prediction, target : Tensor, array_like or torch.Tensor of one shape
    var : the same, or a number
        Variances, at least 0; they broadcast to the shape of the prediction.
    full : bool
        Add the constant ln(2π)/2, which no gradient sees.
    eps : float, above 0
        Least variance. As in torch the gradient at `var` is that at max(var, eps), so that it is not lost.
    reduction : "mean", "sum" or "none"

    Raises
    ------
    ValueError
        If the shapes do not fit or a variance is negative.
    """
    check_number("eps", eps, 0, open_low=True)
    p, t = both(prediction, target)
    if is_torch(p):
        import torch

        v = torch.as_tensor(var, dtype=p.dtype, device=p.device)
        factors(v.detach(), p, "var")
        low, raised, stretch = bool((v < 0).any()), (eps - v.detach()).clamp(min=0), torch.broadcast_to
    else:
        v = var if hasattr(var, "requires_grad") and var.requires_grad else constant(var, p, "var")
        factors(v.data, p, "var")
        low, raised, stretch = bool((v.data < 0).any()), (eps - v.data).clip(min=0), broadcast_to
    if low:
        raise ValueError("var must hold variances, at least 0; got a negative one")
    v = stretch(v + raised, tuple(p.shape))  # the gradient passes by what is added
    loss = pointwise(GAUSSIAN, (p, t, v))
    return reduced(loss + 0.5 * math.log(2 * math.pi) if full else loss, reduction)
