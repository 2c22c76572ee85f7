"""How far a score can be trusted, from one test set: intervals, and tests of two predictions on the same rows.

    Wilson:   the shares p with |k/n - p| <= z sqrt(p (1 - p) / n)        (1927, doi 10.1080/01621459.1927.10502953)
    DeLong:   Var(AUC) = Var(V_10) / P + Var(V_01) / N, with V_10 of a positive the share of negatives that it beats,
              V_01 of a negative the share of positives that beat it      (1988, doi 10.2307/2531595)
    McNemar:  of the rows that one predictor alone has right, half should be the first's (1947, doi 10.1007/BF02295996)

They speak of new rows for *this* fitted model. What another training set would change is not in them; for that see
`groundup.data.model_selection.corrected_t_test`.
"""

import inspect
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from groundup.data.metrics._checks import check_lengths, check_targets, encode, finite_scores
from groundup.math.probability import Binomial, ChiSquared, Normal
from groundup.math.statistics import BootstrapResult, Interval, bootstrap

__all__ = ["TestResult", "delong_interval", "delong_test", "mcnemar_test", "score_interval", "wilson_interval"]


class TestResult(NamedTuple):
    """A statistic and how probable one at least as far from the null hypothesis would be under it."""

    statistic: float
    pvalue: float


def _check_level(confidence_level: float) -> None:
    if not 0 < confidence_level < 1:
        raise ValueError(f"confidence_level must lie between 0 and 1; got {confidence_level!r}")


def wilson_interval(successes: float, n: float, *, confidence_level: float = 0.95) -> Interval:
    """Interval for a share, such as an accuracy: every share under which k of n is not too unlikely.

    Solving (k/n - p)² = z² p (1 - p) / n for p gives (k + z²/2 ± z sqrt(k (n - k) / n + z²/4)) / (n + z²). It stays
    within [0, 1] and has a width even at 0 or n successes.

    Parameters
    ----------
    successes : number from 0 to n
    n : number above 0
    confidence_level : float

    Examples
    --------
    >>> from groundup.data.metrics import wilson_interval
    >>> low, high = wilson_interval(90, 100)
    >>> f"{low:.4f} {high:.4f}"
    '0.8256 0.9448'
    """
    _check_level(confidence_level)
    if not (n > 0 and 0 <= successes <= n):
        raise ValueError(f"successes must lie between 0 and n, n above 0; got {successes!r} of {n!r}")
    z = float(Normal().ppf(0.5 + confidence_level / 2))
    middle, reach = successes + z**2 / 2, z * np.sqrt(successes * (n - successes) / n + z**2 / 4)
    low, high = (middle - reach) / (n + z**2), (middle + reach) / (n + z**2)
    return Interval(float(low) if successes > 0 else 0.0, float(high) if successes < n else 1.0)


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
        With a keyword `sample_weight` it is called with the distinct rows and how often each was drawn.
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
    >>> 0.7 < result.low < result.estimate == 0.8 < result.high < 0.9
    True
    """
    check_lengths(y_true=y_true, y_pred=y_pred)
    weights = "sample_weight" if "sample_weight" in inspect.signature(metric).parameters else None
    return bootstrap(
        (np.asarray(y_true), np.asarray(y_pred)),
        metric,
        paired=True,
        weights=weights,
        confidence_level=confidence_level,
        n_resamples=n_resamples,
        method=method,
        random_state=random_state,
    )


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
    '0.639 1.000'
    """
    _check_level(confidence_level)
    v10, v01 = _placements(y_true, y_score)
    area, reach = v10.mean(), Normal().ppf(0.5 + confidence_level / 2) * np.sqrt(_covariance(v10, v01)[0, 0])
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
        The difference of the areas (first less second) in standard errors, and its p-value; p is 1 where the
        areas are the same in every row, 0 where they differ without any variance.
    """
    v10, v01 = _placements(y_true, first_score, second_score)
    covariance, areas = _covariance(v10, v01), v10.mean(axis=1)
    difference = float(areas[0] - areas[1])
    variance = covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]
    if variance <= 1e-15 * (covariance[0, 0] + covariance[1, 1]):
        same = abs(difference) < 1e-12
        return TestResult(0.0 if same else float(np.copysign(np.inf, difference)), 1.0 if same else 0.0)
    z = difference / float(np.sqrt(variance))
    return TestResult(z, float(2 * Normal().sf(abs(z))))


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
        statistic: the smaller of the two counts (exact), or χ².

    Examples
    --------
    >>> from groundup.data.metrics import mcnemar_test
    >>> mcnemar_test([1] * 10, [1] * 10, [1] * 4 + [0] * 6)
    TestResult(statistic=0.0, pvalue=0.03125)
    """
    right = []
    for pred in (first_pred, second_pred):
        targets = check_targets(y_true, pred)
        if targets.true.ndim != 1:
            raise ValueError("multilabel-indicator is not supported: one class a row is expected")
        right.append(targets.true == targets.pred)
    b, c = int((right[0] & ~right[1]).sum()), int((right[1] & ~right[0]).sum())
    if b + c == 0:
        return TestResult(0.0, 1.0)
    if exact:
        return TestResult(float(min(b, c)), float(min(1.0, 2 * Binomial(b + c, 0.5).cdf(min(b, c)))))
    statistic = max(0, abs(b - c) - 1) ** 2 / (b + c)
    return TestResult(float(statistic), float(ChiSquared(1).sf(statistic)))
