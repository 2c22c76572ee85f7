"""groundup.data.metrics beside scikit-learn: random, tied and degenerate input, with and without weights."""

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from groundup.data import metrics as ours
from groundup.proofs.core import Case, Proof

__all__ = ["proof"]

proof = Proof("groundup.data.metrics", reference="sklearn.metrics", needs=("sklearn",))

ROUNDING = "sums of up to some thousand terms in another order"


def _quietly(call: Callable[[], Any]) -> Callable[[], Any]:
    """The same call with warnings of undefined metrics left out: values are compared here, warnings in the tests."""

    def quiet() -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return call()

    return quiet


def _case(label: str, name: str, *given: Any, **options: Any) -> Case:
    from sklearn import calibration, metrics

    reference = getattr(metrics if hasattr(metrics, name) else calibration, name)
    return Case(
        f"{name}, {label}",
        ours=_quietly(lambda: getattr(ours, name)(*given, **options)),
        reference=_quietly(lambda: reference(*given, **options)),
    )


def _classes() -> Iterator[tuple[str, np.ndarray, np.ndarray, np.ndarray | None]]:
    rng = np.random.default_rng(0)
    for label, n, k in [("2 classes", 300, 2), ("7 classes", 500, 7), ("3 rows", 3, 3)]:
        true = rng.integers(k, size=n)
        pred = np.where(rng.random(n) < 0.6, true, rng.integers(k, size=n))
        yield label, true, pred, None
        yield label + ", weights", true, pred, rng.random(n)
    names = np.array(["bad", "good", "fair"])
    yield "strings", names[rng.integers(3, size=60)], names[rng.integers(3, size=60)], None
    yield "far apart", rng.integers(3, size=50) * 10**12 - 7, rng.integers(3, size=50) * 10**12 - 7, None
    yield "one class", np.ones(5, dtype=int), np.ones(5, dtype=int), None
    yield "never right", np.array([0, 0, 1]), np.array([1, 2, 2]), rng.random(3)
    yield "floats", rng.integers(3, size=40).astype(float), rng.integers(3, size=40).astype(float), None


@proof.check("hard classes", tolerance=1e-12, reason=ROUNDING)
def _hard() -> Iterator[Case]:
    for label, true, pred, weight in _classes():
        for normalize in (None, "true", "pred", "all"):
            name = f"{label}, normalize={normalize}"
            yield _case(name, "confusion_matrix", true, pred, sample_weight=weight, normalize=normalize)
        present = np.unique(true)[::-1]
        yield _case(label + ", labels", "confusion_matrix", true, pred, labels=present[:2], sample_weight=weight)
        for name in ("accuracy_score", "zero_one_loss", "balanced_accuracy_score", "hamming_loss", "matthews_corrcoef"):
            yield _case(label, name, true, pred, sample_weight=weight)
        yield _case(label, "multilabel_confusion_matrix", true, pred, sample_weight=weight)
        for kind in (None, "linear", "quadratic"):
            yield _case(f"{label}, {kind}", "cohen_kappa_score", true, pred, weights=kind, sample_weight=weight)


@proof.check("precision, recall, F, Jaccard", tolerance=1e-12, reason=ROUNDING)
def _averages() -> Iterator[Case]:
    for label, true, pred, weight in _classes():
        for average in (None, "micro", "macro", "weighted"):
            for zero in (0.0, 1.0, np.nan):
                options = {"average": average, "zero_division": zero, "sample_weight": weight}
                words = f"{label}, {average}, 0/0 = {zero}"
                yield _case(words, "precision_recall_fscore_support", true, pred, beta=2.0, **options)
                if zero == zero:
                    yield _case(words, "jaccard_score", true, pred, **options)
        both = {"sample_weight": weight, "zero_division": 0.0}
        yield _case(label, "classification_report", true, pred, output_dict=True, **both)
    rng = np.random.default_rng(1)
    true, pred = rng.integers(2, size=(2, 40, 5))
    for average in ("samples", "micro", "macro", "weighted"):
        options: dict[str, Any] = {"average": average, "zero_division": 0.0}
        yield _case(f"indicators, {average}", "precision_recall_fscore_support", true, pred, **options)
        yield _case(f"indicators, {average}", "jaccard_score", true, pred, **options)


@proof.check("the report as text", tolerance=0, reason="the same characters")
def _report() -> Iterator[Case]:
    for label, true, pred, _ in _classes():
        if label not in ("never right",) and "weights" not in label:
            yield _case(label, "classification_report", true, pred, digits=3, zero_division=0.0)


def _scored() -> Iterator[tuple[str, np.ndarray, np.ndarray, np.ndarray | None]]:
    rng = np.random.default_rng(2)
    for n in (4, 50, 2000):
        y = np.append(rng.integers(2, size=n - 2), [0, 1])
        scores = rng.normal(size=n) + y
        yield f"{n} rows", y, scores, None
        yield f"{n} rows, ties", y, scores.round(), None
        yield f"{n} rows, ties, weights", y, scores.round(1), rng.random(n)
        yield f"{n} rows, whole weights, some 0", y, scores.round(1), np.append(rng.integers(0, 3, n - 2), [1, 1])
    y = np.arange(20) % 2
    yield "all scores equal", y, np.zeros(20), None
    yield "perfect", y, y.astype(np.float32), None
    yield "reversed, whole scores", y, 1 - y, None


@proof.check("curves", tolerance=1e-12, reason=ROUNDING)
def _curves() -> Iterator[Case]:
    for label, y, scores, weight in _scored():
        for name in ("roc_curve", "precision_recall_curve", "det_curve"):
            for drop in (True, False):
                words = f"{label}, drop_intermediate={drop}"
                yield _case(words, name, y, scores, sample_weight=weight, drop_intermediate=drop)


@proof.check("areas", tolerance=1e-12, reason=ROUNDING)
def _areas() -> Iterator[Case]:
    for label, y, scores, weight in _scored():
        for part in (None, 0.3):
            yield _case(f"{label}, up to {part}", "roc_auc_score", y, scores, sample_weight=weight, max_fpr=part)
        yield _case(label, "average_precision_score", y, scores, sample_weight=weight)
    rng = np.random.default_rng(3)
    y, p = np.append(rng.integers(4, size=96), range(4)), rng.dirichlet(np.ones(4), 100).round(2)
    p[:, 0] = 1 - p[:, 1:].sum(axis=1)
    for way in ("ovr", "ovo"):
        for average in ("macro", "weighted"):
            yield _case(f"4 classes, {way}, {average}", "roc_auc_score", y, p, multi_class=way, average=average)
    for k in (1, 2, 3):
        yield _case(f"k = {k}", "top_k_accuracy_score", y, p.round(1), k=k)
    for average in (None, "micro", "macro", "weighted", "samples"):
        hits, scores = rng.integers(2, size=(30, 4)), rng.random((30, 4)).round(1)
        hits[:, :2], hits[0], hits[1] = [0, 1], [0, 1, 0, 1], [0, 1, 1, 0]
        for name in ("roc_auc_score", "average_precision_score"):
            yield _case(f"indicators, {average}", name, hits, scores, average=average)


@proof.check("probabilities", tolerance=1e-12, reason=ROUNDING)
def _probabilities() -> Iterator[Case]:
    rng = np.random.default_rng(4)
    for k in (2, 5):
        y, p = np.append(rng.integers(k, size=300), range(k)), rng.dirichlet(np.ones(k), 300 + k)
        for weight in (None, rng.random(300 + k)):
            for name in ("log_loss", "brier_score_loss"):
                yield _case(f"{k} classes{', weights' * (weight is not None)}", name, y, p, sample_weight=weight)
    y, p = np.arange(60) % 2, rng.random(60)
    p[:4] = [0, 1, 1, 0]
    for name in ("log_loss", "brier_score_loss"):
        yield _case("one column, with 0 and 1", name, y, p)
    for strategy in ("uniform", "quantile"):
        yield _case(strategy, "calibration_curve", y, p, n_bins=7, strategy=strategy)


@proof.check("log loss, float32", tolerance=1e-5, reason="the reference adds logarithms in float32, ours in float64")
def _single() -> Iterator[Case]:
    rng = np.random.default_rng(5)
    p = rng.dirichlet(np.ones(3), 200).astype(np.float32)
    yield _case("3 classes", "log_loss", np.append(rng.integers(3, size=197), range(3)), p)


REGRESSION = [
    "mean_squared_error",
    "root_mean_squared_error",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "median_absolute_error",
    "mean_pinball_loss",
    "r2_score",
    "explained_variance_score",
    "d2_pinball_score",
    "d2_absolute_error_score",
]


@proof.check("predicted numbers", tolerance=1e-12, reason=ROUNDING)
def _regression() -> Iterator[Case]:
    rng = np.random.default_rng(6)
    for label, shape in (("100 rows", 100), ("2 rows", 2), ("3 outputs", (50, 3))):
        true, pred = rng.normal(size=shape), rng.normal(size=shape)
        for weight in (None, rng.integers(1, 4, size=len(true))):
            for name in REGRESSION:
                words = f"{label}{', weights' * (weight is not None)}"
                yield _case(words, name, true, pred, sample_weight=weight, multioutput="raw_values")
                yield _case(words + ", averaged", name, true, pred, sample_weight=weight)
            for name in ("mean_squared_log_error", "root_mean_squared_log_error"):
                yield _case(label, name, np.abs(true), np.abs(pred), sample_weight=weight)
    constant = np.ones(5)
    for name in ("r2_score", "explained_variance_score", "d2_absolute_error_score"):
        yield _case("constant truth", name, constant, rng.normal(size=5))
        yield _case("constant truth, perfect", name, constant, constant)
    yield _case("100 rows", "max_error", rng.normal(size=100), rng.normal(size=100))
    for power in (-1, 0, 1, 1.5, 2, 3):
        y, mu = rng.poisson(2, 60) + (0.5 if power >= 2 else 0.0), rng.random(60) + 0.1
        for name in ("mean_tweedie_deviance", "d2_tweedie_score"):
            yield _case(f"power {power}", name, y, mu, power=power, sample_weight=rng.random(60))


def _delong_by_pairs(y: np.ndarray, *scores: np.ndarray) -> np.ndarray:
    """Covariance of the areas from all P · N comparisons, as in DeLong et al. 1988."""
    wins = [np.sign(s[y == 1][:, None] - s[y == 0]) / 2 + 0.5 for s in scores]
    positives, negatives = (np.array([w.mean(axis=axis) for w in wins]) for axis in (1, 0))
    return np.cov(positives) / positives.shape[1] + np.cov(negatives) / negatives.shape[1]


@proof.check("DeLong's variance", tolerance=1e-12, reason=ROUNDING, reference="numpy, all pairs")
def _delong() -> Iterator[Case]:
    from groundup.data.metrics.intervals import _covariance, _placements

    rng = np.random.default_rng(7)
    for n in (8, 60, 500):
        y = np.append(rng.integers(2, size=n - 4), [0, 0, 1, 1])
        first, second = (rng.normal(size=n) + y).round(1), rng.normal(size=n)
        yield Case(
            f"{n} rows, two scores",
            ours=lambda g=(y, first, second): _covariance(*_placements(*g)),
            reference=lambda g=(y, first, second): _delong_by_pairs(*g),
        )
