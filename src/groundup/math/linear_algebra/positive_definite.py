"""Cholesky: a symmetric positive definite matrix as L L^T, in half the work of LU and without exchanges.

    A11 = L11 L11^T,   L21 = A21 L11^-T,   A22 - L21 L21^T = L22 L22^T

By halves, n^3 / 3 operations, all but O(n^2) in matrix products. No pivot is needed: |l_ij|^2 <= a_ii bounds every
entry. Source: Golub and Van Loan, Matrix Computations (4th ed.), 4.2. Left out here: semidefinite matrices (pivoted
Cholesky), LDL^T.

Lesson: linear-algebra
"""

import numpy as np

from groundup.math.linear_algebra._positive_definite_kernels import cholesky_block
from groundup.math.linear_algebra.checks import NotPositiveDefiniteError, as_columns, as_matrix, as_right_side
from groundup.math.linear_algebra.triangular import solve_in_place, subtract_product

__all__ = ["cho_solve", "cholesky", "cholesky_by_columns"]

BLOCK = 32


def cholesky_by_columns(a: np.ndarray) -> np.ndarray:
    """The factor L, one column after the other: compare A = L L^T entry by entry and solve for the next unknown.

    Parameters
    ----------
    a : ndarray of shape (n, n)
        Symmetric; its lower triangle is read.

    Raises
    ------
    NotPositiveDefiniteError
        If a square root of a number <= 0 is needed.
    """
    a = as_matrix(a, square=True)
    low = np.zeros_like(a)
    for j in range(len(a)):
        rest = a[j:, j] - low[j:, :j] @ low[j, :j]
        if not rest[0] > 0:
            raise _not_positive(j)
        low[j:, j] = rest / np.sqrt(rest[0])
    return low


def cholesky(a: np.ndarray) -> np.ndarray:
    """The lower triangular L with A = L L^T and a positive diagonal.

    Parameters
    ----------
    a : ndarray of shape (n, n)
        Symmetric positive definite.

    Returns
    -------
    ndarray of shape (n, n)

    Raises
    ------
    NotPositiveDefiniteError
        If A is not positive definite, or not so to rounding; `column` says where it shows.
    ValueError
        If A is not square and symmetric.
    """
    a = as_matrix(a, symmetric=True)
    low = np.array(a, order="C")
    _factor(low, 0)
    return np.tril(low)


def _factor(a: np.ndarray, offset: int) -> None:
    n = len(a)
    if n <= BLOCK:
        block = np.ascontiguousarray(a)
        failed = cholesky_block(block)
        if failed >= 0:
            raise _not_positive(offset + failed)
        a[...] = block
        return
    half = (n // 2 + BLOCK - 1) // BLOCK * BLOCK
    l11, a21, a22 = a[:half, :half], a[half:, :half], a[half:, half:]
    _factor(l11, offset)
    columns = np.ascontiguousarray(a21.T)  # L21^T = L11^-1 A21^T
    solve_in_place(l11, columns, lower=True)
    a21[...] = columns.T
    for start in range(0, n - half, 4 * BLOCK):  # only what lies on and below the diagonal
        rows = slice(start, start + 4 * BLOCK)
        subtract_product(a22[rows, : start + 4 * BLOCK], a21[rows], columns[:, : start + 4 * BLOCK])
    _factor(a22, offset + half)


def cho_solve(low: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Solve A x = b from the Cholesky factor L of A: L y = b, then L^T x = y.

    Parameters
    ----------
    low : ndarray of shape (n, n)
    b : ndarray of shape (n,) or (n, k)
    """
    low = as_matrix(low, "low", square=True)
    b = as_right_side(b, len(low))
    x = np.array(b, dtype=np.result_type(low, b), order="C")
    low, columns = low.astype(x.dtype, copy=False), as_columns(x)
    solve_in_place(low, columns, lower=True)
    solve_in_place(low.T, columns, lower=False)
    return x


def _not_positive(column: int) -> NotPositiveDefiniteError:
    return NotPositiveDefiniteError(
        f"a is not positive definite: the square root in column {column} is of a number that is not positive", column
    )
