"""`LinearRegression`: scikit-learn's estimator around the solvers."""

import warnings
from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, MultiOutputMixin, RegressorMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from groundup.classical.linear_regression.solvers import (
    Descent,
    by_qr,
    by_svd,
    gradient_descent,
    nonnegative,
    stochastic_descent,
)
from groundup.math.linear_algebra import lstsq

__all__ = ["LinearRegression"]

SOLVERS = ("qr", "normal", "svd", "gradient-descent")


class LinearRegression(MultiOutputMixin, RegressorMixin, BaseEstimator):
    """Least squares: the linear function of the features with the smallest sum of squared errors.

    Parameters
    ----------
    fit_intercept : bool, default=True
        Add a constant. Without it the function goes through the origin.
    tol : float, default=1e-6
        For "qr" and "svd": singular values up to `tol` times the largest count as zero, and of all best fits the
        shortest is taken. For "gradient-descent": stop when the gradient is `tol` times that at the start.
    positive : bool, default=False
        Allow no coefficient below 0; the solver is then Lawson's and Hanson's.
    solver : {"qr", "normal", "svd", "gradient-descent"}, default="qr"
        "normal" is faster, squares the condition number, and refuses dependent columns. "gradient-descent" is for
        study, and for data so wide that the others do not fit: scale the features for it.
    max_iter : int, default=1000
        Steps of gradient descent; passes over the rows, with `batch_size`.
    batch_size : int or None, default=None
        Rows a step of gradient descent; None is all of them.
    random_state : int, RandomState or None, default=None
        Order of the rows with `batch_size`.

    Attributes
    ----------
    coef_ : ndarray of shape (m,) or (k, m)
    intercept_ : float or ndarray of shape (k,)
    rank_ : int
        With "qr" and "svd": rank of the centred features.
    singular_ : ndarray of shape (min(n, m),)
        With "qr" and "svd": their singular values.
    n_iter_ : int
        Steps or passes made by "gradient-descent"; 1 for the others, which do not iterate over the data.
    n_features_in_ : int

    Notes
    -----
    Names and results are those of scikit-learn 1.9, whose `copy_X` and `n_jobs` are left out: the data are copied, and
    BLAS uses the threads it has. Sparse data are refused.

    Examples
    --------
    >>> from groundup.classical import LinearRegression
    >>> model = LinearRegression().fit([[1.0], [2.0], [3.0]], [1.0, 2.0, 2.0])
    >>> model.coef_.round(3), round(float(model.intercept_), 3)
    (array([0.5]), 0.667)
    """

    def __init__(
        self,
        *,
        fit_intercept: bool = True,
        tol: float = 1e-6,
        positive: bool = False,
        solver: str = "qr",
        max_iter: int = 1000,
        batch_size: int | None = None,
        random_state: Any = None,
    ) -> None:
        self.fit_intercept = fit_intercept
        self.tol = tol
        self.positive = positive
        self.solver = solver
        self.max_iter = max_iter
        self.batch_size = batch_size
        self.random_state = random_state

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> "LinearRegression":
        """Fit to X of shape (n, m) and y of shape (n,) or (n, k); returns itself.

        Raises
        ------
        ValueError
            If a parameter or the data do not fit; `NotPositiveDefiniteError`, for "normal" and dependent columns.
        TypeError
            If X is sparse.
        """
        self._check()
        X, y = validate_data(self, X, y, dtype=[np.float64, np.float32], y_numeric=True, multi_output=True)
        flat = y.ndim == 1
        Y = y.reshape(len(y), -1).astype(X.dtype, copy=False)
        weights = _weights(sample_weight, len(X), X.dtype)
        x_mean, y_mean = np.zeros(X.shape[1], X.dtype), np.zeros(Y.shape[1], X.dtype)
        if self.fit_intercept:
            x_mean, y_mean = np.average(X, axis=0, weights=weights), np.average(Y, axis=0, weights=weights)
            X, Y = X - x_mean, Y - y_mean
        if weights is not None:  # sum of w_i e_i^2 is the sum of (sqrt(w_i) e_i)^2
            root = np.sqrt(weights)[:, None]
            X, Y = root * X, root * Y
        coef = self._solve(X, Y)
        intercept = y_mean - x_mean @ coef
        self.coef_ = coef[:, 0] if flat else np.ascontiguousarray(coef.T)
        self.intercept_ = (intercept[0] if flat else intercept) if self.fit_intercept else 0.0
        return self

    def predict(self, X: Any) -> np.ndarray:
        """X @ coef_ + intercept_, of shape (n,) or (n, k) as y was."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=[np.float64, np.float32], reset=False)
        return X @ self.coef_.T + self.intercept_

    def _solve(self, X: np.ndarray, Y: np.ndarray) -> np.ndarray:
        self.n_iter_ = 1
        if self.positive:
            return np.stack([nonnegative(X, y) for y in Y.T], axis=1)
        if self.solver == "normal":
            return lstsq(X, Y, "cholesky").x
        if self.solver == "gradient-descent":
            return self._descend(X, Y)
        coef, self.rank_, self.singular_ = (by_qr if self.solver == "qr" else by_svd)(X, Y, self.tol)
        return coef

    def _descend(self, X: np.ndarray, Y: np.ndarray) -> np.ndarray:
        if self.batch_size is None:
            found: Descent = gradient_descent(X, Y, max_iter=self.max_iter, tol=self.tol)
        else:
            random = check_random_state(self.random_state)
            found = stochastic_descent(X, Y, batch=self.batch_size, max_iter=self.max_iter, random=random)
        self.n_iter_ = len(found.path) - 1
        if not found.converged:
            warnings.warn(
                f"gradient descent has not converged after {self.max_iter} steps: scale the features to equal spread, "
                "or raise max_iter or tol",
                ConvergenceWarning,
                stacklevel=4,
            )
        return found.coef

    def _check(self) -> None:
        if self.solver not in SOLVERS:
            raise ValueError(f"solver must be one of {', '.join(map(repr, SOLVERS))}; got {self.solver!r}")
        if not isinstance(self.tol, Real) or not 0 <= self.tol < 1:
            raise ValueError(f"tol must be a number of at least 0 and below 1; got {self.tol!r}")
        counts = {"max_iter": self.max_iter} | ({} if self.batch_size is None else {"batch_size": self.batch_size})
        for name, value in counts.items():
            if not isinstance(value, Integral) or isinstance(value, bool) or value < 1:
                raise ValueError(f"{name} must be a whole number of at least 1; got {value!r}")


def _weights(sample_weight: Any, rows: int, dtype: np.dtype) -> np.ndarray | None:
    """Weights of the rows, checked; None for equal ones."""
    if sample_weight is None:
        return None
    weights = np.asarray(sample_weight, dtype)
    if weights.ndim == 0:
        weights = np.full(rows, weights)
    if weights.shape != (rows,):
        raise ValueError(f"sample_weight must have shape ({rows},) like y; got {weights.shape}")
    if not np.isfinite(weights).all() or (weights < 0).any():
        raise ValueError("sample_weight must be finite and at least 0: found NaN, infinity or a negative weight")
    if not weights.any():
        raise ValueError("sample_weight must not be zero for all rows")
    return weights
