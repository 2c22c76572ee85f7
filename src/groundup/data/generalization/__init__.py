"""Generalization: what an error on known rows says about new ones, and how it is measured without fooling oneself.

| file | |
|---|---|
| `baselines` | `DummyClassifier`, `DummyRegressor`: what any model has to beat |
| `smoothers` | fits that are linear in y: ridge, nearest neighbours; degrees of freedom, optimism |
| `decomposition` | bias and variance, measured by simulation and in closed form |
| `curves` | learning curves, validation curves, errors of minimum-norm fits along their width |
| `holdout` | three-way splits, a test set that opens once, rows and columns that leak, Hoeffding's bounds |

Lesson: generalization
"""

from groundup.data.generalization.baselines import DummyClassifier, DummyRegressor
from groundup.data.generalization.curves import (
    LearningCurve,
    learning_curve,
    minimum_norm_errors,
    random_features,
    validation_curve,
)
from groundup.data.generalization.decomposition import BiasVariance, bias_variance, smoother_bias_variance
from groundup.data.generalization.holdout import (
    SealedTest,
    duplicate_rows,
    error_bound,
    rows_needed,
    single_column_scores,
    train_validation_test_split,
)
from groundup.data.generalization.smoothers import (
    covariance_degrees,
    degrees_of_freedom,
    expected_optimism,
    mallows_cp,
    neighbor_smoother,
    ridge_smoother,
)

__all__ = [
    "BiasVariance",
    "DummyClassifier",
    "DummyRegressor",
    "LearningCurve",
    "SealedTest",
    "bias_variance",
    "covariance_degrees",
    "degrees_of_freedom",
    "duplicate_rows",
    "error_bound",
    "expected_optimism",
    "learning_curve",
    "mallows_cp",
    "minimum_norm_errors",
    "neighbor_smoother",
    "random_features",
    "ridge_smoother",
    "rows_needed",
    "single_column_scores",
    "smoother_bias_variance",
    "train_validation_test_split",
    "validation_curve",
]
