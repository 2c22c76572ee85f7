"""Curves: scores against the number of training rows, against a parameter, against the width of a fit.

Learning and validation curves are those of scikit-learn: the same splits give the same scores. The error of
minimum-norm fits along their width (Belkin et al. 2019) rises to the width where the training rows are just fitted,
and falls again behind it.

Lesson: generalization
"""

import warnings
from typing import Any, NamedTuple

import numpy as np
from sklearn.base import clone, is_classifier
from sklearn.utils import check_random_state, indexable

from groundup.classical.linear_regression import by_svd
from groundup.data.model_selection import check_cv, cross_validate

__all__ = ["LearningCurve", "learning_curve", "minimum_norm_errors", "random_features", "validation_curve"]


class LearningCurve(NamedTuple):
    """Outcome of `learning_curve`.

    Attributes
    ----------
    train_sizes : ndarray of shape (ticks,)
        Numbers of rows.
    train_scores, test_scores : ndarray of shape (ticks, splits)
    """

    train_sizes: np.ndarray
    train_scores: np.ndarray
    test_scores: np.ndarray


def _sizes(train_sizes: Any, most: int) -> np.ndarray:
    """Numbers of rows from shares (floats up to 1) or numbers (integers), rising, each once."""
    sizes = np.asarray(train_sizes)
    shares = np.issubdtype(sizes.dtype, np.floating)
    limit = 1.0 if shares else most
    if sizes.ndim != 1 or sizes.size == 0 or not (sizes.min() > 0 and sizes.max() <= limit):
        kind = "shares in (0, 1]" if shares else f"numbers of rows in (0, {most}]"
        raise ValueError(f"train_sizes must be {kind} of the {most} training rows; got {train_sizes!r}")
    whole = np.unique(np.clip((sizes * most).astype(int), 1, most) if shares else sizes)
    if len(whole) < len(sizes):
        warnings.warn(
            f"train_sizes: {len(whole)} different sizes instead of {len(sizes)}", RuntimeWarning, stacklevel=3
        )
    return whole


def learning_curve(
    estimator: Any,
    X: Any,
    y: Any,
    *,
    groups: Any = None,
    train_sizes: Any = (0.1, 0.325, 0.55, 0.775, 1.0),
    cv: Any = None,
    scoring: Any = None,
    shuffle: bool = False,
    random_state: Any = None,
    n_jobs: int | None = None,
    error_score: Any = np.nan,
) -> LearningCurve:
    """Scores on the rows fitted and on held-out rows, for more and more training rows.

    Parameters
    ----------
    estimator, X, y, groups, cv, scoring, n_jobs, error_score
        As `cross_validate`.
    train_sizes : array of float or int
        Shares of the first split's training rows, or numbers. The first so many of each split's rows are fitted.
    shuffle : bool
        Put each split's training rows in random order before they are cut: needed where y is sorted.
    random_state : int, RandomState or None
        For `shuffle`.

    Raises
    ------
    ValueError
        If a size is not between 1 and the number of training rows.
    """
    X, y, groups = indexable(X, y, groups)
    splits = list(check_cv(cv, y, classifier=is_classifier(estimator)).split(X, y, groups))
    sizes = _sizes(train_sizes, len(splits[0][0]))
    if shuffle:
        random = check_random_state(random_state)
        splits = [(random.permutation(train), test) for train, test in splits]
    parts = [(train[:size], test) for train, test in splits for size in sizes]
    options: dict[str, Any] = {"scoring": scoring, "n_jobs": n_jobs, "error_score": error_score}
    found = cross_validate(estimator, X, y, cv=parts, return_train_score=True, **options)
    train, test = (found[f"{side}_score"].reshape(-1, len(sizes)).T for side in ("train", "test"))
    return LearningCurve(sizes, train, test)


def validation_curve(
    estimator: Any,
    X: Any,
    y: Any,
    *,
    param_name: str,
    param_range: Any,
    groups: Any = None,
    cv: Any = None,
    scoring: Any = None,
    n_jobs: int | None = None,
    error_score: Any = np.nan,
) -> tuple[np.ndarray, np.ndarray]:
    """Scores on the rows fitted and on held-out rows, for each value of a parameter.

    Parameters
    ----------
    estimator, X, y, groups, cv, scoring, n_jobs, error_score
        As `cross_validate`.
    param_name : str
        As in `estimator.set_params`.
    param_range : array-like of values

    Returns
    -------
    train_scores, test_scores : ndarray of shape (values, splits)
    """
    X, y, groups = indexable(X, y, groups)
    splits = list(check_cv(cv, y, classifier=is_classifier(estimator)).split(X, y, groups))
    options: dict[str, Any] = {"cv": splits, "scoring": scoring, "n_jobs": n_jobs, "error_score": error_score}
    found = []
    for value in param_range:
        model: Any = clone(estimator)
        found.append(cross_validate(model.set_params(**{param_name: value}), X, y, return_train_score=True, **options))
    train, test = (np.array([f[f"{side}_score"] for f in found]) for side in ("train", "test"))
    return train, test


def random_features(X: Any, width: int, random_state: Any = 0) -> np.ndarray:
    """max(0, X W + b) with random W and b: a layer of `width` relu units that are never trained.

    Parameters
    ----------
    X : array of shape (n, d)
        Standardised columns. Equal seeds give equal units; a smaller width takes the first of them.
    width : int
    random_state : int

    Returns
    -------
    ndarray of shape (n, width)
    """
    X = np.asarray(X, float)
    random = check_random_state(random_state)
    units = random.normal(size=(width, X.shape[1] + 1))  # a row a unit, so that the first do not depend on the others
    return np.maximum(0, X @ units[:, 1:].T / np.sqrt(X.shape[1]) + units[:, 0])


def minimum_norm_errors(
    features: np.ndarray,
    y: np.ndarray,
    features_new: np.ndarray,
    y_new: np.ndarray,
    widths: Any,
) -> tuple[np.ndarray, np.ndarray]:
    """Mean squared errors of least squares with the first w features; where w exceeds n, of the shortest solution.

    Parameters
    ----------
    features : ndarray of shape (n, d)
    y : ndarray of shape (n,)
    features_new : ndarray of shape (m, d)
    y_new : ndarray of shape (m,)
    widths : sequence of int

    Returns
    -------
    train, new : ndarray of shape (len(widths),)
    """
    features, y, features_new, y_new = (np.asarray(a, float) for a in (features, y, features_new, y_new))
    train, new = [], []
    for width in widths:
        if not 1 <= width <= features.shape[1]:
            raise ValueError(f"widths must be from 1 to {features.shape[1]}, the number of features; got {width!r}")
        w = by_svd(features[:, :width], y[:, None], tol=1e-12).coef[:, 0]
        train.append(np.mean((features[:, :width] @ w - y) ** 2))
        new.append(np.mean((features_new[:, :width] @ w - y_new) ** 2))
    return np.array(train), np.array(new)
