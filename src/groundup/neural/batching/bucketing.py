"""Batches of sequences of unequal length: similar lengths together, and padding up to the longest of each batch.

A batch of sequences of lengths l₁, ..., l_B occupies B · max l positions, of which Σ l hold something; the rest is
padding that is computed and thrown away. Sorting all data by length would remove nearly all of it, and all randomness
too: the batches would be the same in every epoch. So draw a random order, cut it into pools of many batches, sort
within a pool, cut batches, and shuffle those. The larger the pool, the less padding, and the less random a batch.

Leaves out: keeping several fixed buckets open while reading a stream.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from groundup.checks import check_count
from groundup.neural._backend import is_torch
from groundup.neural.batching.samplers import Sampler

__all__ = ["BucketBatchSampler", "check_lengths", "pad", "padding_waste"]


def check_lengths(lengths: Any) -> np.ndarray:
    """Lengths as an array of int64, shape (n,); ValueError if they are not whole numbers of at least 1, or none."""
    found = np.asarray(lengths)
    if found.ndim != 1 or not found.size or found.dtype.kind not in "iu":
        raise ValueError(
            f"lengths must be whole numbers along one axis, at least one; got shape {found.shape}, {found.dtype}"
        )
    if found.min() < 1:
        raise ValueError(f"lengths must be at least 1; lengths[{int(found.argmin())}] is {found.min()}")
    return found.astype(np.int64)


class BucketBatchSampler(Sampler):
    """Batches of indices of similar lengths, every index once an epoch, in a new order each time.

    Parameters
    ----------
    lengths : array-like of int, shape (n,)
        Length of each sequence, at least 1.
    batch_size : int, optional
        Sequences a batch.
    max_tokens : int, optional
        Instead: as many sequences as fit, when each is padded to the longest of the batch.
    pool : int
        Sequences that are sorted together: about this many times as many as a batch has. 1 is no sorting.
    seed : int or None
        Of the sampler's own generator; None takes fresh entropy from the system.

    Raises
    ------
    ValueError, TypeError
        If lengths are no lengths, not exactly one of `batch_size` and `max_tokens` is given, or a sequence is
        longer than `max_tokens`.

    Notes
    -----
    Serves as ``batch_sampler`` of `Loader` and of a torch DataLoader. With `max_tokens` the number of batches may
    differ between epochs; ``len`` is that of the epoch under way, or else of the next.

    Examples
    --------
    >>> sampler = BucketBatchSampler([3, 9, 1, 8, 3, 1], batch_size=2)
    >>> sorted(sorted(batch.tolist()) for batch in sampler)
    [[0, 4], [1, 3], [2, 5]]
    """

    def __init__(
        self,
        lengths: Any,
        batch_size: int | None = None,
        max_tokens: int | None = None,
        *,
        pool: int = 50,
        seed: int | None = 0,
    ) -> None:
        self.lengths = check_lengths(lengths)
        super().__init__(len(self.lengths), seed)
        if (batch_size is None) == (max_tokens is None):
            raise ValueError(f"give one of batch_size and max_tokens; got {batch_size} and {max_tokens}")
        check_count("pool", pool)
        if batch_size is not None:
            check_count("batch_size", batch_size)
        elif max_tokens is not None and max_tokens < self.lengths.max():
            where = int(self.lengths.argmax())
            raise ValueError(f"max_tokens = {max_tokens} holds no sequence of {self.lengths[where]} (lengths[{where}])")
        self.batch_size, self.max_tokens, self.pool = batch_size, max_tokens, pool
        self._batches: list[np.ndarray] = []

    def order(self) -> np.ndarray:
        """Draw the epoch's batches; returns their numbers."""
        self._batches = self._draw(self.generator)
        return np.arange(len(self._batches))

    def _draw(self, generator: np.random.Generator) -> list[np.ndarray]:
        order = generator.permutation(self.n)
        typical = self.batch_size or max(1, int((self.max_tokens or 1) / self.lengths.mean()))
        batches: list[np.ndarray] = []
        for start in range(0, self.n, typical * self.pool):
            pool = order[start : start + typical * self.pool]
            if self.pool > 1:
                pool = pool[np.argsort(self.lengths[pool], kind="stable")]
            batches += self._cut(pool)
        return [batches[i] for i in generator.permutation(len(batches))]

    def _cut(self, pool: np.ndarray) -> list[np.ndarray]:
        if self.batch_size is not None:
            return [pool[i : i + self.batch_size] for i in range(0, len(pool), self.batch_size)]
        batches, start, longest = [], 0, 0
        for i, length in enumerate(self.lengths[pool].tolist()):
            longest = max(longest, length)
            if (i + 1 - start) * longest > (self.max_tokens or 0):
                batches.append(pool[start:i])
                start, longest = i, length
        return [*batches, pool[start:]]

    def __len__(self) -> int:
        if self._under_way is not None:
            return len(self._batches)
        copy = np.random.Generator(type(self.generator.bit_generator)())
        copy.bit_generator.state = self.generator.bit_generator.state
        return len(self._draw(copy))

    def __iter__(self) -> Iterator[np.ndarray]:  # pyright: ignore[reportIncompatibleMethodOverride]  # batches, not indices
        batches = None
        for number in super().__iter__():
            if batches is None:
                batches = self._batches  # a later iteration draws others
            yield batches[number]


def padding_waste(lengths: Any, batches: Iterable[Any]) -> float:
    """Share of a padded epoch's positions that hold nothing: 1 - Σ lengths / Σ (size of batch · longest in it).

    Parameters
    ----------
    lengths : array-like of int, shape (n,)
    batches : iterable of arrays of indices
    """
    found, used, filled = check_lengths(lengths), 0, 0
    for batch in batches:
        of_batch = found[np.asarray(batch)]
        used += len(of_batch) * int(of_batch.max())
        filled += int(of_batch.sum())
    return 1 - filled / used


def pad(sequences: Sequence[Any], fill: float = 0, *, multiple: int = 1) -> tuple[Any, Any]:
    """Sequences side by side, filled up behind.

    Parameters
    ----------
    sequences : sequence of arrays or torch tensors, each of shape (length, ...)
        Shapes agree but for the first axis.
    fill : number
        What stands where a sequence has ended.
    multiple : int
        The common length is rounded up to a multiple of this (kernels like 8 or 64).

    Returns
    -------
    values : array or tensor of shape (n, longest, ...)
    mask : array or tensor of bool, shape (n, longest)
        Where there is something.

    Raises
    ------
    ValueError
        If there are no sequences, or shapes behind the first axis differ.
    """
    check_count("multiple", multiple)
    if not len(sequences):
        raise ValueError("sequences is empty: there is nothing to pad")
    ours: list[Any] = [s if is_torch(s) else np.asarray(s) for s in sequences]
    rest = {tuple(s.shape[1:]) for s in ours}
    if len(rest) > 1 or any(s.ndim < 1 for s in ours):
        raise ValueError(
            f"sequences must have a first axis and agree behind it; got shapes {[tuple(s.shape) for s in ours]}"
        )
    lengths = [int(s.shape[0]) for s in ours]
    longest = -(-max(lengths) // multiple) * multiple
    shape = (len(ours), longest, *ours[0].shape[1:])
    if is_torch(ours[0]):
        import torch

        values = ours[0].new_full(shape, fill)
        mask = torch.arange(longest, device=ours[0].device) < torch.tensor(lengths, device=ours[0].device)[:, None]
    else:
        values = np.full(shape, fill, dtype=np.result_type(*ours))
        mask = np.arange(longest) < np.array(lengths)[:, None]
    for row, sequence, length in zip(values, ours, lengths, strict=True):
        row[:length] = sequence
    return values, mask
