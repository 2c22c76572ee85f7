"""Metrics on a million rows, beside scikit-learn and a from-scratch peer in NumPy.

The peers are what a tutorial shows: the area by sorting rows and adding trapezoids, the log loss by indexing, the
table by a loop in plain Python (on a tenth of the rows, scaled).
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from groundup.bench import Benchmark
from groundup.data import metrics as ours

N = 1_000_000
RNG = np.random.default_rng(0)
Y = RNG.integers(2, size=N)
SCORES = RNG.normal(size=N) + Y
P = 1 / (1 + np.exp(-SCORES))
Y10 = RNG.integers(10, size=N)
PRED10 = np.where(RNG.random(N) < 0.7, Y10, RNG.integers(10, size=N))
P10 = RNG.dirichlet(np.ones(10), N)


def peer_area() -> float:
    order = np.argsort(-SCORES, kind="stable")
    hits = Y[order]
    last = np.append(np.flatnonzero(np.diff(SCORES[order])), N - 1)
    tpr, fpr = np.cumsum(hits)[last] / hits.sum(), np.cumsum(1 - hits)[last] / (N - hits.sum())
    return float(np.trapezoid(np.append(0, tpr), np.append(0, fpr)))


def peer_log_loss() -> float:
    return float(-np.log(np.clip(P10[np.arange(N), Y10], 1e-15, 1)).mean())


def peer_table(rows: int = N // 10) -> list[list[int]]:
    table = [[0] * 10 for _ in range(10)]
    for t, p in zip(Y10[:rows].tolist(), PRED10[:rows].tolist(), strict=True):
        table[t][p] += 1
    return table


def contest(name: str, *given: Any, peer: Callable[[], Any] | None = None, **options: Any) -> Any:
    def setup() -> dict[str, Callable[[], Any]]:
        from sklearn import metrics as reference

        calls = {
            "ours": lambda: getattr(ours, name)(*given, **options),
            "scikit-learn": lambda: getattr(reference, name)(*given, **options),
        }
        return calls | ({"from scratch": peer} if peer else {})

    return setup


def first(answer: Any) -> float:
    """One number of an answer, to see that the contestants agree."""
    return float(np.sum(np.asarray(answer[1] if isinstance(answer, tuple) else answer, dtype=float)))


def bench(name: str, work: str, setup: Any, reach: float = 1.0, **more: Any) -> Benchmark:
    return Benchmark(
        name=f"data.metrics/{name}",
        work=f"{work}, 1,000,000 rows",
        setup=setup,
        reference="scikit-learn",
        reach=reach,
        score=first,
        score_name="the answer (equal: they agree)",
        **more,
    )


BENCHMARKS = [
    bench("roc-auc", "area under the ROC curve, float64", contest("roc_auc_score", Y, SCORES, peer=peer_area)),
    bench("roc-auc-ties", "the same, scores of two decimals", contest("roc_auc_score", Y, SCORES.round(2))),
    bench("roc-curve", "ROC curve, float64", contest("roc_curve", Y, SCORES)),
    bench("average-precision", "average precision, float64", contest("average_precision_score", Y, SCORES)),
    bench("log-loss", "log loss of 10 classes, float64", contest("log_loss", Y10, P10, peer=peer_log_loss)),
    bench("log-loss-binary", "log loss of 2 classes, float64", contest("log_loss", Y, P)),
    bench("brier", "Brier score of 2 classes, float64", contest("brier_score_loss", Y, P)),
    bench(
        "confusion-matrix",
        "table of 10 classes (from scratch: a tenth of the rows, scaled)",
        contest("confusion_matrix", Y10, PRED10, peer=peer_table),
        per={"from scratch": 10.0},
    ),
    bench("f1-macro", "F1 of 10 classes, macro", contest("f1_score", Y10, PRED10, average="macro")),
    bench("accuracy", "accuracy of 10 classes", contest("accuracy_score", Y10, PRED10)),
    bench("mse", "mean squared error, float64", contest("mean_squared_error", SCORES, P)),
]
