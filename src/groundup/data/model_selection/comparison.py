"""Two models compared over splits: scores of splits share training rows, so they are not independent.

Over J random splits with n_1 training and n_2 test rows the differences d_j have mean d and variance S². The usual t
statistic takes Var(d) for S²/J, as if the d_j were independent. If their correlation is ρ,

    Var(d) = (1/J + ρ/(1 - ρ)) E S²,        and with ρ = n_2/(n_1 + n_2):        (1/J + n_2/n_1) S²

is the estimate of Nadeau and Bengio (2003), the *corrected resampled t-test*, with J - 1 degrees of freedom.
n_2/(n_1 + n_2) is a stand-in for a correlation that no estimator can get at from the splits alone.
"""

from typing import Any

import numpy as np

from groundup.math.probability import StudentT
from groundup.math.statistics import Interval, TestResult
from groundup.math.statistics.checks import as_level

__all__ = ["corrected_t_interval", "corrected_t_test"]


def _differences(scores: Any, n_train: float, n_test: float, name: str = "scores") -> tuple[np.ndarray, float]:
    """Scores as an array, and the standard error of their mean."""
    d = np.asarray(scores, dtype=float)
    if d.ndim != 1 or len(d) < 2:
        raise ValueError(f"{name} must hold at least 2 numbers, one a split; got shape {d.shape}")
    if not np.isfinite(d).all():
        raise ValueError(f"{name} contain NaN or infinity: {d[~np.isfinite(d)][0]}")
    if not (0 < n_train < np.inf and 0 <= n_test < np.inf):
        raise ValueError(f"n_train must be above 0, n_test at least 0, both finite; got {n_train!r} and {n_test!r}")
    return d, float(np.sqrt((1 / len(d) + n_test / n_train) * d.var(ddof=1)))


def corrected_t_interval(scores: Any, *, n_train: float, n_test: float, confidence_level: float = 0.95) -> Interval:
    """Interval for the expected score of a model trained on n_train rows, from scores over splits.

    Parameters
    ----------
    scores : array-like of shape (J,)
        One a split, or differences of two models on the same splits.
    n_train, n_test : number
        Rows of a training and of a test part; n_test = 0 gives the usual interval, which is too narrow here.
    confidence_level : float

    Examples
    --------
    >>> from groundup.data.model_selection import corrected_t_interval
    >>> low, high = corrected_t_interval([0.8, 0.9, 0.85, 0.85, 0.9], n_train=80, n_test=20)
    >>> f"{low:.3f} {high:.3f}"
    '0.782 0.938'
    """
    level = as_level(confidence_level, "confidence_level")
    d, error = _differences(scores, n_train, n_test)
    reach = float(StudentT(len(d) - 1).ppf(0.5 + level / 2)) * error
    return Interval(float(d.mean() - reach), float(d.mean() + reach))


def corrected_t_test(first_scores: Any, second_scores: Any, *, n_train: float, n_test: float) -> TestResult:
    """Whether two models differ, from their scores on the same splits: corrected resampled t-test, two-sided.

    Parameters
    ----------
    first_scores, second_scores : array-like of shape (J,)
    n_train, n_test : number
        Rows of a training and of a test part; n_test = 0 gives the usual paired t-test.

    Returns
    -------
    TestResult
        `statistic` t with `df` J - 1, `pvalue`, `estimate` the mean difference.

    Examples
    --------
    >>> from groundup.data.model_selection import corrected_t_test
    >>> corrected_t_test([0.9, 0.8, 0.9, 0.85], [0.8, 0.75, 0.85, 0.8], n_train=75, n_test=25)
    corrected resampled t-test: t(3) = 3.273, p = 0.0467; estimate 0.0625
    """
    first, second = np.asarray(first_scores, dtype=float), np.asarray(second_scores, dtype=float)
    if first.shape != second.shape:
        raise ValueError(f"both models need a score on each split; got shapes {first.shape} and {second.shape}")
    d, error = _differences(first - second, n_train, n_test, "the differences of the scores")
    mean = float(d.mean())
    t = mean / error if error else float(np.copysign(np.inf, mean)) if mean else 0.0
    p = min(1.0, float(2 * StudentT(len(d) - 1).sf(abs(t))))
    return TestResult("corrected resampled t-test", "t", t, p, len(d) - 1, estimate=mean)
