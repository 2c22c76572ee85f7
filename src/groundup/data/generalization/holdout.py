"""Honest tests: data that no choice has seen, and what can spoil them.

    P(|error on n new rows - true error| > t) <= 2 exp(-2 n t^2)       one model, errors from 0 to 1 (Hoeffding 1963)
    ... for all of M models at once             <= 2 M exp(-2 n t^2)     the best of M that were tried (union bound)

Source of the bounds: Shalev-Shwartz and Ben-David, Understanding Machine Learning (2014), lemma 4.5 and corollary 4.6.

Lesson: generalization
"""

from math import ceil, log, sqrt
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.utils import _safe_indexing, indexable
from sklearn.utils.validation import _num_samples

from groundup.data.model_selection import cross_val_score, train_test_split

__all__ = [
    "SealedTest",
    "duplicate_rows",
    "error_bound",
    "rows_needed",
    "single_column_scores",
    "train_validation_test_split",
]


def train_validation_test_split(
    *arrays: Any,
    validation_size: float = 0.2,
    test_size: float = 0.2,
    stratify: Any = None,
    random_state: Any = None,
) -> list[Any]:
    """Random parts to fit, to choose, and to report, of each array: train, validation, test, train, ...

    Parameters
    ----------
    *arrays : indexables with n rows
    validation_size, test_size : float
        Shares of all rows, together below 1.
    stratify : array-like of shape (n,), optional
        Classes whose shares all parts keep.
    random_state : int, RandomState or None

    Raises
    ------
    ValueError
        If arrays differ in length, the sizes are out of range, or a part would be empty.
    """
    if not arrays:
        raise ValueError("at least one array is needed")
    if not (validation_size > 0 and test_size > 0 and validation_size + test_size < 1):
        raise ValueError(
            f"validation_size and test_size must be above 0 and add up to less than 1; "
            f"got {validation_size!r} and {test_size!r}"
        )
    arrays = tuple(indexable(*arrays))
    n = _num_samples(arrays[0])
    rows, classes = np.arange(n), None if stratify is None else np.asarray(stratify)
    counts = {"test": round(n * test_size), "validation": round(n * validation_size)}
    if min(n - sum(counts.values()), *counts.values()) < 1:
        raise ValueError(f"{n} rows are too few for three parts of these sizes")
    parts = {}
    for name, count in counts.items():
        kept = None if classes is None else classes[rows]
        rows, parts[name] = train_test_split(rows, test_size=count, stratify=kept, random_state=random_state)
    chosen = (rows, parts["validation"], parts["test"])
    return [_safe_indexing(a, index) for a in arrays for index in chosen]


class SealedTest:
    """A test set that is opened once, for the model that was chosen without it.

    Parameters
    ----------
    X, y : the rows that were put aside

    Examples
    --------
    >>> from groundup.data.generalization import DummyRegressor, SealedTest
    >>> sealed = SealedTest([[0], [0]], [1.0, 3.0])
    >>> round(sealed.open(DummyRegressor().fit([[0]], [2.0])), 3)
    0.0
    """

    def __init__(self, X: Any, y: Any) -> None:
        self._rows = (X, y)
        self.score_: float | None = None

    def open(self, model: Any) -> float:
        """The model's score, once; RuntimeError afterwards, for whoever looks again chooses by the test."""
        if self.score_ is not None:
            raise RuntimeError(f"this test set was opened before, with score {self.score_:.4g}: it is used up")
        self.score_ = float(model.score(*self._rows))
        return self.score_


def duplicate_rows(X_train: Any, X_test: Any) -> np.ndarray:
    """Indices of rows of X_test (m, d) that occur in X_train (n, d) in every column: known answers, not a test.

    Missing values (NaN, None) are equal to each other.
    """
    train, test = np.asarray(X_train), np.asarray(X_test)
    if train.ndim != 2 or test.ndim != 2 or train.shape[1] != test.shape[1]:
        raise ValueError(f"both must be tables with the same columns; got shapes {train.shape} and {test.shape}")
    known = {_key(row) for row in train.tolist()}
    return np.array([i for i, row in enumerate(test.tolist()) if _key(row) in known], int)


def _key(row: list[Any]) -> tuple[Any, ...]:
    return tuple(None if value != value else value for value in row)  # NaN differs from itself


def single_column_scores(estimator: Any, X: Any, y: Any, *, cv: Any = 5, scoring: Any = None) -> np.ndarray:
    """Cross-validated score of each column of X (n, d) alone, shape (d,).

    A column that does nearly as well alone as all together may be a consequence of the target, or a copy of it: ask
    when it is known.

    Parameters
    ----------
    estimator, X, y, cv, scoring
        As `cross_val_score`.
    """
    X = np.asarray(X)
    means = [cross_val_score(clone(estimator), X[:, [j]], y, cv=cv, scoring=scoring).mean() for j in range(X.shape[1])]
    return np.array(means)


def error_bound(n: int, delta: float = 0.05, models: int = 1) -> float:
    """With probability 1 - delta no model's error on n new rows is further from its true error than this.

    sqrt(log(2 M / delta) / (2 n)): Hoeffding's tail with the union bound, solved for the distance.

    Parameters
    ----------
    n : int
    delta : float, between 0 and 1
    models : int
        How many were compared on these rows, M.
    """
    _check_bound(delta, models)
    if not n >= 1:
        raise ValueError(f"n must be at least 1; got {n!r}")
    return sqrt(log(2 * models / delta) / (2 * n))


def rows_needed(gap: float, delta: float = 0.05, models: int = 1) -> int:
    """The smallest n for which `error_bound` is at most `gap`: ceil(log(2 M / delta) / (2 gap^2)).

    Parameters
    ----------
    gap : float, above 0
    delta : float, between 0 and 1
    models : int
    """
    _check_bound(delta, models)
    if not gap > 0:
        raise ValueError(f"gap must be above 0; got {gap!r}")
    return ceil(log(2 * models / delta) / (2 * gap**2))


def _check_bound(delta: float, models: int) -> None:
    if not 0 < delta < 1:
        raise ValueError(f"delta must be between 0 and 1; got {delta!r}")
    if not models >= 1:
        raise ValueError(f"models must be at least 1; got {models!r}")
