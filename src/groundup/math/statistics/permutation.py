"""Permutation tests: if the labels mean nothing, shuffling them changes nothing.

The null distribution is the statistic over all ways to label the rows, or over random ones. With random ones the data's
own labelling counts as one more, (count + 1) / (n_resamples + 1): a p-value of 0 is impossible, and the test keeps its
level exactly (Phipson and Smyth 2010).

Lesson: statistics
"""

import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from groundup.math.statistics.checks import as_alternative, as_pair, as_sample, as_whole
from groundup.math.statistics.resampling import takes

__all__ = ["PermutationResult", "permutation_test"]

BLOCK = 2**18  # values rearranged at once
KINDS = ("independent", "samples", "pairings")


@dataclass(frozen=True, repr=False)
class PermutationResult:
    """What a permutation test found.

    Attributes
    ----------
    statistic, pvalue : float
    distribution : ndarray
        The statistic under each labelling.
    exact : bool
        All labellings were tried.
    alternative : str
    """

    statistic: float
    pvalue: float
    distribution: np.ndarray
    exact: bool
    alternative: str

    def __repr__(self) -> str:
        how = "all" if self.exact else "random"
        count = f"{how} {len(self.distribution)} labellings"
        return f"permutation test: {self.statistic:.4g}, p = {self.pvalue:.3g} ({count})"


def _difference(x: np.ndarray, y: np.ndarray, axis: int = -1) -> Any:
    return x.mean(axis=axis) - y.mean(axis=axis)


def permutation_test(
    x: Any,
    y: Any,
    statistic: Callable = _difference,
    *,
    kind: str = "independent",
    n_resamples: int = 9999,
    alternative: str = "two-sided",
    vectorized: bool | None = None,
    random_state: Any = None,
) -> PermutationResult:
    """Test that what distinguishes `x` from `y` is only a label.

    Parameters
    ----------
    x, y : array_like of shape (n,) and (m,)
    statistic : callable
        Takes both, returns a number; the difference of means by default.
    kind : {"independent", "samples", "pairings"}
        What is exchanged: all values between the two samples; the two values of each pair; the partners.
    n_resamples : int
        If there are no more labellings than this, all are tried and the p-value is exact.
    alternative : {"two-sided", "less", "greater"}
        Two-sided is twice the smaller one, as in scipy.stats.
    vectorized : bool, optional
        The statistic takes arrays (some, n) with ``axis=-1``. By default, whether it has a parameter `axis`.
    random_state : None, int or numpy.random.Generator

    Examples
    --------
    >>> permutation_test([5, 6, 7], [1, 2, 3])
    permutation test: 4, p = 0.1 (all 20 labellings)
    """
    if kind not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}; got {kind!r}")
    side, many = as_alternative(alternative), as_whole(n_resamples, "n_resamples", 1)
    x, y = (as_sample(x, "x"), as_sample(y, "y")) if kind == "independent" else as_pair(x, y, at_least=1)
    at_once = takes(statistic, "axis") if vectorized is None else vectorized
    n, m = len(x), len(y)
    total = {"independent": lambda: math.comb(n + m, n), "samples": lambda: 2**n, "pairings": lambda: math.factorial(n)}
    exact = total[kind]() <= many
    rng = np.random.default_rng(random_state)
    observed, values = float(statistic(x, y)), []
    for one, two in _labellings(x, y, kind, None if exact else many, rng):
        if at_once:
            values.append(np.asarray(statistic(one, two, axis=-1)))
        else:
            values.append(np.array([statistic(a, b) for a, b in zip(one, two, strict=True)]))
    null = np.concatenate(values).astype(np.float64)
    slack = 1e-14 * abs(observed)  # equal up to rounding counts as equal
    extra = 0 if exact else 1
    below, above = (
        (np.count_nonzero(found) + extra) / (len(null) + extra)
        for found in (null <= observed + slack, null >= observed - slack)
    )
    p = min(1.0, 2 * min(below, above)) if side == "two-sided" else (below if side == "less" else above)
    return PermutationResult(observed, float(p), null, exact, side)


def _labellings(
    x: np.ndarray, y: np.ndarray, kind: str, many: int | None, rng: np.random.Generator
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Rearranged samples, blocks of shape (some, n) and (some, m); all of them where `many` is None."""
    n, m = len(x), len(y)
    some = max(1, BLOCK // (n + m))
    if many is None:
        yield from _all_labellings(x, y, kind, some)
        return
    both = np.concatenate([x, y])
    for first in range(0, many, some):
        rows = min(some, many - first)
        if kind == "independent":
            shuffled = rng.permuted(np.broadcast_to(both, (rows, n + m)), axis=1)
            yield shuffled[:, :n], shuffled[:, n:]
        elif kind == "samples":
            swap = rng.integers(0, 2, (rows, n)).astype(bool)
            yield np.where(swap, y, x), np.where(swap, x, y)
        else:
            yield rng.permuted(np.broadcast_to(x, (rows, n)), axis=1), np.broadcast_to(y, (rows, n))


def _all_labellings(x: np.ndarray, y: np.ndarray, kind: str, some: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    n, both = len(x), np.concatenate([x, y])
    if kind == "independent":
        choices: Iterator = itertools.combinations(range(len(both)), n)
    elif kind == "samples":
        choices = itertools.product((False, True), repeat=n)
    else:
        choices = itertools.permutations(range(n))
    while block := list(itertools.islice(choices, some)):
        index = np.array(block)
        if kind == "independent":
            chosen = np.zeros((len(index), len(both)), dtype=bool)
            np.put_along_axis(chosen, index, True, axis=1)
            tiled = np.broadcast_to(both, chosen.shape)
            yield tiled[chosen].reshape(len(index), -1), tiled[~chosen].reshape(len(index), -1)
        elif kind == "samples":
            yield np.where(index, y, x), np.where(index, x, y)
        else:
            yield x[index], np.broadcast_to(y, index.shape)
