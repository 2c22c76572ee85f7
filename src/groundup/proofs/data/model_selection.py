"""groundup.data.model_selection beside scikit-learn: the same splits, the same scores."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from groundup.data import model_selection as ours
from groundup.proofs.core import Case, Proof

__all__ = ["proof"]

proof = Proof("groundup.data.model_selection", reference="sklearn.model_selection", needs=("sklearn",))


def _parts(package: Any, name: str, options: dict[str, Any], given: tuple) -> list[list[np.ndarray]]:
    splits = getattr(package, name)(**options).split(*given)
    return [[np.asarray(train), np.asarray(test)] for train, test in splits]


def _case(label: str, name: str, options: dict[str, Any], given: tuple) -> Case:
    from sklearn import model_selection as reference

    settings = ", ".join(f"{k}={v}" for k, v in options.items())
    return Case(
        f"{name}({settings}), {label}",
        ours=lambda: _parts(ours, name, options, given),
        reference=lambda: _parts(reference, name, options, given),
    )


def _data() -> Iterator[tuple[str, tuple[np.ndarray, np.ndarray, np.ndarray]]]:
    rng = np.random.default_rng(0)
    for n, classes, groups in [(24, 2, 6), (61, 3, 12), (200, 4, 40)]:
        y = np.append(rng.choice(classes, size=n - 6 * classes), np.repeat(np.arange(classes), 6))
        yield f"{n} rows", (np.zeros((n, 1)), rng.permutation(y), rng.permutation(np.arange(n) % groups))


@proof.check("splits", tolerance=0, reason="the same row numbers in the same order")
def _splits() -> Iterator[Case]:
    for label, (X, y, groups) in _data():
        for k in (2, 5):
            for name in ("KFold", "StratifiedKFold", "GroupKFold", "StratifiedGroupKFold"):
                own = (X, y, groups) if "Group" in name else (X, y)
                yield _case(label, name, {"n_splits": k}, own)
                yield _case(label, name, {"n_splits": k, "shuffle": True, "random_state": 3}, own)
        for options in ({}, {"gap": 2}, {"max_train_size": 4}, {"n_splits": 3, "test_size": 4, "gap": 1}):
            yield _case(label, "TimeSeriesSplit", options, (X,))
        for options in (
            {"random_state": 1},
            {"random_state": 2, "test_size": 0.3},
            {"random_state": 0, "train_size": 9},
        ):
            for name in ("ShuffleSplit", "StratifiedShuffleSplit"):
                sizes = {"test_size": 0.25} | options if name.startswith("Stratified") else options
                yield _case(label, name, {"n_splits": 4} | sizes, (X, y))
        yield _case(label, "GroupShuffleSplit", {"random_state": 5, "test_size": 0.4}, (X, y, groups))
        yield _case(label, "RepeatedKFold", {"n_splits": 3, "n_repeats": 2, "random_state": 4}, (X,))
        yield _case(label, "RepeatedStratifiedKFold", {"n_splits": 3, "n_repeats": 2, "random_state": 4}, (X, y))
        yield _case(label, "LeaveOneOut", {}, (X,))
        yield _case(label, "LeaveOneGroupOut", {}, (X, y, groups))


def _halves(package: Any, *arrays: np.ndarray, **options: Any) -> list[np.ndarray]:
    return package.train_test_split(*arrays, **options)


@proof.check("train_test_split", tolerance=0, reason="the same rows in the same order")
def _train_test() -> Iterator[Case]:
    from sklearn import model_selection as reference

    for label, (_, y, _) in _data():
        rows = np.arange(len(y))
        choices: list[dict[str, Any]] = [{"random_state": 0}, {"test_size": 7, "random_state": 1}, {"shuffle": False}]
        choices += [{"stratify": y, "random_state": 2}, {"train_size": 0.5, "test_size": 0.25, "random_state": 3}]
        for i, options in enumerate(choices):
            yield Case(
                f"{label}, {i}",
                ours=lambda r=rows, y=y, o=options: _halves(ours, r, y, **o),
                reference=lambda r=rows, y=y, o=options: _halves(reference, r, y, **o),
            )


@proof.check("cross-validated scores", tolerance=1e-12, reason="the same fits; scores are sums in another order")
def _scores() -> Iterator[Case]:
    from sklearn import model_selection as reference
    from sklearn.datasets import load_breast_cancer, load_iris
    from sklearn.naive_bayes import GaussianNB

    model = GaussianNB()
    for data, load, scores in [
        ("iris", load_iris, ("accuracy", "f1_macro", "neg_log_loss", "roc_auc_ovr", "roc_auc_ovo_weighted")),
        ("breast cancer", load_breast_cancer, ("roc_auc", "average_precision", "neg_brier_score", "precision")),
    ]:
        X, y = load(return_X_y=True)
        for score in scores:
            yield Case(
                f"{data}, {score}",
                ours=lambda X=X, y=y, s=score: ours.cross_val_score(model, X, y, scoring=s),
                reference=lambda X=X, y=y, s=score: reference.cross_val_score(model, X, y, scoring=s),
            )
        for method in ("predict", "predict_proba"):
            yield Case(
                f"{data}, {method}",
                ours=lambda X=X, y=y, m=method: ours.cross_val_predict(model, X, y, method=m),
                reference=lambda X=X, y=y, m=method: reference.cross_val_predict(model, X, y, method=m),
            )
