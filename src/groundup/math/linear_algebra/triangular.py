"""Triangular systems, solved by substitution in blocks, so that almost all work is in matrix products.

    L11 X1 = B1,   L22 X2 = B2 - L21 X1            (a lower triangle cut in the middle; an upper one from below)

n^2 k operations for k right sides. The recursion ends at `LEAF` rows, where a compiled loop substitutes row by row;
`substitute` beside it is that loop in plain NumPy. Source: Golub and Van Loan, Matrix Computations (4th ed.), 3.1.

Lesson: linear-algebra
"""

import numpy as np

from groundup.math.linear_algebra._triangular_kernels import solve_lower_rows, solve_upper_rows
from groundup.math.linear_algebra.checks import SingularMatrixError, as_columns, as_matrix, as_right_side

__all__ = ["solve_triangular", "substitute"]

LEAF = 32
CHUNK = 1 << 17  # entries of a product held at a time: stays in the second-level cache


def substitute(low: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Solve L x = b for a lower triangle, one unknown after the other: the step that everything here speeds up.

    Parameters
    ----------
    low : ndarray of shape (n, n)
        Its lower triangle is read; the diagonal has no zero.
    b : ndarray of shape (n,) or (n, k)
    """
    x = np.array(b, dtype=np.result_type(low, b, np.float32))
    for i in range(len(x)):
        x[i] = (x[i] - low[i, :i] @ x[:i]) / low[i, i]
    return x


def solve_triangular(
    a: np.ndarray, b: np.ndarray, *, lower: bool = False, trans: bool = False, unit_diagonal: bool = False
) -> np.ndarray:
    """Solve A x = b, or A^T x = b, for a triangular matrix.

    Parameters
    ----------
    a : ndarray of shape (n, n)
        Only the triangle named by `lower` is read.
    b : ndarray of shape (n,) or (n, k)
    lower : bool
        Whether A is a lower triangle; upper by default, as in SciPy.
    trans : bool
        Solve with the transpose.
    unit_diagonal : bool
        Take the diagonal as 1 without reading it.

    Returns
    -------
    ndarray of b's shape

    Raises
    ------
    SingularMatrixError
        If a diagonal entry is 0.
    """
    a = as_matrix(a, square=True)
    b = as_right_side(b, len(a))
    zeros = np.flatnonzero(np.diagonal(a) == 0)
    if zeros.size and not unit_diagonal:
        at = int(zeros[0])
        raise SingularMatrixError(f"a is singular: its diagonal is 0 in column {at}", at)
    x = np.array(b, dtype=np.result_type(a, b), order="C")
    columns = as_columns(x)
    if trans:
        a, lower = a.T, not lower
    solve_in_place(a.astype(x.dtype, copy=False), columns, lower, unit_diagonal)
    return x


def solve_in_place(a: np.ndarray, b: np.ndarray, lower: bool, unit: bool = False) -> None:
    """B <- A^-1 B for a triangle A (n, n) and a matrix B (n, k), by halves."""
    n = len(a)
    if n <= LEAF or b.shape[1] == 0:
        _leaf(a, b, lower, unit)
        return
    half = (n // 2 + LEAF - 1) // LEAF * LEAF
    first, last = slice(0, half), slice(half, n)
    if not lower:
        first, last = last, first
    solve_in_place(a[first, first], b[first], lower, unit)
    subtract_product(b[last], a[last, first], b[first])
    solve_in_place(a[last, last], b[last], lower, unit)


def _leaf(a: np.ndarray, b: np.ndarray, lower: bool, unit: bool) -> None:
    kernel = solve_lower_rows if lower else solve_upper_rows
    triangle = np.ascontiguousarray(a)
    if b.flags.c_contiguous:
        kernel(triangle, b, unit)
    else:
        rows = np.ascontiguousarray(b)
        kernel(triangle, rows, unit)
        b[...] = rows


def subtract_product(c: np.ndarray, a: np.ndarray, b: np.ndarray) -> None:
    """C <- C - A B in place, some rows at a time, so that the product is still in cache when it is subtracted."""
    rows, width = c.shape
    if c.size == 0 or a.shape[1] == 0:
        return
    if abs(c.strides[0]) < abs(c.strides[1]):  # columns are contiguous: work on the transpose
        subtract_product(c.T, b.T, a.T)
        return
    step = max(64, CHUNK // width)
    scratch = np.empty((min(step, rows), width), c.dtype)
    for start in range(0, rows, step):
        part = slice(start, min(start + step, rows))
        product = scratch[: part.stop - start]
        np.matmul(a[part], b, out=product)
        np.subtract(c[part], product, out=c[part])
