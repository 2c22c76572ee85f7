"""Linear smoothers: fits of the form S y, with a matrix S that depends on X alone. Least squares, ridge and nearest
neighbours are, and for them everything that is said about bias, variance and optimism is a formula.

    df = trace S,    E[error on new y at the same x] - E[training error] = 2 sigma^2 df / n

Sources: Hastie, Tibshirani and Friedman, The Elements of Statistical Learning (2nd ed.), 7.4 to 7.6; Efron (2004),
The estimation of prediction error: covariance penalties and cross-validation, for df = sum Cov(fit_i, y_i) / sigma^2.

Lesson: generalization
"""

from collections.abc import Callable

import numpy as np

from groundup.math.linear_algebra import svd
from groundup.math.linear_algebra.checks import as_matrix

__all__ = [
    "covariance_degrees",
    "degrees_of_freedom",
    "expected_optimism",
    "mallows_cp",
    "neighbor_smoother",
    "ridge_smoother",
]


def ridge_smoother(
    X: np.ndarray, X_new: np.ndarray | None = None, alpha: float = 0.0, *, intercept: bool = True
) -> np.ndarray:
    """S with ridge's predictions S y at X_new: x^T (X^T X + alpha I)^-1 X^T; alpha = 0 is least squares.

    Parameters
    ----------
    X : ndarray of shape (n, d)
    X_new : ndarray of shape (m, d), optional
        X by default: then S is the hat matrix.
    alpha : float, at least 0
        Penalty on the squared coefficients. With 0 and dependent columns the shortest solution is taken.
    intercept : bool
        Fit a constant that is not penalised.

    Returns
    -------
    ndarray of shape (m, n)
    """
    X = _checked(X)
    new = X if X_new is None else _checked(X_new, X.shape[1])
    if not alpha >= 0:
        raise ValueError(f"alpha must be at least 0; got {alpha!r}")
    centre = X.mean(axis=0) if intercept else np.zeros(X.shape[1])
    u, s, vt = svd(X - centre)
    kept = s > 1e-12 * s.max(initial=0)
    shrunk = np.zeros_like(s)
    shrunk[kept] = 1 / (s[kept] + alpha / s[kept])  # s / (s^2 + alpha), without squares that overflow
    S = ((new - centre) @ vt.T * shrunk) @ u.T
    return S + 1 / len(X) if intercept else S


def neighbor_smoother(X: np.ndarray, X_new: np.ndarray | None = None, k: int = 5) -> np.ndarray:
    """S with the mean of the k nearest rows as prediction: 1 / k in their columns, 0 elsewhere.

    Parameters
    ----------
    X : ndarray of shape (n, d)
    X_new : ndarray of shape (m, d), optional
        X by default: then each row is among its own neighbours.
    k : int
        From 1 to n. Of equal distances the earlier row is nearer.

    Returns
    -------
    ndarray of shape (m, n)
    """
    X = _checked(X)
    new = X if X_new is None else _checked(X_new, X.shape[1])
    if not 1 <= k <= len(X):
        raise ValueError(f"k must be from 1 to the number of rows, {len(X)}; got {k!r}")
    distances = ((new[:, None, :] - X[None, :, :]) ** 2).sum(axis=2)
    nearest = np.argsort(distances, axis=1, kind="stable")[:, :k]
    S = np.zeros((len(new), len(X)))
    np.put_along_axis(S, nearest, 1 / k, axis=1)
    return S


def degrees_of_freedom(S: np.ndarray) -> float:
    """trace S: how much each y_i decides its own fitted value, summed. S of shape (n, n)."""
    return float(np.trace(as_matrix(S, "S", square=True)))


def covariance_degrees(
    fit: Callable[[np.ndarray], np.ndarray],
    truth: np.ndarray,
    sigma: float,
    *,
    rounds: int = 1000,
    random: np.random.RandomState | None = None,
) -> float:
    """Degrees of freedom of any procedure, by simulation: sum over i of Cov(fit_i, y_i) / sigma^2.

    Parameters
    ----------
    fit : callable
        y of shape (n,) -> fitted values of shape (n,).
    truth : ndarray of shape (n,)
        Mean of y.
    sigma : float
        Spread of the normal noise that is added.
    rounds : int
    random : RandomState, optional
    """
    random = np.random.RandomState(0) if random is None else random
    noise = sigma * random.normal(size=(rounds, len(truth)))
    fits = np.array([fit(truth + e) for e in noise])
    return float(np.sum((fits - fits.mean(axis=0)) * noise) / (rounds - 1) / sigma**2)


def expected_optimism(S: np.ndarray, sigma: float) -> float:
    """2 sigma^2 trace(S) / n: by how much the training error of S y is too small, on average, for noise sigma."""
    return 2 * sigma**2 * degrees_of_freedom(S) / len(S)


def mallows_cp(y: np.ndarray, S: np.ndarray, sigma: float) -> float:
    """Training error of S y plus expected optimism: an estimate of the error on new targets at the same x.

    Parameters
    ----------
    y : ndarray of shape (n,)
    S : ndarray of shape (n, n)
    sigma : float
        Standard deviation of the noise.
    """
    y = np.asarray(y, float)
    return float(np.mean((y - S @ y) ** 2)) + expected_optimism(S, sigma)


def _checked(X: np.ndarray, columns: int | None = None) -> np.ndarray:
    X = as_matrix(np.asarray(X, float), "X")
    if len(X) == 0 or (columns is not None and X.shape[1] != columns):
        raise ValueError(f"X must have at least one row and as many columns as the training rows; got {X.shape}")
    return X
