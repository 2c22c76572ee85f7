"""Bias and variance of a fit: the two ways to be wrong about f when y = f(x) + noise.

    E[(y - g(x))^2] = sigma^2 + (E[g(x)] - f(x))^2 + Var[g(x)]
                      noise     bias squared          variance

over training sets and y. Measured with R training sets: the mean of R fits is itself off by Var / R, so the plain
estimate of bias squared is too large by that, and it is subtracted here. Source: Hastie, Tibshirani and
Friedman, The Elements of Statistical Learning (2nd ed.), 7.3. Left out here: losses other than the squared error.

Lesson: generalization
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from sklearn.base import clone
from sklearn.utils import check_random_state

__all__ = ["BiasVariance", "bias_variance", "smoother_bias_variance"]


class BiasVariance(NamedTuple):
    """The parts of the expected squared error, at each of m points.

    Attributes
    ----------
    bias : ndarray of shape (m,)
        E[g] - f, signed.
    bias_squared : ndarray of shape (m,)
        Its square; when measured, corrected for the number of rounds, and then a little below 0 where it is 0.
    variance : ndarray of shape (m,)
    noise : float
        sigma^2, which no fit can do anything about.
    standard_error : ndarray of shape (2,)
        Of the means of `bias_squared` and `variance` over the points, from the rounds; 0 for a closed form.
    """

    bias: np.ndarray
    bias_squared: np.ndarray
    variance: np.ndarray
    noise: float
    standard_error: np.ndarray

    @property
    def error(self) -> float:
        """Expected squared error for new y, averaged over the points."""
        return float(self.noise + self.bias_squared.mean() + self.variance.mean())


def bias_variance(
    estimator: Any,
    generator: Callable[[np.random.RandomState], tuple[np.ndarray, np.ndarray]],
    X_test: np.ndarray,
    truth: np.ndarray,
    *,
    noise: float = 0.0,
    rounds: int = 200,
    random_state: Any = 0,
) -> BiasVariance:
    """Fit to many training sets, and see how the predictions at fixed points are off, and how they scatter.

    Parameters
    ----------
    estimator : object with `fit` and `predict`
        A clone is fitted in each round.
    generator : callable
        RandomState -> (X, y), a training set.
    X_test : ndarray of shape (m, d)
    truth : ndarray of shape (m,)
        f at X_test, without noise.
    noise : float
        Variance of y around f; only passed on.
    rounds : int
        Training sets, at least 2.
    random_state : int or RandomState

    Raises
    ------
    ValueError
        If there are less than 2 rounds, or predictions and truth differ in shape.
    """
    truth = np.asarray(truth, float)
    if rounds < 2:
        raise ValueError(f"rounds must be at least 2, to see a variance; got {rounds!r}")
    random = check_random_state(random_state)
    predictions = np.empty((rounds, len(truth)))
    for r in range(rounds):
        X, y = generator(random)
        model: Any = clone(estimator)
        found = np.asarray(model.fit(X, y).predict(X_test), float)
        if found.shape != truth.shape:
            raise ValueError(f"predictions at X_test have shape {found.shape}, truth has {truth.shape}")
        predictions[r] = found
    return _from_predictions(predictions, truth, noise)


def _from_predictions(predictions: np.ndarray, truth: np.ndarray, noise: float) -> BiasVariance:
    """Bias and variance of R predictions (R, m); their standard errors by the jackknife over rounds."""
    rounds = len(predictions)
    mean = predictions.mean(axis=0)
    bias, variance = mean - truth, predictions.var(axis=0, ddof=1)
    bias_squared = bias**2 - variance / rounds
    # without round r: mean and sum of squares change by known amounts
    deviation = predictions - mean
    others_mean = bias - deviation / (rounds - 1)
    squares = (deviation**2).sum(axis=0) - deviation**2 * rounds / (rounds - 1)
    others_variance = squares / max(rounds - 2, 1)
    others_bias = others_mean**2 - others_variance / (rounds - 1)
    parts = np.stack([others_bias.mean(axis=1), others_variance.mean(axis=1)])
    standard_error = np.sqrt((rounds - 1) * parts.var(axis=1))
    return BiasVariance(bias, bias_squared, variance, noise, standard_error)


def smoother_bias_variance(S: np.ndarray, f_train: np.ndarray, f_test: np.ndarray, sigma: float) -> BiasVariance:
    """The same for a linear smoother with fixed X, without simulation: bias = S f - f_test, variance = sigma^2 |s_i|^2.

    Parameters
    ----------
    S : ndarray of shape (m, n)
        Predictions are S y, see `ridge_smoother` and `neighbor_smoother`.
    f_train : ndarray of shape (n,)
        Mean of y at the training points.
    f_test : ndarray of shape (m,)
    sigma : float
        Standard deviation of the noise.
    """
    S, f_train, f_test = (np.asarray(a, float) for a in (S, f_train, f_test))
    if S.shape != (len(f_test), len(f_train)):
        raise ValueError(f"S must have shape ({len(f_test)}, {len(f_train)}) for f_test and f_train; got {S.shape}")
    bias = S @ f_train - f_test
    return BiasVariance(bias, bias**2, sigma**2 * (S**2).sum(axis=1), sigma**2, np.zeros(2))
