"""What functions here ask of their arguments, and the errors that say what is wrong with them.

Missing values are refused: which of the many ways to deal with them is right depends on why they are missing.

Lesson: statistics
"""

from typing import Any

import numpy as np

__all__ = ["ALTERNATIVES", "as_alternative", "as_level", "as_pair", "as_sample", "as_whole"]

ALTERNATIVES = ("two-sided", "less", "greater")


def as_sample(x: Any, name: str, at_least: int = 1) -> np.ndarray:
    """`x` as float64 array of one axis, finite, with `at_least` values.

    Raises
    ------
    TypeError
        If the entries are not real numbers.
    ValueError
        If there are other than one axis, too few values, NaN, infinity or masked values.
    """
    if np.ma.is_masked(x):
        raise ValueError(f"{name} must not hold masked values; pass {name}.compressed() or impute them first")
    x = np.asarray(x)
    if x.dtype.kind not in "biuf":
        raise TypeError(f"{name} must hold real numbers, got dtype {x.dtype}")
    x = x.astype(np.float64)
    if x.ndim != 1:
        raise ValueError(f"{name} must have one axis, got shape {x.shape}")
    if len(x) < at_least:
        raise ValueError(f"{name} must hold at least {at_least} values, got {len(x)}")
    if not (finite := np.isfinite(x)).all():
        where = int(np.argmin(finite))
        raise ValueError(f"{name} must be finite, got {x[where]} at {where}; drop or impute missing values first")
    return x


def as_pair(x: Any, y: Any, names: tuple[str, str] = ("x", "y"), at_least: int = 2) -> tuple[np.ndarray, np.ndarray]:
    """Two samples of equal length."""
    x, y = as_sample(x, names[0], at_least), as_sample(y, names[1], at_least)
    if len(x) != len(y):
        raise ValueError(f"{names[0]} and {names[1]} are pairs and need equal lengths, got {len(x)} and {len(y)}")
    return x, y


def as_level(value: Any, name: str) -> float:
    """A number strictly between 0 and 1."""
    value = float(value)
    if not 0 < value < 1:
        raise ValueError(f"{name} must lie strictly between 0 and 1, got {value:g}")
    return value


def as_whole(value: Any, name: str, at_least: int = 0) -> int:
    """A whole number that is not too small."""
    if isinstance(value, bool | np.bool_) or value != value or int(value) != value:
        raise TypeError(f"{name} must be a whole number, got {value!r}")
    if value < at_least:
        raise ValueError(f"{name} must be at least {at_least}, got {value}")
    return int(value)


def as_alternative(alternative: Any) -> str:
    """One of ALTERNATIVES."""
    if alternative not in ALTERNATIVES:
        raise ValueError(f"alternative must be one of {', '.join(ALTERNATIVES)}; got {alternative!r}")
    return alternative
