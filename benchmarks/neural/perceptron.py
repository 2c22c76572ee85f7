"""Twenty passes of the perceptron rule beside scikit-learn's."""

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.datasets import load_digits

from groundup.bench import Benchmark


def _contestants(X: np.ndarray, y: np.ndarray) -> dict[str, Callable[[], Any]]:
    from sklearn.linear_model import Perceptron as Reference

    from groundup.neural.perceptron import Perceptron

    options = {"tol": None, "max_iter": 20, "shuffle": False}
    return {
        "ours": lambda: Perceptron(**options).fit(X, y).score(X, y),
        "scikit-learn": lambda: Reference(**options).fit(X, y).score(X, y),
    }


def _wide() -> dict[str, Callable[[], Any]]:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(100_000, 50))
    return _contestants(X, X @ rng.normal(size=50) + 0.3 * rng.normal(size=100_000) > 0)


def _digits() -> dict[str, Callable[[], Any]]:
    return _contestants(*load_digits(return_X_y=True))


def _benchmark(name: str, work: str, setup: Callable[[], dict[str, Callable[[], Any]]]) -> Benchmark:
    return Benchmark(
        name=f"neural.perceptron/{name}",
        work=work,
        setup=setup,
        reference="scikit-learn",
        reach=1.0,
        score=float,
        score_name="accuracy on the examples learned from",
    )


BENCHMARKS = [
    _benchmark("two-classes", "20 passes over 100,000 x 50 float64, noisy plane", _wide),
    _benchmark("digits", "20 passes over digits, 1,797 x 64, ten classes one against the rest", _digits),
]
