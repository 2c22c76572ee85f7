"""Resamples, and what a statistic is on them: on rows, on means of columns, on weights of distinct rows.

Three kinds of statistic, from general to fast. Each knows its value on the data (`estimate`), on every resample
(`resampled`) and with one row left out (`left_out`), which is all that the bootstrap asks:

`OfRows`
    any callable of the samples; each resample's rows are gathered. Cost: n_resamples * (n + the statistic).
`OfMeans`
    a function of means of columns, such as accuracy, RMSE, R2 or a correlation. A resample needs only the sums of its
    rows; they are added up where they are drawn (`_bootstrap_kernels.means`).
`OfWeights`
    a callable that takes weights of rows. A resample is then a weight for each *distinct* row, and pairs of class
    labels have few: the counts are multinomial, and cost nothing that grows with n.

Lesson: statistics
"""

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from groundup.math.statistics import _bootstrap_kernels as kernels

__all__ = ["Draws", "OfMeans", "OfRows", "OfWeights", "distinct"]

BLOCK = 2**16  # indices drawn at once: half a megabyte
FEW = 64  # counting distinct rows pays when there are n / FEW or fewer


class Draws:
    """Where resamples come from: a generator, or indices that the caller has drawn.

    Parameters
    ----------
    sizes : tuple of int
        Rows of each sample; samples are resampled independently.
    n_resamples : int
    rng : numpy.random.Generator
    indices : tuple of arrays of shape (n_resamples, size), optional
    """

    def __init__(self, sizes: tuple[int, ...], n_resamples: int, rng: np.random.Generator, indices: Any = None) -> None:
        self.sizes, self.n_resamples, self.rng, self.indices = sizes, n_resamples, rng, indices

    def state(self) -> np.uint64:
        """A random counter for a kernel to start from."""
        return self.rng.integers(0, 2**64, dtype=np.uint64)

    def blocks(self) -> Iterator[list[np.ndarray]]:
        """Some resamples at a time: an index array (some, size) for each sample."""
        at_once = max(1, BLOCK // sum(self.sizes))
        states = [self.state() for _ in self.sizes]
        for first in range(0, self.n_resamples, at_once):
            some = min(at_once, self.n_resamples - first)
            if self.indices is not None:
                yield [index[first : first + some] for index in self.indices]
                continue
            drawn = [np.empty((some, size), dtype=np.int64) for size in self.sizes]
            states = [
                np.uint64(kernels.fill(state, size, out))
                for state, size, out in zip(states, self.sizes, drawn, strict=True)
            ]
            yield drawn

    def means(self, sample: int, columns: np.ndarray) -> np.ndarray:
        """Means (n_resamples, m) of resamples of `columns` (m, size)."""
        size = self.sizes[sample]
        if self.indices is not None:
            return np.stack([column[self.indices[sample]].mean(axis=1) for column in columns], axis=1)
        first, group = distinct(list(columns))
        if len(first) * FEW <= size:
            counts = self.counts(sample, group, len(first))
            return np.concatenate([block @ columns[:, first].T / size for block in counts])
        out = np.empty((self.n_resamples, len(columns)))
        kernels.means(self.state(), columns, out)
        return out

    def counts(self, sample: int, group: np.ndarray, n_groups: int) -> Iterator[np.ndarray]:
        """How often each group of rows is drawn, in blocks (some, n_groups); `group` (size,) numbers each row's."""
        size = self.sizes[sample]
        if self.indices is None and n_groups * FEW <= size:
            at_once, share = max(1, BLOCK // n_groups), np.bincount(group) / size
            for first in range(0, self.n_resamples, at_once):
                yield self.rng.multinomial(size, share, min(at_once, self.n_resamples - first))
            return
        alone = Draws((size,), self.n_resamples, self.rng, None if self.indices is None else (self.indices[sample],))
        for (block,) in alone.blocks():
            yield np.stack([np.bincount(group[row], minlength=n_groups) for row in block])


def distinct(samples: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Distinct rows of samples that belong together: the first place of each, and each row's group (n,)."""
    group = np.zeros(len(samples[0]), dtype=np.int64)
    for sample in samples:
        axis = 0 if sample.ndim > 1 else None
        values, codes = np.unique(sample, return_inverse=True, axis=axis)
        _, group = np.unique(group * len(values) + codes.reshape(-1), return_inverse=True)
    _, first, group = np.unique(group, return_index=True, return_inverse=True)
    return first, group


class OfRows:
    """Any callable of the samples."""

    def __init__(self, samples: tuple, statistic: Callable, paired: bool, vectorized: bool | None) -> None:
        self.samples, self.statistic, self.paired = samples, statistic, paired
        self.vectorized = takes(statistic, "axis") if vectorized is None else vectorized
        if self.vectorized and any(sample.ndim > 1 for sample in samples):
            raise ValueError("a vectorized statistic needs samples of one axis; pass vectorized=False")

    def estimate(self) -> np.ndarray:
        return np.asarray(self.statistic(*self.samples, **({"axis": -1} if self.vectorized else {})))

    def of_indices(self, indices: list[np.ndarray]) -> np.ndarray:
        """Values (some, ...) on resamples given by one index array (some, n), or by one for each sample."""
        indices = indices * len(self.samples) if self.paired else indices
        if self.vectorized:
            rows = [sample[index] for sample, index in zip(self.samples, indices, strict=True)]
            return np.asarray(self.statistic(*rows, axis=-1))
        return np.asarray(
            [
                self.statistic(*(sample[row] for sample, row in zip(self.samples, each, strict=True)))
                for each in zip(*indices, strict=True)
            ]
        )

    def resampled(self, draws: Draws) -> np.ndarray:
        return np.concatenate([self.of_indices(block) for block in draws.blocks()])

    def left_out(self) -> list[tuple[np.ndarray, np.ndarray]]:
        lengths = [len(self.samples[0])] if self.paired else [len(sample) for sample in self.samples]
        out = []
        for which, n in enumerate(lengths):
            values = []
            for i in range(n):
                index = [np.arange(length)[None] for length in lengths]
                index[which] = np.delete(index[which], i, axis=1)
                values.append(self.of_indices(index)[0])
            out.append((np.asarray(values), np.ones(n)))
        return out


class OfMeans:
    """`combine` of the means of what `columns` makes of the samples."""

    def __init__(self, samples: tuple, columns: Callable, combine: Callable, paired: bool) -> None:
        self.combine = combine
        self.tables = [self.table(columns(*samples))] if paired else [self.table(columns(s)) for s in samples]
        if any(table.shape[1] != len(sample) for table, sample in zip(self.tables, samples, strict=paired is False)):
            raise ValueError("columns must give one number, or a tuple of numbers, for each row")

    @staticmethod
    def table(columns: Any) -> np.ndarray:
        """Columns as rows of one float64 array (m, n)."""
        parts = columns if isinstance(columns, tuple) else (columns,)
        return np.ascontiguousarray(np.stack([np.asarray(part, dtype=np.float64) for part in parts]))

    def of_means(self, means: list[np.ndarray]) -> np.ndarray:
        """The statistic from the means (..., m) of each sample."""
        return np.asarray(self.combine(*(column for each in means for column in np.moveaxis(each, -1, 0))))

    def estimate(self) -> np.ndarray:
        return self.of_means([table.mean(axis=1) for table in self.tables])

    def resampled(self, draws: Draws) -> np.ndarray:
        return self.of_means([draws.means(i, table) for i, table in enumerate(self.tables)])

    def left_out(self) -> list[tuple[np.ndarray, np.ndarray]]:
        out = []
        for which, table in enumerate(self.tables):
            n = table.shape[1]
            without = (table.sum(axis=1) - table.T) / (n - 1)
            means = [np.broadcast_to(other.mean(axis=1), (n, len(other))) for other in self.tables]
            means[which] = without
            out.append((self.of_means(means), np.ones(n)))
        return out


class OfWeights:
    """A callable of the samples and of row weights, under the keyword `name`."""

    def __init__(self, samples: tuple, statistic: Callable, paired: bool, name: str) -> None:
        if not paired and len(samples) > 1:
            raise ValueError("weights needs rows that belong together: one sample, or paired=True")
        first, self.group = distinct(list(samples))
        self.rows = tuple(sample[first] for sample in samples)
        self.size, self.statistic, self.name = np.bincount(self.group), statistic, name

    def of_weights(self, weights: np.ndarray) -> np.ndarray:
        """The statistic with weights (k,) of the distinct rows; rows of weight 0 are not there."""
        there = np.flatnonzero(weights)  # numbers of rows: picking by them is faster than by a mask
        rows = self.rows if len(there) == len(weights) else tuple(row[there] for row in self.rows)
        return np.asarray(self.statistic(*rows, **{self.name: weights[there].astype(np.float64)}))

    def estimate(self) -> np.ndarray:
        return self.of_weights(self.size)

    def resampled(self, draws: Draws) -> np.ndarray:
        counts = draws.counts(0, self.group, len(self.size))
        return np.asarray([self.of_weights(row) for block in counts for row in block])

    def left_out(self) -> list[tuple[np.ndarray, np.ndarray]]:
        values = []
        for i in range(len(self.size)):
            one_less = self.size.copy()
            one_less[i] -= 1
            values.append(self.of_weights(one_less))
        return [(np.asarray(values), self.size.astype(np.float64))]


def takes(function: Callable, name: str) -> bool:
    """Whether a callable has a parameter of that name."""
    try:
        return name in inspect.signature(function).parameters
    except (TypeError, ValueError):  # some compiled functions do not say
        return False
