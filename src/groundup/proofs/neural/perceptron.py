"""groundup.neural.perceptron beside scikit-learn's Perceptron, on the same order of the same examples."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from sklearn import datasets

from groundup.neural.perceptron import Perceptron
from groundup.proofs.core import Case, Proof

__all__ = ["proof"]

proof = Proof("groundup.neural.perceptron", reference="sklearn.linear_model.Perceptron")


def _data() -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    for name in ("iris", "wine", "breast_cancer", "digits"):
        X, y = getattr(datasets, f"load_{name}")(return_X_y=True)
        order = np.random.default_rng(0).permutation(len(y))  # copied: both see the examples in this order
        yield name, X[order], y[order]


def _learned(model: Any, X: np.ndarray, y: np.ndarray) -> list[np.ndarray]:
    model.fit(X, y)
    return [model.coef_, model.intercept_, model.decision_function(X), np.array(model.n_iter_)]


def _case(name: str, X: np.ndarray, y: np.ndarray, **options: Any) -> Case:
    from sklearn.linear_model import Perceptron as Reference

    return Case(
        name,
        lambda: _learned(Perceptron(shuffle=False, **options), X, y),
        lambda: _learned(Reference(shuffle=False, **options), X, y),
    )


@proof.check("coefficients, scores and passes", tolerance=0.0, reason="the same corrections in the same order")
def _same() -> Iterator[Case]:
    for name, X, y in _data():
        yield _case(name, X, y)
        yield _case(f"{name}, without intercept", X, y, fit_intercept=False)
        yield _case(f"{name}, balanced classes", X, y, class_weight="balanced")


@proof.check("float32", tolerance=1e-6, reason="scores are sums in float32; the coefficients are equal")
def _single() -> Iterator[Case]:
    for name, X, y in _data():
        yield _case(name, X.astype(np.float32), y)


@proof.check(
    "averaged weights",
    tolerance=1e-12,
    reason="ours subtracts what an update lacks in the mean, theirs updates the mean",
    reference="sklearn.linear_model.SGDClassifier(average=True)",
)
def _averaged() -> Iterator[Case]:
    from sklearn.linear_model import SGDClassifier

    same = {"average": True, "shuffle": False, "tol": None, "max_iter": 7}
    as_perceptron = {"loss": "perceptron", "learning_rate": "constant", "eta0": 1.0, "penalty": None}
    for name, X, y in _data():
        yield Case(
            name,
            lambda X=X, y=y: _learned(Perceptron(**same), X, y),
            lambda X=X, y=y: _learned(SGDClassifier(**as_perceptron, **same), X, y),
        )
