"""Losses as single operations: fewer nodes, and no difference of large numbers in between."""

from typing import Any

import numpy as np

from groundup.neural.autograd.tensor import Tensor, as_tensor, record

__all__ = ["cross_entropy", "mse"]


def cross_entropy(scores: Any, classes: Any) -> Tensor:
    """Mean over rows of  ln Σ_k e^{z_k} - z_y,  the surprise at the true class y.

    Its gradient is what makes it popular: softmax(z) minus 1 at the true class, over the number of rows.

    Parameters
    ----------
    scores : Tensor of shape (n, k)
        One row of unnormalised log-probabilities ("logits") an example.
    classes : integer array_like of shape (n,)
        The true classes, 0 ... k - 1.

    Raises
    ------
    TypeError
        If the classes are not integers.
    ValueError
        If shapes do not fit, there is no row, or a class is out of range.
    """
    z = as_tensor(scores)
    y = np.array(classes.data if isinstance(classes, Tensor) else classes)
    if z.ndim != 2 or not z.shape[0]:
        raise ValueError(f"scores must have shape (n, k) with n at least 1; got {z.shape}")
    if y.dtype.kind not in "iu":
        raise TypeError(f"classes must be integers; got dtype {y.dtype}")
    if y.shape != z.shape[:1]:
        raise ValueError(f"classes must have shape {z.shape[:1]}, one a row of scores; got {y.shape}")
    if y.min() < 0 or y.max() >= z.shape[1]:
        raise ValueError(f"classes must lie in 0 ... {z.shape[1] - 1}; got {y.min()} ... {y.max()}")
    n, rows = len(y), np.arange(len(y))
    shifted = z.data - z.data.max(axis=1, keepdims=True)
    true = shifted[rows, y]
    shares = np.exp(shifted, out=shifted)
    total = shares.sum(axis=1)
    loss = (np.log(total) - true).mean()
    shares /= total[:, None]

    def vjp(g: np.ndarray) -> np.ndarray:
        d = shares * (g / n)
        d[rows, y] -= g / n
        return d

    return record(loss, "cross_entropy", ((z, vjp),))


def mse(prediction: Any, target: Any) -> Tensor:
    """Mean of (prediction - target)² over all entries; both must have one shape, nothing is broadcast.

    Raises
    ------
    ValueError
        If the shapes differ: (n,) against (n, 1) would otherwise silently compare all with all.
    """
    p, t = as_tensor(prediction), as_tensor(target)
    if p.shape != t.shape or not p.size:
        raise ValueError(f"prediction and target must have one shape with entries; got {p.shape} and {t.shape}")
    difference = p.data - t.data
    scale = 2 / p.size
    edges = ((p, lambda g: difference * (g * scale)), (t, lambda g: difference * (g * -scale)))
    return record(np.square(difference).mean(), "mse", edges)
