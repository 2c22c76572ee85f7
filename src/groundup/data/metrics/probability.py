"""Probabilities judged: log loss, Brier score, reliability, expected calibration error.

    log loss = -mean log p_i(y_i)          Brier = mean Σ_k (p_ik - [y_i = k])²         (Brier 1950)

Both are *proper*: the expected score is best for the true probability. The Brier score of two classes is reported as
(p - y)², half of the sum over both classes. Calibration: in each bin of predicted probabilities, how often the class
came; ECE = Σ_b (n_b / n) |came - predicted| (Guo et al. 2017, arXiv 1706.04599, equation 3).
"""

import warnings
from typing import Any

import numpy as np
from sklearn.utils import column_or_1d

from groundup.data.metrics._checks import _as_array, _kind, check_lengths, encode, floats, positive, weights_of
from groundup.data.metrics._counting_kernels import column_range, largest_row_error, log_of_true

__all__ = ["brier_score_loss", "calibration_curve", "expected_calibration_error", "log_loss"]


def log_loss(
    y_true: Any, y_proba: Any, *, normalize: bool = True, sample_weight: Any = None, labels: Any = None
) -> float:
    """-log of the probability that was given to what came, averaged.

    Probabilities are clipped to [ε, 1 - ε], ε the machine epsilon of their type, so that a certainty that was wrong
    costs 36 (float64) instead of infinity.

    Parameters
    ----------
    y_true : array-like of shape (n,)
        Classes.
    y_proba : array-like of shape (n, k), or (n,) for the greater of two classes
        Columns in the order of the sorted labels.
    normalize : bool, default=True
        False: the sum.
    sample_weight : array-like of shape (n,), optional
    labels : array-like of shape (k,), optional
        All classes, if some do not occur in y_true.

    Raises
    ------
    ValueError
        If lengths or numbers of classes differ, a probability is outside [0, 1] or not finite, only one label is
        known, or y_true holds a label that is not in `labels`.

    Warns
    -----
    UserWarning
        If the rows do not sum to 1.

    Examples
    --------
    >>> from groundup.data.metrics import log_loss
    >>> round(log_loss([0, 1, 1], [0.1, 0.9, 0.5]), 6)
    0.301289
    """
    p = floats(y_proba, "y_proba", finite=False)
    codes, p, weight = _checked(y_true, p, sample_weight, labels)
    tiny = float(np.finfo(p.dtype).eps)
    loss = np.empty(len(codes))
    log_of_true(p, codes, tiny, 1 - tiny, loss)
    if normalize:
        return float(loss.mean() if weight is None else np.average(loss, weights=weight))
    return float(loss.sum() if weight is None else loss @ weight)


def _checked(
    y_true: Any, p: np.ndarray, sample_weight: Any, labels: Any
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """Codes of the classes, probabilities of shape (n, k) or (n, 1), weights."""
    p = p.reshape(-1, 1) if p.ndim == 1 else p
    check_lengths(y_true=y_true, y_proba=p, sample_weight=sample_weight)
    _check_range(p)
    y = _as_array(y_true)
    if _kind(y, "y_true") == "multilabel-indicator":
        raise ValueError("y_true is a multilabel-indicator: one class a row is expected")
    classes, codes = _classes(np.asarray(y).ravel(), labels)
    if p.shape[1] > 1 and largest_row_error(p) > np.sqrt(np.finfo(p.dtype).eps):
        words = "The y_proba values do not sum to one. Make sure to pass probabilities."
        warnings.warn(words, UserWarning, stacklevel=3)
    if len(classes) != max(p.shape[1], 2):
        if labels is None:
            raise ValueError(
                f"y_true and y_proba contain different number of classes: {len(classes)} vs {max(p.shape[1], 2)}. "
                f"Please provide the true labels explicitly through the labels argument. Classes found: {classes}"
            )
        raise ValueError(
            f"The number of classes in labels is different from that in y_proba: {classes.tolist()} are "
            f"{len(classes)}, y_proba has {max(p.shape[1], 2)}"
        )
    return codes, p, weights_of(sample_weight, y)


def _check_range(p: np.ndarray) -> None:
    low, high, finite = column_range(p)
    if not finite:
        row = int(np.flatnonzero(~np.isfinite(p).all(axis=1))[0])
        raise ValueError(f"y_proba contains NaN or infinity, first in row {row}")
    if high > 1 or low < 0:
        bad, side = (high, "greater than 1") if high > 1 else (low, "less than 0")
        row = int(np.flatnonzero((p == bad).any(axis=1))[0])
        raise ValueError(f"y_proba contains values {side}: {bad:.10g} in row {row}; probabilities are expected")


def _classes(y: np.ndarray, labels: Any) -> tuple[np.ndarray, np.ndarray]:
    """Sorted classes, and each row's position among them."""
    if labels is None:
        classes, (codes,) = encode(y)
        if len(classes) == 1:
            raise ValueError(
                f"y_true contains only one label ({classes[0]}). Please provide the list of all expected class labels "
                "explicitly through the labels argument."
            )
        return classes, codes
    given, classes = np.asarray(labels), np.unique(labels)
    if len(classes) < 2:
        raise ValueError(f"The labels array needs to contain at least two labels, got {classes}.")
    if len(given) == len(classes) and (given != classes).any():
        words = f"Labels passed were {given.tolist()}, columns of y_proba are read in sorted order {classes.tolist()}"
        warnings.warn(words, UserWarning, stacklevel=4)
    present, (codes,) = encode(y)
    place = {label: i for i, label in enumerate(classes.tolist())}
    if unknown := [label for label in present.tolist() if label not in place]:
        raise ValueError(f"y_true contains values {unknown[:5]} not belonging to the passed labels {given.tolist()}.")
    return classes, np.array([place[label] for label in present.tolist()])[codes]


def brier_score_loss(
    y_true: Any,
    y_proba: Any,
    *,
    sample_weight: Any = None,
    pos_label: Any = None,
    labels: Any = None,
    scale_by_half: Any = "auto",
) -> float:
    """Mean squared distance of the probabilities from what came.

    Parameters
    ----------
    y_true : array-like of shape (n,)
        Classes.
    y_proba : array-like of shape (n, k), or (n,) for the positive one of two classes
    sample_weight : array-like of shape (n,), optional
    pos_label : label, optional
        The positive class, with one column; by default 1, else the greater one if labels are numbers.
    labels : array-like of shape (k,), optional
        All classes, if some do not occur in y_true.
    scale_by_half : bool or "auto"
        Half of the sum over classes, in [0, 1]; "auto": for two classes.

    Examples
    --------
    >>> from groundup.data.metrics import brier_score_loss
    >>> round(brier_score_loss([0, 1, 1, 0], [0.1, 0.9, 0.8, 0.3]), 10)
    0.0375
    """
    p = floats(y_proba, "y_proba", finite=False)
    if p.ndim == 1 or p.shape[1] == 1:
        hit, p, weight = _checked_column(y_true, p, sample_weight, pos_label)
        distance = 2 * np.square(p - hit)
        halve = True
    else:
        codes, p, weight = _checked(y_true, p, sample_weight, labels)
        p = p.astype(float)
        own = np.take_along_axis(p, codes[:, None], axis=1)[:, 0]
        distance = np.square(p).sum(axis=1) - np.square(own) + np.square(1 - own)
        halve = p.shape[1] < 3
    halve = halve if isinstance(scale_by_half, str) and scale_by_half == "auto" else scale_by_half
    return float(np.average(distance, weights=weight) * (0.5 if halve else 1.0))


def _checked_column(
    y_true: Any, p: np.ndarray, sample_weight: Any, pos_label: Any
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """Whether each row is positive, and its probability."""
    p = column_or_1d(p).astype(float)
    check_lengths(y_true=y_true, y_proba=p, sample_weight=sample_weight)
    _check_range(p[:, None])
    present = np.unique(np.asarray(y_true))
    if len(present) > 2:
        raise ValueError(f"y_true holds {len(present)} classes but should be binary according to the shape of y_proba")
    numbers = present.dtype.kind not in "OUS"
    if pos_label is None and numbers and present.tolist() not in ([0, 1], [-1, 1], [0], [-1], [1]):
        pos_label = present[-1]
    return positive(y_true, pos_label), p, weights_of(sample_weight, p)


def _bins(p: np.ndarray, n_bins: int, strategy: str) -> np.ndarray:
    """Which of n_bins each probability falls into: (0, 1/n], …; or bins of equal counts."""
    if n_bins < 1:
        raise ValueError(f"n_bins must be at least 1; got {n_bins!r}")
    if strategy not in ("uniform", "quantile"):
        raise ValueError(f"Strategy must be either 'quantile' or 'uniform'; got {strategy!r}")
    edges = np.linspace(0, 1, n_bins + 1)
    if strategy == "quantile":
        edges = np.percentile(p, edges * 100)
    return np.searchsorted(edges[1:-1], p)


def calibration_curve(
    y_true: Any, y_prob: Any, *, pos_label: Any = None, n_bins: int = 5, strategy: str = "uniform"
) -> tuple[np.ndarray, np.ndarray]:
    """How often the positive class came, and the mean predicted probability, in each bin that is not empty.

    Parameters
    ----------
    y_true : array-like of shape (n,)
        Two classes.
    y_prob : array-like of shape (n,)
        Probability of the positive class.
    pos_label : label, optional
        By default 1.
    n_bins : int
    strategy : {"uniform", "quantile"}
        Bins of equal width, or of equal counts.

    Returns
    -------
    prob_true, prob_pred : ndarray of shape (number of bins that are not empty,)

    Examples
    --------
    >>> from groundup.data.metrics import calibration_curve
    >>> calibration_curve([0, 0, 1, 1], [0.1, 0.3, 0.4, 0.9], n_bins=2)
    (array([0.33333333, 1.        ]), array([0.26666667, 0.9       ]))
    """
    came, predicted, _ = _reliability(y_true, y_prob, pos_label, n_bins, strategy)
    return came, predicted


def _reliability(
    y_true: Any, y_prob: Any, pos_label: Any, n_bins: int, strategy: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    p = column_or_1d(y_prob)
    check_lengths(y_true=y_true, y_prob=p)
    _check_range(p.reshape(-1, 1).astype(float))
    if len(present := np.unique(np.asarray(y_true))) > 2:
        raise ValueError(f"Only binary classification is supported. Provided labels {present}.")
    hit, bins = positive(y_true, pos_label), _bins(p, n_bins, strategy)
    count = np.bincount(bins, minlength=n_bins)
    used = count > 0
    came, predicted = (np.bincount(bins, v, minlength=n_bins)[used] / count[used] for v in (hit, p))
    return came, predicted, count[used]


def expected_calibration_error(
    y_true: Any, y_prob: Any, *, pos_label: Any = None, n_bins: int = 15, strategy: str = "uniform"
) -> float:
    """Mean distance of predicted and observed frequency over bins, each weighed by its rows (Guo 2017, equation 3).

    Parameters
    ----------
    y_true : array-like of shape (n,)
        Classes.
    y_prob : array-like of shape (n,), or (n, k)
        Probability of the positive class; with k columns, in the order of the sorted labels 0 to k - 1 or the
        labels that occur, the highest one is judged against whether it was right, as in the paper.
    pos_label : label, optional
        By default 1.
    n_bins : int
        The answer depends on it: more bins, more noise that counts as error.
    strategy : {"uniform", "quantile"}
        Bins of equal width, or of equal counts.

    Examples
    --------
    >>> from groundup.data.metrics import expected_calibration_error
    >>> round(expected_calibration_error([0, 1, 1, 1], [0.25, 0.25, 0.75, 0.75], n_bins=2), 10)
    0.25
    """
    p = np.asarray(y_prob, dtype=float)
    if p.ndim == 2 and p.shape[1] > 1:
        check_lengths(y_true=y_true, y_prob=p)
        classes, codes = _classes(np.asarray(y_true).ravel(), None)
        if len(classes) != p.shape[1]:
            raise ValueError(f"y_true holds {len(classes)} classes, y_prob has {p.shape[1]} columns")
        y_true, p, pos_label = p.argmax(axis=1) == codes, p.max(axis=1), True
    came, predicted, count = _reliability(y_true, p, pos_label, n_bins, strategy)
    return float(np.abs(came - predicted) @ count / count.sum())
