"""What metrics are given, checked once: classes as codes, probabilities, numbers to be predicted.

Whole numbers in a narrow range, the usual case, are encoded by a table in two passes; everything else goes the
general way through `numpy.unique`. Messages name the argument, what came and what is expected.
"""

from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import issparse
from sklearn.utils import check_array
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import _check_sample_weight, _num_samples

from groundup.data.metrics._counting_kernels import look_up, mark

__all__ = [
    "Targets",
    "as_given",
    "check_lengths",
    "check_targets",
    "encode",
    "finite_scores",
    "floats",
    "positive",
    "weights_of",
]


class Targets(NamedTuple):
    """Two lists of classes in one code.

    kind is "binary", "multiclass" or "multilabel-indicator". labels are the sorted classes of both lists (the columns'
    numbers for indicators). true and pred hold positions in labels, shape (n,), or booleans, shape (n, k).
    """

    kind: str
    labels: np.ndarray
    true: np.ndarray
    pred: np.ndarray
    weight: np.ndarray | None


def check_lengths(**arrays: Any) -> int:
    """Number of rows, the same for all arrays that are not None; ValueError names the lengths."""
    lengths = {name: _num_samples(a) for name, a in arrays.items() if a is not None}
    if len(set(lengths.values())) > 1:
        found = ", ".join(f"{name} {n}" for name, n in lengths.items())
        raise ValueError(f"Found input variables with inconsistent numbers of samples: {found}")
    n = next(iter(lengths.values()))
    if not n:
        raise ValueError(f"{' and '.join(lengths)} are empty: a minimum of 1 sample is required")
    return n


def weights_of(sample_weight: Any, y: Any) -> np.ndarray | None:
    """sample_weight as an array of shape (n,), or None; whole numbers stay whole."""
    return None if sample_weight is None else _check_sample_weight(sample_weight, y, force_float_dtype=False)


def as_given(y: Any, name: str) -> np.ndarray:
    """y as an array of its own type, finite if numbers, not empty."""
    return check_array(y, input_name=name, ensure_2d=False, dtype=None)  # pyright: ignore[reportArgumentType]


def floats(y: Any, name: str, *, finite: bool = True) -> np.ndarray:
    """y as an array of floats; float32 and float64 stay what they are."""
    kinds = [np.float64, np.float32]
    return check_array(y, input_name=name, ensure_2d=False, ensure_all_finite=finite, dtype=kinds)  # pyright: ignore[reportArgumentType]


def _kind(y: Any, name: str) -> str:
    """As scikit-learn's `type_of_target`, without a pass over whole numbers in one column."""
    if isinstance(y, np.ndarray) and y.ndim == 1 and y.dtype.kind in "iub":
        return "whole"
    kind = type_of_target(y, input_name=name)
    if kind.startswith("continuous"):
        sample = np.asarray(y, dtype=float).ravel()
        odd = sample[sample != np.floor(sample)][:1]
        example = f" such as {odd[0]:g}" if odd.size else ""
        raise ValueError(f"{name} is {kind}: classes are expected, numbers{example} came (threshold scores first)")
    if kind not in ("binary", "multiclass", "multilabel-indicator"):
        raise ValueError(f"{name} is {kind}, which is not supported: one class a row or an indicator matrix is")
    return kind


def _as_array(y: Any) -> Any:
    """Lists of plain numbers become arrays; what `type_of_target` has to look at stays as it came."""
    if isinstance(y, np.ndarray) or issparse(y) or hasattr(y, "__array_namespace__"):
        return y
    array = np.asarray(y) if not (isinstance(y, (list, tuple)) and y and np.ndim(y[0])) else y
    return array if isinstance(array, np.ndarray) and array.dtype.kind in "iub" else y


def check_targets(y_true: Any, y_pred: Any, sample_weight: Any = None) -> Targets:
    """Classes of two lists of equal length, encoded together.

    Raises
    ------
    ValueError
        If lengths differ, a list is empty, holds NaN or numbers that are not whole, or kinds are mixed.
    """
    y_true, y_pred = _as_array(y_true), _as_array(y_pred)
    check_lengths(y_true=y_true, y_pred=y_pred, sample_weight=sample_weight)
    kinds = _kind(y_true, "y_true"), _kind(y_pred, "y_pred")
    weight = weights_of(sample_weight, y_true)
    multilabel = [kind == "multilabel-indicator" for kind in kinds]
    if all(multilabel):
        true, pred = _indicator(y_true), _indicator(y_pred)
        if true.shape != pred.shape:
            raise ValueError(f"y_true has {true.shape[1]} label columns, y_pred {pred.shape[1]}")
        return Targets("multilabel-indicator", np.arange(true.shape[1]), true, pred, weight)
    if any(multilabel):
        names = ["multiclass" if kind == "whole" else kind for kind in kinds]
        raise ValueError(f"Classification metrics can't handle a mix of {names[0]} and {names[1]} targets")
    true, pred = _column(y_true), _column(y_pred)
    if (true.dtype.kind in "US") != (pred.dtype.kind in "US") and not {true.dtype.kind, pred.dtype.kind} & {"O"}:
        words, numbers = ("y_true", "y_pred") if true.dtype.kind in "US" else ("y_pred", "y_true")
        raise ValueError(f"Mix of label input types (string and number): {words} holds strings, {numbers} numbers")
    labels, (true, pred) = encode(true, pred)
    return Targets("binary" if len(labels) <= 2 else "multiclass", labels, true, pred, weight)


def _column(y: Any) -> np.ndarray:
    y = np.asarray(y)
    return y if y.ndim == 1 else y.ravel()


def _indicator(y: Any) -> np.ndarray:
    return (y.toarray() if issparse(y) else np.asarray(y)) != 0


def encode(*columns: np.ndarray) -> tuple[np.ndarray, list[np.ndarray]]:
    """The sorted values of all columns together, and each column as positions among them.

    Parameters
    ----------
    *columns : ndarray of shape (n,)

    Returns
    -------
    labels : ndarray of shape (k,)
    codes : list of ndarray of shape (n,), int64
    """
    if all(c.dtype.kind in "iub" for c in columns):
        low, high = min(int(c.min()) for c in columns), max(int(c.max()) for c in columns)
        if high < 2**62 and low > -(2**62) and high - low < 1024 + 4 * columns[0].size:
            return _encode_narrow(columns, low, high)
    try:
        labels, codes = np.unique(np.concatenate(columns), return_inverse=True)
    except TypeError:
        found = sorted({type(v).__name__ for c in columns for v in c.tolist()})
        raise ValueError(f"Mix of label input types: labels cannot be ordered, they are of types {found}") from None
    return labels, np.split(codes.ravel(), np.cumsum([c.size for c in columns])[:-1])


def _encode_narrow(columns: tuple[np.ndarray, ...], low: int, high: int) -> tuple[np.ndarray, list[np.ndarray]]:
    """`encode` for whole numbers from low to high: a table says which came, another where each stands."""
    dtype = np.result_type(*columns)
    plain = [c.astype(np.int64, copy=False) if c.dtype.kind == "u" or c.dtype == bool else c for c in columns]
    seen = np.zeros(high - low + 1, dtype=np.bool_)
    for c in plain:
        mark(c, low, seen)
    labels = np.flatnonzero(seen) + low
    if low == 0 and len(labels) == len(seen) and all(c.dtype == np.int64 for c in plain):
        return labels.astype(dtype), list(plain)
    code_of = np.cumsum(seen) - 1
    codes = [np.empty(c.size, dtype=np.int64) for c in plain]
    for c, out in zip(plain, codes, strict=True):
        look_up(c, low, code_of, out)
    return labels.astype(dtype), codes


def positive(y_true: Any, pos_label: Any) -> np.ndarray:
    """Whether each row is of the positive class, booleans of shape (n,).

    Raises
    ------
    ValueError
        If there are three or more classes and no pos_label, or the two are neither 0 and 1 nor -1 and 1.
    """
    y_true = _as_array(y_true)
    kind = _kind(y_true, "y_true")
    if kind == "multilabel-indicator":
        raise ValueError(f"{kind} format is not supported: y_true must hold one class a row")
    y = _column(y_true)
    if not y.size:
        raise ValueError("y_true is empty: a minimum of 1 sample is required")
    labels, _ = encode(y) if pos_label is None or kind == "whole" else (np.unique(y), None)
    if len(labels) > 2 and pos_label is None:
        raise ValueError(f"multiclass format is not supported: y_true holds {len(labels)} classes; name a pos_label")
    if pos_label is None:
        if labels.dtype.kind in "OUS" or labels.tolist() not in ([0, 1], [-1, 1], [0], [-1], [1]):
            held = ", ".join(repr(v) for v in labels.tolist())
            raise ValueError(
                f"y_true takes value in {{{held}}} and pos_label is not specified: either make y_true take value in "
                "{0, 1} or {-1, 1} or pass pos_label explicitly."
            )
        pos_label = 1
    return np.asarray(y == pos_label)


def finite_scores(y_score: Any, name: str = "y_score") -> np.ndarray:
    """Scores as one column of finite numbers."""
    scores = check_array(y_score, ensure_2d=False, ensure_all_finite=False, input_name=name)
    scores = scores if scores.ndim == 1 else _single_column(scores, name)
    if scores.dtype.kind == "f" and scores.dtype.itemsize not in (4, 8):  # others have no compiled loops
        scores = scores.astype(np.float32 if scores.dtype.itemsize == 2 else np.float64)
    if scores.dtype.kind == "f" and not np.isfinite(scores).all():
        bad = int(np.flatnonzero(~np.isfinite(scores))[0])
        raise ValueError(f"{name} contains NaN or infinity: row {bad} is {scores[bad]}")
    return scores


def _single_column(scores: np.ndarray, name: str) -> np.ndarray:
    if scores.ndim == 2 and scores.shape[1] == 1:
        return scores[:, 0]
    raise ValueError(f"{name} should be a 1d array (one score a row), got an array of shape {scores.shape} instead")
