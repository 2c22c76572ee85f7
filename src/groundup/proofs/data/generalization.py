"""groundup.data.generalization beside closed forms (in NumPy) and scikit-learn's baselines and curves."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from groundup.classical.linear_regression import LinearRegression
from groundup.data.generalization import (
    DummyClassifier,
    DummyRegressor,
    bias_variance,
    covariance_degrees,
    degrees_of_freedom,
    error_bound,
    expected_optimism,
    learning_curve,
    minimum_norm_errors,
    neighbor_smoother,
    random_features,
    ridge_smoother,
    rows_needed,
    smoother_bias_variance,
    validation_curve,
)
from groundup.proofs.core import Case, Proof

__all__ = ["proof"]

proof = Proof("groundup.data.generalization", reference="numpy (closed forms)", needs=("sklearn", "scipy"))

SIGMA = 0.5
ROUNDING = "some hundred roundings of 1e-16"


def _curve(n: int = 30, d: int = 4) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Polynomial columns at n points and at 7 new ones, and a curve that is no polynomial at both."""
    x, new = np.sort(np.random.RandomState(0).uniform(-1, 1, n)), np.linspace(-0.9, 0.9, 7)
    X, X_new = (np.stack([v ** (p + 1) for p in range(d)], axis=1) for v in (x, new))
    return X, X_new, np.sin(4 * x), np.sin(4 * new)


def _ridge_by_inverse(X: np.ndarray, new: np.ndarray, alpha: float) -> np.ndarray:
    """S as it stands in the books: a column of ones, whose coefficient is not penalised, and an inverse."""
    A, B = (np.column_stack([np.ones(len(v)), v]) for v in (X, new))
    penalty = alpha * np.diag([0.0] + [1.0] * X.shape[1])
    return B @ np.linalg.inv(A.T @ A + penalty) @ A.T


@proof.check("ridge and nearest neighbours as matrices", tolerance=1e-10, reason="roundings times a condition of 1e3")
def _smoothers() -> Iterator[Case]:
    X, new, _, _ = _curve()
    for alpha in (0.0, 0.1, 10.0):
        yield Case(
            f"ridge, alpha {alpha}",
            lambda a=alpha: [ridge_smoother(X, new, a), degrees_of_freedom(ridge_smoother(X, alpha=a))],
            lambda a=alpha: [_ridge_by_inverse(X, new, a), np.trace(_ridge_by_inverse(X, X, a))],
        )
    s = np.linalg.svd(X - X.mean(axis=0), compute_uv=False)
    yield Case(
        "degrees of freedom from singular values",
        lambda: degrees_of_freedom(ridge_smoother(X, alpha=0.3)),
        lambda: 1 + np.sum(s**2 / (s**2 + 0.3)),
    )


@proof.check("nearest neighbours' matrix", tolerance=1e-14, reason=ROUNDING, reference="sklearn.neighbors")
def _neighbors() -> Iterator[Case]:
    from sklearn.neighbors import KNeighborsRegressor

    random = np.random.RandomState(3)
    X, new = random.normal(size=(40, 3)), random.normal(size=(9, 3))
    for k in (1, 5, 40):
        yield Case(
            f"k = {k}",
            lambda k=k: neighbor_smoother(X, new, k),
            lambda k=k: KNeighborsRegressor(k).fit(X, np.eye(40)).predict(new),
        )


class _Smoother:
    """A smoother as an estimator, so that simulation and closed form judge the same fit."""

    def __init__(self, alpha: float = 0.0, k: int = 0) -> None:
        self.alpha, self.k = alpha, k

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        return {"alpha": self.alpha, "k": self.k}

    def fit(self, X: np.ndarray, y: np.ndarray) -> "_Smoother":
        self.X_, self.y_ = X, y
        return self

    def matrix(self, X: np.ndarray, new: np.ndarray) -> np.ndarray:
        return neighbor_smoother(X, new, self.k) if self.k else ridge_smoother(X, new, self.alpha)

    def predict(self, new: np.ndarray) -> np.ndarray:
        return self.matrix(self.X_, new) @ self.y_


def _measured(model: Any, rounds: int) -> list[Any]:
    X, new, f, f_new = _curve()

    def draw(random: np.random.RandomState) -> tuple[np.ndarray, np.ndarray]:
        return X, f + SIGMA * random.normal(size=len(f))

    parts = bias_variance(model, draw, new, f_new, noise=SIGMA**2, rounds=rounds)
    return [parts.bias, parts.variance, parts.error]


def _by_formula(S: np.ndarray) -> list[Any]:
    _, _, f, f_new = _curve()
    bias, variance = S @ f - f_new, SIGMA**2 * np.diagonal(S @ S.T)
    return [bias, variance, SIGMA**2 + np.mean(bias**2) + np.mean(variance)]


@proof.check(
    "bias and variance by simulation",
    tolerance=0.1,
    reason="3,000 training sets: a variance is known to 1 / sqrt(1500) = 3 %, a bias to the spread over 55",
)
def _simulated() -> Iterator[Case]:
    X, new, _, _ = _curve()
    models = [
        ("least squares", LinearRegression(), _ridge_by_inverse(X, new, 0.0)),
        ("ridge, alpha 1", _Smoother(1.0), _ridge_by_inverse(X, new, 1.0)),
        ("5 nearest neighbours", _Smoother(k=5), neighbor_smoother(X, new, 5)),
    ]
    for name, model, S in models:
        yield Case(name, lambda m=model: _measured(m, 3000), lambda S=S: _by_formula(S))


@proof.check("bias and variance of a smoother", tolerance=1e-12, reason=ROUNDING)
def _closed() -> Iterator[Case]:
    X, new, f, f_new = _curve()

    def ours(S: np.ndarray) -> list[Any]:
        parts = smoother_bias_variance(S, f, f_new, SIGMA)
        return [parts.bias, parts.variance, parts.error]

    for name, S in (("ridge", ridge_smoother(X, new, 1.0)), ("neighbours", neighbor_smoother(X, new, 3))):
        yield Case(name, lambda S=S: ours(S), lambda S=S: _by_formula(S))


@proof.check(
    "degrees of freedom by covariance, optimism",
    tolerance=0.05,
    reason="20,000 rounds: the sum of covariances is known to about 2 %",
)
def _optimism() -> Iterator[Case]:
    X, _, f, _ = _curve()
    for name, S in (("ridge", ridge_smoother(X, alpha=0.5)), ("neighbours", neighbor_smoother(X, k=4))):
        yield Case(
            f"covariances, {name}",
            lambda S=S: covariance_degrees(lambda y: S @ y, f, SIGMA, rounds=20_000),
            lambda S=S: np.trace(S),
        )
        yield Case(
            f"optimism, {name}",
            lambda S=S: expected_optimism(S, SIGMA),
            lambda S=S: _measured_optimism(S, f),
        )


def _measured_optimism(S: np.ndarray, f: np.ndarray) -> float:
    """Error on new y at the same x minus training error, averaged over 20,000 draws."""
    random = np.random.RandomState(7)
    y, again = (f[:, None] + SIGMA * random.normal(size=(len(f), 20_000)) for _ in range(2))
    fits = S @ y
    return float(np.mean((again - fits) ** 2 - (y - fits) ** 2))


@proof.check(
    "minimum-norm fits along their width", tolerance=1e-9, reason="roundings times a condition of 1e5 where w is n"
)
def _widths() -> Iterator[Case]:
    random = np.random.RandomState(1)
    X, new = random.normal(size=(40, 5)), random.normal(size=(50, 5))
    y, y_new = (np.sin(v[:, 0]) + v[:, 1] + 0.1 * random.normal(size=len(v)) for v in (X, new))
    A, B = random_features(X, 100), random_features(new, 100)

    def theirs(widths: tuple[int, ...]) -> list[Any]:
        fits = [np.linalg.pinv(A[:, :w], rcond=1e-12) @ y for w in widths]
        sides = ((A, y), (B, y_new))
        return [np.array([np.mean((M[:, : len(w)] @ w - t) ** 2) for w in fits]) for M, t in sides]

    for widths in ((5, 20, 35), (40, 45, 100)):
        yield Case(
            f"widths {widths}, 40 rows",
            lambda w=widths: list(minimum_norm_errors(A, y, B, y_new, w)),
            lambda w=widths: theirs(w),
        )


def _classes() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.RandomState(5)
    y = np.array(["no", "yes", "perhaps"])[random.choice(3, 50, p=[0.6, 0.3, 0.1])]
    return np.zeros((50, 1)), y, random.randint(0, 3, 50).astype(float)


NAMES = np.array(["a", "b", "no", "perhaps", "yes"])


def _answers(model: Any, X: np.ndarray, y: np.ndarray, weights: Any) -> list[Any]:
    model.fit(X, y, weights)
    with np.errstate(divide="ignore"):
        p = model.predict_proba(X) if hasattr(model, "predict_proba") else []
    found = model.predict(X)
    found = found if found.dtype.kind == "f" else np.searchsorted(NAMES, found)
    return [*(p if isinstance(p, list) else [p]), found, model.score(X, y) if y.ndim == 1 else 0.0]


@proof.check(
    "DummyClassifier, DummyRegressor", tolerance=1e-15, reason="the same draws and means", reference="sklearn.dummy"
)
def _baselines() -> Iterator[Case]:
    from sklearn import dummy

    X, y, w = _classes()
    two = np.column_stack([y, np.where(y == "no", "a", "b")])
    for strategy in ("most_frequent", "prior", "stratified", "uniform", "constant"):
        for name, target, weights, constant in (
            ("", y, None, "yes"),
            (", weights", y, w, "perhaps"),
            (", two outputs", two, None, ["yes", "b"]),
        ):
            options = {"strategy": strategy, "random_state": 3, "constant": constant}
            yield Case(
                strategy + name,
                lambda o=options, t=target, v=weights: _answers(DummyClassifier(**o), X, t, v),
                lambda o=options, t=target, v=weights: _answers(dummy.DummyClassifier(**o), X, t, v),
            )
    numbers = np.random.RandomState(6).normal(size=(50, 2))
    for strategy, more in (
        ("mean", {}),
        ("median", {}),
        ("quantile", {"quantile": 0.3}),
        ("constant", {"constant": 2}),
    ):
        for name, weights in (("", None), (", weights", w)):
            options = {"strategy": strategy, **more}
            yield Case(
                strategy + name,
                lambda o=options, v=weights: _answers(DummyRegressor(**o), X, numbers[:, 0], v),
                lambda o=options, v=weights: _answers(dummy.DummyRegressor(**o), X, numbers[:, 0], v),
            )


@proof.check(
    "learning curves, validation curves",
    tolerance=1e-10,
    reason="the same splits and rows; fits agree to roundings",
    reference="sklearn.model_selection",
)
def _curves() -> Iterator[Case]:
    from sklearn import linear_model, model_selection
    from sklearn.datasets import load_diabetes
    from sklearn.neighbors import KNeighborsClassifier

    data: Any = load_diabetes()
    X, y = data.data, data.target
    for name, options in (
        ("shares of the rows", {}),
        ("numbers of rows, shuffled", {"train_sizes": [20, 50, 290], "shuffle": True, "random_state": 4, "cv": 3}),
        ("another score", {"scoring": "neg_mean_absolute_error", "cv": 4}),
    ):
        theirs: dict[str, Any] = {"train_sizes": (0.1, 0.325, 0.55, 0.775, 1.0)} | options
        yield Case(
            f"learning curve, {name}",
            lambda o=options: list(learning_curve(LinearRegression(), X, y, **o)),
            lambda o=theirs: list(model_selection.learning_curve(linear_model.LinearRegression(), X, y, **o)),
        )
    labels = np.digitize(y, [100, 200])
    k = {"param_name": "n_neighbors", "param_range": [1, 5, 20], "cv": 4}
    yield Case(
        "validation curve, classes in stratified folds",
        lambda: list(validation_curve(KNeighborsClassifier(), X, labels, **k)),
        lambda: list(model_selection.validation_curve(KNeighborsClassifier(), X, labels, **k)),
    )


@proof.check("Hoeffding's bound", tolerance=1e-12, reason=ROUNDING, reference="the tail, solved by bisection")
def _bounds() -> Iterator[Case]:
    from scipy.optimize import brentq

    for n, delta, models in ((100, 0.05, 1), (1000, 0.01, 50), (10**6, 0.1, 10**9)):

        def tail(t: float, n: int = n, delta: float = delta, models: int = models) -> float:
            return np.log(2 * models) - 2 * n * t**2 - np.log(delta)

        yield Case(
            f"n = {n}, {models} models",
            lambda n=n, d=delta, m=models: error_bound(n, d, m),
            lambda tail=tail: brentq(tail, 1e-9, 10.0, xtol=1e-16),
        )
        yield Case(
            f"rows for that distance, {models} models",
            lambda n=n, d=delta, m=models: rows_needed(error_bound(n, d, m) * (1 + 1e-9), d, m),
            lambda n=n: n,
        )
