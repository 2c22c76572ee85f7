"""Losses for one of several classes. With scores z, p = softmax(z), the true class y and a target distribution t:

    cross-entropy         -ln p_y = ln Σ e^{z_k} - z_y                 p - 1 at y
       of a distribution  -Σ w_k t_k ln p_k                            p Σ w_k t_k - w t
       with smoothing ε   t = (1 - ε) · 1 at y + ε / K                 Szegedy et al. (2015), section 7
    KL                    Σ t_k (ln t_k - ln p_k)                      in log p: -t

Classes lie on axis 1, as in torch: scores (K,), (n, K) or (n, K, d...), classes (), (n,) or (n, d...).

Lesson: losses
"""

from typing import Any

import numpy as np

from groundup.checks import check_choice, check_number
from groundup.neural import autograd
from groundup.neural._backend import is_torch
from groundup.neural.autograd.shapes import permute
from groundup.neural.autograd.tensor import Tensor, as_tensor, record
from groundup.neural.losses._rules import Rule, both, constant, pointwise, reduced

__all__ = ["cross_entropy", "kl_div", "nll_loss"]

IGNORED = -100


def rows_of(scores: Any) -> tuple[Any, tuple[int, ...]]:
    """Scores as a matrix (examples, classes), and the shape of the examples."""
    if not is_torch(scores):
        scores = as_tensor(scores)
        if scores.dtype.kind != "f":
            scores = Tensor(scores.data.astype(np.float64))
    if not scores.ndim:
        raise ValueError("scores must have an axis of classes: shape (K,), (n, K) or (n, K, ...); got ()")
    if scores.ndim == 1:
        return scores.reshape(1, -1), ()
    shape = (scores.shape[0], *scores.shape[2:])
    if scores.ndim > 2:
        order = (0, *range(2, scores.ndim), 1)
        moved = scores.permute(order) if is_torch(scores) else permute(scores, order)
        scores = moved.reshape(-1, scores.shape[1])
    return scores, tuple(shape)


def classes_of(target: Any, z: Any, shape: tuple[int, ...], ignore: int | None) -> tuple[Any, Any]:
    """Classes as a vector of the world of z, with 0 in place of ignored ones, and which are not ignored.

    Raises
    ------
    TypeError, ValueError
        If they are not integers, their shape does not fit, or one is no class.
    """
    if is_torch(z):
        import torch

        y = torch.as_tensor(target, device=z.device)
        whole = not y.is_floating_point() and y.dtype != torch.bool
        y = y.long() if whole else y
    else:
        y = np.asarray(target.data if isinstance(target, Tensor) else target)
        whole = y.dtype.kind in "iu"
        y = y.astype(np.int64) if whole else y
    if not whole:
        raise TypeError(f"target must hold classes as integers, or probabilities of the scores' shape; got {y.dtype}")
    if tuple(y.shape) != shape:
        raise ValueError(f"target must have shape {shape}, one class for each row of scores; got {tuple(y.shape)}")
    y = y.reshape(-1)
    kept = y == y if ignore is None else y != ignore
    if bool((kept & ((y < 0) | (y >= z.shape[1]))).any()):
        rest = "" if ignore is None else f" or be {ignore}, which is ignored"
        raise ValueError(f"target must lie in 0 ... {z.shape[1] - 1}{rest}; got one outside")
    return y * kept, kept


def _shifted(z: Any) -> Any:
    """torch scores minus the largest of each row; sums of 16-bit numbers are taken in float32, as autocast does."""
    z = z.float() if z.dtype.itemsize < 4 else z
    return z - z.detach().amax(1, keepdim=True)


def log_probabilities(z: Any) -> Any:
    """ln softmax of rows; the largest score goes first, so that scores of 1e4 keep their digits in float32."""
    if not is_torch(z):
        return autograd.log_softmax(z, axis=1)
    shifted = _shifted(z)
    return shifted - shifted.exp().sum(1, keepdim=True).log()


def log_probability(z: Any, y: Any) -> Any:
    """ln p_y = z_y - ln Σ e^{z_k} of each row; derivative 1 at y minus softmax."""
    if is_torch(z):
        shifted = _shifted(z)
        return shifted.gather(1, y[:, None])[:, 0] - shifted.exp().sum(1).log()
    rows = np.arange(len(y))
    with np.errstate(invalid="ignore", divide="ignore"):
        shifted = z.data - z.data.max(axis=1, keepdims=True, initial=-np.inf)
        at_truth = shifted[rows, y]
        shares = np.exp(shifted, out=shifted)
        total = shares.sum(axis=1)
        shares /= total[:, None]
        out = at_truth - np.log(total)

    def vjp(g: np.ndarray) -> np.ndarray:
        d = shares * -g[:, None]
        d[rows, y] += g
        return d

    return record(out, "log_probability", ((z, vjp),))


def pick(log_p: Any, y: Any) -> Any:
    """log_p[i, y_i] of each row."""
    return log_p.gather(1, y[:, None])[:, 0] if is_torch(log_p) else log_p[np.arange(len(y)), y]


def averaged(loss: Any, factors: Any, kept: Any, shape: tuple[int, ...], reduction: str) -> Any:
    """Losses times factors, without those ignored; the mean divides by the sum of the factors that are kept."""
    check_choice("reduction", reduction, ("none", "mean", "sum"))
    factors = kept.to(loss.dtype) if is_torch(kept) and factors is None else factors
    factors = kept.astype(loss.dtype) if factors is None else factors * kept
    loss = autograd_where(kept, loss) * factors
    if reduction == "none":
        return loss.reshape(shape)
    return loss.sum() if reduction == "sum" else loss.sum() / _sum(factors)


def _sum(factors: Any) -> Any:
    """Their sum; 0 / 0 shall be NaN without a warning."""
    return factors.sum() if is_torch(factors) else factors.sum() or np.nan


def autograd_where(kept: Any, loss: Any) -> Any:
    """0 where it is not kept: 0 times the loss would be NaN where the loss is infinite."""
    return loss.where(kept, 0) if is_torch(loss) else autograd.where(kept, loss, 0.0)


def class_weight(weight: Any, z: Any) -> Any:
    """Weights of the classes as a plain array of the world of z, or None."""
    if weight is None:
        return None
    w = constant(weight, z, "weight")
    if tuple(w.shape) != (z.shape[1],):
        raise ValueError(f"weight must have shape ({z.shape[1]},), one a class; got {tuple(w.shape)}")
    return w if is_torch(z) else w.data


def cross_entropy(
    scores: Any,
    target: Any,
    weight: Any = None,
    ignore_index: int = IGNORED,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Any:
    """-ln softmax(scores) at the true class, or averaged over a distribution of classes.

    Parameters
    ----------
    scores : Tensor, array_like or torch.Tensor of shape (K,), (n, K) or (n, K, d...)
        Unnormalised log-probabilities ("logits").
    target : integers of shape (), (n,) or (n, d...), or floats of the shape of the scores
        Classes, or a distribution of classes for each row.
    weight : array_like of shape (K,), optional
        Factor of each class. The mean over classes divides by the sum of the factors, the mean over distributions by
        the number of rows, both as in torch.
    ignore_index : int
        A class that counts neither in the sum nor in the mean. Not for distributions.
    reduction : "mean", "sum" or "none"
    label_smoothing : float from 0 to 1
        The share of the target that is spread evenly over all classes.

    Returns
    -------
    Tensor or torch.Tensor
        Without axes, or of the shape of the classes where nothing is reduced. A mean over nothing is NaN. For torch
        scores of 16 bits it is float32, as under autocast.

    Raises
    ------
    TypeError
        If classes are not integers.
    ValueError
        If shapes do not fit, a class is out of range, or a setting is.
    """
    check_number("label_smoothing", label_smoothing, 0, np.nextafter(1, 2))
    z, shape = rows_of(_in_world(scores, target))
    target = target if hasattr(target, "shape") else np.asarray(target)
    if tuple(target.shape) == tuple(np.shape(scores)) and _is_floating(target):
        return _of_distribution(z, target, shape, class_weight(weight, z), reduction, label_smoothing)
    y, kept = classes_of(target, z, shape, ignore_index)
    plain = weight is None and reduction == "mean" and not label_smoothing
    if plain and not is_torch(z) and len(y) and kept.all():
        return autograd.cross_entropy(z, y)
    w = class_weight(weight, z)
    factors = None if w is None else w[y]
    if not label_smoothing:
        return averaged(-log_probability(z, y), factors, kept, shape, reduction)
    log_p = log_probabilities(z)
    true = averaged(-pick(log_p, y), factors, kept, shape, reduction)
    spread = -(log_p if w is None else log_p * w).sum(axis=1)
    if reduction == "mean" and w is not None:  # as torch: over the sum of the true classes' weights
        rest = averaged(spread, None, kept, shape, "sum") / _sum(factors * kept)
    else:
        rest = averaged(spread, None, kept, shape, reduction)
    return true * (1 - label_smoothing) + rest * (label_smoothing / z.shape[1])


def _in_world(scores: Any, target: Any) -> Any:
    if is_torch(target) and not is_torch(scores):
        import torch

        return torch.as_tensor(scores, device=target.device)
    return scores


def _is_floating(target: Any) -> bool:
    return target.is_floating_point() if is_torch(target) else target.dtype.kind == "f"


def _of_distribution(z: Any, target: Any, shape: tuple[int, ...], w: Any, reduction: str, smoothing: float) -> Any:
    if is_torch(z) and not is_torch(target):
        target = z.new_tensor(np.asarray(target))
    t = rows_of(target if is_torch(z) else as_tensor(target))[0]
    if not is_torch(z) and not t.requires_grad:
        t = Tensor(t.data.astype(z.dtype, copy=False))
    if smoothing:
        t = t * (1 - smoothing) + smoothing / z.shape[1]
    loss = -((log_probabilities(z) * (t if w is None else t * w)).sum(axis=1))
    return reduced(loss.reshape(shape), reduction)


def nll_loss(log_p: Any, target: Any, weight: Any = None, ignore_index: int = IGNORED, reduction: str = "mean") -> Any:
    """Minus the log-probability of the true class, from log-probabilities; derivative -1 at it.

    `log_p` (n, K) comes from a log-softmax; `target`, `weight`, `ignore_index`, `reduction` and errors are as for
    `cross_entropy` with classes.
    """
    log_p, shape = rows_of(_in_world(log_p, target))
    y, kept = classes_of(target, log_p, shape, ignore_index)
    w = class_weight(weight, log_p)
    return averaged(-pick(log_p, y), None if w is None else w[y], kept, shape, reduction)


def _xlogx(xp: Any, t: Any) -> Any:
    return t * xp.log(xp.where(t == 0, xp.exp(0 * t), t))  # 0 ln 0 = 0


KL = Rule(
    "kl_div",
    lambda xp, log_q, t: _xlogx(xp, t) - t * log_q,
    lambda xp, log_q, t: -t,
    lambda xp, log_q, t: xp.log(t) + 1 - log_q,
)
KL_OF_LOGS = Rule(
    "kl_div",
    lambda xp, log_q, log_t: xp.exp(log_t) * (log_t - log_q),
    lambda xp, log_q, log_t: -xp.exp(log_t),
    lambda xp, log_q, log_t: xp.exp(log_t) * (log_t - log_q + 1),
)


def kl_div(log_q: Any, target: Any, reduction: str = "mean", log_target: bool = False) -> Any:
    """t (ln t - ln q) entry by entry: summed over outcomes, the Kullback-Leibler divergence KL(t || q).

    Parameters
    ----------
    log_q : Tensor, array_like or torch.Tensor
        Log-probabilities of the model, of the shape of the target.
    target : the same
        Probabilities, or their logarithms with `log_target`.
    reduction : "batchmean", "mean", "sum" or "none"
        "batchmean" divides the sum by the length of the first axis: the divergence a row. "mean" divides by the number
        of entries, as in torch, and is no divergence.
    log_target : bool

    Raises
    ------
    ValueError
        If the shapes differ or the reduction is unknown.
    """
    check_choice("reduction", reduction, ("none", "batchmean", "mean", "sum"))
    inputs = both(log_q, target, ("log_q", "target"))
    loss = pointwise(KL_OF_LOGS if log_target else KL, inputs)
    if reduction == "batchmean":
        return loss.sum() / (loss.shape[0] or np.nan if loss.ndim else 1)
    return reduced(loss, reduction)
