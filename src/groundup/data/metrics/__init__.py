"""Metrics: what a prediction is worth, with the names and answers of scikit-learn.

| file | |
|---|---|
| `confusion` | hits and confusions of hard predictions, and what follows from them |
| `precision_recall` | precision, recall, F, Jaccard and their averages; the report |
| `ranking` | ROC, precision-recall and DET curves of scores |
| `areas` | area under the ROC curve, average precision, top-k accuracy |
| `probability` | log loss, Brier score, calibration |
| `regression`, `deviance` | errors of predicted numbers |
| `intervals` | how far a score can be trusted, and whether two differ |

Lesson: evaluation
"""

from groundup.data.metrics.areas import average_precision_score, roc_auc_score, top_k_accuracy_score
from groundup.data.metrics.confusion import (
    accuracy_score,
    balanced_accuracy_score,
    cohen_kappa_score,
    confusion_matrix,
    hamming_loss,
    matthews_corrcoef,
    multilabel_confusion_matrix,
    zero_one_loss,
)
from groundup.data.metrics.deviance import (
    d2_tweedie_score,
    mean_gamma_deviance,
    mean_poisson_deviance,
    mean_tweedie_deviance,
)
from groundup.data.metrics.intervals import (
    accuracy_interval,
    delong_interval,
    delong_test,
    mcnemar_test,
    score_interval,
)
from groundup.data.metrics.precision_recall import (
    classification_report,
    f1_score,
    fbeta_score,
    jaccard_score,
    precision_recall_fscore_support,
    precision_score,
    recall_score,
)
from groundup.data.metrics.probability import (
    brier_score_loss,
    calibration_curve,
    expected_calibration_error,
    log_loss,
)
from groundup.data.metrics.ranking import auc, det_curve, precision_recall_curve, roc_curve, threshold_counts
from groundup.data.metrics.regression import (
    adjusted_r2_score,
    d2_absolute_error_score,
    d2_pinball_score,
    explained_variance_score,
    max_error,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_pinball_loss,
    mean_squared_error,
    mean_squared_log_error,
    median_absolute_error,
    r2_score,
    root_mean_squared_error,
    root_mean_squared_log_error,
)

__all__ = [
    "accuracy_interval",
    "accuracy_score",
    "adjusted_r2_score",
    "auc",
    "average_precision_score",
    "balanced_accuracy_score",
    "brier_score_loss",
    "calibration_curve",
    "classification_report",
    "cohen_kappa_score",
    "confusion_matrix",
    "d2_absolute_error_score",
    "d2_pinball_score",
    "d2_tweedie_score",
    "delong_interval",
    "delong_test",
    "det_curve",
    "expected_calibration_error",
    "explained_variance_score",
    "f1_score",
    "fbeta_score",
    "hamming_loss",
    "jaccard_score",
    "log_loss",
    "matthews_corrcoef",
    "max_error",
    "mcnemar_test",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_gamma_deviance",
    "mean_pinball_loss",
    "mean_poisson_deviance",
    "mean_squared_error",
    "mean_squared_log_error",
    "mean_tweedie_deviance",
    "median_absolute_error",
    "multilabel_confusion_matrix",
    "precision_recall_curve",
    "precision_recall_fscore_support",
    "precision_score",
    "r2_score",
    "recall_score",
    "roc_auc_score",
    "roc_curve",
    "root_mean_squared_error",
    "root_mean_squared_log_error",
    "score_interval",
    "threshold_counts",
    "top_k_accuracy_score",
    "zero_one_loss",
]
