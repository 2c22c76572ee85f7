"""Cross-validation: fit a fresh copy on each training part, judge it on the rows that it did not see.

Everything that learns from data has to happen inside `fit`: a pipeline that scales, selects features or imputes is
cloned and fitted as a whole on each training part.
"""

import numbers
import time
import warnings
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from sklearn.base import clone, is_classifier
from sklearn.exceptions import FitFailedWarning
from sklearn.utils import _safe_indexing, indexable
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import _check_method_params, _num_samples

from groundup.data.model_selection.scoring import scorers_of
from groundup.data.model_selection.splitters import KFold, Parts, StratifiedKFold

__all__ = ["check_cv", "cross_val_predict", "cross_val_score", "cross_validate"]


class _GivenSplits:
    """Splits that were handed over as a list."""

    def __init__(self, splits: Iterable[Parts]) -> None:
        self.splits = list(splits)

    def split(self, X: Any = None, y: Any = None, groups: Any = None) -> Iterator[Parts]:
        yield from self.splits

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        return len(self.splits)


def check_cv(cv: Any = 5, y: Any = None, *, classifier: bool = False) -> Any:
    """The splitter that `cv` stands for.

    Parameters
    ----------
    cv : int, None, splitter, or iterable of (train, test)
        A number k: `StratifiedKFold` for a classifier and classes, else `KFold`; not shuffled. None is 5.
    y : array-like, optional
    classifier : bool
    """
    cv = 5 if cv is None else cv
    if isinstance(cv, numbers.Integral):
        stratified = classifier and y is not None and type_of_target(y, input_name="y") in ("binary", "multiclass")
        return (StratifiedKFold if stratified else KFold)(int(cv))
    if hasattr(cv, "split") and not isinstance(cv, str):
        return cv
    if not isinstance(cv, Iterable) or isinstance(cv, str):
        raise ValueError(
            f"Expected `cv` as an integer, a splitter, or an iterable yielding (train, test) splits as arrays of "
            f"indices. Got {cv!r}."
        )
    return _GivenSplits(cv)


def _fit(estimator: Any, X: Any, y: Any, train: np.ndarray, params: Any) -> Any:
    """Fit on the training rows; parameters with a value for each row are cut to them."""
    options = _check_method_params(X, params or {}, train)
    part = _safe_indexing(X, train)
    return estimator.fit(part, **options) if y is None else estimator.fit(part, _safe_indexing(y, train), **options)


def _scores(scorers: dict[str, Any], model: Any, X: Any, y: Any, rows: np.ndarray) -> dict[str, float]:
    part, truth = _safe_indexing(X, rows), None if y is None else _safe_indexing(y, rows)
    values = {}
    for name, scorer in scorers.items():
        value = scorer(model, part, truth)
        if not isinstance(value, numbers.Number):
            raise ValueError(f"scoring must return a number, got {value!r} ({type(value)})")
        values[name] = value
    return values


def _one_split(
    estimator: Any,
    X: Any,
    y: Any,
    parts: Parts,
    scorers: dict[str, Any],
    params: Any,
    train_score: bool,
    error_score: Any,
) -> dict[str, Any]:
    """Times, scores and the fitted model of one split."""
    train, test = parts
    start, failure = time.perf_counter(), None
    try:
        model = _fit(estimator, X, y, train, params)
    except Exception as error:
        if error_score == "raise":
            raise
        failure, model = f"{type(error).__name__}: {error}", estimator
    fitted = time.perf_counter()
    found: dict[str, Any] = {"fit_time": fitted - start, "estimator": model, "failure": failure}
    for side, rows in (("test", test), *((("train", train),) if train_score else ())):
        try:
            values = dict.fromkeys(scorers, error_score) if failure else _scores(scorers, model, X, y, rows)
        except Exception as error:
            if error_score == "raise":
                raise
            warnings.warn(f"Scoring failed; the score is set to {error_score}: {error}", UserWarning, stacklevel=2)
            values = dict.fromkeys(scorers, error_score)
        found |= {f"{side}_{name}": value for name, value in values.items()}
        found.setdefault("score_time", time.perf_counter() - fitted)
    return found


def cross_validate(
    estimator: Any,
    X: Any,
    y: Any = None,
    *,
    groups: Any = None,
    scoring: Any = None,
    cv: Any = None,
    n_jobs: int | None = None,
    verbose: int = 0,
    params: dict | None = None,
    pre_dispatch: Any = "2*n_jobs",
    return_train_score: bool = False,
    return_estimator: bool = False,
    return_indices: bool = False,
    error_score: Any = np.nan,
) -> dict[str, Any]:
    """Scores of an estimator on rows that it was not fitted on, one a split.

    Parameters
    ----------
    estimator : object with `fit`
        A clone is fitted for each split; the one given stays as it is.
    X : array-like of n rows
    y : array-like of shape (n,) or (n, outputs), optional
    groups : array-like of shape (n,), optional
        What belongs together, for a splitter that looks at it.
    scoring : str, callable, list of str, dict, optional
        Names as in `SCORERS`; by default the estimator's `score`.
    cv : int, splitter or iterable of (train, test), optional
        As `check_cv`.
    n_jobs, verbose, pre_dispatch
        As joblib's.
    params : dict, optional
        For `fit`; what has n entries is cut to the training rows.
    return_train_score, return_estimator, return_indices : bool
        Also give "train_…" scores, the fitted "estimator"s, the "indices" {"train": …, "test": …}.
    error_score : "raise" or number, default=nan
        The score where fitting fails, with a warning; if all fits fail, that is an error.

    Returns
    -------
    dict of ndarray of shape (splits,)
        "fit_time", "score_time" in seconds, "test_score" (or "test_<name>").

    Examples
    --------
    >>> from sklearn.dummy import DummyClassifier
    >>> from groundup.data.model_selection import cross_validate
    >>> cross_validate(DummyClassifier(), np.zeros((10, 1)), [0] * 8 + [1] * 2, cv=2)["test_score"]
    array([0.8, 0.8])
    """
    X, y = indexable(X, y)
    splits = list(check_cv(cv, y, classifier=is_classifier(estimator)).split(X, y, groups))
    scorers = scorers_of(scoring)
    work = Parallel(n_jobs=n_jobs, verbose=verbose, pre_dispatch=pre_dispatch)
    results: list[dict] = work(  # pyright: ignore[reportAssignmentType]  # a generator only when asked for
        delayed(_one_split)(clone(estimator), X, y, parts, scorers, params, return_train_score, error_score)
        for parts in splits
    )
    _tell_failures([r["failure"] for r in results if r["failure"]], len(results), error_score)
    names = [name for name in results[0] if name not in ("failure", "estimator")]
    found: dict[str, Any] = {name: np.array([r[name] for r in results]) for name in sorted(names, key=_order)}
    if return_estimator:
        found["estimator"] = [r["estimator"] for r in results]
    if return_indices:
        found["indices"] = {side: [parts[i] for parts in splits] for i, side in enumerate(("train", "test"))}
    return found


def _order(name: str) -> int:
    return ("fit_time", "score_time").index(name) if name.endswith("_time") else 2 + name.startswith("train_")


def _tell_failures(failures: list[str], n: int, error_score: Any) -> None:
    if not failures:
        return
    listed = "\n".join(f"{failures.count(f)} times: {f}" for f in dict.fromkeys(failures))
    if len(failures) == n:
        raise ValueError(f"All the {n} fits failed. It is very likely that your model is misconfigured.\n{listed}")
    words = f"{len(failures)} fits failed out of a total of {n}; their scores are set to {error_score}.\n{listed}"
    warnings.warn(words, FitFailedWarning, stacklevel=3)


def cross_val_score(
    estimator: Any,
    X: Any,
    y: Any = None,
    *,
    groups: Any = None,
    scoring: Any = None,
    cv: Any = None,
    n_jobs: int | None = None,
    verbose: int = 0,
    params: dict | None = None,
    pre_dispatch: Any = "2*n_jobs",
    error_score: Any = np.nan,
) -> np.ndarray:
    """The scores on the held-out rows alone, shape (splits,). As `cross_validate`, for one score.

    Examples
    --------
    >>> from sklearn.dummy import DummyRegressor
    >>> from groundup.data.model_selection import KFold, cross_val_score
    >>> cross_val_score(DummyRegressor(), [[0], [1], [2], [3]], [0, 1, 2, 3], cv=KFold(2))
    array([-16., -16.])
    """
    if not (scoring is None or isinstance(scoring, str) or callable(scoring)):
        raise ValueError(f"cross_val_score takes one score; for several use cross_validate. Got {scoring!r}")
    options: dict[str, Any] = {"n_jobs": n_jobs, "verbose": verbose, "params": params, "pre_dispatch": pre_dispatch}
    found = cross_validate(estimator, X, y, groups=groups, scoring=scoring, cv=cv, error_score=error_score, **options)
    return found["test_score"]


def cross_val_predict(
    estimator: Any,
    X: Any,
    y: Any = None,
    *,
    groups: Any = None,
    cv: Any = None,
    n_jobs: int | None = None,
    verbose: int = 0,
    params: dict | None = None,
    pre_dispatch: Any = "2*n_jobs",
    method: str = "predict",
) -> np.ndarray:
    """For each row the prediction of the model that did not see it.

    The predictions come from different models. A score of them all together is not the mean of the folds' scores, and
    ranks rows of different models against each other.

    Parameters
    ----------
    estimator, X, y, groups, cv, n_jobs, verbose, params, pre_dispatch
        As `cross_validate`; each row must be in exactly one test part.
    method : {"predict", "predict_proba", "predict_log_proba", "decision_function"}
        With probabilities the columns are the sorted classes of y; a class that a model did not see gets 0
        (the lowest number for logarithms and scores).

    Returns
    -------
    ndarray of shape (n,) or (n, classes)
    """
    X, y = indexable(X, y)
    n = _num_samples(X)
    splits = list(check_cv(cv, y, classifier=is_classifier(estimator)).split(X, y, groups))
    times_tested = np.bincount(np.concatenate([test for _, test in splits]), minlength=n)
    if len(times_tested) != n or (times_tested != 1).any():
        raise ValueError(
            f"cross_val_predict only works for partitions: {(times_tested != 1).sum()} rows are tested not at all or "
            "twice"
        )
    classes = None
    if method != "predict" and y is not None and np.ndim(y) == 1:
        classes, y = np.unique(np.asarray(y), return_inverse=True)
    work = Parallel(n_jobs=n_jobs, verbose=verbose, pre_dispatch=pre_dispatch)
    parts: Any = work(delayed(_predict)(clone(estimator), X, y, p, params, method, classes) for p in splits)
    order = np.concatenate([test for _, test in splits])
    return np.concatenate(parts)[np.argsort(order)]


def _predict(
    estimator: Any, X: Any, y: Any, parts: Parts, params: Any, method: str, classes: np.ndarray | None
) -> np.ndarray:
    train, test = parts
    model = _fit(estimator, X, y, train, params)
    predicted = np.asarray(getattr(model, method)(_safe_indexing(X, test)))
    if classes is None or len(model.classes_) == len(classes):
        return predicted
    if method == "decision_function" and len(model.classes_) <= 2 < len(classes):
        raise ValueError(
            f"Only {len(model.classes_)} classes in a training part, {len(classes)} in y: decision_function cannot be "
            "extended. Use a stratified splitter."
        )
    words = f"Number of classes in training fold ({len(model.classes_)}) does not match total number of classes"
    warnings.warn(f"{words} ({len(classes)}). Results may not be appropriate for your use case.", RuntimeWarning)  # noqa: B028
    lowest = np.finfo(predicted.dtype).min
    whole = np.full((len(test), len(classes)), 0.0 if method == "predict_proba" else lowest, dtype=predicted.dtype)
    whole[:, model.classes_] = predicted
    return whole
