"""Least squares: the x that makes |A x - b| smallest, three ways, and how much each of them loses.

    Cholesky   A^T A x = A^T b      n^2 m + n^3/3    error about eps cond^2, always
    QR         R x = Q^T b          2 n^2 m          error about eps (cond + cond^2 tan theta)
    SVD        x = V diag(1/s) U^T b   several times QR   the same, and it decides what is zero

theta is the angle between b and the span of A: a small residual costs no digits, a large one does. Source: Golub and
Van Loan, Matrix Computations (4th ed.), 5.3; the bound is Wedin's (1973). Left out here: weights, constraints,
regularisation (the lesson regularized-regression).

Lesson: linear-algebra
"""

import math
from typing import NamedTuple

import numpy as np

from groundup.math.linear_algebra.checks import (
    NotPositiveDefiniteError,
    SingularMatrixError,
    as_matrix,
    as_right_side,
    power_of_two_scale,
)
from groundup.math.linear_algebra.orthogonal import apply_q, qr_factor
from groundup.math.linear_algebra.positive_definite import cho_solve, cholesky
from groundup.math.linear_algebra.singular_values import default_tolerance, svd
from groundup.math.linear_algebra.triangular import solve_triangular
from groundup.math.linear_algebra.vectors import norm

__all__ = ["LeastSquares", "error_bounds", "lstsq"]


class LeastSquares(NamedTuple):
    """Outcome of `lstsq`.

    x : ndarray of shape (n,) or (n, k)
    residual : ndarray of shape (m,) or (m, k)
        b - A x, orthogonal to the columns of A up to rounding.
    rank : int
        Number of directions that were used; less than n only for method "svd".
    """

    x: np.ndarray
    residual: np.ndarray
    rank: int


def lstsq(a: np.ndarray, b: np.ndarray, method: str = "qr", *, tolerance: float | None = None) -> LeastSquares:
    """Minimise |A x - b| over x.

    Parameters
    ----------
    a : ndarray of shape (m, n)
    b : ndarray of shape (m,) or (m, k)
    method : {"qr", "cholesky", "svd"}
        "qr" unless you have a reason: "cholesky" takes half the time for m much larger than n and loses twice the
        digits; "svd" also takes dependent columns and m < n, where it returns the shortest of all solutions.
    tolerance : float, optional
        For "svd": singular values up to it (absolute) count as zero; max(m, n) eps s_1 by default.

    Raises
    ------
    SingularMatrixError
        For "qr", if the columns are dependent up to rounding.
    NotPositiveDefiniteError
        For "cholesky", if A^T A is not positive definite up to rounding.
    ValueError
        For these two, if there are fewer rows than columns.
    """
    if method not in _METHODS:
        raise ValueError(f"method must be one of {', '.join(_METHODS)}: got {method!r}")
    a = as_matrix(a)
    b = as_right_side(b, len(a))
    dtype = np.result_type(a, b)
    a, b = a.astype(dtype, copy=False), b.astype(dtype, copy=False)
    if method != "svd" and len(a) < a.shape[1]:
        raise ValueError(
            f"method {method!r} needs at least as many rows as columns: got {a.shape}; method 'svd' does not"
        )
    x, rank = _METHODS[method](a, b, tolerance)
    return LeastSquares(x, b - a @ x, rank)


def by_cholesky(a: np.ndarray, b: np.ndarray, tolerance: float | None = None) -> tuple[np.ndarray, int]:
    """Normal equations: the residual is orthogonal to every column, A^T (b - A x) = 0."""
    a = a * a.dtype.type(scale := power_of_two_scale(a))  # squares of 1e200 would overflow
    try:
        return cho_solve(cholesky(a.T @ a), a.T @ b) * a.dtype.type(scale), a.shape[1]
    except NotPositiveDefiniteError as error:
        message = f"the normal equations fail in column {error.column}: it depends on those before, up to rounding"
        raise NotPositiveDefiniteError(message, error.column) from None


def by_qr(a: np.ndarray, b: np.ndarray, tolerance: float | None = None) -> tuple[np.ndarray, int]:
    """|A x - b| = |R x - Q^T b| on the first n entries, and what is left does not depend on x."""
    factors = qr_factor(a)
    n = a.shape[1]
    diagonal = np.abs(np.diagonal(factors.r))
    lengths = np.array([norm(column) for column in factors.r.T])
    dependent = np.flatnonzero(diagonal <= max(a.shape, default=0) * np.finfo(a.dtype).eps * lengths)
    if dependent.size:
        at = int(dependent[0])
        raise SingularMatrixError(f"column {at} of a depends on those before, up to rounding; use method 'svd'", at)
    return solve_triangular(factors.r, apply_q(factors, b, trans=True)[:n]), n


def by_svd(a: np.ndarray, b: np.ndarray, tolerance: float | None = None) -> tuple[np.ndarray, int]:
    """In the bases of the singular vectors the system is diagonal; directions without information are left at 0."""
    u, s, vt = svd(a)
    if tolerance is None:
        tolerance = default_tolerance(a, float(s[0]) if s.size else 0.0)
    kept = s > tolerance
    weights = (u[:, kept].T @ b).T / s[kept]
    return vt[kept].T @ weights.T, int(kept.sum())


_METHODS = {"qr": by_qr, "cholesky": by_cholesky, "svd": by_svd}


def error_bounds(a: np.ndarray, b: np.ndarray) -> dict[str, float]:
    """What to fear: relative error of x by each method, to first order, from the conditioning of A and the fit of b.

    cond = s_1 / s_n; sin theta = |b - A x| / |b|. QR and SVD: eps (2 cond / cos theta + cond^2 tan theta); normal
    equations: eps cond^2 (1 + tan theta). Factors of the size of n are left out; capped at 1, when no digit is left.
    """
    a = as_matrix(a)
    b = as_right_side(b, len(a))
    s = svd(a)[1]
    if s.size == 0 or s[-1] == 0:
        return dict.fromkeys(_METHODS, 1.0)
    kappa, eps = float(s[0]) / float(s[-1]), float(np.finfo(np.result_type(a, b)).eps)
    size = norm(b)
    sine = min(norm(lstsq(a, b, "svd").residual) / size, 1 - eps) if size else 0.0
    cosine = math.sqrt(1 - sine * sine)
    stable = eps * (2 * kappa / cosine + kappa**2 * sine / cosine)
    normal = eps * kappa**2 * (1 + sine / cosine)
    return {"qr": min(stable, 1.0), "cholesky": min(max(normal, stable), 1.0), "svd": min(stable, 1.0)}
