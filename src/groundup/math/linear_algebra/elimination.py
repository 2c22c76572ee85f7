"""LU with partial pivoting, and what follows from it: systems, inverse, determinant, a condition estimate.

    P A = L U,   L unit lower triangular with |l_ij| <= 1,   U upper triangular

By halves of the columns: factor the left half, solve with its triangle, update the right half by one product, factor
what is left (Toledo 1997). All but O(n^2) of the 2 n^3 / 3 operations are then in matrix products. `eliminate` is the
same elimination a column at a time, as on paper; it is the explanation and the tests' oracle.
Source: Golub and Van Loan, Matrix Computations (4th ed.), 3.2 to 3.5; the condition estimate is Higham 1988.
Left out here: complete pivoting, equilibration, banded and sparse forms.

Lesson: linear-algebra
"""

import math
from typing import NamedTuple

import numpy as np

from groundup.math.linear_algebra._elimination_kernels import eliminate_panel, exchange_rows, permutation_of
from groundup.math.linear_algebra.checks import SingularMatrixError, as_columns, as_matrix, as_right_side
from groundup.math.linear_algebra.triangular import solve_in_place, subtract_product

__all__ = ["LU", "condition_estimate", "det", "eliminate", "inv", "lu", "lu_factor", "lu_solve", "slogdet", "solve"]

PANEL = 16  # columns that a compiled loop eliminates without products


class LU(NamedTuple):
    """Factors of an (m, n) matrix in compact form.

    packed : ndarray of shape (m, n)
        U on and above the diagonal, L below it (its diagonal of ones is not stored).
    pivots : ndarray of shape (min(m, n),)
        Row k was exchanged with row pivots[k], in the order of k.
    """

    packed: np.ndarray
    pivots: np.ndarray

    @property
    def order(self) -> np.ndarray:
        """Row i of P A is row order[i] of A."""
        return permutation_of(self.pivots, len(self.packed))


def eliminate(a: np.ndarray, *, pivoting: bool = True) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gaussian elimination step by step: subtract multiples of a row from those below until A is a triangle.

    Parameters
    ----------
    a : ndarray of shape (n, n)
    pivoting : bool
        Exchange rows so that the largest entry of the column is divided by. Without it a small pivot destroys digits
        and a zero one raises; it is here to show that.

    Returns
    -------
    order, low, u : ndarrays of shape (n,), (n, n), (n, n)
        ``a[order] == low @ u`` to rounding.
    """
    u = as_matrix(a, square=True).copy()
    n = len(u)
    order, low = np.arange(n), np.eye(n, dtype=u.dtype)
    for k in range(n):
        if pivoting:
            best = k + int(np.abs(u[k:, k]).argmax())
            for rows in (u, order):
                rows[[k, best]] = rows[[best, k]]
            low[[k, best], :k] = low[[best, k], :k]
        if u[k, k] == 0:
            if not pivoting and u[k:, k].any():
                raise SingularMatrixError(f"pivot 0 in column {k}: elimination without exchanges cannot go on", k)
            continue
        low[k + 1 :, k] = u[k + 1 :, k] / u[k, k]
        u[k + 1 :, k:] -= np.outer(low[k + 1 :, k], u[k, k:])
        u[k + 1 :, k] = 0
    return order, low, u


def lu_factor(a: np.ndarray) -> LU:
    """Factor an (m, n) matrix by elimination with partial pivoting; a singular one is factored too (a zero in U)."""
    a = as_matrix(a)
    m, n = a.shape
    at = np.array(a.T, order="C")  # columns of A contiguous
    pivots = np.zeros(min(m, n), np.int64)
    _factor_columns(at, 0, min(m, n), pivots)
    if n > m:
        exchange_rows(at, m, n, pivots, 0, m)
        solve_in_place(at[:m, :m].T, at[m:, :m].T, lower=True, unit=True)
    return LU(at.T, pivots)


def _factor_columns(at: np.ndarray, start: int, stop: int, pivots: np.ndarray) -> None:
    """Factor columns start..stop-1, rows from `start` down. Row c of `at` is column c of A, contiguous in memory."""
    if stop - start <= PANEL:
        eliminate_panel(at, start, stop, pivots)
        return
    middle = start + (stop - start) // 2
    left, right = at[start:middle], at[middle:stop]
    _factor_columns(at, start, middle, pivots)  # L11, L21 and U11
    exchange_rows(at, middle, stop, pivots, start, middle)
    solve_in_place(left[:, start:middle].T, right[:, start:middle].T, lower=True, unit=True)  # U12 = L11^-1 A12
    subtract_product(right[:, middle:], right[:, start:middle], left[:, middle:])  # A22 - L21 U12, transposed
    _factor_columns(at, middle, stop, pivots)
    exchange_rows(at, start, middle, pivots, middle, stop)


def lu(a: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The factors themselves.

    Parameters
    ----------
    a : ndarray of shape (m, n)

    Returns
    -------
    order : ndarray of shape (m,)
        ``a[order] == low @ u`` to rounding.
    low : ndarray of shape (m, min(m, n))
    u : ndarray of shape (min(m, n), n)
    """
    factors = lu_factor(a)
    k = len(factors.pivots)
    low = np.tril(factors.packed[:, :k], -1)
    np.fill_diagonal(low, 1)
    return factors.order, low, np.triu(factors.packed[:k])


def lu_solve(factors: LU, b: np.ndarray, *, trans: bool = False) -> np.ndarray:
    """Solve A x = b (or A^T x = b) from the factors of a square A: two triangles, 2 n^2 operations a right side.

    Parameters
    ----------
    factors : LU
        What `lu_factor` returned for A, of shape (n, n).
    b : ndarray of shape (n,) or (n, k)
        One right side, or k of them as columns.
    trans : bool
        Solve with the transpose of A.

    Returns
    -------
    ndarray of b's shape

    Raises
    ------
    SingularMatrixError
        If U has a zero on its diagonal.
    ValueError
        If A is not square, or `b` does not have its rows or is not finite.

    Examples
    --------
    >>> import numpy as np
    >>> from groundup.math.linear_algebra import lu_factor, lu_solve
    >>> factors = lu_factor(np.array([[0.0, 2.0], [1.0, 0.0]]))
    >>> lu_solve(factors, np.array([4.0, 3.0]))
    array([3., 2.])
    """
    packed = as_matrix(factors.packed, "factors.packed", square=True)
    b = as_right_side(b, len(packed))
    zeros = np.flatnonzero(np.diagonal(packed) == 0)
    if zeros.size:
        at = int(zeros[0])
        raise SingularMatrixError(f"a is singular: no pivot in column {at}, it depends on the columns before", at)
    dtype = np.result_type(packed, b)
    packed = packed.astype(dtype, copy=False)
    order = factors.order
    if trans:
        x = np.array(b, dtype=dtype, order="C")
        columns = as_columns(x)
        solve_in_place(packed.T, columns, lower=True)
        solve_in_place(packed.T, columns, lower=False, unit=True)
        unordered = np.empty_like(x)
        unordered[order] = x
        return unordered
    x = np.array(b[order], dtype=dtype, order="C")
    columns = as_columns(x)
    solve_in_place(packed, columns, lower=True, unit=True)
    solve_in_place(packed, columns, lower=False)
    return x


def solve(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Solve A x = b for a square matrix.

    Parameters
    ----------
    a : ndarray of shape (n, n)
    b : ndarray of shape (n,) or (n, k)

    Returns
    -------
    ndarray of b's shape

    Raises
    ------
    SingularMatrixError
        If a pivot is exactly 0. A matrix that is singular only up to rounding gives an answer without correct digits:
        ask `condition_estimate`.
    """
    a = as_matrix(a, square=True)
    b = as_right_side(b, len(a))
    dtype = np.result_type(a, b)
    return lu_solve(lu_factor(a.astype(dtype, copy=False)), b)


def inv(a: np.ndarray) -> np.ndarray:
    """The inverse of a square matrix. To apply it, `solve` is faster and more accurate.

    Raises
    ------
    SingularMatrixError
        If a pivot is exactly 0.
    """
    a = as_matrix(a, square=True)
    return lu_solve(lu_factor(a), np.eye(len(a), dtype=a.dtype))


def slogdet(a: np.ndarray) -> tuple[float, float]:
    """Sign and logarithm of the absolute determinant; (0, -inf) for a singular matrix.

    det A = (-1)^exchanges * product of the pivots. The product of a few hundred pivots leaves the range of floating
    point numbers easily; its logarithm does not.
    """
    factors = lu_factor(as_matrix(a, square=True))
    diagonal = np.diagonal(factors.packed).astype(np.float64)
    exchanges = np.count_nonzero(factors.pivots != np.arange(len(diagonal)))
    sign = (-1.0) ** exchanges * float(np.prod(np.sign(diagonal)))
    return (sign, float(np.log(np.abs(diagonal)).sum())) if sign else (0.0, -math.inf)


def det(a: np.ndarray) -> float:
    """The determinant; infinite or 0 when it leaves the range of float64 (see `slogdet`)."""
    diagonal_sign, log = slogdet(a)
    return diagonal_sign * math.exp(log) if log < 709.7 else diagonal_sign * math.inf


def condition_estimate(a: np.ndarray) -> float:
    """A lower bound, rarely off by more than a factor of 3, of ||A||_1 ||A^-1||_1; infinite for a singular matrix.

    Hager's method: ||A^-1||_1 is the maximum of the convex function ||A^-1 x||_1 over ||x||_1 <= 1, which lies at a
    unit vector; step to the unit vector along which the gradient A^-T sign(A^-1 x) is largest. A few solves, O(n^2),
    once the factors exist. Source: Higham 1988, algorithm 4.1.
    """
    a = as_matrix(a, square=True)
    n = len(a)
    factors = lu_factor(a)
    if n == 0:
        return 0.0
    if (np.diagonal(factors.packed) == 0).any():
        return math.inf
    x = np.full(n, 1 / n, dtype=a.dtype)
    best = 0.0
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(5):
            y = lu_solve(factors, x)
            size = float(np.abs(y).sum())
            if size <= best:
                break
            best = size
            slope = lu_solve(factors, np.where(y >= 0, 1, -1).astype(a.dtype), trans=True)
            at = int(np.abs(slope).argmax())
            x = np.zeros_like(x)
            x[at] = 1
        # a vector that Hager's climb can miss: alternating signs of growing size
        probe = (-1.0) ** np.arange(n) * (1 + np.arange(n) / max(n - 1, 1))
        best = max(best, 2 * float(np.abs(lu_solve(factors, probe.astype(a.dtype))).sum()) / (3 * n))
        return best * float(np.abs(a).sum(axis=0).max())
