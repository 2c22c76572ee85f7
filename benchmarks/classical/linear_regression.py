"""Least squares on many rows, beside scikit-learn and NumPy's lstsq."""

from collections.abc import Callable
from typing import Any

import numpy as np

from groundup.bench import Benchmark

ROWS, COLUMNS = 200_000, 100


def _data() -> tuple[np.ndarray, np.ndarray]:
    random = np.random.RandomState(0)
    X = random.normal(size=(ROWS, COLUMNS))
    return X, X @ random.normal(size=COLUMNS) + 5 * random.normal(size=ROWS)


def _share(X: np.ndarray, y: np.ndarray, coef: np.ndarray, intercept: float) -> float:
    e, d = y[:5000] - X[:5000] @ coef - intercept, y[:5000] - y[:5000].mean()
    return float(1 - (e @ e) / (d @ d))


def _fit() -> dict[str, Callable[[], Any]]:
    from sklearn.linear_model import LinearRegression as Reference

    from groundup.classical import LinearRegression

    X, y = _data()

    def fitted(model: Any) -> float:
        model.fit(X, y)
        return _share(X, y, model.coef_, model.intercept_)

    def numpy_alone() -> float:
        w = np.linalg.lstsq(np.column_stack([np.ones(ROWS), X]), y, rcond=None)[0]
        return _share(X, y, w[1:], w[0])

    return {
        "ours": lambda: fitted(LinearRegression()),
        "ours, normal equations": lambda: fitted(LinearRegression(solver="normal")),
        "scikit-learn": lambda: fitted(Reference()),
        "numpy.linalg.lstsq": numpy_alone,
    }


def _inference() -> dict[str, Callable[[], Any]]:
    import statsmodels.api as sm

    from groundup.classical.linear_regression import ols

    X, y = (a[:20_000] for a in _data())

    def read(results: Any) -> float:
        assert np.isfinite(results.bse).all() and np.isfinite(results.pvalues).all()
        return float(results.rsquared)

    return {
        "ours": lambda: read(ols(X, y, cov_type="HC3")),
        "statsmodels": lambda: read(sm.OLS(y, sm.add_constant(X)).fit(cov_type="HC3")),
    }


BENCHMARKS = [
    Benchmark(
        name="classical.linear_regression/fit",
        work=f"fit {ROWS:,} x {COLUMNS}, float64",
        setup=_fit,
        reference="scikit-learn",
        reach=1.0,
        score=float,
        score_name="R² on 5,000 rows",
        rounds=5,
    ),
    Benchmark(
        name="classical.linear_regression/inference",
        work="fit 20,000 x 100 with HC3 standard errors and p values",
        setup=_inference,
        reference="statsmodels",
        reach=1.0,
        score=float,
        score_name="R²",
        rounds=5,
    ),
]
