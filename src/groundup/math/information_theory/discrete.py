"""Entropy and its relatives for distributions on finitely many outcomes.

    surprise       h(x) = -log p(x)                          Shannon (1948), section 6
    entropy        H(p) = -sum p log p                       the expected surprise
    cross-entropy  H(p, q) = -sum p log q                    the expected surprise of who believes q
    relative       KL(p || q) = sum p log (p / q)            H(p, q) - H(p), never negative (Gibbs)
    symmetric      JS(p, q) = (KL(p || m) + KL(q || m)) / 2, m = (p + q) / 2
    Rényi          H_a(p) = log(sum p^a) / (1 - a)           tends to H(p) as a tends to 1

What has probability 0 never surprises: 0 log 0 = 0. What happens though it was held impossible surprises
infinitely: p > 0 with q = 0 makes cross-entropy and KL infinite.

Probabilities must sum to 1 to within 1e-9, those given as float32 or float16 to within their own roundings, unless
``normalize=True`` says that they are weights to be divided by their sum (scipy.stats.entropy does so unasked, and turns
a forgotten column into a plausible number).

Lesson: information-theory
"""

import math
from typing import Any

import numpy as np

from groundup.math.probability import logsumexp
from groundup.math.probability.discrete import check_simplex

__all__ = [
    "cross_entropy",
    "entropy",
    "js_distance",
    "js_divergence",
    "kl_divergence",
    "perplexity",
    "renyi_entropy",
    "surprise",
]


def nats_per_unit(base: float | None) -> float:
    """log of the base: results in nats are divided by it. None means nats.

    Raises
    ------
    ValueError
        If the base is not above 1.
    """
    if base is None:
        return 1.0
    if not (isinstance(base, (int, float, np.number)) and 1 < base < np.inf):
        raise ValueError(f"base must be a number above 1, or None for nats; got {base!r}")
    return math.log(base)


def probabilities(p: Any, normalize: bool, name: str = "p") -> np.ndarray:
    """`p` as probabilities along its last axis, summing to 1 to the last digit.

    Raises
    ------
    ValueError
        If an entry is negative, NaN or infinite, if there is none, if the sum is not 1 (not positive, when weights
        are to be normalised).
    """
    given, p = np.asarray(p), np.asarray(p, dtype=np.float64)
    if normalize:
        if p.ndim == 0 or p.shape[-1] == 0:
            raise ValueError(f"{name} must hold at least one weight along its last axis, got shape {p.shape}")
        if not np.all((p >= 0) & (p < np.inf)):
            raise ValueError(
                f"{name} must hold finite weights, at least 0, got {p[~((p >= 0) & (p < np.inf))].flat[0]:g}"
            )
        if not np.all((p > 0).any(axis=-1)):
            raise ValueError(f"{name} must have a positive sum along its last axis to be normalized, got 0")
        if not np.all(p.max(axis=-1, initial=0) < 1e300):  # the sum could overflow
            p = p / p.max(axis=-1, keepdims=True)
    else:
        try:
            check_simplex(_rounded_sum(p, given.dtype))
        except ValueError as error:
            hint = "; weights are divided by their sum with normalize=True" if "sum to 1" in str(error) else ""
            raise ValueError(str(error).replace("p must", f"{name} must", 1) + hint) from None
    return p / p.sum(axis=-1, keepdims=True)


def _rounded_sum(p: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """`p` with sums of 1 where they differ from it by no more than rounding K entries to a short float can explain."""
    if dtype.kind != "f" or dtype.itemsize >= 8 or not p.size:
        return p
    total = p.sum(axis=-1, keepdims=True)
    near = np.abs(total - 1) <= np.finfo(dtype).eps * np.sqrt(16 + p.shape[-1])
    return np.divide(p, total, out=p.copy(), where=near)


def _pair(p: Any, q: Any, normalize: bool) -> tuple[np.ndarray, np.ndarray]:
    p, q = probabilities(p, normalize), probabilities(q, normalize, "q")
    if p.shape[-1] != q.shape[-1]:
        raise ValueError(f"p and q must be over the same outcomes, got {p.shape[-1]} and {q.shape[-1]}")
    try:
        a, b = np.broadcast_arrays(p, q)
    except ValueError:
        raise ValueError(f"p and q must broadcast, got shapes {p.shape} and {q.shape}") from None
    return a, b


def surprise(p: Any, base: float | None = None) -> Any:
    """-log p of each probability: 0 for what was certain, infinite for what was impossible."""
    p = np.asarray(p, dtype=np.float64)
    if not np.all((p >= 0) & (p <= 1)):
        raise ValueError(f"p must hold probabilities between 0 and 1, got {p[~((p >= 0) & (p <= 1))].flat[0]:g}")
    with np.errstate(divide="ignore"):
        return (0.0 - np.log(p) / nats_per_unit(base))[()]


def minus_p_log(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    """-p log q entry by entry, with 0 log 0 = 0 and infinity where p > 0 = q."""
    with np.errstate(divide="ignore"):
        return 0.0 - p * np.log(np.where(p == 0, 1.0, q))


def entropy(p: Any, base: float | None = None, *, normalize: bool = False) -> Any:
    """H(p) = -sum p log p along the last axis: expected surprise, and the least mean length of a code.

    Parameters
    ----------
    p : array_like of shape (..., K)
        Probabilities that sum to 1 along the last axis, or weights with `normalize`.
    base : float, optional
        None for nats, 2 for bits.
    normalize : bool
        Divide `p` by its sum.

    Returns
    -------
    ndarray of shape (...), or float
        Between 0 (one outcome is certain) and log K (all are alike).

    Raises
    ------
    ValueError
        If `p` does not hold probabilities.

    Examples
    --------
    >>> from groundup.math.information_theory import entropy
    >>> float(entropy([0.5, 0.25, 0.25], base=2))
    1.5
    """
    unit = nats_per_unit(base)
    p = probabilities(p, normalize)
    return (minus_p_log(p, p).sum(axis=-1) / unit)[()]


def perplexity(p: Any, *, normalize: bool = False) -> Any:
    """e^H(p): as uncertain as a fair choice among so many. It does not depend on a base."""
    return np.exp(entropy(p, normalize=normalize))


def cross_entropy(p: Any, q: Any, base: float | None = None, *, normalize: bool = False) -> Any:
    """H(p, q) = -sum p log q along the last axis: expected surprise under p of who believes q.

    `p`, `q`, `base`, `normalize` and errors are as for `kl_divergence`; infinite where p > 0 = q.
    """
    unit = nats_per_unit(base)
    return (minus_p_log(*_pair(p, q, normalize)).sum(axis=-1) / unit)[()]


def kl_divergence(p: Any, q: Any, base: float | None = None, *, normalize: bool = False) -> Any:
    """KL(p || q) = sum p log(p / q) along the last axis: what believing q costs where p is true.

    Parameters
    ----------
    p, q : array_like of shape (..., K)
        Probabilities over the same outcomes; leading axes broadcast.
    base : float, optional
        None for nats, 2 for bits.
    normalize : bool
        Divide both by their sums.

    Returns
    -------
    ndarray of shape (...), or float
        At least 0, and 0 only for p = q; infinite where p > 0 = q.

    Raises
    ------
    ValueError
        If `p` or `q` does not hold probabilities, or shapes do not fit.

    Notes
    -----
    Both sum to 1, so that sum p log(p/q) = sum [p log(p/q) - p + q]. With t = (q - p)/p a bracket is
    p (t - log(1 + t)) >= 0: nothing is negative, nothing cancels between outcomes, and two distributions that
    differ by 1e-9 have a divergence of the right size, 1e-18, and not of rounding's, 1e-17 of either sign.
    """
    unit = nats_per_unit(base)
    return (kl_terms(*_pair(p, q, normalize)).sum(axis=-1) / unit)[()]


def kl_terms(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    """p log(p/q) - p + q entry by entry, each at least 0; q where p = 0, infinite where q = 0 < p."""
    positive = p > 0
    safe_p, safe_q = np.where(positive, p, 1.0), np.where(positive, q, 1.0)
    with np.errstate(all="ignore"):
        t = (safe_q - safe_p) / safe_p
        # t - log(1 + t) is t^2/2 - t^3/3 + ... : below |t| = 1e-4 the difference would lose half of its digits
        small = t * t * (0.5 - t * (1 / 3 - t * (0.25 - t / 5)))
        direct = np.where(np.abs(t) > 0.5, t - (np.log(safe_q) - np.log(safe_p)), t - np.log1p(t))
        bracket = safe_p * np.where(np.abs(t) < 1e-4, small, direct)
        overflow = np.isinf(t) & positive  # p is so small beside q that q / p has no number
        bracket = np.where(overflow, safe_p * (np.log(safe_p) - np.log(safe_q)) + safe_q, bracket)
    return np.where(positive, np.where(safe_q == 0, np.inf, bracket), q)


def js_divergence(p: Any, q: Any, base: float | None = None, *, normalize: bool = False) -> Any:
    """Jensen-Shannon divergence: the mean KL of p and q from their average. At most log 2, never infinite.

    It is the mutual information between a fair coin and an outcome drawn from p on heads and from q on tails.
    `p`, `q`, `base`, `normalize` and errors are as for `kl_divergence`.
    """
    unit = nats_per_unit(base)
    p, q = _pair(p, q, normalize)
    both = p + q  # twice the average: halves of the smallest numbers would be 0
    return (0.25 * (kl_terms(2 * p, both) + kl_terms(2 * q, both)).sum(axis=-1) / unit)[()]


def js_distance(p: Any, q: Any, base: float | None = None, *, normalize: bool = False) -> Any:
    """Root of `js_divergence`, which is a metric: it obeys the triangle inequality.

    `p`, `q`, `base`, `normalize` and errors are as for `kl_divergence`.
    """
    return np.sqrt(js_divergence(p, q, base, normalize=normalize))


def renyi_entropy(p: Any, order: float, base: float | None = None, *, normalize: bool = False) -> Any:
    """Rényi's entropy of an order a >= 0, log(sum p^a) / (1 - a) along the last axis; decreasing in a.

    Order 0 counts the possible outcomes, 1 is Shannon's entropy, 2 is -log of the chance that two draws agree,
    infinity is the surprise of the most probable outcome.

    Parameters
    ----------
    p : array_like of shape (..., K)
        Probabilities, or weights with `normalize`.
    order : float, at least 0
    base : float, optional
        None for nats, 2 for bits.
    normalize : bool

    Raises
    ------
    ValueError
        If `p` does not hold probabilities or the order is negative.
    """
    unit = nats_per_unit(base)
    if not (isinstance(order, (int, float, np.number)) and order >= 0):
        raise ValueError(f"order must be a number, at least 0, got {order!r}")
    p = probabilities(p, normalize)
    if order == 1:
        return entropy(p, base)
    with np.errstate(divide="ignore"):
        log_p = np.log(p)
    if order == 0:
        out = np.log((p > 0).sum(axis=-1))
    elif order == np.inf:
        out = -np.max(log_p, axis=-1)
    elif abs(order - 1) < 0.5:  # sum p^a = 1 + sum p (p^(a-1) - 1): digits survive as a nears 1
        step = np.where(p > 0, p * np.expm1((order - 1) * np.where(p > 0, log_p, 0.0)), 0.0)
        out = np.log1p(step.sum(axis=-1)) / (1 - order)
    else:
        out = logsumexp(order * log_p, axis=-1) / (1 - order)
    return (np.maximum(out, 0.0) / unit)[()]
