"""What is learned from and how it is judged: metrics, splits, and what a score says about new data.

Metrics stand in ``groundup.data.metrics``; splitters and baselines, which are classes, are here by name as well.
"""

from groundup.lazy import lazily

_SPLITTERS = ("GroupKFold", "GroupShuffleSplit", "KFold", "LeaveOneGroupOut", "LeaveOneOut", "RepeatedKFold",
              "RepeatedStratifiedKFold", "ShuffleSplit", "StratifiedGroupKFold", "StratifiedKFold",
              "StratifiedShuffleSplit", "TimeSeriesSplit", "cross_val_score", "train_test_split")  # fmt: skip
_BASELINES = ("DummyClassifier", "DummyRegressor")
_HOMES: dict[str, str] = {
    **dict.fromkeys(_SPLITTERS, "model_selection"),
    **dict.fromkeys(_BASELINES, "generalization"),
}

__all__ = [*_SPLITTERS, *_BASELINES]  # pyright: ignore[reportUnsupportedDunderAll]
__getattr__, __dir__ = lazily(__name__, _HOMES)
