"""How far a score can be trusted, from one test set: intervals, and tests of two predictions on the same rows.

    Wilson:   the shares p with |k/n - p| <= z sqrt(p (1 - p) / n)         (`groundup.math.statistics.proportions`)
    DeLong:   Var(AUC) = Var(V_10) / P + Var(V_01) / N, with V_10 of a positive the share of negatives that it beats,
              V_01 of a negative the share of positives that beat it      (1988, doi 10.2307/2531595)
    McNemar:  of the rows that one predictor alone has right, half should be the first's (1947, doi 10.1007/BF02295996)

They speak of new rows for *this* fitted model. What another training set would change is not in them; for that see
`groundup.data.model_selection.corrected_t_test`.
"""

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from groundup.data.metrics._checks import check_lengths, check_targets, encode, finite_scores, floats
from groundup.data.metrics._counting_kernels import count_pairs, log_of_true
from groundup.data.metrics.areas import roc_auc_score
from groundup.data.metrics.confusion import _row_hits, accuracy_score
from groundup.data.metrics.probability import _checked, log_loss
from groundup.math.probability import Normal
from groundup.math.statistics import BootstrapResult, Interval, TestResult, bootstrap, proportion_interval
from groundup.math.statistics import mcnemar_test as mcnemar_of_table
from groundup.math.statistics.checks import as_level

__all__ = ["accuracy_interval", "delong_interval", "delong_test", "mcnemar_test", "score_interval"]


def accuracy_interval(y_true: Any, y_pred: Any, *, confidence_level: float = 0.95) -> Interval:
    """Wilson's interval for the share of rows that are predicted rightly.

    Every share under which the count of right rows is not too unlikely; it stays within [0, 1] and has a width even
    where all rows are right.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,), or indicators of shape (n, k)
    confidence_level : float

    Examples
    --------
    >>> from groundup.data.metrics import accuracy_interval
    >>> low, high = accuracy_interval([1] * 100, [1] * 90 + [0] * 10)
    >>> f"{low:.4f} {high:.4f}"
    '0.8256 0.9448'
    """
    right = _row_hits(check_targets(y_true, y_pred))
    return proportion_interval(int(right.sum()), len(right), confidence_level, method="wilson")


def score_interval(
    metric: Callable[..., float],
    y_true: Any,
    y_pred: Any,
    *,
    confidence_level: float = 0.95,
    n_resamples: int = 2000,
    method: str = "percentile",
    random_state: Any = None,
) -> BootstrapResult:
    """Interval for any score, by drawing the test rows again with replacement.

    Parameters
    ----------
    metric : callable ``(y_true, y_pred) -> float``
        With a keyword `sample_weight` it is called with the distinct rows and how often each was drawn. Faster by far
        are `accuracy_score` and `log_loss`, means over rows, and `roc_auc_score` of two classes, sorted only once.
    y_true, y_pred : array-like of shape (n,) or (n, k)
    confidence_level : float
    n_resamples : int
    method : {"percentile", "basic", "bca"}
        "bca" also needs the metric without each row.
    random_state : None, int or numpy.random.Generator

    Returns
    -------
    BootstrapResult
        With `low`, `high`, `estimate`, `standard_error`.

    Examples
    --------
    >>> from groundup.data.metrics import accuracy_score, score_interval
    >>> result = score_interval(accuracy_score, [0, 1] * 50, [0, 1] * 40 + [1, 0] * 10, random_state=0)
    >>> bool(0.7 < result.low < result.estimate == 0.8 < result.high < 0.9)
    True
    """
    check_lengths(y_true=y_true, y_pred=y_pred)
    samples, statistic, weights = _for_bootstrap(metric, np.asarray(y_true), np.asarray(y_pred))
    return bootstrap(
        samples,
        statistic,
        paired=len(samples) > 1,
        weights=weights,
        confidence_level=confidence_level,
        n_resamples=n_resamples,
        method=method,
        random_state=random_state,
    )


def _for_bootstrap(metric: Callable[..., float], y: np.ndarray, pred: np.ndarray) -> tuple[tuple, Any, str | None]:
    """Samples, a statistic of them that equals the metric and is fast to resample, and its keyword for weights."""
    if metric is accuracy_score:
        return (_row_hits(check_targets(y, pred)).astype(float),), "mean", None
    if metric is log_loss:
        p = floats(pred, "y_proba", finite=False)
        codes, p, _ = _checked(y, p, None, None)
        tiny, loss = float(np.finfo(p.dtype).eps), np.empty(len(codes))
        log_of_true(p, codes, tiny, 1 - tiny, loss)
        return (loss,), "mean", None
    if metric is roc_auc_score and y.ndim == pred.ndim == 1:
        classes, (codes,) = encode(y)
        if len(classes) == 2:
            _, place = np.unique(finite_scores(pred), return_inverse=True)
            return (place, codes), _area_of_places, "weight"
    known = "sample_weight" in inspect.signature(metric).parameters
    return (y, pred), metric, "sample_weight" if known else None


def _area_of_places(place: np.ndarray, hit: np.ndarray, weight: np.ndarray) -> float:
    """Share of pairs of a negative and a positive that the latter wins, ties half; rows are sorted by `place`."""
    first = np.flatnonzero(np.concatenate([[True], place[1:] != place[:-1]]))
    positive = np.add.reduceat(weight * hit, first)
    negative = np.add.reduceat(weight, first) - positive
    below = np.cumsum(negative)
    pairs = below[-1] * positive.sum()
    return float(positive @ (below - negative / 2) / pairs) if pairs else np.nan


def _placements(y_true: Any, *scores: Any) -> tuple[np.ndarray, np.ndarray]:
    """V_10 of shape (models, P) and V_01 of shape (models, N): shares of pairs won, ties counting half."""
    for k, s in enumerate(scores):
        check_lengths(**{"y_true": y_true, f"scores {k + 1}": s})
    classes, (codes,) = encode(np.asarray(y_true).ravel())
    if len(classes) != 2:
        raise ValueError(f"y_true must hold two classes; got {classes.tolist()[:5]}")
    columns = [finite_scores(s) for s in scores]
    if min(np.bincount(codes)) < 2:
        raise ValueError("each class needs at least 2 rows for a variance")

    def beaten(values: np.ndarray, others: np.ndarray) -> np.ndarray:
        others = np.sort(others)
        both = np.searchsorted(others, values, "left") + np.searchsorted(others, values, "right")
        return both / (2.0 * len(others))

    pairs = [(s[codes == 1], s[codes == 0]) for s in columns]
    return np.array([beaten(p, n) for p, n in pairs]), np.array([1 - beaten(n, p) for p, n in pairs])


def _covariance(v10: np.ndarray, v01: np.ndarray) -> np.ndarray:
    """Covariance of the areas (DeLong 1988): of the placements' means, positives and negatives added."""
    parts = []
    for v in (v10, v01):
        centred = v - v.mean(axis=1, keepdims=True)
        parts.append(centred @ centred.T / (v.shape[1] - 1) / v.shape[1])
    return parts[0] + parts[1]


def delong_interval(y_true: Any, y_score: Any, *, confidence_level: float = 0.95) -> Interval:
    """Interval for the area under the ROC curve, normal with DeLong's variance, cut at 0 and 1.

    Parameters
    ----------
    y_true : array-like of shape (n,)
        Two classes, the greater label positive.
    y_score : array-like of shape (n,)
    confidence_level : float

    Examples
    --------
    >>> from groundup.data.metrics import delong_interval
    >>> low, high = delong_interval([0, 0, 0, 1, 1, 1], [1, 2, 4, 3, 5, 6])
    >>> f"{low:.3f} {high:.3f}"
    '0.581 1.000'
    """
    level = as_level(confidence_level, "confidence_level")
    v10, v01 = _placements(y_true, y_score)
    area, reach = v10.mean(), Normal().ppf(0.5 + level / 2) * np.sqrt(_covariance(v10, v01)[0, 0])
    return Interval(float(max(0.0, area - reach)), float(min(1.0, area + reach)))


def delong_test(y_true: Any, first_score: Any, second_score: Any) -> TestResult:
    """Whether two scores of the same rows have different areas under the ROC curve, two-sided.

    Parameters
    ----------
    y_true : array-like of shape (n,)
        Two classes, the greater label positive.
    first_score, second_score : array-like of shape (n,)

    Returns
    -------
    TestResult
        `estimate` is the difference of the areas, first less second, `statistic` the same in standard errors, and
        `pvalue`: 1 where the areas are the same in every row, 0 where they differ without any variance.
    """
    v10, v01 = _placements(y_true, first_score, second_score)
    covariance, areas = _covariance(v10, v01), v10.mean(axis=1)
    difference = float(areas[0] - areas[1])
    variance = covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]
    if variance <= 1e-15 * (covariance[0, 0] + covariance[1, 1]):
        same = abs(difference) < 1e-12
        z = 0.0 if same else float(np.copysign(np.inf, difference))
    else:
        z = difference / float(np.sqrt(variance))
    return TestResult("DeLong's test", "z", z, min(1.0, float(2 * Normal().sf(abs(z)))), estimate=difference)


def mcnemar_test(y_true: Any, first_pred: Any, second_pred: Any, *, exact: bool = True) -> TestResult:
    """Whether two predictions of the same rows are right equally often.

    Only rows on which exactly one is right tell them apart; if both are equally good, each has half of those.

    Parameters
    ----------
    y_true, first_pred, second_pred : array-like of shape (n,)
        Classes.
    exact : bool, default=True
        Binomial p-value; False: χ² with continuity correction, (|b - c| - 1)² / (b + c).

    Returns
    -------
    TestResult
        `statistic`: the smaller of the two counts (exact), or χ²; `pvalue`.

    Examples
    --------
    >>> from groundup.data.metrics import mcnemar_test
    >>> round(mcnemar_test([1] * 10, [1] * 10, [1] * 4 + [0] * 6).pvalue, 5)
    0.03125
    """
    first, second = (_row_hits(check_targets(y_true, pred)).astype(int) for pred in (first_pred, second_pred))
    table = np.zeros((2, 2), dtype=np.int64)
    count_pairs(first, second, table)
    return mcnemar_of_table(table, exact=exact)
