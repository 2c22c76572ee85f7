"""What heads look at, read off their weights.

All functions take weights of shape (..., heads, T, S), of NumPy or torch, whose rows sum to 1 (or to 0 where a query
may look at nothing), and answer with a number for each head: an average over everything else. The queries are taken
to be the last T of the S positions, as they are in self-attention.

Weights say where a head looks, not what that does to the result: for that, take the head out (`head_mask`).
"""

from typing import Any

import numpy as np

from groundup.neural._backend import is_torch
from groundup.neural.autograd.tensor import Tensor

__all__ = ["head_distance", "head_entropy", "induction_score", "previous_token_score"]


def _as_batch(weights: Any) -> np.ndarray:
    """An array of shape (n, heads, T, S)."""
    if is_torch(weights):
        weights = weights.detach().cpu().double().numpy()
    array = np.asarray(weights.data if isinstance(weights, Tensor) else weights, dtype=np.float64)
    if array.ndim < 3:
        raise ValueError(f"weights must have shape (..., heads, T, S); got {array.shape}")
    if array.shape[-1] < array.shape[-2]:
        raise ValueError(f"weights must not have fewer keys than queries; got {array.shape}")
    if not array.size:
        raise ValueError(f"weights must hold at least one query and one key; got shape {array.shape}")
    return array.reshape(-1, *array.shape[-3:])


def _positions(weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Positions of the queries and of the keys."""
    T, S = weights.shape[-2:]
    return np.arange(S - T, S), np.arange(S)


def head_entropy(weights: Any) -> np.ndarray:
    """-Σ_j a_j ln a_j in nats, averaged over queries: 0 for a head that looks at one place, ln S for one that
    looks everywhere alike.

    Examples
    --------
    >>> import numpy as np
    >>> from groundup.transformers.multi_head_attention import head_entropy
    >>> head_entropy(np.stack([np.eye(4), np.full((4, 4), 0.25)])).round(3)
    array([0.   , 1.386])
    """
    a = _as_batch(weights)
    return (a * np.log(1 / np.where(a > 0, a, 1))).sum(-1).mean((0, 2))


def head_distance(weights: Any) -> np.ndarray:
    """Average distance Σ_j a_ij |i - j| of query and key, in positions."""
    a = _as_batch(weights)
    i, j = _positions(a)
    return (a * np.abs(i[:, None] - j)).sum(-1).mean((0, 2))


def previous_token_score(weights: Any) -> np.ndarray:
    """Share of the weight that goes to the position just before, averaged over the positions that have one."""
    a = _as_batch(weights)
    i, _ = _positions(a)
    rows = np.flatnonzero(i > 0)
    if not len(rows):
        raise ValueError(f"weights must have a position with one before it; got shape {a.shape}")
    return a[:, :, rows, i[rows] - 1].mean((0, 2))


def induction_score(weights: Any, ids: Any) -> np.ndarray:
    """Share of the weight on the token that *followed* earlier occurrences of the query's token.

    In ... A B ... A the last A should look at B (Olsson et al. 2022). Averaged over the positions whose token occurred
    before; where it occurred several times, all followers count.

    Parameters
    ----------
    weights : of shape (..., heads, T, T)
    ids : integers of shape (..., T)

    Raises
    ------
    ValueError
        If the shapes do not fit, or no token repeats.
    """
    a = _as_batch(weights)
    ids = np.asarray(ids.detach().cpu() if is_torch(ids) else ids)
    if a.shape[-1] != a.shape[-2] or ids.size != a.shape[0] * a.shape[-1] or ids.shape[-1:] != a.shape[-1:]:
        raise ValueError(f"weights must have shape (..., heads, T, T) and ids (..., T); got {a.shape} and {ids.shape}")
    ids = ids.reshape(len(a), -1)
    earlier = np.tril(ids[:, :, None] == ids[:, None, :], -1)  # (n, T, S): the token of i stood at j < i
    followers = np.zeros_like(earlier)
    followers[:, :, 1:] = earlier[:, :, :-1]
    repeated = earlier.any(-1)
    if not repeated.any():
        raise ValueError("no token of ids occurs twice: there is nothing to continue")
    share = (a * followers[:, None]).sum(-1)  # (n, heads, T)
    return np.moveaxis(share, 1, 2)[repeated].mean(0)
