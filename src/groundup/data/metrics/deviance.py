"""Deviances: how far a prediction's likelihood stays below the best possible one, for positive or counted targets.

The Tweedie family has variance proportional to (mean)^p; its unit deviance (Jørgensen 1987, doi
10.1111/j.2517-6161.1987.tb01685.x) is

    p = 0, normal:   (y - μ)²                       p = 1, Poisson:  2 (y log(y/μ) - y + μ)
    p = 2, gamma:    2 (log(μ/y) + y/μ - 1)         p = 3: inverse Gaussian
    else:            2 (max(y, 0)^(2-p) / ((1-p)(2-p)) - y μ^(1-p) / (1-p) + μ^(2-p) / (2-p))
"""

from typing import Any

import numpy as np

from groundup.data.metrics.regression import _too_few, check_numbers

__all__ = ["d2_tweedie_score", "mean_gamma_deviance", "mean_poisson_deviance", "mean_tweedie_deviance"]


def unit_deviance(y: np.ndarray, mu: np.ndarray, power: float) -> np.ndarray:
    """The deviance of each row, for values that `power` allows."""
    p = power
    if p == 0:
        return (y - mu) ** 2
    if p == 1:
        log_ratio = np.log(np.where(y > 0, y, 1.0) / np.where(y > 0, mu, 1.0))  # y log(y/μ) is 0 where y is
        return 2 * (y * log_ratio - y + mu)
    if p == 2:
        return 2 * (np.log(mu / y) + y / mu - 1)
    base = np.maximum(y, 0.0) if p < 0 else y
    return 2 * (base ** (2 - p) / ((1 - p) * (2 - p)) - y * mu ** (1 - p) / (1 - p) + mu ** (2 - p) / (2 - p))


def _check_power(power: float, y: np.ndarray, mu: np.ndarray) -> None:
    message = f"Mean Tweedie deviance error with power={power} can only be used on "
    if power != 0 and (mu <= 0).any():
        rest = "" if power < 0 else ("non-negative y and " if power < 2 else "strictly positive y and ")
        raise ValueError(f"{message}{rest}strictly positive y_pred; got y_pred {mu.min():g}")
    if (1 <= power < 2 and (y < 0).any()) or (power >= 2 and (y <= 0).any()):
        kind = "non-negative" if power < 2 else "strictly positive"
        raise ValueError(f"{message}{kind} y and strictly positive y_pred; got y_true {y.min():g}")


def _checked(
    y_true: Any, y_pred: Any, sample_weight: Any, power: float, name: str
) -> tuple[np.ndarray, np.ndarray, Any]:
    if 0 < power < 1 or np.isnan(power):
        raise ValueError(f"power must be at most 0 or at least 1: no distribution lies between; got {power!r}")
    true, pred, weight = check_numbers(y_true, y_pred, sample_weight)
    if true.shape[1] > 1:
        raise ValueError(f"Multioutput not supported in {name}")
    return true[:, 0], pred[:, 0], weight


def mean_tweedie_deviance(y_true: Any, y_pred: Any, *, sample_weight: Any = None, power: float = 0) -> float:
    """Mean Tweedie deviance: squared error (0), Poisson (1), gamma (2), and what lies between and beyond.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,)
    sample_weight : array-like of shape (n,), optional
    power : float, not between 0 and 1
        The higher, the less an error weighs where the mean is large.

    Raises
    ------
    ValueError
        If a value is outside what `power` allows: predictions must be positive unless it is 0, truths not negative
        from 1 on and positive from 2 on.

    Examples
    --------
    >>> from groundup.data.metrics import mean_tweedie_deviance
    >>> round(mean_tweedie_deviance([2, 0, 1, 4], [0.5, 0.5, 2.0, 2.0], power=1), 6)
    1.426015
    """
    y, mu, weight = _checked(y_true, y_pred, sample_weight, power, "mean_tweedie_deviance")
    _check_power(power, y, mu)
    return float(np.average(unit_deviance(y, mu, power), weights=weight))


def mean_poisson_deviance(y_true: Any, y_pred: Any, *, sample_weight: Any = None) -> float:
    """For counts. As `mean_tweedie_deviance` with power 1."""
    return mean_tweedie_deviance(y_true, y_pred, sample_weight=sample_weight, power=1)


def mean_gamma_deviance(y_true: Any, y_pred: Any, *, sample_weight: Any = None) -> float:
    """For positive amounts; only the ratio y/μ counts. As `mean_tweedie_deviance` with power 2."""
    return mean_tweedie_deviance(y_true, y_pred, sample_weight=sample_weight, power=2)


def d2_tweedie_score(y_true: Any, y_pred: Any, *, sample_weight: Any = None, power: float = 0) -> float:
    """1 - deviance over that of always predicting the mean of y_true. As `mean_tweedie_deviance`."""
    y, mu, weight = _checked(y_true, y_pred, sample_weight, power, "d2_tweedie_score")
    if _too_few(mu, "D^2"):
        return float("nan")
    numerator = mean_tweedie_deviance(y, mu, sample_weight=sample_weight, power=power)
    mean = np.full(len(y), np.average(y, weights=weight))
    with np.errstate(divide="ignore", invalid="ignore"):
        denominator = np.average(unit_deviance(y, mean, power), weights=weight)
        return float(1 - np.divide(numerator, denominator))
