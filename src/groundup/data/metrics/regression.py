"""Errors of predicted numbers, and the shares of variation they explain.

With weights w (1 by default) and several outputs, each is computed a column and then averaged (`multioutput`):

    MSE = mean (y - f)²     MAE = mean |y - f|     MAPE = mean |y - f| / max(|y|, ε)     MSLE = MSE of log(1 + ·)
    pinball_α = mean max(α (y - f), (α - 1) (y - f))            (Koenker and Bassett 1978, doi 10.2307/1913643)
    R² = 1 - Σ (y - f)² / Σ (y - ȳ)²       explained variance: the same after subtracting the mean error

Arithmetic is float64 whatever the input's type.
"""

import warnings
from typing import Any

import numpy as np
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.utils import check_array
from sklearn.utils.validation import _check_sample_weight

from groundup.data.metrics._checks import check_lengths, floats

__all__ = [
    "adjusted_r2_score",
    "d2_absolute_error_score",
    "d2_pinball_score",
    "explained_variance_score",
    "max_error",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_pinball_loss",
    "mean_squared_error",
    "mean_squared_log_error",
    "median_absolute_error",
    "r2_score",
    "root_mean_squared_error",
    "root_mean_squared_log_error",
]

AVERAGE = "uniform_average"


def check_numbers(
    y_true: Any, y_pred: Any, sample_weight: Any = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """True and predicted numbers of shape (n, outputs), float64, and weights of shape (n,) or None.

    Raises
    ------
    ValueError
        If lengths or numbers of outputs differ, or something is NaN or infinite.
    """
    check_lengths(y_true=y_true, y_pred=y_pred, sample_weight=sample_weight)
    true = floats(y_true, "y_true").astype(np.float64, copy=False)
    pred = floats(y_pred, "y_pred").astype(np.float64, copy=False)
    true, pred = (a.reshape(-1, 1) if a.ndim == 1 else a for a in (true, pred))
    if true.shape[1] != pred.shape[1]:
        raise ValueError(f"y_true and y_pred have different number of output ({true.shape[1]}!={pred.shape[1]})")
    return true, pred, None if sample_weight is None else _check_sample_weight(sample_weight, true, dtype=np.float64)


def _over_outputs(values: np.ndarray, multioutput: Any, variances: np.ndarray | None = None) -> Any:
    """One number a column, averaged as `multioutput` says."""
    known = ("raw_values", "uniform_average") + (() if variances is None else ("variance_weighted",))
    if multioutput is None or isinstance(multioutput, str):
        if multioutput not in (None, *known):
            raise ValueError(f"Allowed 'multioutput' string values are {known}. You provided {multioutput!r}")
        if multioutput == "raw_values":
            return values
        weighted = multioutput == "variance_weighted" and variances is not None and variances.any()
        return float(np.average(values, weights=variances if weighted else None))
    weights = check_array(multioutput, ensure_2d=False)
    if len(values) == 1:
        raise ValueError("Custom weights are useful only in multi-output cases.")
    if len(weights) != len(values):
        raise ValueError(f"There must be equally many custom weights ({len(weights)}) as outputs ({len(values)}).")
    return float(np.average(values, weights=weights))


def mean_squared_error(y_true: Any, y_pred: Any, *, sample_weight: Any = None, multioutput: Any = AVERAGE) -> Any:
    """Mean of the squared errors.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,) or (n, outputs)
    sample_weight : array-like of shape (n,), optional
    multioutput : {"uniform_average", "raw_values"} or array-like of shape (outputs,)
        The mean over outputs, one value an output, or a mean with these weights.

    Returns
    -------
    float, or ndarray of shape (outputs,)

    Examples
    --------
    >>> from groundup.data.metrics import mean_squared_error
    >>> mean_squared_error([3.0, -0.5, 2.0, 7.0], [2.5, 0.0, 2.0, 8.0])
    0.375
    """
    true, pred, weight = check_numbers(y_true, y_pred, sample_weight)
    return _over_outputs(np.average((true - pred) ** 2, axis=0, weights=weight), multioutput)


def root_mean_squared_error(y_true: Any, y_pred: Any, *, sample_weight: Any = None, multioutput: Any = AVERAGE) -> Any:
    """Root of the mean squared error of each output. As `mean_squared_error`."""
    return _over_outputs(
        np.sqrt(mean_squared_error(y_true, y_pred, sample_weight=sample_weight, multioutput="raw_values")), multioutput
    )


def mean_absolute_error(y_true: Any, y_pred: Any, *, sample_weight: Any = None, multioutput: Any = AVERAGE) -> Any:
    """Mean of the errors' sizes. As `mean_squared_error`."""
    true, pred, weight = check_numbers(y_true, y_pred, sample_weight)
    return _over_outputs(np.average(np.abs(pred - true), axis=0, weights=weight), multioutput)


def mean_absolute_percentage_error(
    y_true: Any, y_pred: Any, *, sample_weight: Any = None, multioutput: Any = AVERAGE
) -> Any:
    """Mean of |error| / |truth|, as a share (0.1, not 10); huge where a truth is 0. As `mean_squared_error`."""
    true, pred, weight = check_numbers(y_true, y_pred, sample_weight)
    relative = np.abs(pred - true) / np.maximum(np.abs(true), np.finfo(float).eps)
    return _over_outputs(np.average(relative, axis=0, weights=weight), multioutput)


def _logarithms(y_true: Any, y_pred: Any) -> tuple[np.ndarray, np.ndarray]:
    true, pred, _ = check_numbers(y_true, y_pred)
    if (true <= -1).any() or (pred <= -1).any():
        lowest = min(true.min(), pred.min())
        raise ValueError(
            "Mean Squared Logarithmic Error cannot be used when targets contain values less than or equal to -1; "
            f"got {lowest:g}"
        )
    return np.log1p(true), np.log1p(pred)


def mean_squared_log_error(y_true: Any, y_pred: Any, *, sample_weight: Any = None, multioutput: Any = AVERAGE) -> Any:
    """Mean squared difference of log(1 + y): errors of growth, not of size. As `mean_squared_error`."""
    return mean_squared_error(*_logarithms(y_true, y_pred), sample_weight=sample_weight, multioutput=multioutput)


def root_mean_squared_log_error(
    y_true: Any, y_pred: Any, *, sample_weight: Any = None, multioutput: Any = AVERAGE
) -> Any:
    """Root of the mean squared logarithmic error. As `mean_squared_error`."""
    return root_mean_squared_error(*_logarithms(y_true, y_pred), sample_weight=sample_weight, multioutput=multioutput)


def weighted_quantile(values: np.ndarray, weight: np.ndarray, share: float) -> float:
    """The value below which `share` of the weight lies; the middle of two where both do (Hyndman and Fan 1996, 2).

    Parameters
    ----------
    values, weight : ndarray of shape (n,)
    share : float from 0 to 1
    """
    order = np.argsort(values)
    values, reached = values[order], np.cumsum(weight[order])
    target = share * reached[-1] or np.nextafter(0.0, 1.0)
    at = min(int(np.searchsorted(reached, target)), len(values) - 1)
    if reached[at] - target > np.finfo(float).eps:
        return float(values[at])
    after = int(np.searchsorted(reached, reached[at], side="right"))
    return float((values[at] + values[after if after < len(values) else at]) / 2)


def median_absolute_error(y_true: Any, y_pred: Any, *, multioutput: Any = AVERAGE, sample_weight: Any = None) -> Any:
    """Median of the errors' sizes, untouched by a few wild ones. As `mean_squared_error`."""
    true, pred, weight = check_numbers(y_true, y_pred, sample_weight)
    errors = np.abs(pred - true)
    if weight is None:
        return _over_outputs(np.median(errors, axis=0), multioutput)
    return _over_outputs(np.array([weighted_quantile(e, weight, 0.5) for e in errors.T]), multioutput)


def max_error(y_true: Any, y_pred: Any) -> float:
    """The largest error's size."""
    true, pred, _ = check_numbers(y_true, y_pred)
    if true.shape[1] > 1:
        raise ValueError("Multioutput not supported in max_error")
    return float(np.abs(true - pred).max())


def mean_pinball_loss(
    y_true: Any, y_pred: Any, *, sample_weight: Any = None, alpha: float = 0.5, multioutput: Any = AVERAGE
) -> Any:
    """Loss that is least, on average, for the α-quantile: α a unit too low, 1 - α a unit too high.

    Parameters
    ----------
    y_true, y_pred, sample_weight, multioutput
        As `mean_squared_error`.
    alpha : float from 0 to 1

    Examples
    --------
    >>> from groundup.data.metrics import mean_pinball_loss
    >>> mean_pinball_loss([1.0, 2.0, 4.0], [2.0, 2.0, 2.0], alpha=0.75)
    0.5833333333333334
    """
    if not 0 <= alpha <= 1:
        raise ValueError(f"alpha must be from 0 to 1; got {alpha!r}")
    true, pred, weight = check_numbers(y_true, y_pred, sample_weight)
    gap = true - pred
    return _over_outputs(np.average(np.maximum(alpha * gap, (alpha - 1) * gap), axis=0, weights=weight), multioutput)


def _explained(numerator: np.ndarray, denominator: np.ndarray, multioutput: Any, force_finite: bool) -> Any:
    """1 - numerator / denominator; where the denominator is 0: 1 if perfect, else 0 (`force_finite`)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        scores = 1 - numerator / denominator
    if force_finite:
        flat = denominator == 0
        scores[flat] = np.where(numerator[flat] == 0, 1.0, 0.0)
    return _over_outputs(scores, multioutput, denominator)


def _too_few(y_pred: np.ndarray, name: str) -> bool:
    if len(y_pred) < 2:
        words = f"{name} score is not well-defined with less than two samples."
        warnings.warn(words, UndefinedMetricWarning, stacklevel=3)
    return len(y_pred) < 2


def r2_score(
    y_true: Any, y_pred: Any, *, sample_weight: Any = None, multioutput: Any = AVERAGE, force_finite: bool = True
) -> Any:
    """1 - squared errors over those of always predicting the mean: 1 perfect, 0 no better than the mean of y_true.

    Parameters
    ----------
    y_true, y_pred, sample_weight
        As `mean_squared_error`.
    multioutput : {"uniform_average", "raw_values", "variance_weighted"} or array-like of shape (outputs,)
        "variance_weighted" weighs each output by its Σ (y - ȳ)².
    force_finite : bool, default=True
        For constant y_true: 1 if the prediction is perfect, else 0, in place of NaN and -infinity.

    Warns
    -----
    UndefinedMetricWarning
        With fewer than two rows; the answer is NaN.

    Examples
    --------
    >>> from groundup.data.metrics import r2_score
    >>> r2_score([1.0, 2.0, 3.0], [1.0, 2.0, 4.0])
    0.5
    """
    true, pred, weight = check_numbers(y_true, y_pred, sample_weight)
    if _too_few(pred, "R^2"):
        return float("nan")
    w = 1.0 if weight is None else weight[:, None]
    residual = (w * (true - pred) ** 2).sum(axis=0)
    spread = (w * (true - np.average(true, axis=0, weights=weight)) ** 2).sum(axis=0)
    return _explained(residual, spread, multioutput, force_finite)


def adjusted_r2_score(y_true: Any, y_pred: Any, *, n_features: int) -> float:
    """R² charged for the features that a linear model with intercept was fitted on: 1 - (1 - R²) (n - 1) / (n - d - 1).

    It makes R² on the *training* rows unbiased for one that explains nothing; on fresh rows `r2_score` needs no help.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,)
    n_features : int, below n - 1

    Examples
    --------
    >>> from groundup.data.metrics import adjusted_r2_score
    >>> round(adjusted_r2_score([1.0, 2.0, 3.0, 4.0], [1.0, 2.0, 3.0, 5.0], n_features=1), 10)
    0.7
    """
    n = check_lengths(y_true=y_true, y_pred=y_pred)
    if not 0 <= n_features < n - 1:
        raise ValueError(f"n_features must be from 0 to n - 2 = {n - 2}; got {n_features!r}")
    return float(1 - (1 - r2_score(y_true, y_pred)) * (n - 1) / (n - n_features - 1))


def explained_variance_score(
    y_true: Any, y_pred: Any, *, sample_weight: Any = None, multioutput: Any = AVERAGE, force_finite: bool = True
) -> Any:
    """1 - variance of the errors / variance of the truth: R² that forgives a constant error. As `r2_score`."""
    true, pred, weight = check_numbers(y_true, y_pred, sample_weight)

    def variance(a: np.ndarray) -> np.ndarray:
        return np.average((a - np.average(a, axis=0, weights=weight)) ** 2, axis=0, weights=weight)

    return _explained(variance(true - pred), variance(true), multioutput, force_finite)


def d2_pinball_score(
    y_true: Any, y_pred: Any, *, sample_weight: Any = None, alpha: float = 0.5, multioutput: Any = AVERAGE
) -> Any:
    """1 - pinball loss over that of always predicting the α-quantile of y_true.

    Parameters
    ----------
    y_true, y_pred, sample_weight, multioutput
        As `mean_squared_error`.
    alpha : float from 0 to 1
        Which quantile is predicted.
    """
    true, pred, weight = check_numbers(y_true, y_pred, sample_weight)
    if _too_few(pred, "D^2"):
        return float("nan")
    each = {"sample_weight": weight, "alpha": alpha, "multioutput": "raw_values"}
    w = np.ones(len(true)) if weight is None else weight
    baseline = np.tile([weighted_quantile(column, w, alpha) for column in true.T], (len(true), 1))
    numerator, denominator = mean_pinball_loss(true, pred, **each), mean_pinball_loss(true, baseline, **each)
    if isinstance(multioutput, str) and multioutput == "variance_weighted":
        raise ValueError("multioutput='variance_weighted' is not defined for the pinball score")
    return _explained(numerator, denominator, multioutput, force_finite=True)


def d2_absolute_error_score(y_true: Any, y_pred: Any, *, sample_weight: Any = None, multioutput: Any = AVERAGE) -> Any:
    """1 - mean |error| over that of always predicting the median of y_true. As `d2_pinball_score`."""
    return d2_pinball_score(y_true, y_pred, sample_weight=sample_weight, alpha=0.5, multioutput=multioutput)
