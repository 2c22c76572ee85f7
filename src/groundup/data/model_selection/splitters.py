"""Splitting rows into training and test parts: k folds, stratified folds, leave one out, repeated folds.

Every splitter yields (train, test), two arrays of row numbers, by ``split(X, y, groups)``, and says how many by
``get_n_splits``; wherever scikit-learn takes a `cv`, these fit. With the same parameters and the same `random_state`
they make the splits that scikit-learn makes.

k folds: each row is in exactly one test part. Stratified (Kohavi 1995): each class is dealt out so that every fold
holds its share of it, up to one row.
"""

import inspect
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
from sklearn.utils import check_random_state, column_or_1d, indexable
from sklearn.utils._metadata_requests import UNUSED, _MetadataRequester
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import _num_samples

from groundup.data.metrics._checks import as_given, encode

__all__ = ["KFold", "LeaveOneOut", "RepeatedKFold", "RepeatedStratifiedKFold", "Splitter", "StratifiedKFold"]

Parts = tuple[np.ndarray, np.ndarray]


class Splitter(_MetadataRequester):
    """What all splitters share. A subclass yields the rows of each test part; the others are trained on.

    Parameters
    ----------
    None; subclasses store theirs.
    """

    __metadata_request__split = {"groups": UNUSED}  # noqa: RUF012 (scikit-learn reads this name from the class)
    uses_groups = False

    def split(self, X: Any, y: Any = None, groups: Any = None) -> Iterator[Parts]:
        """Row numbers (train, test) of each split.

        Parameters
        ----------
        X : array-like of n rows
        y : array-like of shape (n,), optional
            The classes, where the splitter looks at them.
        groups : array-like of shape (n,), optional
            What belongs together, where the splitter looks at it.
        """
        if groups is not None and not self.uses_groups:
            words = f"The groups parameter is ignored by {type(self).__name__}"
            warnings.warn(words, UserWarning, stacklevel=2)
            groups = None
        X, y, groups = indexable(X, y, groups)
        return self._parts(_num_samples(X), y, groups)

    def _parts(self, n: int, y: Any, groups: Any) -> Iterator[Parts]:
        rows = np.arange(n)
        for test in self._tests(n, y, groups):
            if test.dtype != bool:
                test, chosen = np.zeros(n, dtype=bool), test
                test[chosen] = True
            yield rows[~test], rows[test]

    def _tests(self, n: int, y: Any, groups: Any) -> Iterator[np.ndarray]:
        """Row numbers of each test part, or booleans of shape (n,)."""
        raise NotImplementedError

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        """Number of splits."""
        return self.n_splits  # pyright: ignore[reportAttributeAccessIssue]  # set by subclasses

    def __repr__(self) -> str:
        names = [name for name in inspect.signature(type(self).__init__).parameters if name != "self"]
        return f"{type(self).__name__}({', '.join(f'{name}={getattr(self, name)!r}' for name in names)})"


class FoldSplitter(Splitter):
    """A splitter into n_splits folds, shuffled or not. As `KFold`."""

    def __init__(self, n_splits: int = 5, *, shuffle: bool = False, random_state: Any = None) -> None:
        if not isinstance(n_splits, (int, np.integer)) or isinstance(n_splits, bool):
            raise ValueError(f"The number of folds must be of Integral type. {n_splits!r} was passed.")
        if n_splits <= 1:
            raise ValueError(
                "k-fold cross-validation requires at least one train/test split by setting n_splits=2 or more, "
                f"got n_splits={n_splits}."
            )
        if not isinstance(shuffle, bool):
            raise TypeError(f"shuffle must be True or False; got {shuffle!r}")
        if not shuffle and random_state is not None:
            raise ValueError(
                "Setting a random_state has no effect since shuffle is False. You should leave random_state to its "
                "default (None), or set shuffle=True."
            )
        self.n_splits, self.shuffle, self.random_state = int(n_splits), shuffle, random_state

    def _parts(self, n: int, y: Any, groups: Any) -> Iterator[Parts]:
        if self.n_splits > n:
            raise ValueError(
                f"Cannot have number of splits n_splits={self.n_splits} greater than the number of samples: "
                f"n_samples={n}."
            )
        yield from super()._parts(n, y, groups)


class KFold(FoldSplitter):
    """k folds of neighbouring rows, or of shuffled ones.

    Parameters
    ----------
    n_splits : int, default=5
    shuffle : bool, default=False
        Deal out the rows in random order. Without it, data sorted by class or time make folds that differ.
    random_state : int, RandomState or None

    Examples
    --------
    >>> from groundup.data.model_selection import KFold
    >>> [test.tolist() for train, test in KFold(3).split(range(7))]
    [[0, 1, 2], [3, 4], [5, 6]]
    """

    def _tests(self, n: int, y: Any, groups: Any) -> Iterator[np.ndarray]:
        rows = np.arange(n)
        if self.shuffle:
            check_random_state(self.random_state).shuffle(rows)
        yield from np.array_split(rows, self.n_splits)


def classes_of(y: Any, n_splits: int) -> np.ndarray:
    """y as class codes in order of first appearance, shape (n,); raises for what cannot be stratified.

    Raises
    ------
    ValueError
        If y is not one class a row, or every class has fewer rows than there are splits.

    Warns
    -----
    UserWarning
        If a class has fewer rows than there are splits: some test parts will lack it.
    """
    y = as_given(y, "y")
    if not (y.ndim == 1 and y.dtype.kind in "iub"):
        kind = type_of_target(y, input_name="y")
        if kind not in ("binary", "multiclass"):
            raise ValueError(f"Supported target types are: ('binary', 'multiclass'). Got {kind!r} instead.")
    labels, (codes,) = encode(column_or_1d(y))
    counts = np.bincount(codes)
    first = np.empty(len(labels), dtype=int)
    first[codes[::-1]] = np.arange(len(codes) - 1, -1, -1)  # of several rows the last one written stays: the first
    if n_splits > counts.max():
        raise ValueError(
            f"n_splits={n_splits} cannot be greater than the number of members in each class; the largest has "
            f"{counts.max()}."
        )
    if n_splits > counts.min():
        words = (
            f"The least populated class in y has only {counts.min()} members, which is less than n_splits={n_splits}."
        )
        warnings.warn(words, UserWarning, stacklevel=5)
    return np.argsort(np.argsort(first))[codes]


class StratifiedKFold(FoldSplitter):
    """k folds in each of which every class has its share, up to one row.

    The rows sorted by class are dealt out like cards; how many of a class a fold got so is kept, and each class's rows
    fill the folds in their order, or shuffled.

    Parameters
    ----------
    n_splits : int, default=5
    shuffle : bool, default=False
    random_state : int, RandomState or None

    Examples
    --------
    >>> from groundup.data.model_selection import StratifiedKFold
    >>> y = ["a"] * 4 + ["b"] * 2
    >>> [test.tolist() for train, test in StratifiedKFold(2).split(y, y)]
    [[0, 1, 4], [2, 3, 5]]
    """

    def split(self, X: Any, y: Any = None, groups: Any = None) -> Iterator[Parts]:
        """As `Splitter.split`; y is needed."""
        return super().split(X, as_given(y, "y"), groups)

    def _tests(self, n: int, y: Any, groups: Any) -> Iterator[np.ndarray]:
        random, k = check_random_state(self.random_state), self.n_splits
        codes = classes_of(y, k)
        counts = np.bincount(codes)
        dealt = np.repeat(np.arange(len(counts)), counts)
        share = np.array([np.bincount(dealt[fold::k], minlength=len(counts)) for fold in range(k)])
        fold_of = np.empty(n, dtype=int)
        for c in range(share.shape[1]):
            folds = np.repeat(np.arange(k), share[:, c])
            if self.shuffle:
                random.shuffle(folds)
            fold_of[codes == c] = folds
        for fold in range(k):
            yield fold_of == fold


class LeaveOneOut(Splitter):
    """Each row in turn is the test part. As many fits as rows.

    Examples
    --------
    >>> from groundup.data.model_selection import LeaveOneOut
    >>> [test.tolist() for train, test in LeaveOneOut().split("abc")]
    [[0], [1], [2]]
    """

    def _tests(self, n: int, y: Any, groups: Any) -> Iterator[np.ndarray]:
        if n <= 1:
            raise ValueError(f"Cannot perform LeaveOneOut with n_samples={n}.")
        yield from np.arange(n)[:, None]

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        """Number of rows of X."""
        if X is None:
            raise ValueError("The 'X' parameter should not be None.")
        return _num_samples(X)

    def __repr__(self) -> str:
        return "LeaveOneOut()"


class RepeatedKFold(Splitter):
    """Shuffled `KFold` again and again, with other shuffles.

    Parameters
    ----------
    n_splits : int, default=5
    n_repeats : int, default=10
    random_state : int, RandomState or None

    Examples
    --------
    >>> from groundup.data.model_selection import RepeatedKFold
    >>> RepeatedKFold(n_splits=4, n_repeats=3).get_n_splits()
    12
    """

    folds: type[FoldSplitter] = KFold

    def __init__(self, *, n_splits: int = 5, n_repeats: int = 10, random_state: Any = None) -> None:
        if not isinstance(n_repeats, (int, np.integer)) or isinstance(n_repeats, bool):
            raise ValueError(f"Number of repetitions must be of Integral type; got {n_repeats!r}")
        if n_repeats <= 0:
            raise ValueError(f"Number of repetitions must be greater than 0; got {n_repeats}")
        self.n_splits, self.n_repeats, self.random_state = n_splits, n_repeats, random_state

    def _parts(self, n: int, y: Any, groups: Any) -> Iterator[Parts]:
        random = check_random_state(self.random_state)
        for _ in range(self.n_repeats):
            yield from self.folds(self.n_splits, shuffle=True, random_state=random)._parts(n, y, groups)

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        """n_splits times n_repeats."""
        return self.n_splits * self.n_repeats


class RepeatedStratifiedKFold(RepeatedKFold):
    """Shuffled `StratifiedKFold` again and again. As `RepeatedKFold`."""

    folds = StratifiedKFold

    def split(self, X: Any, y: Any = None, groups: Any = None) -> Iterator[Parts]:
        """As `Splitter.split`; y is needed."""
        return super().split(X, as_given(y, "y"), groups)
