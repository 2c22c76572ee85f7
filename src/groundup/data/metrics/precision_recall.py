"""Precision, recall, F and Jaccard of hard predictions, and the averages over classes.

For one class with TP hits, FP false alarms and FN misses:

    precision = TP / (TP + FP)        recall = TP / (TP + FN)        jaccard = TP / (TP + FP + FN)
    F_β = (1 + β²) TP / ((1 + β²) TP + β² FN + FP)       (van Rijsbergen 1979, chapter 7, with β² = (1 - α) / α)

β is how much more recall weighs than precision. Averages: "micro" adds the counts of all classes first, "macro" is the
plain mean over classes, "weighted" weighs each class by its number of true rows, "samples" averages over the rows of
an indicator matrix, "binary" reports `pos_label` alone. Where a denominator is 0 the value is `zero_division`.
"""

import warnings
from typing import Any

import numpy as np
from sklearn.exceptions import UndefinedMetricWarning

from groundup.data.metrics._checks import Targets, check_targets
from groundup.data.metrics.confusion import class_counts

__all__ = [
    "classification_report",
    "f1_score",
    "fbeta_score",
    "jaccard_score",
    "precision_recall_fscore_support",
    "precision_score",
    "recall_score",
]

AVERAGES = (None, "micro", "macro", "weighted", "samples")


def precision_recall_fscore_support(
    y_true: Any,
    y_pred: Any,
    *,
    beta: float = 1.0,
    labels: Any = None,
    pos_label: Any = 1,
    average: str | None = None,
    warn_for: tuple[str, ...] = ("precision", "recall", "f-score"),
    sample_weight: Any = None,
    zero_division: Any = "warn",
) -> tuple[Any, Any, Any, Any]:
    """Precision, recall, F_β and the number of true rows, a class each or averaged.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,), or indicators of shape (n, k)
    beta : float
        Weight of recall against precision in F; 0 gives precision, infinity recall.
    labels : array-like, optional
        Which classes, in which order (not with "binary").
    pos_label : label, default=1
        The class reported with average="binary".
    average : {"binary", "micro", "macro", "weighted", "samples"} or None
        None: one value a class.
    warn_for : tuple of str
        Which of the three warn when they are not defined.
    sample_weight : array-like of shape (n,), optional
    zero_division : {"warn", 0, 1, nan}
        Value where nothing was predicted (precision), nothing is true (recall), or neither (F); "warn" is 0 and a
        warning. NaN is left out of averages.

    Returns
    -------
    precision, recall, fscore : float, or ndarray of shape (k,)
    support : ndarray of shape (k,), or None when averaged

    Raises
    ------
    ValueError
        If `average` does not fit the targets, or `pos_label` is not among two classes.

    Examples
    --------
    >>> from groundup.data.metrics import precision_recall_fscore_support
    >>> precision_recall_fscore_support([1, 1, 1, 0], [1, 0, 0, 0], average="binary")
    (1.0, 0.3333333333333333, 0.5, None)
    """
    if beta < 0:
        raise ValueError(f"beta must be at least 0; got {beta!r}")
    _check_zero_division(zero_division)
    targets = check_targets(y_true, y_pred, sample_weight)
    labels = _labels(targets, average, labels, pos_label)
    return _scores(targets, labels, beta, average, warn_for, zero_division)


def _scores(
    targets: Targets, labels: Any, beta: float, average: str | None, warn_for: tuple[str, ...], zero_division: Any
) -> tuple[Any, Any, Any, Any]:
    hits, predicted, true, _ = class_counts(targets, labels, average == "samples")
    if average == "micro":
        hits, predicted, true = (np.atleast_1d(c.sum()) for c in (hits, predicted, true))
    options = (average, warn_for, zero_division)
    precision = _divide(hits, predicted, "precision", "predicted", *options)
    recall = _divide(hits, true, "recall", "true", *options)
    if np.isposinf(beta):
        fscore = recall
    elif beta == 0:
        fscore = precision
    else:
        whole = beta**2 * true.astype(float) + predicted.astype(float)
        fscore = _divide((1 + beta**2) * hits.astype(float), whole, "f-score", "true nor predicted", *options)
    if average is None:
        return precision, recall, fscore, true
    weight = {"weighted": true, "samples": targets.weight}.get(average)
    return float(_mean(precision, weight)), float(_mean(recall, weight)), float(_mean(fscore, weight)), None


def _labels(targets: Targets, average: str | None, labels: Any, pos_label: Any) -> Any:
    """Which classes to report; raises where `average` does not fit the targets."""
    if average not in (*AVERAGES, "binary"):
        raise ValueError(f"average has to be one of {AVERAGES} or 'binary'; got {average!r}")
    if average != "binary":
        if pos_label not in (None, 1):
            warnings.warn(
                f"Note that pos_label (set to {pos_label!r}) is ignored when average != 'binary' (got {average!r}). "
                "You may use labels=[pos_label] to specify a single positive class.",
                UserWarning,
                stacklevel=3,
            )
        return labels
    if targets.kind != "binary":
        fitting = [a for a in AVERAGES if a != "samples" or targets.kind == "multilabel-indicator"]
        raise ValueError(
            f"Target is {targets.kind} but average='binary'. Please choose another average setting, one of {fitting}."
        )
    present = targets.labels.tolist()
    if len(present) >= 2 and pos_label not in present:
        raise ValueError(f"pos_label={pos_label!r} is not a valid label. It should be one of {present}")
    return [pos_label]


def _check_zero_division(value: Any) -> float:
    if isinstance(value, str) and value == "warn":
        return 0.0
    if not isinstance(value, str) and (value in (0, 1) or np.isnan(value)):
        return float(value)
    raise ValueError(f"zero_division must be 'warn', 0, 1 or nan; got {value!r}")


def _divide(
    top: np.ndarray,
    bottom: np.ndarray,
    name: str,
    what: str,
    average: str | None,
    warn_for: tuple[str, ...],
    zero_division: Any,
) -> np.ndarray:
    """top / bottom, `zero_division` where bottom is 0."""
    empty = bottom == 0
    result = top / np.where(empty, 1, bottom)
    result[empty] = _check_zero_division(zero_division)
    if empty.any() and isinstance(zero_division, str) and name in warn_for:
        one, many = ("label", "sample") if average == "samples" else ("sample", "label")
        where = "due to" if len(result) == 1 else f"in {many}s with"
        warnings.warn(
            f"{name.capitalize()} is ill-defined and being set to 0.0 {where} no {what} {one}s. "
            "Use `zero_division` parameter to control this behavior.",
            UndefinedMetricWarning,
            stacklevel=4,
        )
    return result


def _mean(values: np.ndarray, weight: Any) -> float:
    """Mean of what is not NaN; the plain mean where the weights sum to 0."""
    known = ~np.isnan(values)
    if not known.any():
        return np.nan
    if weight is not None and (weight := np.asarray(weight)[known]).sum() != 0:
        return np.average(values[known], weights=weight)
    return values[known].mean()


def _one(position: int, y_true: Any, y_pred: Any, zero_division: Any, **options: Any) -> Any:
    warn_for = (("precision", "recall", "f-score")[position],)
    return precision_recall_fscore_support(y_true, y_pred, warn_for=warn_for, zero_division=zero_division, **options)[
        position
    ]


def precision_score(
    y_true: Any,
    y_pred: Any,
    *,
    labels: Any = None,
    pos_label: Any = 1,
    average: str | None = "binary",
    sample_weight: Any = None,
    zero_division: Any = "warn",
) -> Any:
    """Of what was predicted as the class, the share that is. As `precision_recall_fscore_support`.

    Examples
    --------
    >>> from groundup.data.metrics import precision_score
    >>> precision_score([1, 1, 0, 0], [1, 1, 1, 0])
    0.6666666666666666
    """
    options = {"labels": labels, "pos_label": pos_label, "average": average, "sample_weight": sample_weight}
    return _one(0, y_true, y_pred, zero_division, **options)


def recall_score(
    y_true: Any,
    y_pred: Any,
    *,
    labels: Any = None,
    pos_label: Any = 1,
    average: str | None = "binary",
    sample_weight: Any = None,
    zero_division: Any = "warn",
) -> Any:
    """Of what is of the class, the share that was found. As `precision_recall_fscore_support`."""
    options = {"labels": labels, "pos_label": pos_label, "average": average, "sample_weight": sample_weight}
    return _one(1, y_true, y_pred, zero_division, **options)


def f1_score(
    y_true: Any,
    y_pred: Any,
    *,
    labels: Any = None,
    pos_label: Any = 1,
    average: str | None = "binary",
    sample_weight: Any = None,
    zero_division: Any = "warn",
) -> Any:
    """Harmonic mean of precision and recall, F with β = 1. As `precision_recall_fscore_support`."""
    options = {"labels": labels, "pos_label": pos_label, "average": average, "sample_weight": sample_weight}
    return _one(2, y_true, y_pred, zero_division, **options)


def fbeta_score(
    y_true: Any,
    y_pred: Any,
    *,
    beta: float,
    labels: Any = None,
    pos_label: Any = 1,
    average: str | None = "binary",
    sample_weight: Any = None,
    zero_division: Any = "warn",
) -> Any:
    """F_β, in which recall weighs β times as much as precision. As `precision_recall_fscore_support`."""
    options = {"labels": labels, "pos_label": pos_label, "average": average, "sample_weight": sample_weight}
    return _one(2, y_true, y_pred, zero_division, beta=beta, **options)


def jaccard_score(
    y_true: Any,
    y_pred: Any,
    *,
    labels: Any = None,
    pos_label: Any = 1,
    average: str | None = "binary",
    sample_weight: Any = None,
    zero_division: Any = "warn",
) -> Any:
    """Of what is or was called the class, the share that is both. As `precision_recall_fscore_support`."""
    _check_zero_division(zero_division)
    targets = check_targets(y_true, y_pred, sample_weight)
    labels = _labels(targets, average, labels, pos_label)
    hits, predicted, true, _ = class_counts(targets, labels, average == "samples")
    either = predicted + true - hits
    if average == "micro":
        hits, either = np.atleast_1d(hits.sum()), np.atleast_1d(either.sum())
    values = _divide(hits, either, "jaccard", "true or predicted", average, ("jaccard",), zero_division)
    if average is None:
        return values
    weight = {"weighted": true if true.any() else None, "samples": targets.weight}.get(average)
    return float(np.average(values, weights=weight))


def classification_report(
    y_true: Any,
    y_pred: Any,
    *,
    labels: Any = None,
    target_names: Any = None,
    sample_weight: Any = None,
    digits: int = 2,
    output_dict: bool = False,
    zero_division: Any = "warn",
) -> Any:
    """Precision, recall, F1 and support of each class and their averages, as a text or a dict.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,), or indicators of shape (n, k)
    labels : array-like of shape (k,), optional
        Which classes, in which order.
    target_names : sequence of str, optional
        How to call them, in the same order.
    sample_weight : array-like of shape (n,), optional
    digits : int
        Decimals of the text.
    output_dict : bool
        True: {name: {"precision": …, "recall": …, "f1-score": …, "support": …}} with numbers that are not rounded.
    zero_division : {"warn", 0, 1, nan}
        As `precision_recall_fscore_support`.

    Returns
    -------
    str or dict

    Notes
    -----
    The support is shown as a whole number whenever the weights are; scikit-learn 1.9 shows "1.0" where no row is right.

    Examples
    --------
    >>> from groundup.data.metrics import classification_report
    >>> report = classification_report([0, 0, 1], [0, 1, 1], output_dict=True)
    >>> report["accuracy"], report["1"]["precision"]
    (0.6666666666666666, 0.5)
    """
    targets = check_targets(y_true, y_pred, sample_weight)
    given = labels is not None
    labels = np.asarray(labels) if given else targets.labels
    names = [str(label) for label in labels] if target_names is None else list(target_names)
    if len(names) != len(labels):
        words = f"{len(labels)} classes are reported, target_names has {len(names)}"
        if not given:
            raise ValueError(f"{words}. Try specifying the labels parameter")
        warnings.warn(words, UserWarning, stacklevel=2)
    everything = ("precision", "recall", "f-score")
    per_class = _scores(targets, labels, 1.0, None, everything, zero_division)
    rows = {name: [v.item() for v in values] for name, *values in zip(names, *per_class, strict=False)}
    support = per_class[3].sum().item()
    single = targets.kind != "multilabel-indicator"
    whole = single and (not given or set(labels.tolist()) >= set(targets.labels.tolist()))
    for average in ("micro", "macro", "weighted") if single else ("micro", "macro", "weighted", "samples"):
        name = "accuracy" if average == "micro" and whole else f"{average} avg"
        rows[name] = [*_scores(targets, labels, 1.0, average, everything, zero_division)[:3], support]
    if not output_dict:
        return _report_text(rows, names, whole, digits)
    heads = ("precision", "recall", "f1-score", "support")
    report: dict[str, Any] = {name: dict(zip(heads, map(float, values), strict=True)) for name, values in rows.items()}
    if whole:
        report["accuracy"] = report["accuracy"]["precision"]
    return report


def _report_text(rows: dict[str, list], names: list[str], whole: bool, digits: int) -> str:
    width = max(*map(len, names), len("weighted avg"), digits)
    head = "".join(f" {h:>9}" for h in ("precision", "recall", "f1-score", "support"))
    lines = [f"{'':>{width}} {head}", ""]
    for name, (precision, recall, fscore, support) in rows.items():
        if name in ("accuracy", "micro avg"):
            lines.append("")
        shown = [f"{v:>9.{digits}f}" for v in (precision, recall, fscore)]
        if whole and name == "accuracy":
            shown[:2] = [" " * 9] * 2
        lines.append(f"{name:>{width}}  {' '.join(shown)} {support:>9}")
    return "\n".join([*lines, ""])
