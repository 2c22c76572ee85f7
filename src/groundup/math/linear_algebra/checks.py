"""What every function here asks of its input, and the errors that say what is wrong with it.

Precision: float32 stays float32, float16 is computed in float32, integers and booleans become float64. Complex
numbers are outside this package (each algorithm would need conjugates in the right places) and are refused.
"""

import math

import numpy as np

__all__ = ["NotConvergedError", "NotPositiveDefiniteError", "SingularMatrixError", "as_matrix", "as_right_side"]


class SingularMatrixError(ValueError):
    """A system with no unique solution. `column` is the first column without a usable pivot."""

    def __init__(self, message: str, column: int) -> None:
        super().__init__(message)
        self.column = column


class NotPositiveDefiniteError(ValueError):
    """A Cholesky factor does not exist. `column` is where the square root of a number <= 0 was needed."""

    def __init__(self, message: str, column: int) -> None:
        super().__init__(message)
        self.column = column


class NotConvergedError(ArithmeticError):
    """An iteration did not settle within its limit."""


def as_real(a: np.ndarray, name: str) -> np.ndarray:
    """`a` as float32 or float64 array without NaN or infinity.

    Raises
    ------
    TypeError
        If the entries are complex or not numbers.
    ValueError
        If an entry is NaN or infinite; the message names the first.
    """
    a = np.asarray(a)
    if a.dtype.kind == "c":
        raise TypeError(f"{name} must be real: got {a.dtype}; complex matrices are not supported")
    if a.dtype.kind not in "biuf" or a.dtype.itemsize > 8:
        raise TypeError(f"{name} must hold real numbers of at most 64 bits: got dtype {a.dtype}")
    if a.dtype.kind != "f":
        a = a.astype(np.float64)
    elif a.dtype == np.float16 or not a.dtype.isnative:
        a = a.astype(np.float32 if a.dtype.itemsize <= 4 else np.float64)
    # the sum is NaN or infinite when an entry is (or when it overflows, which the second look sorts out)
    if not math.isfinite(np.sum(a)) and not (finite := np.isfinite(a)).all():
        where = tuple(int(i) for i in np.argwhere(~finite)[0])
        raise ValueError(f"{name} must be finite: found {a[where]} at {where}")
    return a


def as_matrix(a: np.ndarray, name: str = "a", *, square: bool = False, symmetric: bool = False) -> np.ndarray:
    """`a` as a finite, real, two-dimensional array; square or symmetric where that is asked for.

    Raises
    ------
    TypeError, ValueError
        As `as_real`; also if `a` is not a matrix of the form wanted. Symmetry is held to a few roundings of the
        largest entry, since a product like X.T @ X is only symmetric to rounding.
    """
    a = np.asarray(a)
    if a.ndim != 2:
        raise ValueError(f"{name} must be a matrix (2 dimensions): got {a.ndim} dimensions, shape {a.shape}")
    if (square or symmetric) and a.shape[0] != a.shape[1]:
        raise ValueError(f"{name} must be square: got shape {a.shape}")
    with np.errstate(over="ignore", invalid="ignore"):
        a = as_real(a, name)
        if symmetric and a.size:
            off = np.abs(a - a.T)
            if off.max() > 100 * np.finfo(a.dtype).eps * np.abs(a).max():
                i, j = (int(k) for k in np.unravel_index(off.argmax(), a.shape))
                raise ValueError(
                    f"{name} must be symmetric: {name}[{i}, {j}] = {a[i, j]}, {name}[{j}, {i}] = {a[j, i]}"
                )
    return a


def as_right_side(b: np.ndarray, rows: int, name: str = "b") -> np.ndarray:
    """`b` as finite, real array of shape (rows,) or (rows, k)."""
    b = np.asarray(b)
    if b.ndim not in (1, 2) or b.shape[0] != rows:
        raise ValueError(f"{name} must have shape ({rows},) or ({rows}, k) to fit the matrix: got {b.shape}")
    with np.errstate(over="ignore", invalid="ignore"):
        return as_real(b, name)


def power_of_two_scale(a: np.ndarray) -> float:
    """The power of two that brings the largest entry of `a` to between 1/2 and 1; 1 for an empty or zero matrix.

    Multiplying by it is exact, and squares of the scaled entries neither overflow nor all underflow.
    """
    top = float(np.abs(a).max(initial=0.0))
    if top == 0.0:
        return 1.0
    exponent = math.frexp(top)[1]
    limit = 126 if a.dtype == np.float32 else 1022  # beyond, the factor itself would leave the range
    return math.ldexp(1.0, max(-limit, min(limit, -exponent)))


def as_columns(b: np.ndarray) -> np.ndarray:
    """A view of a right side as a matrix: a vector becomes one column."""
    return b[:, None] if b.ndim == 1 else b
