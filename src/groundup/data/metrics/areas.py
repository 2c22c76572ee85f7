"""One number for a ranking: area under the ROC curve, average precision, top-k accuracy.

The area under the ROC curve is the probability that a positive scores above a negative, a tie counting half (Hanley
and McNeil 1982, doi 10.1148/radiology.143.1.7063747). Without weights it is counted that way: sort both classes, walk
through them together, and no curve is built. Multiclass: one class against the rest ("ovr"), or every pair of classes
(Hand and Till 2001, doi 10.1023/A:1010920819831). Part of the area, rescaled so that chance is 0.5:
McClish 1989, doi 10.1177/0272989X8900900307.
"""

import warnings
from collections.abc import Callable
from itertools import combinations
from typing import Any

import numpy as np
from scipy.sparse import issparse
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.utils import check_array, column_or_1d
from sklearn.utils.multiclass import type_of_target

from groundup.data.metrics._checks import as_given, check_lengths, encode, finite_scores, weights_of
from groundup.data.metrics._counting_kernels import twice_pairs_won
from groundup.data.metrics.ranking import _counts, auc, precision_recall_curve

__all__ = ["average_precision_score", "roc_auc_score", "top_k_accuracy_score"]


def roc_auc_score(
    y_true: Any,
    y_score: Any,
    *,
    average: str | None = "macro",
    sample_weight: Any = None,
    max_fpr: float | None = None,
    multi_class: str = "raise",
    labels: Any = None,
) -> Any:
    """Area under the ROC curve: how often a positive scores above a negative, ties counting half.

    Parameters
    ----------
    y_true : array-like of shape (n,), or indicators of shape (n, k)
        Of two classes the greater label is the positive one.
    y_score : array-like of shape (n,), or (n, k)
        For three or more classes probabilities that sum to 1 in each row, columns in the order of the labels.
    average : {"macro", "micro", "weighted", "samples"} or None
        Over classes or label columns.
    sample_weight : array-like of shape (n,), optional
    max_fpr : float in (0, 1], optional
        Two classes: only the part up to this false positive rate, rescaled to 0.5 for chance and 1 for perfection.
    multi_class : {"raise", "ovr", "ovo"}
        Three or more classes: one against the rest, or one against one.
    labels : array-like of shape (k,), optional
        All classes, sorted, if some do not occur in y_true.

    Returns
    -------
    float, or ndarray of shape (k,) if average is None

    Raises
    ------
    ValueError
        If lengths differ, a score is NaN or infinite, probabilities do not sum to 1, or an option does not fit.

    Warns
    -----
    UndefinedMetricWarning
        If only one class occurs: the answer is NaN.

    Examples
    --------
    >>> from groundup.data.metrics import roc_auc_score
    >>> roc_auc_score([0, 0, 1, 1], [0.1, 0.4, 0.4, 0.8])
    0.875
    """
    whole = isinstance(y_true, np.ndarray) and y_true.ndim == 1 and y_true.dtype.kind in "iub" and y_true.size
    codes, classes, kind = None, np.empty(0), ""
    if whole:
        classes, (codes,) = encode(y_true)
        kind = "binary" if len(classes) <= 2 else "multiclass"
    else:
        kind = type_of_target(y_true, input_name="y_true")
        y_true = as_given(y_true, "y_true")
    if np.ndim(y_score) != 1:
        y_score = check_array(y_score, ensure_2d=False, input_name="y_score")
    if kind == "multiclass" or (kind == "binary" and np.ndim(y_score) == 2 and np.shape(y_score)[1] > 2):
        if max_fpr is not None and max_fpr != 1.0:
            raise ValueError(f"max_fpr must be None for three or more classes; got {max_fpr!r}")
        if multi_class == "raise":
            raise ValueError("multi_class must be in ('ovo', 'ovr'): y_true or y_score has three or more classes")
        return _multiclass(y_true, y_score, labels, multi_class, average, sample_weight)
    area = _area_up_to(max_fpr)
    if kind == "binary":
        _check_average(average)
        if codes is None:
            classes, (codes,) = encode(column_or_1d(y_true))
        return _of_one_column(area, codes == (len(classes) - 1 if len(classes) == 2 else -1), y_score, sample_weight)
    return _over_columns(area, y_true, y_score, average, sample_weight, kind)


def _area_up_to(max_fpr: float | None) -> Callable[..., float]:
    if max_fpr is not None and not 0 < max_fpr <= 1:
        raise ValueError(f"Expected max_fpr in range (0, 1], got: {max_fpr!r}")
    return lambda hit, scores, weight: _area(hit, scores, weight, max_fpr)


def _undefined() -> float:
    words = "Only one class is present in y_true. ROC AUC score is not defined in that case."
    warnings.warn(words, UndefinedMetricWarning, stacklevel=5)
    return np.nan


def _area(hit: np.ndarray, scores: np.ndarray, weight: np.ndarray | None, max_fpr: float | None = None) -> float:
    """Area for booleans and finite scores; NaN with a warning where a class is absent."""
    if hit.all() or not hit.any():
        return _undefined()
    partial = max_fpr is not None and max_fpr < 1
    if weight is None and not partial:
        above, below = np.sort(scores[hit]), np.sort(scores[~hit])
        return float(twice_pairs_won(above, below) / (2.0 * len(above) * len(below)))
    fps, tps, _ = _counts(hit, scores, weight)
    if fps[-1] <= 0 or tps[-1] <= 0:  # all weight on one class
        return _undefined()
    fpr, tpr = np.append(0.0, fps / fps[-1]), np.append(0.0, tps / tps[-1])
    if not partial:
        return auc(fpr, tpr)
    assert max_fpr is not None
    stop = int(np.searchsorted(fpr, max_fpr, side="right"))
    height = np.interp(max_fpr, fpr[stop - 1 : stop + 1], tpr[stop - 1 : stop + 1])
    area = auc(np.append(fpr[:stop], max_fpr), np.append(tpr[:stop], height))
    chance = max_fpr**2 / 2
    return float(0.5 * (1 + (area - chance) / (max_fpr - chance)))


def _of_one_column(metric: Callable[..., float], hit: np.ndarray, y_score: Any, sample_weight: Any) -> float:
    check_lengths(y_true=hit, y_score=y_score, sample_weight=sample_weight)
    return metric(hit, finite_scores(y_score), weights_of(sample_weight, hit))


def _check_average(average: str | None) -> None:
    if average not in (None, "micro", "macro", "weighted", "samples"):
        raise ValueError(f"average has to be one of None, 'micro', 'macro', 'weighted', 'samples'; got {average!r}")


def _over_columns(
    metric: Callable[..., float], y_true: Any, y_score: Any, average: str | None, sample_weight: Any, kind: str
) -> Any:
    """A metric of two classes for each column of an indicator matrix, averaged."""
    _check_average(average)
    if kind != "multilabel-indicator":
        raise ValueError(f"{kind} format is not supported: y_true must hold two classes or indicators")
    check_lengths(y_true=y_true, y_score=y_score, sample_weight=sample_weight)
    hits = (y_true.toarray() if issparse(y_true) else np.asarray(y_true)) != 0
    scores, weight = check_array(y_score, input_name="y_score"), weights_of(sample_weight, y_score)
    if hits.shape != scores.shape:
        raise ValueError(f"y_true and y_score must have one column a label; got shapes {hits.shape} and {scores.shape}")
    if average == "micro":
        return metric(hits.ravel(), scores.ravel(), None if weight is None else np.repeat(weight, hits.shape[1]))
    importance = None
    if average == "weighted":
        importance = (hits * (1 if weight is None else weight[:, None])).sum(axis=0)
        if np.isclose(importance.sum(), 0):
            return 0
    elif average == "samples":
        importance, weight, hits, scores = weight, None, hits.T, scores.T
    values = np.array([metric(hits[:, j], scores[:, j], weight) for j in range(hits.shape[1])])
    if average is None:
        return values
    if importance is not None:
        values[importance == 0] = 0
    return float(np.average(values, weights=importance))


def _multiclass(
    y_true: np.ndarray, y_score: np.ndarray, labels: Any, multi_class: str, average: str | None, sample_weight: Any
) -> Any:
    """Area for three or more classes: one against the rest, or every pair."""
    if multi_class not in ("ovo", "ovr"):
        raise ValueError(f"multi_class must be 'ovo' or 'ovr' for three or more classes; got {multi_class!r}")
    fitting = ("macro", "weighted", None) + (("micro",) if multi_class == "ovr" else ())
    if average not in fitting:
        raise ValueError(f"average must be one of {fitting} for multi_class={multi_class!r}; got {average!r}")
    if average is None and multi_class == "ovo":
        raise NotImplementedError("average=None is not implemented for multi_class='ovo'.")
    if y_score.ndim != 2:
        raise ValueError(f"y_score needs to be of shape (n_samples, n_classes); got {y_score.shape}")
    if not np.allclose(1, y_score.sum(axis=1)):
        raise ValueError("Target scores need to be probabilities: the rows of y_score should sum up to 1.0")
    y_true = column_or_1d(y_true)
    classes = _all_classes(y_true, labels, y_score.shape[1])
    check_lengths(y_true=y_true, y_score=y_score, sample_weight=sample_weight)
    hits = y_true[:, None] == classes
    if multi_class == "ovr":
        return _over_columns(_area, hits.astype(int), y_score, average, sample_weight, "multilabel-indicator")
    if sample_weight is not None:
        raise ValueError("sample_weight must be None for multi_class='ovo'")
    areas, shares = [], []
    for a, b in combinations(np.flatnonzero(hits.any(axis=0)), 2):
        rows = hits[:, a] | hits[:, b]
        shares.append(rows.mean())
        areas.append(np.mean([_area(hits[rows, c], y_score[rows, c], None) for c in (a, b)]))
    return float(np.average(areas, weights=shares if average == "weighted" else None))


def _all_classes(y_true: np.ndarray, labels: Any, columns: int) -> np.ndarray:
    """Classes in the order of the columns of the scores, checked."""
    if labels is None:
        classes, _ = encode(y_true)
        if len(classes) != columns:
            raise ValueError(
                f"Number of classes in y_true ({len(classes)}) not equal to the number of columns in 'y_score' "
                f"({columns}): name all classes by the labels parameter"
            )
        return classes
    labels = column_or_1d(labels)
    if not np.array_equal(np.unique(labels), labels):
        unique = len(np.unique(labels)) == len(labels)
        raise ValueError(f"Parameter 'labels' must be {'ordered' if unique else 'unique'}; got {labels.tolist()}")
    if len(labels) != columns:
        raise ValueError(
            f"Number of given labels ({len(labels)}) not equal to the number of columns in 'y_score' ({columns})"
        )
    if unknown := sorted(set(y_true.tolist()) - set(labels.tolist())):
        raise ValueError(f"'y_true' contains labels not in parameter 'labels': {unknown[:5]}")
    return labels


def average_precision_score(
    y_true: Any, y_score: Any, *, average: str | None = "macro", pos_label: Any = 1, sample_weight: Any = None
) -> Any:
    """Precision averaged over the steps of recall: Σ (R_k - R_{k-1}) P_k over the distinct scores, downwards.

    Parameters
    ----------
    y_true : array-like of shape (n,), or indicators of shape (n, k)
        Three or more classes are judged one against the rest.
    y_score : array-like of shape (n,), or (n, k)
    average : {"macro", "micro", "weighted", "samples"} or None
        Over label columns.
    pos_label : label, default=1
        The positive one of two classes.
    sample_weight : array-like of shape (n,), optional

    Examples
    --------
    >>> from groundup.data.metrics import average_precision_score
    >>> average_precision_score([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    0.8333333333333333
    """
    kind = type_of_target(y_true, input_name="y_true")
    if kind == "binary":
        _check_average(average)
        y = np.asarray(y_true).ravel()
        present = np.unique(y).tolist()
        if len(present) == 2 and pos_label not in present:
            raise ValueError(f"pos_label={pos_label!r} is not a valid label. It should be one of {present}")
        return _of_one_column(_average_precision, y == pos_label, y_score, sample_weight)
    if pos_label != 1:
        raise ValueError(f"Parameter pos_label is fixed to 1 for {kind} y_true; got {pos_label!r}")
    if kind == "multiclass":
        y, y_score = np.asarray(y_true).ravel(), np.asarray(y_score)
        y_true, kind = (y[:, None] == np.unique(y)).astype(int), "multilabel-indicator"
        if y_score.shape != y_true.shape:
            raise ValueError(
                f"`y_score` needs to be of shape `(n_samples, n_classes)` = {y_true.shape}, since `y_true` contains "
                f"multiple classes. Got `y_score.shape={y_score.shape}`."
            )
    return _over_columns(_average_precision, y_true, y_score, average, sample_weight, kind)


def _average_precision(hit: np.ndarray, scores: np.ndarray, weight: np.ndarray | None) -> float:
    precision, recall, _ = precision_recall_curve(hit.astype(np.int64), scores, sample_weight=weight)
    return float(max(0.0, -np.sum(np.diff(recall) * precision[:-1])))


def top_k_accuracy_score(
    y_true: Any, y_score: Any, *, k: int = 2, normalize: bool = True, sample_weight: Any = None, labels: Any = None
) -> float:
    """Share of rows whose class is among the k with the highest scores; of tied scores the last column wins.

    Parameters
    ----------
    y_true : array-like of shape (n,)
    y_score : array-like of shape (n, number of classes), or (n,) for two classes
    k : int
    normalize : bool, default=True
        False: the weight of the right rows.
    sample_weight : array-like of shape (n,), optional
    labels : array-like, optional
        All classes, sorted, if some do not occur in y_true.

    Examples
    --------
    >>> from groundup.data.metrics import top_k_accuracy_score
    >>> top_k_accuracy_score([0, 1, 2], [[0.5, 0.2, 0.3], [0.3, 0.4, 0.3], [0.7, 0.2, 0.1]], k=2)
    0.6666666666666666
    """
    y_true = column_or_1d(as_given(y_true, "y_true"))
    kind = type_of_target(y_true, input_name="y_true")
    if kind == "binary" and labels is not None and len(labels) > 2:
        kind = "multiclass"
    if kind not in ("binary", "multiclass"):
        raise ValueError(f"y type must be 'binary' or 'multiclass', got '{kind}' instead.")
    y_score = check_array(y_score, ensure_2d=False, input_name="y_score")
    if kind == "binary" and y_score.ndim == 2:
        if y_score.shape[1] != 1:
            raise ValueError(
                f"`y_true` is binary while y_score is 2d with {y_score.shape[1]} classes. If `y_true` does not contain "
                "all the labels, `labels` must be provided."
            )
        y_score = y_score[:, 0]
    elif kind == "multiclass" and y_score.ndim != 2:
        raise ValueError(f"`y_score` needs to be of shape `(n_samples, n_classes)`; got {y_score.shape}")
    check_lengths(y_true=y_true, y_score=y_score, sample_weight=sample_weight)
    classes = _all_classes(y_true, labels, y_score.shape[1] if y_score.ndim == 2 else 2)
    if k >= len(classes):
        words = f"'k' ({k}) greater than or equal to 'n_classes' ({len(classes)}) will result in a perfect score"
        warnings.warn(f"{words} and is therefore meaningless.", UndefinedMetricWarning, stacklevel=2)
    codes = np.searchsorted(classes, y_true)
    if kind == "binary":
        middle = 0.5 if y_score.min() >= 0 and y_score.max() <= 1 else 0
        hit = ((y_score > middle) == codes) if k == 1 else np.ones(len(codes), dtype=bool)
    else:
        own = np.take_along_axis(y_score, codes[:, None], axis=1)
        later = np.arange(len(classes)) > codes[:, None]
        hit = ((y_score > own) | ((y_score == own) & later)).sum(axis=1) < k
    if normalize:
        return float(np.average(hit, weights=sample_weight))
    return float(hit.sum() if sample_weight is None else np.dot(hit, sample_weight))
