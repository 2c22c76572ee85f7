"""Splits for rows in the order of time: train on the past, test on what came next.

Split i of k tests rows [n - (k - i) m, n - (k - i - 1) m) and trains on rows before that, less a gap:

    train train train . gap . TEST
    train train train train train . gap . TEST
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from groundup.data.model_selection.splitters import FoldSplitter, Parts

__all__ = ["TimeSeriesSplit"]


class TimeSeriesSplit(FoldSplitter):
    """Test parts one after the other at the end, each trained on rows before it alone.

    Parameters
    ----------
    n_splits : int, default=5
    max_train_size : int, optional
        Keep only so many of the latest training rows.
    test_size : int, optional
        Rows of a test part; by default n // (n_splits + 1).
    gap : int, default=0
        Rows left out between the training and the test part, where a target looks that far ahead.

    Raises
    ------
    ValueError
        If the first training part would be empty.

    Examples
    --------
    >>> from groundup.data.model_selection import TimeSeriesSplit
    >>> [(train.tolist(), test.tolist()) for train, test in TimeSeriesSplit(2, gap=1).split(range(7))]
    [([0, 1], [3, 4]), ([0, 1, 2, 3], [5, 6])]
    """

    def __init__(
        self, n_splits: int = 5, *, max_train_size: int | None = None, test_size: int | None = None, gap: int = 0
    ) -> None:
        super().__init__(n_splits)
        if gap < 0:
            raise ValueError(f"gap must be at least 0: a negative one would train on the test part; got {gap!r}")
        self.max_train_size, self.test_size, self.gap = max_train_size, test_size, gap

    def _parts(self, n: int, y: Any, groups: Any) -> Iterator[Parts]:
        if self.n_splits + 1 > n:
            raise ValueError(f"Cannot have number of folds={self.n_splits + 1} greater than the number of samples={n}.")
        size = n // (self.n_splits + 1) if self.test_size is None else self.test_size
        first = n - self.n_splits * size
        if first - self.gap <= 0:
            raise ValueError(
                f"Too many splits={self.n_splits} for number of samples={n} with test_size={size} and gap={self.gap}."
            )
        rows = np.arange(n)
        for start in range(first, n, size):
            end = start - self.gap
            begin = max(0, end - self.max_train_size) if self.max_train_size else 0
            yield rows[begin:end], rows[start : start + size]
