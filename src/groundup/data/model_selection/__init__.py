"""Model selection: splits that keep the test honest, cross-validation, and comparing models over splits.

| file | |
|---|---|
| `splitters` | k folds, stratified, repeated, leave one out |
| `groups`, `time_series` | splits for rows that belong together, or follow each other |
| `shuffled` | random splits, `train_test_split` |
| `scoring`, `validation` | scores by name; cross-validation |
| `comparison` | intervals and tests over splits |

Lesson: evaluation
"""

from groundup.data.model_selection.comparison import corrected_t_interval, corrected_t_test
from groundup.data.model_selection.groups import GroupKFold, LeaveOneGroupOut, StratifiedGroupKFold
from groundup.data.model_selection.scoring import SCORERS, Scorer, get_scorer
from groundup.data.model_selection.shuffled import (
    GroupShuffleSplit,
    ShuffleSplit,
    StratifiedShuffleSplit,
    train_test_split,
)
from groundup.data.model_selection.splitters import (
    KFold,
    LeaveOneOut,
    RepeatedKFold,
    RepeatedStratifiedKFold,
    StratifiedKFold,
)
from groundup.data.model_selection.time_series import TimeSeriesSplit
from groundup.data.model_selection.validation import check_cv, cross_val_predict, cross_val_score, cross_validate

__all__ = [
    "SCORERS",
    "GroupKFold",
    "GroupShuffleSplit",
    "KFold",
    "LeaveOneGroupOut",
    "LeaveOneOut",
    "RepeatedKFold",
    "RepeatedStratifiedKFold",
    "Scorer",
    "ShuffleSplit",
    "StratifiedGroupKFold",
    "StratifiedKFold",
    "StratifiedShuffleSplit",
    "TimeSeriesSplit",
    "check_cv",
    "corrected_t_interval",
    "corrected_t_test",
    "cross_val_predict",
    "cross_val_score",
    "cross_validate",
    "get_scorer",
    "train_test_split",
]
