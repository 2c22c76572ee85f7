"""Scores by name: which metric, from which method of the estimator, and in which direction it is better.

A scorer is any callable ``(estimator, X, y) -> float`` of which higher is better; losses are negated ("neg_…").
"""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import numpy as np
from sklearn.base import is_classifier

from groundup.data import metrics

__all__ = ["SCORERS", "Scorer", "get_scorer"]


class Scorer:
    """A metric of predictions made into ``scorer(estimator, X, y, sample_weight=None)``.

    Parameters
    ----------
    metric : callable ``(y_true, y_pred) -> float``
    sign : 1 or -1
        -1 for a loss.
    response : {"predict", "scores", "predict_proba"}
        What the metric takes: predictions, scores (decision_function, else probabilities), or probabilities.
    """

    def __init__(self, metric: Callable[..., float], sign: int = 1, response: str = "predict") -> None:
        self.metric, self.sign, self.response = metric, sign, response

    def __call__(self, estimator: Any, X: Any, y: Any, sample_weight: Any = None) -> float:
        options = {} if sample_weight is None else {"sample_weight": sample_weight}
        if self.response == "predict_proba" and not _two_columns(estimator):
            options["labels"] = estimator.classes_
        elif _two_columns(estimator) and self._takes_pos_label():
            options["pos_label"] = estimator.classes_[1]
        return self.sign * self.metric(y, self._predicted(estimator, X), **options)

    def _takes_pos_label(self) -> bool:
        return self.metric in (metrics.average_precision_score, metrics.brier_score_loss)

    def _predicted(self, estimator: Any, X: Any) -> np.ndarray:
        if self.response == "predict":
            return estimator.predict(X)
        if self.response == "scores" and hasattr(estimator, "decision_function"):
            return estimator.decision_function(X)
        if not hasattr(estimator, "predict_proba"):
            raise AttributeError(f"{type(estimator).__name__} has neither the scores nor the probabilities needed here")
        p = np.asarray(estimator.predict_proba(X))
        return p[:, 1] if _two_columns(estimator) else p


def _two_columns(estimator: Any) -> bool:
    return is_classifier(estimator) and len(getattr(estimator, "classes_", ())) == 2


def _averages(name: str, metric: Callable[..., Any]) -> dict[str, Scorer]:
    found = {name: Scorer(partial(metric, average="binary"))}
    return found | {
        f"{name}_{a}": Scorer(partial(metric, average=a)) for a in ("micro", "macro", "weighted", "samples")
    }


SCORERS: dict[str, Scorer] = {
    "accuracy": Scorer(metrics.accuracy_score),
    "balanced_accuracy": Scorer(metrics.balanced_accuracy_score),
    "matthews_corrcoef": Scorer(metrics.matthews_corrcoef),
    "top_k_accuracy": Scorer(metrics.top_k_accuracy_score, response="scores"),
    **_averages("precision", metrics.precision_score),
    **_averages("recall", metrics.recall_score),
    **_averages("f1", metrics.f1_score),
    **_averages("jaccard", metrics.jaccard_score),
    "roc_auc": Scorer(metrics.roc_auc_score, response="scores"),
    **{
        f"roc_auc_{way}{tail}": Scorer(
            partial(metrics.roc_auc_score, multi_class=way, average=average), response="predict_proba"
        )
        for way in ("ovr", "ovo")
        for tail, average in (("", "macro"), ("_weighted", "weighted"))
    },
    "average_precision": Scorer(metrics.average_precision_score, response="scores"),
    "neg_log_loss": Scorer(metrics.log_loss, -1, "predict_proba"),
    "neg_brier_score": Scorer(metrics.brier_score_loss, -1, "predict_proba"),
    "r2": Scorer(metrics.r2_score),
    "explained_variance": Scorer(metrics.explained_variance_score),
    "d2_absolute_error_score": Scorer(metrics.d2_absolute_error_score),
    "neg_max_error": Scorer(metrics.max_error, -1),
    **{
        f"neg_{name}": Scorer(getattr(metrics, name), -1)
        for name in (
            "mean_squared_error",
            "root_mean_squared_error",
            "mean_absolute_error",
            "median_absolute_error",
            "mean_absolute_percentage_error",
            "mean_squared_log_error",
            "root_mean_squared_log_error",
            "mean_poisson_deviance",
            "mean_gamma_deviance",
        )
    },
}


def _own_score(estimator: Any, X: Any, y: Any) -> float:
    return estimator.score(X) if y is None else estimator.score(X, y)


def get_scorer(scoring: Any) -> Callable[..., Any]:
    """The scorer of a name, or what was given if it is callable; None is the estimator's own `score`."""
    if scoring is None:
        return _own_score
    if callable(scoring):
        return scoring
    if scoring not in SCORERS:
        raise ValueError(f"{scoring!r} is not a valid scoring value; names are {', '.join(sorted(SCORERS))}")
    return SCORERS[scoring]


def scorers_of(scoring: Any) -> dict[str, Callable[..., Any]]:
    """Scorers by name; a single one is called "score"."""
    if isinstance(scoring, dict):
        if not scoring:
            raise ValueError("scoring is an empty dict: at least one score is needed")
        return {name: get_scorer(s) for name, s in scoring.items()}
    if scoring is None or isinstance(scoring, str) or callable(scoring):
        return {"score": get_scorer(scoring)}
    if isinstance(scoring, Iterable) and (names := list(scoring)):
        if len(set(names)) < len(names):
            raise ValueError(f"scoring names a score twice: {names}")
        return {name: get_scorer(name) for name in names}
    raise ValueError(f"scoring must be a name, a callable, a list or a dict of them; got {scoring!r}")
