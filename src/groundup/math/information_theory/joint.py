"""Two variables at once: a table of joint probabilities P(X = i, Y = j).

    joint          H(X, Y) = -sum_ij p_ij log p_ij
    conditional    H(Y | X) = H(X, Y) - H(X)                     the chain rule
    mutual         I(X; Y) = KL(p_ij || p_i p_j) = H(Y) - H(Y | X) = H(X) + H(Y) - H(X, Y) >= 0

Source: Shannon (1948), section 6.

Lesson: information-theory
"""

from typing import Any

import numpy as np

from groundup.math.information_theory.discrete import kl_terms, minus_p_log, nats_per_unit, probabilities

__all__ = ["conditional_entropy", "joint_entropy", "mutual_information"]


def _table(joint: Any, normalize: bool) -> np.ndarray:
    joint = np.asarray(joint, dtype=np.float64)
    if joint.ndim != 2 or not joint.size:
        raise ValueError(f"joint must be a table of shape (values of X, values of Y), got shape {joint.shape}")
    return probabilities(joint.reshape(-1), normalize, "joint").reshape(joint.shape)


def joint_entropy(joint: Any, base: float | None = None, *, normalize: bool = False) -> Any:
    """H(X, Y) of a table `joint` (n_x, n_y) that sums to 1 (or, with `normalize`, of counts), in units of `base`."""
    unit = nats_per_unit(base)
    table = _table(joint, normalize)
    return (minus_p_log(table, table).sum() / unit)[()]


def conditional_entropy(joint: Any, base: float | None = None, *, given: int = 0, normalize: bool = False) -> Any:
    """What stays uncertain of one variable when the other is known.

    Parameters
    ----------
    joint : array_like of shape (n_x, n_y)
        P(X = i, Y = j); counts with `normalize`.
    base : float, optional
    given : 0 or 1
        The axis of the variable that is known: 0 for H(Y | X), 1 for H(X | Y).
    normalize : bool

    Returns
    -------
    float
        The entropy of each row (column), weighted by the row's probability.
    """
    if given not in (0, 1):
        raise ValueError(f"given must be 0 or 1, the axis of the known variable, got {given!r}")
    unit = nats_per_unit(base)
    table = _table(joint, normalize)
    known = table.sum(axis=1 - given, keepdims=True)
    within = np.divide(table, known, out=np.zeros_like(table), where=known > 0)  # p(y | x)
    return (minus_p_log(table, within).sum() / unit)[()]


def mutual_information(joint: Any, base: float | None = None, *, normalize: bool = False) -> Any:
    """I(X; Y): how many nats (bits) of surprise at one variable the other takes away.

    Parameters
    ----------
    joint : array_like of shape (n_x, n_y)
        P(X = i, Y = j); counts with `normalize`.
    base : float, optional
        None for nats, 2 for bits.
    normalize : bool

    Returns
    -------
    float
        At least 0, and 0 only for independent variables; at most the smaller of both entropies.

    Raises
    ------
    ValueError
        If `joint` is not a table of probabilities.
    """
    unit = nats_per_unit(base)
    table = _table(joint, normalize)
    independent = table.sum(axis=1, keepdims=True) * table.sum(axis=0)
    return (kl_terms(table, independent).sum() / unit)[()]
