"""A learning curve beside scikit-learn's, bias and variance by simulation beside a plain loop."""

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.datasets import load_diabetes

from groundup.bench import Benchmark

ROUNDS, ROWS, COLUMNS = 1000, 100, 5


def _curve() -> dict[str, Callable[[], Any]]:
    from sklearn import linear_model, model_selection

    from groundup.classical import LinearRegression
    from groundup.data.generalization import learning_curve

    data: Any = load_diabetes()
    X, y = data.data, data.target
    sizes, theirs = np.linspace(0.1, 1, 10), model_selection.learning_curve
    return {
        "ours": lambda: learning_curve(LinearRegression(), X, y, train_sizes=sizes, cv=10).test_scores[-1].mean(),
        "scikit-learn": lambda: theirs(linear_model.LinearRegression(), X, y, train_sizes=sizes, cv=10)[2][-1].mean(),
    }


def _simulation() -> dict[str, Callable[[], Any]]:
    from sklearn import linear_model

    from groundup.classical import LinearRegression
    from groundup.data.generalization import bias_variance

    X = np.random.RandomState(0).normal(size=(ROWS, COLUMNS))
    f = np.sin(X).sum(axis=1)

    def draw(random: np.random.RandomState) -> tuple[np.ndarray, np.ndarray]:
        return X, f + random.normal(size=ROWS)

    def loop() -> float:
        random = np.random.RandomState(0)
        found = [linear_model.LinearRegression().fit(*draw(random)).predict(X) for _ in range(ROUNDS)]
        return float(np.var(found, axis=0, ddof=1).mean())

    return {
        "ours": lambda: bias_variance(LinearRegression(), draw, X, f, rounds=ROUNDS).variance.mean(),
        "a loop with scikit-learn": loop,
    }


BENCHMARKS = [
    Benchmark(
        name="data.generalization/learning-curve",
        work="learning curve of linear regression, diabetes, 10 sizes in 10 folds",
        setup=_curve,
        reference="scikit-learn",
        reach=1.2,
        score=float,
        score_name="R² with all rows",
    ),
    Benchmark(
        name="data.generalization/bias-variance",
        work=f"bias and variance of linear regression, {ROUNDS} training sets of {ROWS} x {COLUMNS}",
        setup=_simulation,
        reference="a loop with scikit-learn",
        reach=1.2,
        score=float,
        score_name=f"variance; {(COLUMNS + 1) / ROWS} is right",
    ),
]
