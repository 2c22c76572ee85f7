"""Scores judged at every threshold: ROC, precision and recall, detection errors.

Go through the distinct scores from the highest. With TP(t) positives and FP(t) negatives at or above t, of P and N:

    ROC: TP/P against FP/N        precision and recall: TP/(TP + FP), TP/P        DET: 1 - TP/P against FP/N

Without weights positives and negatives are sorted apart, as plain numbers, and merged; the order of the rows is never
needed. With weights the rows are sorted. Both cost O(n log n).

References: Fawcett 2006, doi 10.1016/j.patrec.2005.10.010, algorithm 1 (tied scores move together).
"""

import warnings
from typing import Any

import numpy as np
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.utils.validation import column_or_1d

from groundup.data.metrics._checks import check_lengths, finite_scores, positive, weights_of
from groundup.data.metrics._counting_kernels import merge_counts

__all__ = ["auc", "det_curve", "precision_recall_curve", "roc_curve", "threshold_counts"]


def threshold_counts(
    y_true: Any, y_score: Any, pos_label: Any = None, sample_weight: Any = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """False and true positives when everything that scores at least a threshold is called positive.

    Parameters
    ----------
    y_true : array-like of shape (n,)
        Two classes.
    y_score : array-like of shape (n,)
        Higher means more positive. Finite.
    pos_label : label, optional
        The positive class; by default 1, if the classes are 0 and 1 or -1 and 1.
    sample_weight : array-like of shape (n,), optional

    Returns
    -------
    fps, tps : ndarray of shape (m,), float64
        Weight of negatives and of positives with score >= threshold.
    thresholds : ndarray of shape (m,)
        The distinct scores, downwards.

    Raises
    ------
    ValueError
        If lengths differ, a score is NaN or infinite, or the positive class is not clear.

    Examples
    --------
    >>> from groundup.data.metrics import threshold_counts
    >>> threshold_counts([0, 1, 0, 1], [0.1, 0.4, 0.4, 0.8])
    (array([0., 1., 2.]), array([1., 2., 2.]), array([0.8, 0.4, 0.1]))
    """
    check_lengths(y_true=y_true, y_score=y_score, sample_weight=sample_weight)
    return _counts(positive(y_true, pos_label), finite_scores(y_score), weights_of(sample_weight, y_score))


def _counts(
    is_positive: np.ndarray, scores: np.ndarray, weight: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    if weight is None:
        thresholds, fps, tps = merge_counts(np.sort(scores[is_positive]), np.sort(scores[~is_positive]))
        return fps, tps, thresholds
    counted = weight != 0
    is_positive, scores, weight = is_positive[counted], scores[counted], weight[counted]
    if not weight.size:
        raise ValueError("sample_weight is 0 in every row: nothing is left to count")
    order = len(scores) - 1 - np.argsort(scores[::-1], kind="stable")[::-1]  # downwards, ties as they came
    scores, hit, weight = scores[order], is_positive[order].astype(float), weight[order].astype(float)
    last = np.append(np.flatnonzero(scores[1:] != scores[:-1]), len(scores) - 1)
    return np.cumsum((1 - hit) * weight)[last], np.cumsum(hit * weight)[last], scores[last]


def _keep_corners(*counts: np.ndarray) -> np.ndarray:
    """Positions of first, last, and all points between which at least one count changes its step."""
    bend = np.zeros(len(counts[0]) - 2, dtype=bool)
    for c in counts:
        step = np.diff(c)
        bend |= (step[1:] != 0) | (step[:-1] != 0) if len(counts) == 1 else np.diff(step) != 0
    return np.flatnonzero(np.concatenate([[True], bend, [True]]))


def roc_curve(
    y_true: Any, y_score: Any, *, pos_label: Any = None, sample_weight: Any = None, drop_intermediate: bool = True
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Share of negatives and of positives that score at least each threshold.

    Parameters
    ----------
    y_true, y_score, pos_label, sample_weight
        As `threshold_counts`.
    drop_intermediate : bool, default=True
        Leave out points on a straight line between their neighbours.

    Returns
    -------
    fpr, tpr, thresholds : ndarray of shape (m,)
        Rising from (0, 0), at threshold infinity, to (1, 1).

    Warns
    -----
    UndefinedMetricWarning
        If one class is absent; its rate is then NaN.

    Examples
    --------
    >>> from groundup.data.metrics import roc_curve
    >>> fpr, tpr, thresholds = roc_curve([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    >>> fpr, tpr
    (array([0. , 0. , 0.5, 0.5, 1. ]), array([0. , 0.5, 0.5, 1. , 1. ]))
    """
    fps, tps, thresholds = threshold_counts(y_true, y_score, pos_label, sample_weight)
    if drop_intermediate and len(fps) > 2:
        kept = _keep_corners(fps, tps)
        fps, tps, thresholds = fps[kept], tps[kept], thresholds[kept]
    fpr, tpr = np.append(0.0, fps), np.append(0.0, tps)
    thresholds = np.append(np.inf, thresholds.astype(float))
    for rate, name in ((fpr, "negative"), (tpr, "positive")):
        if rate[-1] <= 0:
            words = f"No {name} samples in y_true, {'true' if name == 'positive' else 'false'} positive value should be"
            warnings.warn(f"{words} meaningless", UndefinedMetricWarning, stacklevel=2)
            rate[:] = np.nan
        else:
            rate /= rate[-1]
    return fpr, tpr, thresholds


def precision_recall_curve(
    y_true: Any, y_score: Any, *, pos_label: Any = None, sample_weight: Any = None, drop_intermediate: bool = False
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Precision and recall at each threshold, from the lowest to the highest.

    Parameters
    ----------
    y_true, y_score, pos_label, sample_weight
        As `threshold_counts`.
    drop_intermediate : bool, default=False
        Leave out points between neighbours of the same recall.

    Returns
    -------
    precision, recall : ndarray of shape (m + 1,)
        They end with precision 1 and recall 0, which belong to no threshold.
    thresholds : ndarray of shape (m,)
        Upwards.

    Warns
    -----
    UserWarning
        If no row is positive; recall is then 1 everywhere.
    """
    fps, tps, thresholds = threshold_counts(y_true, y_score, pos_label, sample_weight)
    if drop_intermediate and len(fps) > 2:
        kept = _keep_corners(tps)
        fps, tps, thresholds = fps[kept], tps[kept], thresholds[kept]
    called = tps + fps
    precision = np.divide(tps, called, out=np.zeros_like(tps), where=called != 0)
    if tps[-1] == 0:
        words = "No positive class found in y_true, recall is set to one for all thresholds."
        warnings.warn(words, UserWarning, stacklevel=2)
        recall = np.ones_like(tps)
    else:
        recall = tps / tps[-1]
    return np.append(precision[::-1], 1.0), np.append(recall[::-1], 0.0), thresholds[::-1]


def det_curve(
    y_true: Any,
    y_score: Any,
    pos_label: Any = None,
    sample_weight: Any = None,
    drop_intermediate: bool = False,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Detection errors: false positive and false negative rate at each threshold, from the lowest to the highest.

    Parameters
    ----------
    y_true, y_score, pos_label, sample_weight
        As `threshold_counts`.
    drop_intermediate : bool, default=False
        Leave out points between neighbours with the same number of hits.

    Returns
    -------
    fpr, fnr, thresholds : ndarray of shape (m,)
        Thresholds beyond the one that makes each error vanish are left out.

    Raises
    ------
    ValueError
        If only one class is present.
    """
    fps, tps, thresholds = threshold_counts(y_true, y_score, pos_label, sample_weight)
    fps, tps = np.append(0.0, fps), np.append(0.0, tps)
    thresholds = np.append(np.inf, thresholds.astype(float))
    if drop_intermediate and len(fps) > 2:
        kept = _keep_corners(tps)
        fps, tps, thresholds = fps[kept], tps[kept], thresholds[kept]
    if len(np.unique(np.asarray(y_true))) != 2:
        raise ValueError(
            "Only one class is present in y_true. Detection error tradeoff curve is not defined in that case."
        )
    first = np.searchsorted(fps, fps[0], side="right") - 1  # the lowest threshold without a false positive
    last = np.searchsorted(tps, tps[-1]) + 1  # the highest one that misses nothing
    kept = slice(first, last)
    return (
        (fps[kept] / fps[-1])[::-1],
        ((tps[-1] - tps[kept]) / tps[-1])[::-1],
        thresholds[kept][::-1],
    )


def auc(x: Any, y: Any) -> float:
    """Area under a curve of straight pieces, by the trapezoidal rule.

    Parameters
    ----------
    x : array-like of shape (m,), m at least 2
        Rising, or falling.
    y : array-like of shape (m,)

    Examples
    --------
    >>> from groundup.data.metrics import auc
    >>> auc([0, 0.5, 1], [0, 1, 1])
    0.75
    """
    x, y = column_or_1d(x), column_or_1d(y)
    if len(x) != len(y):
        raise ValueError(f"Found input variables with inconsistent numbers of samples: x {len(x)}, y {len(y)}")
    if len(x) < 2:
        raise ValueError(f"At least 2 points are needed to compute area under curve, but x.shape = {x.shape}")
    steps = np.diff(x)
    if (steps < 0).any() and (steps > 0).any():
        raise ValueError(f"x is neither increasing nor decreasing: {x}.")
    area = float(np.sum(steps * (y[1:] + y[:-1]) / 2.0))
    return -area if (steps < 0).any() else area
