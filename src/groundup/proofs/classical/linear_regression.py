"""groundup.classical.linear_regression beside scikit-learn's LinearRegression and statsmodels' OLS."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from groundup.classical.linear_regression import (
    LinearRegression,
    OLSResults,
    breusch_pagan,
    durbin_watson,
    influence,
    jarque_bera,
    ols,
    qq_points,
    variance_inflation,
    white_test,
)
from groundup.proofs.core import Case, Proof

__all__ = ["proof"]

proof = Proof("groundup.classical.linear_regression", reference="sklearn.linear_model", needs=("statsmodels",))

NUMBERS = [
    "params",
    "bse",
    "tvalues",
    "pvalues",
    "rsquared",
    "rsquared_adj",
    "fvalue",
    "f_pvalue",
    "llf",
    "aic",
    "bic",
    "ssr",
    "scale",
    "fittedvalues",
    "resid",
]


def _made(n: int, m: int, seed: int, k: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Columns of unlike spread that are correlated; targets with a spread that grows."""
    random = np.random.RandomState(seed)
    X = random.normal(size=(n, m)) @ (np.eye(m) + 0.5 * random.normal(size=(m, m))) * 10.0 ** random.uniform(-2, 2, m)
    shape = (n, k) if k else (n,)
    W = random.normal(size=(m, k) if k else m)
    noise = random.normal(size=shape)
    return X + 3, (X / X.std(axis=0)) @ W + 5 + noise * (1 + 0.5 * np.abs(X[:, :1] if k else X[:, 0]) / X[:, 0].std())


def _real() -> tuple[np.ndarray, np.ndarray]:
    from sklearn.datasets import load_diabetes

    data: Any = load_diabetes(scaled=False)
    return data.data, data.target


def _fits() -> Iterator[tuple[str, np.ndarray, np.ndarray, np.ndarray | None]]:
    weights = np.random.RandomState(1).exponential(size=442)
    weights[:5] = 0
    yield "diabetes, 442 x 10", *_real(), None
    yield "diabetes with weights, some of them 0", *_real(), weights
    yield "5,000 x 30, in three blocks", *_made(5000, 30, 2), None
    yield "three targets at once", *_made(200, 6, 3, 3), None
    yield "20 rows, 30 columns", *_made(20, 30, 4), None
    X, y = _made(100, 4, 5)
    yield (
        "a column twice, one that is a sum, one constant",
        np.column_stack([X, X[:, 0], X @ np.ones(4), y * 0]),
        y,
        None,
    )
    yield "one row", X[:1], y[:1], None


def _coefficients(model: Any, X: np.ndarray, y: np.ndarray, weights: np.ndarray | None) -> list[Any]:
    model = model.fit(X, y, weights)
    return [model.coef_, np.asarray(model.intercept_), model.predict(X)]


def _cases(options: dict[str, Any], ours: dict[str, Any], full_rank: bool = False) -> Iterator[Case]:
    from sklearn.linear_model import LinearRegression as Reference

    for name, X, y, w in _fits():
        if full_rank and (len(X) < X.shape[1] or name.startswith("a column")):
            continue
        yield Case(
            name,
            lambda X=X, y=y, w=w: _coefficients(LinearRegression(**options, **ours), X, y, w),
            lambda X=X, y=y, w=w: _coefficients(Reference(**options), X, y, w),
        )


STABLE = "roundings of 1e-16, times the condition number of the columns, up to 1e4"


@proof.check("coefficients, QR; the shortest where there are many", tolerance=1e-11, reason=STABLE)
def _qr() -> Iterator[Case]:
    yield from _cases({}, {})
    yield from _cases({"fit_intercept": False}, {})


@proof.check("rank and singular values", tolerance=1e-12, reason="each is right to roundings of the largest")
def _rank() -> Iterator[Case]:
    from sklearn.linear_model import LinearRegression as Reference

    def both(model: Any) -> list[Any]:
        return [model.rank_, model.singular_]

    for name, X, y, w in _fits():
        yield Case(
            name,
            lambda X=X, y=y, w=w: both(LinearRegression().fit(X, y, w)),
            lambda X=X, y=y, w=w: both(Reference().fit(X, y, w)),
        )


@proof.check("coefficients, SVD", tolerance=1e-11, reason=STABLE)
def _svd() -> Iterator[Case]:
    return _cases({}, {"solver": "svd"})


@proof.check("coefficients, normal equations", tolerance=1e-8, reason="roundings of 1e-16, times its square, up to 1e8")
def _normal() -> Iterator[Case]:
    return _cases({}, {"solver": "normal"}, full_rank=True)


@proof.check("coefficients >= 0", tolerance=1e-10, reason="the same set of columns, then a fit by QR")
def _positive() -> Iterator[Case]:
    from sklearn.linear_model import LinearRegression as Reference

    yield from _cases({"positive": True}, {}, full_rank=True)
    for name, X, y, _ in _fits():
        if len(X) < X.shape[1] or name.startswith("a column"):  # many solutions are best: their fit is the same
            yield Case(
                f"fit, {name}",
                lambda X=X, y=y: LinearRegression(positive=True).fit(X, y).predict(X),
                lambda X=X, y=y: Reference(positive=True).fit(X, y).predict(X),
            )


@proof.check("gradient descent", tolerance=1e-5, reason="stops when the gradient has fallen to 1e-10 of its size")
def _descent() -> Iterator[Case]:
    from sklearn.linear_model import LinearRegression as Reference

    for name, X, y, _ in _fits():
        if len(X) < X.shape[1] or name.startswith("a column"):
            continue
        X = (X - X.mean(axis=0)) / X.std(axis=0)
        model = LinearRegression(solver="gradient-descent", tol=1e-10, max_iter=100_000)
        if X.shape[1] <= 10:  # 30 such columns take a million steps
            yield Case(
                name,
                lambda X=X, y=y, m=model: _coefficients(m, X, y, None),
                lambda X=X, y=y: _coefficients(Reference(), X, y, None),
            )


def _statsmodels(X: np.ndarray, y: np.ndarray, kind: Any = "nonrobust") -> Any:
    import statsmodels.api as sm

    return sm.OLS(y, sm.add_constant(X)).fit(cov_type=kind)


def _designs() -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    yield "diabetes", *_real()
    yield "60 x 4", *_made(60, 4, 8)
    yield "eight rows, two columns", *_made(8, 2, 9)


def _numbers(results: Any) -> dict[str, Any]:
    return {k: getattr(results, k) for k in NUMBERS} | {"interval": results.conf_int(0.1)}


@proof.check(
    "standard errors, tests, intervals, criteria",
    tolerance=1e-10,
    reason="roundings times the condition number, up to 1e4",
    reference="statsmodels OLS",
)
def _inference() -> Iterator[Case]:
    for name, X, y in _designs():
        yield Case(name, lambda X=X, y=y: _numbers(ols(X, y)), lambda X=X, y=y: _numbers(_statsmodels(X, y)))
    X, y = _real()
    yield Case(
        "without a constant",
        lambda: _numbers(ols(X, y, intercept=False)),
        lambda: _numbers(_plain(X, y)),
    )


def _plain(X: np.ndarray, y: np.ndarray) -> Any:
    import statsmodels.api as sm

    return sm.OLS(y, X).fit()


@proof.check(
    "robust covariances HC0 to HC3",
    tolerance=1e-9,
    reason="roundings times the condition number, up to 1e4",
    reference="statsmodels OLS",
)
def _robust() -> Iterator[Case]:
    for name, X, y in _designs():
        for kind in ("HC0", "HC1", "HC2", "HC3"):
            yield Case(
                f"{kind}, {name}",
                lambda X=X, y=y, k=kind: _with_covariance(ols(X, y, cov_type=k)),
                lambda X=X, y=y, k=kind: _with_covariance(_statsmodels(X, y, k)),
            )


def _with_covariance(results: Any) -> list[Any]:
    matrix = results.cov_params if isinstance(results, OLSResults) else results.cov_params()
    return [matrix, results.bse, results.tvalues, results.pvalues, results.conf_int(), results.fvalue, results.f_pvalue]


@proof.check(
    "intervals of means and of single observations",
    tolerance=1e-10,
    reason="roundings times the condition number, up to 1e4",
    reference="statsmodels OLS",
)
def _predictions() -> Iterator[Case]:
    import statsmodels.api as sm

    def frame(results: Any, new: np.ndarray) -> list[np.ndarray]:
        columns = ["mean", "mean_se", "mean_ci_lower", "mean_ci_upper", "obs_ci_lower", "obs_ci_upper"]
        table = results.get_prediction(sm.add_constant(new, has_constant="add")).summary_frame(alpha=0.2)
        return [table[c].to_numpy() for c in columns]

    for name, X, y in _designs():
        for kind in ("nonrobust", "HC3"):
            yield Case(
                f"{name}, {kind}",
                lambda X=X, y=y, k=kind: list(ols(X, y, cov_type=k).get_prediction(X[:5] * 1.1, alpha=0.2)),
                lambda X=X, y=y, k=kind: frame(_statsmodels(X, y, k), X[:5] * 1.1),
            )


@proof.check(
    "leverage, studentised residuals, Cook, DFFITS, DFBETAS",
    tolerance=1e-9,
    reason="roundings times the condition number, up to 1e4",
    reference="statsmodels OLSInfluence",
)
def _influence() -> Iterator[Case]:
    def theirs(results: Any) -> list[np.ndarray]:
        i = results.get_influence()
        residuals = [i.hat_matrix_diag, i.resid_studentized_internal, i.resid_studentized_external]
        return [*residuals, *i.cooks_distance, i.dffits[0], i.dfbetas]

    for name, X, y in _designs():
        yield Case(name, lambda X=X, y=y: list(influence(ols(X, y))), lambda X=X, y=y: theirs(_statsmodels(X, y)))


@proof.check(
    "variance inflation, condition number",
    tolerance=1e-9,
    reason="roundings times the condition number, up to 1e4",
    reference="statsmodels",
)
def _collinearity() -> Iterator[Case]:
    import statsmodels.api as sm
    from statsmodels.stats.outliers_influence import variance_inflation_factor

    def theirs(X: np.ndarray, y: np.ndarray) -> list[Any]:
        design = sm.add_constant(X)
        factors = [variance_inflation_factor(design, j) for j in range(1, design.shape[1])]
        return [np.array(factors), _statsmodels(X, y).condition_number]

    for name, X, y in _designs():
        yield Case(
            name,
            lambda X=X, y=y: [variance_inflation(X), ols(X, y).condition_number],
            lambda X=X, y=y: theirs(X, y),
        )


@proof.check(
    "Durbin-Watson, Breusch-Pagan, White, Jarque-Bera, Q-Q points",
    tolerance=1e-8,
    reason="fits of squared residuals by products of columns, with condition numbers up to 1e6",
    reference="statsmodels",
)
def _residual_tests() -> Iterator[Case]:
    import statsmodels.api as sm
    from statsmodels.stats import diagnostic, stattools

    def ours(X: np.ndarray, e: np.ndarray) -> list[Any]:
        tests = [*breusch_pagan(e, X), *breusch_pagan(e, X, robust=False)[:2], *white_test(e, X)]
        return [durbin_watson(e), *tests, *jarque_bera(e), *qq_points(e)]

    def theirs(X: np.ndarray, e: np.ndarray) -> list[Any]:
        design = sm.add_constant(X)
        old = diagnostic.het_breuschpagan(e, design, robust=False)[:2]
        tests = [*diagnostic.het_breuschpagan(e, design), *old, *diagnostic.het_white(e, design)]
        plot = sm.ProbPlot(e)
        return [stattools.durbin_watson(e), *tests, *stattools.jarque_bera(e), plot.theoretical_quantiles, np.sort(e)]

    real, target = _real()
    for name, X, y in (
        ("diabetes, six columns", real[:, [0, 2, 3, 6, 8, 9]], target),
        ("diabetes, one column of two values", real[:, [1, 2, 8]], target),
        ("60 x 4", *_made(60, 4, 8)),
    ):
        e = ols(X, y).resid
        yield Case(name, lambda X=X, e=e: ours(X, e), lambda X=X, e=e: theirs(X, e))
