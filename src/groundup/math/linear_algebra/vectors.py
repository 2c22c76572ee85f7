"""Vectors: length, angle, projection onto the directions that others span; norms of matrices.

    length |x| = sqrt(x . x),   cos(x, y) = x . y / (|x| |y|),   projection of b onto the columns of A = Q Q^T b

where Q is an orthonormal basis of what the columns of A span. The projection is the point of that span nearest to b;
what is left, b - Q Q^T b, is orthogonal to every column. Source: Golub and Van Loan, Matrix Computations (4th ed.),
2.2, 2.3, 2.5.

Lesson: linear-algebra
"""

import numpy as np

from groundup.math.linear_algebra.checks import as_columns, as_matrix, as_real, as_right_side, power_of_two_scale
from groundup.math.linear_algebra.singular_values import default_tolerance, singular_values, svd

__all__ = ["cosine", "norm", "orthonormal_basis", "project", "projector"]


def norm(x: np.ndarray, ord: int | float | str | None = None) -> float:
    """The size of a vector or matrix; entries like 1e300 or 1e-300 are no problem.

    Parameters
    ----------
    x : ndarray of shape (n,) or (m, n)
    ord : {None, 1, 2, inf, "fro", "nuc"}
        Vectors: 2 (the length, default), 1 (sum of magnitudes), inf (largest magnitude). Matrices: "fro" (root of the
        sum of squares, default), 1 (largest column sum), inf (largest row sum), 2 (largest singular value), "nuc"
        (sum of the singular values).
    """
    x = np.asarray(x)
    if x.ndim not in (1, 2):
        raise ValueError(f"x must be a vector or a matrix: got {x.ndim} dimensions, shape {x.shape}")
    with np.errstate(over="ignore", invalid="ignore"):
        x = as_real(x, "x")
    if ord is None:
        ord = 2 if x.ndim == 1 else "fro"
    if ord == "fro" or (ord == 2 and x.ndim == 1):
        scale = power_of_two_scale(x)
        scaled = (x * x.dtype.type(scale)).ravel()
        return float(np.sqrt(scaled @ scaled)) / scale
    sums = np.abs(x) if x.ndim == 1 else np.abs(x).sum(axis=0 if ord == 1 else 1)
    if ord == np.inf:
        return float(sums.max(initial=0))
    if ord == 1:
        return float(sums.sum() if x.ndim == 1 else sums.max(initial=0))
    if x.ndim == 2 and ord in (2, "nuc"):
        s = singular_values(x)
        return float(s.sum() if ord == "nuc" else s.max(initial=0))
    raise ValueError(f"ord must be None, 1, 2, inf, or for matrices 'fro' or 'nuc': got {ord!r}")


def cosine(x: np.ndarray, y: np.ndarray) -> float:
    """Cosine of the angle between two vectors: 1 same direction, 0 at right angles, -1 opposite.

    Raises
    ------
    ValueError
        If shapes differ, or a vector is zero and so has no direction.
    """
    x, y = np.asarray(x), np.asarray(y)
    if x.ndim != 1 or x.shape != y.shape:
        raise ValueError(f"x and y must be vectors of one length: got shapes {x.shape} and {y.shape}")
    lengths = norm(x), norm(y)
    if 0 in lengths:
        raise ValueError("x and y need a direction: one of them is zero")
    return float(np.clip((x / lengths[0]) @ (y / lengths[1]), -1, 1))


def orthonormal_basis(a: np.ndarray, tolerance: float | None = None) -> np.ndarray:
    """Orthonormal columns that span what the columns of A span, (m, rank), most important first.

    Parameters
    ----------
    a : ndarray of shape (m, n)
    tolerance : float, optional
        Singular values up to it count as zero; max(m, n) eps s_1 by default.
    """
    a = as_matrix(a)
    u, s, _ = svd(a)
    if tolerance is None:
        tolerance = default_tolerance(a, float(s[0]) if s.size else 0.0)
    return u[:, s > tolerance]


def project(b: np.ndarray, onto: np.ndarray) -> np.ndarray:
    """The point nearest to b (each column of b) in the span of the columns of `onto`.

    Parameters
    ----------
    b : ndarray of shape (m,) or (m, k)
    onto : ndarray of shape (m,) or (m, n)
        A direction, or several as columns; they need be neither orthogonal nor independent.

    Returns
    -------
    ndarray of b's shape
    """
    onto = as_matrix(as_columns(np.asarray(onto)), "onto")
    b = as_right_side(b, len(onto))
    q = orthonormal_basis(onto)
    return q @ (q.T @ b)


def projector(a: np.ndarray) -> np.ndarray:
    """The matrix P = Q Q^T (m, m) that projects onto the span of A's columns: P^T = P and P P = P.

    It has m^2 entries; `project` applies it without building it.
    """
    q = orthonormal_basis(a)
    return q @ q.T
