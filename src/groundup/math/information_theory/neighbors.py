"""Entropy and mutual information of continuous variables from samples.

    histogram      sum over bins of -p log(p / width): depends on the bins
    Vasicek        mean of log(n (x_(i+m) - x_(i-m)) / 2m), order statistics clamped at the ends        Vasicek (1976)
    k neighbours   psi(n) - psi(k) + log c_d + (d / n) sum log r_i        Kozachenko and Leonenko (1987)
                   r_i distance to the k-th neighbour, c_d volume of the unit ball
    KSG            psi(k) + psi(n) - mean of [psi(a_i + 1) + psi(b_i + 1)]       Kraskov et al. (2004), equation 8
                   r_i in the maximum norm of (x, y); a_i, b_i others nearer than r_i in x alone, in y alone

All measure how crowded the samples are: where neighbours are near, density is high and surprise low. Equal samples
have distance 0, and the entropy estimates are then -inf: a variable with a lump is not continuous.

Lesson: information-theory
"""

from typing import Any

import numpy as np

from groundup.math.information_theory._neighbors_kernels import count_within, kth_distances, kth_distances_tree
from groundup.math.information_theory.digamma import digamma
from groundup.math.information_theory.discrete import nats_per_unit
from groundup.math.probability.special import gammaln

__all__ = ["entropy_histogram", "entropy_neighbors", "entropy_spacings", "mutual_information_neighbors"]


def _samples(x: Any, name: str, *, columns: bool = False) -> np.ndarray:
    x = np.asarray(x, dtype=np.float64)
    if not (x.ndim == 1 or (columns and x.ndim == 2 and x.shape[1])):
        raise ValueError(f"{name} must have shape (n,){' or (n, d)' if columns else ''}, got {x.shape}")
    if not np.isfinite(x).all():
        raise ValueError(f"{name} must be finite, got {x[~np.isfinite(x)].flat[0]}")
    return x


def _check_k(k: int, n: int) -> None:
    if not (isinstance(k, (int, float, np.number)) and 1 <= k < n and k == int(k)):
        raise ValueError(f"k must be a whole number from 1 to the number of samples less one, {n - 1}, got {k!r}")


def _tame(x: np.ndarray) -> tuple[np.ndarray, int]:
    """x / 2^e and e. Powers of 2 round nothing; e is 0 unless squares of differences would overflow or vanish."""
    largest = float(np.max(np.abs(x), initial=0.0))
    exponent = 0 if largest == 0 or 1e-100 < largest < 1e100 else int(np.frexp(largest)[1])
    return (np.ldexp(x, -exponent) if exponent else x), exponent


def entropy_histogram(x: Any, bins: Any = "auto", base: float | None = None) -> float:
    """Differential entropy of the histogram: the plug-in entropy of the bins, plus the mean log width.

    Parameters
    ----------
    x : array_like of shape (n,)
    bins : int, sequence of edges or str
        As for `numpy.histogram`.
    base : float, optional
        None for nats, 2 for bits.
    """
    unit = nats_per_unit(base)
    x = _samples(x, "x")
    if not x.size:
        raise ValueError("x must hold at least one sample")
    counts, edges = np.histogram(x, bins=bins)
    p, width = counts[counts > 0] / max(counts.sum(), 1), np.diff(edges)[counts > 0]
    if not p.size:
        raise ValueError("bins must hold at least one of the samples, all lie outside")
    return float((p * (np.log(width) - np.log(p))).sum() / unit)


def entropy_spacings(x: Any, window: int | None = None, base: float | None = None) -> float:
    """Vasicek's estimate of the differential entropy from the gaps between sorted samples.

    Parameters
    ----------
    x : array_like of shape (n,), n at least 3
    window : int, optional
        m, from 1 to less than n/2; by default the root of n, rounded.
    base : float, optional
        None for nats, 2 for bits.

    Returns
    -------
    float
        Too low for small n; -inf where 2m + 1 samples are equal.
    """
    unit = nats_per_unit(base)
    x = np.sort(_samples(x, "x"))
    n = x.size
    m = int(np.floor(np.sqrt(n) + 0.5)) if window is None else window
    if not (isinstance(m, (int, float, np.number)) and 1 <= m < n / 2 and m == int(m)):
        raise ValueError(f"window must be a whole number from 1 to less than n/2 = {n / 2:g}, got {m!r}")
    m, (x, exponent) = int(m), _tame(x)
    padded = np.concatenate([np.full(m, x[:1]), x, np.full(m, x[-1:])])
    with np.errstate(divide="ignore"):
        gaps = np.log(n / (2 * m) * (padded[2 * m :] - padded[: -2 * m]))
    return float((gaps.mean() + exponent * np.log(2)) / unit)


def entropy_neighbors(x: Any, k: int = 3, base: float | None = None, *, norm: str = "euclidean") -> float:
    """Kozachenko and Leonenko's estimate of the differential entropy from distances to the k-th neighbour.

    Parameters
    ----------
    x : array_like of shape (n,) or (n, d)
        Bring columns to comparable scales first, if their units differ.
    k : int
        Small k follows the density closely and varies more; 3 is common.
    base : float, optional
        None for nats, 2 for bits.
    norm : "euclidean" or "max"

    Returns
    -------
    float
        -inf if more than k samples are equal.
    """
    unit = nats_per_unit(base)
    if norm not in ("euclidean", "max"):
        raise ValueError(f"norm must be 'euclidean' or 'max', got {norm!r}")
    x = _samples(x, "x", columns=True)
    _check_k(k, len(x))
    x, exponent = _tame(x.reshape(len(x), -1))
    n, d = x.shape
    radius = _radii(x, k, norm == "max")
    ball = d * np.log(2) if norm == "max" else d / 2 * np.log(np.pi) - gammaln(1 + d / 2)
    with np.errstate(divide="ignore"):
        size = np.log(radius).mean() + exponent * np.log(2)
    return float((digamma(n) - digamma(k) + ball + d * size) / unit)


def mutual_information_neighbors(x: Any, y: Any, k: int = 3, base: float | None = None) -> float:
    """Kraskov, Stögbauer and Grassberger's estimate of the mutual information of two continuous variables.

    Parameters
    ----------
    x, y : array_like of shape (n,)
        Pairs of values. The estimate changes a little with the scales, so give both unit variance.
    k : int
        Neighbours; more of them lower the spread and, for strong dependence, raise the bias.
    base : float, optional
        None for nats, 2 for bits.

    Returns
    -------
    float
        For independent variables around 0, on either side: it is not cut off at 0, so that averages stay honest.

    Notes
    -----
    sklearn.feature_selection.mutual_info_regression divides by standard deviations, adds noise of 1e-10 to part ties,
    and returns 0 for what is negative.
    """
    unit = nats_per_unit(base)
    x, y = _samples(x, "x"), _samples(y, "y")
    if x.size != y.size:
        raise ValueError(f"x and y must have the same length, got {x.size} and {y.size}")
    _check_k(k, x.size)
    x, y = _tame(np.stack([x, y]))[0]
    radius = np.nextafter(_radii(np.stack([x, y], axis=1), k, True), 0)  # strictly nearer than the k-th
    around = [digamma(count_within(np.sort(v), v, radius)).mean() for v in (x, y)]  # the point itself is the + 1
    return float((digamma(k) + digamma(x.size) - around[0] - around[1]) / unit)


def _radii(x: np.ndarray, k: int, largest: bool) -> np.ndarray:
    """Distance to the k-th neighbour of each row."""
    if x.shape[1] > 1:
        return kth_distances_tree(np.ascontiguousarray(x), int(k), largest)
    order = np.argsort(x[:, 0], kind="stable")
    out = np.empty(len(x))
    out[order] = kth_distances(x[order], int(k), largest)
    return out
