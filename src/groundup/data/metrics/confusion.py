"""Counting hits and confusions: everything that hard predictions can be judged by.

    C[i, j] = number of rows of class i that were predicted as class j

Every score in this file is a function of C. The scores that need only its diagonal and its margins take them from
`class_counts`, in O(n + k) memory for n rows and k classes; C itself takes O(k²).

References: Matthews 1975, doi 10.1016/0005-2795(75)90109-9, in the form for k classes of Gorodkin 2004, doi
10.1016/j.compbiolchem.2004.09.006; Cohen 1960, doi 10.1177/001316446002000104.
"""

import warnings
from typing import Any

import numpy as np
from sklearn.exceptions import UndefinedMetricWarning

from groundup.data.metrics._checks import Targets, check_targets
from groundup.data.metrics._counting_kernels import count_pairs, weigh_pairs

__all__ = [
    "accuracy_score",
    "balanced_accuracy_score",
    "class_counts",
    "cohen_kappa_score",
    "confusion_matrix",
    "hamming_loss",
    "matthews_corrcoef",
    "multilabel_confusion_matrix",
    "zero_one_loss",
]


def confusion_matrix(
    y_true: Any, y_pred: Any, *, labels: Any = None, sample_weight: Any = None, normalize: str | None = None
) -> np.ndarray:
    """C[i, j]: how many rows of class i were predicted as class j.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,)
        Classes: whole numbers, strings, booleans.
    labels : array-like of shape (k,), optional
        Which classes, in which order; rows with another true or predicted class are left out. By default all that
        occur, sorted.
    sample_weight : array-like of shape (n,), optional
        What each row counts.
    normalize : {"true", "pred", "all"}, optional
        Divide by the sum of each row, of each column, or of all; 0/0 counts as 0.

    Returns
    -------
    ndarray of shape (k, k)
        int64 if the weights are whole numbers or none, else float64.

    Raises
    ------
    ValueError
        If lengths differ, targets are not classes, or none of `labels` occurs in y_true.

    Examples
    --------
    >>> from groundup.data.metrics import confusion_matrix
    >>> confusion_matrix(["ill", "ill", "well", "well"], ["ill", "well", "well", "well"])
    array([[1, 1],
           [0, 2]])
    """
    if normalize not in (None, "true", "pred", "all"):
        raise ValueError(f"normalize must be one of 'true', 'pred', 'all' or None; got {normalize!r}")
    targets = check_targets(y_true, y_pred, sample_weight)
    if targets.kind == "multilabel-indicator":
        raise ValueError("multilabel-indicator is not supported: see multilabel_confusion_matrix")
    table = _table(targets, labels)
    if normalize:
        with np.errstate(all="ignore"):
            axis = {"true": 1, "pred": 0, "all": None}[normalize]
            table = np.nan_to_num(table / table.sum(axis=axis, keepdims=True))
    if table.shape == (1, 1):
        warnings.warn(
            "A single label was found in 'y_true' and 'y_pred'. For the confusion matrix to have the correct "
            "shape, use the 'labels' parameter to pass all known labels.",
            UserWarning,
            stacklevel=2,
        )
    return table


def _table(targets: Targets, labels: Any = None) -> np.ndarray:
    """The table of pairs; `labels` chooses and orders classes."""
    true, pred, k = targets.true, targets.pred, len(targets.labels)
    if labels is not None:
        labels = np.asarray(labels)
        if not labels.size:
            raise ValueError("'labels' should contain at least one label.")
        k, place = labels.size, {label: i for i, label in enumerate(labels.tolist())}
        code_of = np.array([place.get(label, -1) for label in targets.labels.tolist()])
        true, pred = code_of[true], code_of[pred]
        if (true < 0).all():
            raise ValueError(f"At least one label specified must be in y_true; got labels {labels.tolist()[:10]}")
    weight = targets.weight
    if weight is None:
        table = np.zeros((k, k), dtype=np.int64)
        count_pairs(true, pred, table)
        return table
    table = np.zeros((k, k), dtype=np.int64 if weight.dtype.kind in "iub" else np.float64)
    weigh_pairs(true, pred, weight, table)
    return table


def class_counts(
    targets: Targets, labels: Any = None, samplewise: bool = False
) -> tuple[np.ndarray, np.ndarray, np.ndarray, Any]:
    """Diagonal and margins of the confusion matrix: hits, predicted, true a class, and the whole weight.

    Parameters
    ----------
    targets : Targets
        What `check_targets` made of y_true and y_pred.
    labels : sequence, optional
        Classes to report, in order; one that never occurs counts 0.
    samplewise : bool
        For indicators: count a row instead of a column.

    Returns
    -------
    hits, predicted, true : ndarray of shape (k,)
    total : number, or ndarray of shape (n,) when samplewise
        Weight of all rows (of all columns of a row).
    """
    weight = targets.weight
    if targets.true.ndim == 2:
        return _indicator_counts(targets, labels, samplewise)
    if samplewise:
        raise ValueError("Samplewise metrics are not available outside of multilabel classification.")
    k, hit = len(targets.labels), targets.true == targets.pred
    parts = [(targets.true[hit], None if weight is None else weight[hit])]
    parts += [(targets.pred, weight), (targets.true, weight)]
    counts = [np.bincount(codes, w, minlength=k) for codes, w in parts]
    if labels is not None:
        place = {label: i for i, label in enumerate(targets.labels.tolist())}
        at = np.array([place.get(label, k) for label in np.asarray(labels).tolist()])
        counts = [np.append(c, 0)[at] for c in counts]
    total = len(targets.true) if weight is None else weight.sum()
    return counts[0], counts[1], counts[2], total


def _indicator_counts(
    targets: Targets, labels: Any, samplewise: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray, Any]:
    true, pred, weight = targets.true, targets.pred, targets.weight
    if labels is not None:
        labels = np.asarray(labels)
        if labels.max() >= true.shape[1] or labels.min() < 0:
            raise ValueError(f"All labels must be in [0, n labels) = [0, {true.shape[1]}); got {labels.tolist()}")
        true, pred = true[:, labels], pred[:, labels]
    factor = 1 if weight is None else weight[:, None]
    counts = [(a * factor).sum(axis=1 if samplewise else 0) for a in (true & pred, pred, true)]
    if samplewise:
        return counts[0], counts[1], counts[2], true.shape[1] * (1 if weight is None else weight)
    return counts[0], counts[1], counts[2], len(true) if weight is None else weight.sum()


def multilabel_confusion_matrix(
    y_true: Any, y_pred: Any, *, sample_weight: Any = None, labels: Any = None, samplewise: bool = False
) -> np.ndarray:
    """One 2 x 2 table a class, each class against the rest: [[true negatives, false positives], [misses, hits]].

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,), or indicators of shape (n, k)
    sample_weight : array-like of shape (n,), optional
    labels : array-like, optional
        Which classes, in which order.
    samplewise : bool
        For indicators: one table a row.

    Returns
    -------
    ndarray of shape (k, 2, 2), or (n, 2, 2) when samplewise

    Examples
    --------
    >>> from groundup.data.metrics import multilabel_confusion_matrix
    >>> multilabel_confusion_matrix(["a", "b", "b"], ["a", "a", "b"])[1]
    array([[1, 0],
           [1, 1]])
    """
    targets = check_targets(y_true, y_pred, sample_weight)
    hits, predicted, true, total = class_counts(targets, labels, samplewise)
    false, missed = predicted - hits, true - hits
    return np.stack([total - hits - false - missed, false, missed, hits], axis=-1).reshape(-1, 2, 2)


def _row_hits(targets: Targets) -> np.ndarray:
    hit = targets.true == targets.pred
    return hit if hit.ndim == 1 else hit.all(axis=1)


def accuracy_score(y_true: Any, y_pred: Any, *, normalize: bool = True, sample_weight: Any = None) -> float:
    """Share of rows that were predicted rightly (all labels of a row, for indicators).

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,), or indicators of shape (n, k)
    normalize : bool, default=True
        False: the weight of the right rows, instead of their share.
    sample_weight : array-like of shape (n,), optional

    Examples
    --------
    >>> from groundup.data.metrics import accuracy_score
    >>> accuracy_score([0, 1, 2, 3], [0, 2, 1, 3])
    0.5
    """
    targets = check_targets(y_true, y_pred, sample_weight)
    hit = _row_hits(targets)
    if normalize:
        return float(np.average(hit, weights=targets.weight))
    return float(hit.sum() if targets.weight is None else hit @ targets.weight)


def zero_one_loss(y_true: Any, y_pred: Any, *, normalize: bool = True, sample_weight: Any = None) -> float:
    """Share of rows that were predicted wrongly. As `accuracy_score`, with the wrong rows."""
    targets = check_targets(y_true, y_pred, sample_weight)
    missed = ~_row_hits(targets)
    if normalize:
        return float(np.average(missed, weights=targets.weight))
    return float(missed.sum() if targets.weight is None else missed @ targets.weight)


def hamming_loss(y_true: Any, y_pred: Any, *, sample_weight: Any = None) -> float:
    """Share of labels that are wrong; for one class a row this is `zero_one_loss`.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,), or indicators of shape (n, k)
    sample_weight : array-like of shape (n,), optional

    Examples
    --------
    >>> from groundup.data.metrics import hamming_loss
    >>> hamming_loss([[0, 1], [1, 1]], [[0, 1], [1, 0]])
    0.25
    """
    targets = check_targets(y_true, y_pred, sample_weight)
    wrong = targets.true != targets.pred
    return float(np.average(wrong if wrong.ndim == 1 else wrong.mean(axis=1), weights=targets.weight))


def balanced_accuracy_score(y_true: Any, y_pred: Any, *, sample_weight: Any = None, adjusted: bool = False) -> float:
    """Mean over the classes of the share that was recognised.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,)
    sample_weight : array-like of shape (n,), optional
    adjusted : bool
        Rescale so that guessing gives 0 and perfection 1.

    Examples
    --------
    >>> from groundup.data.metrics import balanced_accuracy_score
    >>> balanced_accuracy_score([0, 0, 0, 1], [0, 0, 0, 0])
    0.5
    """
    targets = check_targets(y_true, y_pred, sample_weight)
    if targets.kind == "multilabel-indicator":
        raise ValueError("multilabel-indicator is not supported: balanced accuracy needs one class a row")
    hits, _, true, _ = class_counts(targets)
    if (true == 0).any():
        absent = targets.labels[true == 0].tolist()[:5]
        warnings.warn(f"y_pred contains classes not in y_true: {absent}", UserWarning, stacklevel=2)
    recalls = hits[true != 0] / true[true != 0]
    score = float(np.mean(recalls))
    if adjusted:
        chance = 1 / len(recalls) if len(recalls) else np.nan
        with np.errstate(all="ignore"):
            return float(np.divide(score - chance, 1 - chance))
    return score


def matthews_corrcoef(y_true: Any, y_pred: Any, *, sample_weight: Any = None) -> float:
    """Correlation of true and predicted classes, from -1 to 1; 0 when either is constant.

    With hits c, n rows, t_k true and p_k predicted of class k (Gorodkin 2004):
    (c n - Σ t_k p_k) / sqrt((n² - Σ p_k²) (n² - Σ t_k²)).

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,)
    sample_weight : array-like of shape (n,), optional

    Examples
    --------
    >>> from groundup.data.metrics import matthews_corrcoef
    >>> matthews_corrcoef([1, 1, 1, -1], [1, -1, 1, 1])
    -0.3333333333333333
    """
    targets = check_targets(y_true, y_pred, sample_weight)
    if targets.kind == "multilabel-indicator":
        raise ValueError("multilabel-indicator is not supported: one class a row is expected")
    hits, predicted, true, _ = (np.asarray(a, dtype=float) for a in class_counts(targets))
    if min(np.count_nonzero(predicted), np.count_nonzero(true)) < 2:
        return 0.0
    n = predicted.sum()
    spread = (n**2 - predicted @ predicted) * (n**2 - true @ true)
    return float((hits.sum() * n - true @ predicted) / np.sqrt(spread))


def cohen_kappa_score(
    y1: Any,
    y2: Any,
    *,
    labels: Any = None,
    weights: str | None = None,
    sample_weight: Any = None,
    replace_undefined_by: float = np.nan,
) -> float:
    """Agreement of two judges beyond what their frequencies alone would give (Cohen 1960).

    1 - Σ w_ij C_ij / Σ w_ij E_ij, with E the table that independent judges with these margins would make.

    Parameters
    ----------
    y1, y2 : array-like of shape (n,)
        What each of the two judges said.
    labels : array-like of shape (k,), optional
        Which classes, in which order.
    weights : {"linear", "quadratic"}, optional
        Cost of a disagreement, by the distance of the classes in `labels`; by default each costs 1.
    sample_weight : array-like of shape (n,), optional
    replace_undefined_by : float, default=nan
        The answer when there is no disagreement to be expected.

    Examples
    --------
    >>> from groundup.data.metrics import cohen_kappa_score
    >>> cohen_kappa_score(["no", "no", "yes", "yes"], ["no", "yes", "yes", "yes"])
    0.5
    """
    if weights not in (None, "linear", "quadratic"):
        raise ValueError(f"weights must be 'linear', 'quadratic' or None; got {weights!r}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        table = confusion_matrix(y1, y2, labels=labels, sample_weight=sample_weight).astype(float)
    second, first = table.sum(axis=0), table.sum(axis=1)
    place = np.arange(len(table), dtype=float)
    distance = np.abs(place[:, None] - place)
    cost = {None: (distance > 0).astype(float), "linear": distance, "quadratic": distance**2}[weights]
    total = second.sum()
    expected = np.sum(cost * np.outer(first, second)) / total if total else 0.0
    if expected == 0:
        warnings.warn(
            f"cohen_kappa_score is undefined where only one label is in common; it is set to {replace_undefined_by}",
            UndefinedMetricWarning,
            stacklevel=2,
        )
        return replace_undefined_by
    return float(1 - np.sum(cost * table) / expected)
