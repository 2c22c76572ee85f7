"""When to distrust a linear regression: points that decide it, columns that say the same, residuals with a pattern.

    internal r_i = e_i / (s sqrt(1 - h_i)),   external t_i = e_i / (s_(i) sqrt(1 - h_i)),   s_(i) without row i
    Cook D_i = r_i^2 h_i / (k (1 - h_i)),     DFFITS_i = t_i sqrt(h_i / (1 - h_i))
    VIF_j = 1 / (1 - R_j^2), with R_j^2 that of column j fitted by the others

Everything about "without row i" follows from one fit, since leaving it out changes the coefficients by
(X^T X)^-1 x_i e_i / (1 - h_i) (Cook 1977, equation 5). Sources: Cook (1977); Koenker (1981) and White (1980) for the
tests of equal variance; Jarque and Bera (1980); Durbin and Watson (1950). Names are those of statsmodels. Left out
here: the exact distribution of Durbin and Watson's statistic.

Lesson: linear-regression
"""

from typing import Any, NamedTuple

import numpy as np

from groundup.classical.linear_regression.inference import OLSResults, ols
from groundup.math.linear_algebra import qr
from groundup.math.probability import ChiSquared, F, Normal

__all__ = [
    "Influence",
    "NormalityTest",
    "VarianceTest",
    "breusch_pagan",
    "durbin_watson",
    "influence",
    "jarque_bera",
    "qq_points",
    "variance_inflation",
    "white_test",
]


class Influence(NamedTuple):
    """What each row does to the fit; fields of shape (n,), `dfbetas` (n, k).

    Attributes
    ----------
    leverage : pull of y_i on its own fitted value.
    internal, external : studentised residuals, with s from all rows, and from all others.
    cooks_distance : move of the k coefficients without the row, in units of their confidence ellipsoid.
    cooks_pvalue : P(F(k, n - k) >= D): 0.5 is a move to the edge of the 50 % ellipsoid.
    dffits : move of the row's own fitted value, in standard errors.
    dfbetas : move of each coefficient, in standard errors.
    """

    leverage: np.ndarray
    internal: np.ndarray
    external: np.ndarray
    cooks_distance: np.ndarray
    cooks_pvalue: np.ndarray
    dffits: np.ndarray
    dfbetas: np.ndarray


class VarianceTest(NamedTuple):
    """A test of equal variances.

    Attributes
    ----------
    lm, lm_pvalue : float
        Lagrange multiplier statistic, n R^2 of the squared residuals' fit, and P(chi-squared >= lm) if all is well.
    fvalue, f_pvalue : float
        The F test of the same fit.
    """

    lm: float
    lm_pvalue: float
    fvalue: float
    f_pvalue: float


class NormalityTest(NamedTuple):
    """Jarque and Bera's test.

    Attributes
    ----------
    statistic, pvalue : float
    skew, kurtosis : float
        What it is made of; 0 and 3 for a normal distribution.
    """

    statistic: float
    pvalue: float
    skew: float
    kurtosis: float


def influence(results: OLSResults) -> Influence:
    """How much the fit depends on each single row, without fitting again.

    A row of leverage 1 is fitted exactly whatever its y, and cannot be left out: all but `leverage` is NaN there.
    """
    n, k = results.design.shape
    e, h, s2 = results.resid, results.leverage, results.scale
    rest = np.where(1 - h > n * np.finfo(float).eps, 1 - h, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        internal = e / np.sqrt(s2 * rest)
        others = (results.ssr - e**2 / rest) / (n - k - 1) if n - k > 1 else np.full(n, np.nan)
        external = e / np.sqrt(others * rest)
        distance = internal**2 * h / (rest * k)
        moves = (results.design @ results.inverse_gram) * (e / rest)[:, None]
        dfbetas = moves / np.sqrt(np.outer(others, np.diagonal(results.inverse_gram)))
        dffits = external * np.sqrt(h / rest)
    pvalue = np.where(np.isfinite(distance), F(k, n - k).sf(np.nan_to_num(distance)), np.nan)
    return Influence(h, internal, external, distance, pvalue, dffits, dfbetas)


def variance_inflation(X: Any) -> np.ndarray:
    """VIF of every column of X (n, m), beside a constant: its coefficient's variance over that of a lone column.

    1 for a column that is uncorrelated with the others. The variance of coefficient j is s^2 [(X^T X)^-1]_jj; alone
    it would be s^2 / |x_j - mean|^2.

    Raises
    ------
    ValueError
        If a column depends on those before it.
    """
    X = np.asarray(X, float)
    fit = ols(X, np.zeros(len(X)))
    return np.diagonal(fit.inverse_gram)[1:] * np.sum((X - X.mean(axis=0)) ** 2, axis=0)


def durbin_watson(resid: Any) -> float:
    """sum (e_t - e_{t-1})^2 / sum e_t^2, for rows in order of time: about 2 (1 - correlation of neighbours)."""
    e = np.asarray(resid, float)
    total = np.sum(e**2)
    return float(np.sum(np.diff(e) ** 2) / total) if total else float("nan")


def breusch_pagan(resid: Any, X: Any, *, robust: bool = True) -> VarianceTest:
    """Does the size of the residuals depend linearly on X? Their squares are fitted by X.

    Parameters
    ----------
    resid : array of shape (n,)
    X : array of shape (n, m)
        Without a constant.
    robust : bool
        n R^2 (Koenker 1981), which needs no normal errors; otherwise Breusch's and Pagan's (1979) own statistic.
    """
    square = np.asarray(resid, float) ** 2
    mean = square.mean() if square.any() else 1.0
    fit = ols(X, square if robust else square / mean)
    lm = fit.nobs * fit.rsquared if robust or not square.any() else (fit.total - fit.ssr) / 2
    return VarianceTest(lm, float(ChiSquared(fit.df_model).sf(lm)), fit.fvalue, fit.f_pvalue)


def white_test(resid: Any, X: Any) -> VarianceTest:
    """As `breusch_pagan`, on all columns, their squares and products: finds variances that depend on X in a curve.

    Products that depend on others, like the square of a column of two values, are left out.
    """
    X = np.asarray(X, float)
    X = X[:, None] if X.ndim == 1 else X
    i, j = np.triu_indices(X.shape[1])
    spread = X.std(axis=0)
    if not spread.all():
        raise ValueError(f"X must hold no constant column; column {int(np.argmin(spread))} is one")
    X = (X - X.mean(axis=0)) / spread  # spans the same, and conditions the products better
    Z = np.column_stack([X, X[:, i] * X[:, j]])
    _, r, *order = qr(Z - Z.mean(axis=0), pivoting=True)
    independent = np.abs(np.diagonal(r)) > len(Z) * np.finfo(float).eps * np.abs(r[0, 0])
    return breusch_pagan(resid, Z[:, np.sort(order[0][: len(independent)][independent])])


def jarque_bera(resid: Any) -> NormalityTest:
    """Are skewness S and kurtosis K those of a normal? n / 6 (S^2 + (K - 3)^2 / 4), chi-squared with 2 degrees."""
    e = np.asarray(resid, float)
    if not e.size:
        raise ValueError("resid must hold at least one residual; got none")
    e = e - e.mean()
    with np.errstate(invalid="ignore"):  # all are equal: NaN, as in the reference
        z = e / np.sqrt(np.mean(e**2))
    skew, kurtosis = float(np.mean(z**3)), float(np.mean(z**4))
    statistic = len(e) / 6 * (skew**2 + (kurtosis - 3) ** 2 / 4)
    return NormalityTest(statistic, float(ChiSquared(2).sf(statistic)), skew, kurtosis)


def qq_points(values: Any, a: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Points of a Q-Q plot: normal quantiles at (i - a) / (n + 1 - 2 a), i = 1..n, and the sorted values.

    Normal values lie near a line whose slope is their spread. a = 3/8 is Blom's choice, 0 that of statsmodels.
    """
    ordered = np.sort(np.asarray(values, float))
    n = len(ordered)
    return Normal(0, 1).ppf((np.arange(1, n + 1) - a) / (n + 1 - 2 * a)), ordered
