"""What the data say about the coefficients of a linear regression: standard errors, tests, intervals.

    Var(w) = s^2 (X^T X)^-1,   s^2 = |e|^2 / (n - k)                            equal variances ("nonrobust")
    Var(w) = (X^T X)^-1 X^T diag(omega) X (X^T X)^-1                             otherwise ("HC0" to "HC3")
    omega_i = e_i^2 times  1 | n / (n - k) | 1 / (1 - h_i) | 1 / (1 - h_i)^2       HC0 | HC1 | HC2 | HC3

for n rows, k columns with the constant, residuals e, and leverages h_i, the diagonal of X (X^T X)^-1 X^T. With
X = Q R the inverse is R^-1 R^-T, and h_i is the squared length of row i of Q: X^T X is never formed.
Sources: Golub and Van Loan, Matrix Computations (4th ed.), 5.3; White (1980) for HC0, MacKinnon and White (1985),
equations 6 to 12, for the others. Names and choices are those of statsmodels. Left out here: weights, clusters.

Lesson: linear-regression
"""

from dataclasses import dataclass, replace
from functools import cached_property
from math import log, pi, sqrt
from typing import Any, NamedTuple

import numpy as np

from groundup.math.linear_algebra import cho_solve, cholesky, qr, singular_values, solve_triangular
from groundup.math.probability import F, Normal, StudentT

__all__ = ["OLSResults", "Prediction", "ols"]

KINDS = ("nonrobust", "HC0", "HC1", "HC2", "HC3")
SMALL = 1e-140  # squares of columns, and sums of them, stay within the range of floats above this and below its inverse


class Prediction(NamedTuple):
    """Predictions for m new rows, each field of shape (m,).

    Attributes
    ----------
    mean, se_mean : the fitted mean and its standard error.
    mean_lower, mean_upper : confidence interval of the mean of all observations there will be at this x.
    obs_lower, obs_upper : prediction interval, for one of them.
    """

    mean: np.ndarray
    se_mean: np.ndarray
    mean_lower: np.ndarray
    mean_upper: np.ndarray
    obs_lower: np.ndarray
    obs_upper: np.ndarray


def ols(X: Any, y: Any, *, intercept: bool = True, cov_type: str = "nonrobust", names: Any = None) -> "OLSResults":
    """Fit a linear regression by QR, for what can be inferred from it.

    Parameters
    ----------
    X : array of shape (n, m) or (n,)
    y : array of shape (n,)
    intercept : bool
        Put a column of ones before X. If False, X is the design as it is.
    cov_type : {"nonrobust", "HC0", "HC1", "HC2", "HC3"}
        Which covariance of the coefficients; see the module. With "HC…" tests of single coefficients use the normal
        distribution, as those of statsmodels do.
    names : sequence of m str, optional
        Names of the columns of X. By default those of a data frame, else x1, x2, ...

    Raises
    ------
    ValueError
        If shapes, numbers or names do not fit; if there are not more rows than columns; if squares of a column leave
        the range of floats; or if a column depends on those before it: its coefficient has no standard error.
        (statsmodels goes on with a pseudo-inverse.)
    """
    if cov_type not in KINDS:
        raise ValueError(f"cov_type must be one of {', '.join(KINDS)}; got {cov_type!r}")
    design, y, labels = _design(X, y, intercept, names)
    n, k = design.shape
    if n <= k:
        raise ValueError(f"more rows than columns are needed to estimate an error: got {n} rows, {k} columns")
    q, r, *_ = qr(design)
    lengths = np.sqrt(np.einsum("ij,ij->j", r, r))
    dependent = np.flatnonzero(np.abs(np.diagonal(r)) <= n * np.finfo(float).eps * lengths)
    if dependent.size:
        raise ValueError(f"column {labels[dependent[0]]!r} depends on those before it, up to rounding: leave one out")
    root = solve_triangular(r, np.eye(k))  # R^-1
    params = solve_triangular(r, q.T @ y)
    leverage = np.einsum("ij,ij->i", q, q)
    return OLSResults(design, y, labels, cov_type, params, root @ root.T, leverage)


def _design(X: Any, y: Any, intercept: bool, names: Any) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    names = getattr(X, "columns", None) if names is None else names
    X, y = np.asarray(X, float), np.asarray(y, float)
    X = X[:, None] if X.ndim == 1 else X
    if X.ndim != 2 or y.shape != (len(X),):
        raise ValueError(f"X must have shape (n, m) and y (n,); got {X.shape} and {y.shape}")
    if not np.isfinite(X).all() or not np.isfinite(y).all():
        raise ValueError("X and y must be finite: leave out or fill rows with NaN or infinity first")
    names = tuple(map(str, names)) if names is not None else tuple(f"x{j}" for j in range(1, X.shape[1] + 1))
    if len(names) != X.shape[1]:
        raise ValueError(f"names must be {X.shape[1]}, one a column of X; got {len(names)}")
    for name, size in zip(names, np.abs(X).max(axis=0, initial=0), strict=True):
        if size and not SMALL < size < 1 / SMALL:
            raise ValueError(f"column {name!r} has entries of up to {size:.0e}, with squares beyond floats: scale it")
    if intercept:
        return np.column_stack([np.ones(len(X)), X]), y, ("const", *names)
    return X, y, names


@dataclass(frozen=True, eq=False)
class OLSResults:
    """What `ols` found. Attributes are named as those of statsmodels' results.

    Attributes
    ----------
    design : ndarray of shape (n, k)
        With the constant, if there is one.
    y : ndarray of shape (n,)
    names : tuple of k str
    cov_type : str
    params : ndarray of shape (k,)
    inverse_gram : ndarray of shape (k, k)
        (X^T X)^-1.
    leverage : ndarray of shape (n,)
        How far y_i pulls its own fitted value: d fitted_i / d y_i. Between 0 and 1, k in all.
    """

    design: np.ndarray
    y: np.ndarray
    names: tuple[str, ...]
    cov_type: str
    params: np.ndarray
    inverse_gram: np.ndarray
    leverage: np.ndarray

    @property
    def nobs(self) -> int:
        return len(self.y)

    @cached_property
    def constant(self) -> int | None:
        """Which column is constant (and not 0); None without one."""
        same = (np.ptp(self.design, axis=0) == 0) & (self.design[0] != 0)
        return int(np.argmax(same)) if same.any() else None

    @property
    def df_model(self) -> int:
        return len(self.params) - (self.constant is not None)

    @property
    def df_resid(self) -> int:
        return self.nobs - len(self.params)

    @cached_property
    def fittedvalues(self) -> np.ndarray:
        return self.design @ self.params

    @cached_property
    def resid(self) -> np.ndarray:
        return self.y - self.fittedvalues

    @cached_property
    def ssr(self) -> float:
        """Sum of squared residuals."""
        return float(self.resid @ self.resid)

    @property
    def scale(self) -> float:
        """s^2, the unbiased estimate of the variance of the errors."""
        return self.ssr / self.df_resid

    @cached_property
    def total(self) -> float:
        """Sum of squares around the mean; around 0 without a constant."""
        deviation = self.y - self.y.mean() if self.constant is not None else self.y
        return float(deviation @ deviation)

    @property
    def rsquared(self) -> float:
        """1 - ssr / total; NaN where y does not vary."""
        return 1 - self.ssr / self.total if self.total else float("nan")

    @property
    def rsquared_adj(self) -> float:
        """1 - s^2 / (variance of y): a column that explains nothing leaves it, on average, where it is."""
        return 1 - (1 - self.rsquared) * (self.nobs - (self.constant is not None)) / self.df_resid

    @property
    def llf(self) -> float:
        """Logarithm of the likelihood at its maximum, for normal errors: -n/2 (log(2 pi ssr / n) + 1)."""
        return -self.nobs / 2 * (log(2 * pi * self.ssr / self.nobs) + 1) if self.ssr else float("inf")

    @property
    def aic(self) -> float:
        return -2 * self.llf + 2 * len(self.params)

    @property
    def bic(self) -> float:
        return -2 * self.llf + log(self.nobs) * len(self.params)

    @cached_property
    def condition_number(self) -> float:
        """Largest over smallest singular value of the design."""
        s = singular_values(self.design)
        return float(s[0] / s[-1])

    @cached_property
    def cov_params(self) -> np.ndarray:
        """Covariance matrix of the coefficients, of shape (k, k)."""
        if self.cov_type == "nonrobust":
            return self.scale * self.inverse_gram
        rest = 1 - self.leverage
        factor = {"HC0": 1.0, "HC1": self.nobs / self.df_resid, "HC2": 1 / rest, "HC3": 1 / rest**2}[self.cov_type]
        omega = factor * self.resid**2
        half = np.sqrt(omega)[:, None] * (self.design @ self.inverse_gram)
        return half.T @ half

    def with_covariance(self, cov_type: str) -> "OLSResults":
        """The same fit with another covariance of its coefficients."""
        if cov_type not in KINDS:
            raise ValueError(f"cov_type must be one of {', '.join(KINDS)}; got {cov_type!r}")
        return replace(self, cov_type=cov_type)

    @property
    def bse(self) -> np.ndarray:
        """Standard errors of the coefficients."""
        return np.sqrt(np.diagonal(self.cov_params))

    @property
    def tvalues(self) -> np.ndarray:
        with np.errstate(divide="ignore", invalid="ignore"):  # all residuals are 0: infinite, or NaN
            return self.params / self.bse

    @property
    def _law(self) -> StudentT | Normal:
        return StudentT(self.df_resid) if self.cov_type == "nonrobust" else Normal(0, 1)

    @property
    def pvalues(self) -> np.ndarray:
        """P(|T| >= |t|) if the coefficient were 0 and the model right."""
        return 2 * self._law.sf(np.abs(self.tvalues))

    def conf_int(self, alpha: float = 0.05) -> np.ndarray:
        """Intervals that cover the true coefficient in a share of 1 - alpha of samples; shape (k, 2)."""
        half = self._quantile(alpha) * self.bse
        return np.stack([self.params - half, self.params + half], axis=1)

    def _quantile(self, alpha: float) -> float:
        if not 0 < alpha < 1:
            raise ValueError(f"alpha must be between 0 and 1; got {alpha!r}")
        return float(self._law.ppf(1 - alpha / 2))

    @cached_property
    def fvalue(self) -> float:
        """Are all coefficients but the constant 0? w^T V^-1 w / q for the q of them with covariance V.

        NaN if there are none, or if one of them has no variance, as when all residuals are 0.
        """
        others = [j for j in range(len(self.params)) if j != self.constant]
        w, V = self.params[others], self.cov_params[np.ix_(others, others)]
        spread = np.sqrt(np.diagonal(V))  # correlations instead of covariances: units may differ by powers of ten
        if not others or not spread.all():
            return float("nan")
        z = w / spread
        return float(z @ cho_solve(cholesky(V / np.outer(spread, spread)), z)) / len(others)

    @property
    def f_pvalue(self) -> float:
        if np.isnan(self.fvalue):
            return float("nan")
        return float(F(self.df_model, self.df_resid).sf(self.fvalue))

    def predict(self, X: Any) -> np.ndarray:
        """Fitted means for new rows X of shape (m, number of features)."""
        return self._rows(X) @ self.params

    def _rows(self, X: Any) -> np.ndarray:
        X = np.asarray(X, float)
        X = X[:, None] if X.ndim == 1 else X
        if X.ndim != 2:
            raise ValueError(f"X must have shape (m, number of features); got {X.shape}")
        if self.names[0] == "const" and X.shape[1] == len(self.params) - 1:
            X = np.column_stack([np.ones(len(X)), X])
        if X.shape[1] != len(self.params):
            raise ValueError(f"X must have the columns of the fit, {self.names}; got shape {X.shape}")
        return X

    def get_prediction(self, X: Any, alpha: float = 0.05) -> Prediction:
        """Means with their confidence intervals, and intervals for single observations, of level 1 - alpha.

        The variance of the mean at x is x^T Var(w) x; a single observation adds its own error, s^2.
        """
        rows = self._rows(X)
        mean, variance = rows @ self.params, np.einsum("ij,jk,ik->i", rows, self.cov_params, rows)
        t = self._quantile(alpha)
        se, wide = np.sqrt(variance), t * np.sqrt(variance + self.scale)
        return Prediction(mean, se, mean - t * se, mean + t * se, mean - wide, mean + wide)

    def summary(self, alpha: float = 0.05) -> str:
        """A table of coefficients, with a line about the whole fit."""
        letter = "t" if self.cov_type == "nonrobust" else "z"
        width = max(map(len, self.names))
        low, high = f"{alpha / 2:.3g}", f"{1 - alpha / 2:.3g}"
        lines = [
            f"n = {self.nobs}, R² = {self.rsquared:.3f}, adjusted {self.rsquared_adj:.3f}, s = {sqrt(self.scale):.4g}, "
            f"F({self.df_model}, {self.df_resid}) = {self.fvalue:.4g}, p = {self.f_pvalue:.2g}",
            f"AIC {self.aic:.1f}, BIC {self.bic:.1f}, covariance {self.cov_type}",
            f"{'':{width}}  {'coef':>10}  {'std err':>10}  {letter:>8}  {'p':>8}  {low:>10}  {high:>10}",
        ]
        table = zip(self.names, self.params, self.bse, self.tvalues, self.pvalues, self.conf_int(alpha), strict=True)
        for name, w, se, t, p, (lower, upper) in table:
            lines.append(f"{name:{width}}  {w:10.4g}  {se:10.4g}  {t:8.3f}  {p:8.2g}  {lower:10.4g}  {upper:10.4g}")
        return "\n".join(lines)
