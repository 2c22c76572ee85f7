"""Random splits into a training and a test part, drawn anew each time, and `train_test_split`.

Stratified: of n_train rows class c gets n_train · share_c, rounded so that the sum is right (the largest remainders are
rounded up, chance decides among equal ones). The same seeds give scikit-learn's splits.
"""

from collections.abc import Iterator
from math import ceil, floor
from typing import Any

import numpy as np
from sklearn.utils import _safe_indexing, check_random_state, indexable
from sklearn.utils.validation import _num_samples

from groundup.data.metrics._checks import as_given
from groundup.data.model_selection.splitters import Parts, Splitter

__all__ = ["GroupShuffleSplit", "ShuffleSplit", "StratifiedShuffleSplit", "train_test_split"]


def part_sizes(n: int, test_size: Any, train_size: Any, default: float) -> tuple[int, int]:
    """Rows of the training and of the test part; shares of the test part are rounded up, of the training part down.

    Raises
    ------
    ValueError
        If a size is neither a whole number of rows nor a share, both exceed n, or the training part is empty.
    """
    if test_size is None and train_size is None:
        test_size = default
    sizes: dict[str, int] = {}
    for name, size, rounded in (("test_size", test_size, ceil), ("train_size", train_size, floor)):
        if size is None:
            continue
        kind = np.asarray(size).dtype.kind
        if kind not in "if":
            raise ValueError(f"Invalid value for {name}: {size!r}")
        if not 0 < size < (n if kind == "i" else 1):
            raise ValueError(
                f"{name}={size} should be either positive and smaller than the number of samples {n} or a float in the "
                "(0, 1) range"
            )
        sizes[name] = rounded(size * n) if kind == "f" else int(size)
    given = [size for size in (test_size, train_size) if isinstance(size, (float, np.floating))]
    if len(given) == 2 and sum(given) > 1:
        raise ValueError(
            f"The sum of test_size and train_size = {sum(given)}, should be in the (0, 1) range. Reduce "
            "test_size and/or train_size."
        )
    n_test = sizes["test_size"] if "test_size" in sizes else n - sizes["train_size"]
    n_train = sizes["train_size"] if "train_size" in sizes else n - n_test
    if n_train + n_test > n:
        raise ValueError(
            f"The sum of train_size and test_size = {n_train + n_test}, should be smaller than the number of samples "
            f"{n}. Reduce test_size and/or train_size."
        )
    if n_train == 0:
        raise ValueError(
            f"With n_samples={n}, test_size={test_size} and train_size={train_size}, the resulting train set will be "
            "empty. Adjust any of the aforementioned parameters."
        )
    return n_train, n_test


class ShuffleSplit(Splitter):
    """Random splits, independent of each other: a row can be tested several times, or never.

    Parameters
    ----------
    n_splits : int, default=10
    test_size, train_size : float or int, optional
        Shares or numbers of rows; by default a tenth is tested and the rest trained on.
    random_state : int, RandomState or None

    Examples
    --------
    >>> from groundup.data.model_selection import ShuffleSplit
    >>> [(len(train), len(test)) for train, test in ShuffleSplit(2, test_size=0.25).split(range(10))]
    [(7, 3), (7, 3)]
    """

    default_test_size = 0.1

    def __init__(
        self, n_splits: int = 10, *, test_size: Any = None, train_size: Any = None, random_state: Any = None
    ) -> None:
        self.n_splits, self.test_size, self.train_size, self.random_state = (
            n_splits,
            test_size,
            train_size,
            random_state,
        )

    def _parts(self, n: int, y: Any, groups: Any) -> Iterator[Parts]:
        n_train, n_test = part_sizes(n, self.test_size, self.train_size, self.default_test_size)
        random = check_random_state(self.random_state)
        for _ in range(self.n_splits):
            order = random.permutation(n)
            yield order[n_test : n_test + n_train], order[:n_test]


class GroupShuffleSplit(ShuffleSplit):
    """Random splits of whole groups; sizes are shares or numbers of *groups*. As `ShuffleSplit`, a fifth tested."""

    __metadata_request__split = {"groups": True}  # noqa: RUF012
    uses_groups, default_test_size = True, 0.2

    def __init__(
        self, n_splits: int = 5, *, test_size: Any = None, train_size: Any = None, random_state: Any = None
    ) -> None:
        super().__init__(n_splits, test_size=test_size, train_size=train_size, random_state=random_state)

    def _parts(self, n: int, y: Any, groups: Any) -> Iterator[Parts]:
        if groups is None:
            raise ValueError("The 'groups' parameter should not be None.")
        groups = as_given(groups, "groups")
        names, member = np.unique(groups, return_inverse=True)
        for train, test in super()._parts(len(names), None, None):
            yield np.flatnonzero(np.isin(member, train)), np.flatnonzero(np.isin(member, test))


def proportional(counts: np.ndarray, n: int, random: np.random.RandomState) -> np.ndarray:
    """n rows shared among classes in proportion to counts (k,); the largest remainders are rounded up."""
    exact = counts / counts.sum() * n
    given = np.floor(exact)
    remainder, missing = exact - given, int(n - given.sum())
    for value in np.unique(remainder)[::-1]:
        if missing == 0:
            break
        equal = np.flatnonzero(remainder == value)
        lucky = random.choice(equal, size=min(len(equal), missing), replace=False)
        given[lucky] += 1
        missing -= len(lucky)
    return given.astype(int)


class StratifiedShuffleSplit(ShuffleSplit):
    """Random splits in whose parts every class has its share. As `ShuffleSplit`; y is needed.

    Raises
    ------
    ValueError
        If a class has a single row, or a part fewer rows than there are classes.

    Examples
    --------
    >>> from groundup.data.model_selection import StratifiedShuffleSplit
    >>> y = np.array([0] * 8 + [1] * 4)
    >>> train, test = next(StratifiedShuffleSplit(1, test_size=3, random_state=0).split(y, y))
    >>> np.bincount(y[train]), np.bincount(y[test])
    (array([6, 3]), array([2, 1]))
    """

    def split(self, X: Any, y: Any = None, groups: Any = None) -> Iterator[Parts]:
        """As `Splitter.split`; y is needed."""
        return super().split(X, as_given(y, "y"), groups)

    def _parts(self, n: int, y: Any, groups: Any) -> Iterator[Parts]:
        y = as_given(y, "y")
        n_train, n_test = part_sizes(n, self.test_size, self.train_size, self.default_test_size)
        if y.ndim == 2:  # one class for each combination of labels
            y = np.array([" ".join(row.astype("str")) for row in y])
        classes, codes, counts = np.unique(y, return_inverse=True, return_counts=True)
        if counts.min() < 2:
            raise ValueError(
                "The least populated classes in y have only 1 member, which is too few. The minimum number of groups "
                f"for any class cannot be less than 2. Classes with too few members are: {classes[counts < 2].tolist()}"
            )
        for name, size in (("train_size", n_train), ("test_size", n_test)):
            if size < len(classes):
                raise ValueError(
                    f"The {name} = {size} should be greater or equal to the number of classes = {len(classes)}"
                )
        rows_of = np.split(np.argsort(codes, kind="stable"), np.cumsum(counts)[:-1])
        random = check_random_state(self.random_state)
        for _ in range(self.n_splits):
            to_train = proportional(counts, n_train, random)
            to_test = proportional(counts - to_train, n_test, random)
            orders = [rows[random.permutation(len(rows))] for rows in rows_of]
            train = [rows[:a] for rows, a in zip(orders, to_train, strict=True)]
            test = [rows[a : a + b] for rows, a, b in zip(orders, to_train, to_test, strict=True)]
            yield random.permutation(np.concatenate(train)), random.permutation(np.concatenate(test))


def train_test_split(
    *arrays: Any,
    test_size: Any = None,
    train_size: Any = None,
    random_state: Any = None,
    shuffle: bool = True,
    stratify: Any = None,
) -> list:
    """One random split of several arrays with the same rows.

    Parameters
    ----------
    *arrays : array-likes of n rows each
    test_size, train_size : float or int, optional
        Shares or numbers of rows; by default a quarter is tested.
    random_state : int, RandomState or None
    shuffle : bool, default=True
        False: the first rows train, the last test (for rows in order of time).
    stratify : array-like of shape (n,), optional
        Classes that both parts shall have in proportion.

    Returns
    -------
    list
        Training and test part of the first array, of the second, and so on.

    Examples
    --------
    >>> from groundup.data.model_selection import train_test_split
    >>> train_test_split([1, 2, 3, 4, 5], test_size=2, shuffle=False)
    [[1, 2, 3], [4, 5]]
    """
    if not arrays:
        raise ValueError("At least one array required as input")
    arrays = tuple(indexable(*arrays))
    n = _num_samples(arrays[0])
    n_train, n_test = part_sizes(n, test_size, train_size, default=0.25)
    if shuffle:
        kind = ShuffleSplit if stratify is None else StratifiedShuffleSplit
        cv = kind(1, test_size=n_test, train_size=n_train, random_state=random_state)
        train, test = next(cv.split(arrays[0], stratify))
    elif stratify is not None:
        raise ValueError("Stratified train/test split is not implemented for shuffle=False")
    else:
        train, test = np.arange(n_train), np.arange(n_train, n_train + n_test)
    return [part for a in arrays for part in (_safe_indexing(a, train), _safe_indexing(a, test))]
