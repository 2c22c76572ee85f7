"""Folds that keep together what belongs together: no patient, no document, no author on both sides.

Groups are dealt out greedily, the largest first, each to the fold that is the smallest so far (`GroupKFold`), or to the
fold where it disturbs the class shares least (`StratifiedGroupKFold`). Both make scikit-learn's splits.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from sklearn.utils import check_random_state, column_or_1d

from groundup.data.metrics._checks import as_given, encode
from groundup.data.model_selection.splitters import FoldSplitter, Parts, Splitter, classes_of

__all__ = ["GroupKFold", "LeaveOneGroupOut", "StratifiedGroupKFold"]


def _groups(groups: Any) -> np.ndarray:
    if groups is None:
        raise ValueError("The 'groups' parameter should not be None.")
    return column_or_1d(as_given(groups, "groups"))


def _enough(n_splits: int, n_groups: int) -> None:
    if n_splits > n_groups:
        raise ValueError(
            f"Cannot have number of splits n_splits={n_splits} greater than the number of groups: {n_groups}."
        )


class GroupKFold(FoldSplitter):
    """k folds of whole groups, of about equal size.

    Parameters
    ----------
    n_splits : int, default=5
    shuffle : bool, default=False
        Deal out the groups at random, equally many to each fold, whatever their size.
    random_state : int, RandomState or None

    Examples
    --------
    >>> from groundup.data.model_selection import GroupKFold
    >>> groups = ["ann", "ann", "bob", "cat", "cat", "bob"]
    >>> [test.tolist() for train, test in GroupKFold(3).split(groups, groups=groups)]
    [[3, 4], [2, 5], [0, 1]]
    """

    __metadata_request__split = {"groups": True}  # noqa: RUF012
    uses_groups = True

    def _tests(self, n: int, y: Any, groups: Any) -> Iterator[np.ndarray]:
        names, (member,) = encode(_groups(groups))
        sizes = np.bincount(member)
        _enough(self.n_splits, len(names))
        if self.shuffle:
            order = check_random_state(self.random_state).permutation(len(names))
            for part in np.array_split(order, self.n_splits):
                yield np.isin(member, part)
            return
        fold_of, filled = np.zeros(len(names), dtype=int), np.zeros(self.n_splits, dtype=int)
        for group in np.argsort(sizes, kind="stable")[::-1]:
            fold_of[group] = lightest = filled.argmin()
            filled[lightest] += sizes[group]
        for fold in range(self.n_splits):
            yield fold_of[member] == fold


class StratifiedGroupKFold(FoldSplitter):
    """k folds of whole groups, with class shares as even as the groups allow.

    Groups with the most uneven classes come first; each goes to the fold that leaves the shares of the classes over
    the folds with the smallest spread, and of equals to the one with the fewest rows.

    Parameters
    ----------
    n_splits : int, default=5
    shuffle : bool, default=False
        Break ties between groups in random order.
    random_state : int, RandomState or None

    Examples
    --------
    >>> from groundup.data.model_selection import StratifiedGroupKFold
    >>> y, groups = [0, 0, 1, 1, 0, 1], [1, 1, 2, 2, 3, 4]
    >>> [test.tolist() for train, test in StratifiedGroupKFold(2).split(y, y, groups)]
    [[0, 1, 5], [2, 3, 4]]
    """

    __metadata_request__split = {"groups": True}  # noqa: RUF012
    uses_groups = True

    def __init__(self, n_splits: int = 5, shuffle: bool = False, random_state: Any = None) -> None:
        super().__init__(n_splits, shuffle=shuffle, random_state=random_state)

    def _tests(self, n: int, y: Any, groups: Any) -> Iterator[np.ndarray]:
        random, k = check_random_state(self.random_state), self.n_splits
        classes_of(y, k)
        _, (codes,) = encode(np.asarray(y).ravel())
        names, (member,) = encode(_groups(groups))
        _enough(k, len(names))
        held = np.zeros((len(names), codes.max() + 1))
        np.add.at(held, (member, codes), 1)
        if self.shuffle:
            order = np.arange(len(names))
            random.shuffle(order)
            held, member = held[order], np.argsort(order)[member]
        fold_of = _deal(held, k)
        for fold in range(k):
            yield fold_of[member] == fold


def _deal(held: np.ndarray, k: int) -> np.ndarray:
    """The fold of each group; held (groups, classes) counts rows. O(groups · k² · classes)."""
    totals, filled = held.sum(axis=0), np.zeros((k, held.shape[1]))
    fold_of, each = np.empty(len(held), dtype=int), np.eye(k)[:, :, None]
    for group in np.argsort(-np.std(held, axis=1), kind="stable"):
        best, smallest, fewest = 0, np.inf, np.inf
        spreads = np.std((filled + each * held[group]) / totals, axis=1).mean(axis=1)  # if put into each fold
        for fold, spread, rows in zip(range(k), spreads.tolist(), filled.sum(axis=1).tolist(), strict=True):
            if spread < smallest or (abs(spread - smallest) <= 1e-8 + 1e-5 * smallest and rows < fewest):
                best, smallest, fewest = fold, spread, rows
        filled[best] += held[group]
        fold_of[group] = best
    return fold_of


class LeaveOneGroupOut(Splitter):
    """Each group in turn is the test part.

    Examples
    --------
    >>> from groundup.data.model_selection import LeaveOneGroupOut
    >>> [test.tolist() for train, test in LeaveOneGroupOut().split("abc", groups=[1, 2, 1])]
    [[0, 2], [1]]
    """

    __metadata_request__split = {"groups": True}  # noqa: RUF012
    uses_groups = True

    def _parts(self, n: int, y: Any, groups: Any) -> Iterator[Parts]:
        groups = _groups(groups)
        names = np.unique(groups)
        if len(names) < 2:
            raise ValueError(
                f"The groups parameter contains fewer than 2 unique groups ({names}). "
                "LeaveOneGroupOut expects at least 2."
            )
        for name in names:
            yield np.flatnonzero(groups != name), np.flatnonzero(groups == name)

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        """Number of groups."""
        return len(np.unique(_groups(groups)))

    def __repr__(self) -> str:
        return "LeaveOneGroupOut()"
