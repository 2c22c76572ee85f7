"""Eigenvalues and eigenvectors of a symmetric matrix: A = Z diag(w) Z^T.

    A = Q T Q^T          Householder reduction to tridiagonal form, 4 n^3 / 3 operations
    T = S diag(w) S^T    implicit QL with Wilkinson's shift; Z = Q S, about 3 n^3 to 6 n^3 operations

Beside it Jacobi's method (1846), which makes one entry after the other zero by rotations: slower, simpler, and the
oracle of the tests. Source: Golub and Van Loan, Matrix Computations (4th ed.), 8.3 (QL is QR from the other end), 8.5.
Left out here: divide and conquer, which LAPACK uses, and bisection for a few eigenvalues of many.

Lesson: linear-algebra
"""

import numpy as np

from groundup.math.linear_algebra._symmetric_kernels import jacobi_sweep, ql_implicit, tridiagonalise_upper
from groundup.math.linear_algebra.checks import NotConvergedError, as_matrix, power_of_two_scale
from groundup.math.linear_algebra.orthogonal import form_q, reflect

__all__ = ["eigh", "eigh_jacobi", "eigvalsh", "tridiagonal_steps", "tridiagonalise"]


def tridiagonal_steps(a: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Q and T of A = Q T Q^T, one reflection at a time from both sides: the slow form of `tridiagonalise`."""
    t = as_matrix(a, symmetric=True).copy()
    q = np.eye(len(t), dtype=t.dtype)
    for k in range(len(t) - 2):
        v, tau, _ = reflect(t[k + 1 :, k])
        t[k + 1 :] -= tau * np.outer(v, v @ t[k + 1 :])
        t[:, k + 1 :] -= tau * np.outer(t[:, k + 1 :] @ v, v)
        q[:, k + 1 :] -= tau * np.outer(q[:, k + 1 :] @ v, v)
    return q, t


def tridiagonalise(a: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Reduce a symmetric matrix to tridiagonal form by reflections, A = Q T Q^T.

    Parameters
    ----------
    a : ndarray of shape (n, n)

    Returns
    -------
    q : ndarray of shape (n, n)
    diagonal : ndarray of shape (n,)
    beside : ndarray of shape (max(n - 1, 0),)
        The entries above and below the diagonal of T.
    """
    a = as_matrix(a, symmetric=True)
    scale = a.dtype.type(power_of_two_scale(a))
    vectors, taus, diagonal, beside = _reduce(a * scale)
    return form_q(vectors, taus, len(a)), diagonal / scale, beside[: max(len(a) - 1, 0)] / scale


def _reduce(a: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    work = np.array(a, order="C")
    n = len(work)
    taus, diagonal, beside = (np.zeros(n, a.dtype) for _ in range(3))
    tridiagonalise_upper(work, taus, diagonal, beside)
    return np.triu(work, 1), taus, diagonal, beside


def eigh(a: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Eigenvalues and eigenvectors of a symmetric matrix.

    Parameters
    ----------
    a : ndarray of shape (n, n)

    Returns
    -------
    values : ndarray of shape (n,)
        In ascending order; each within a few roundings times the largest.
    vectors : ndarray of shape (n, n)
        Column i belongs to values[i]; orthonormal.

    Raises
    ------
    ValueError
        If A is not square, symmetric and finite.
    NotConvergedError
        If an eigenvalue needs more than 60 sweeps, which no finite matrix has been seen to do.
    """
    values, rows = _eigen(as_matrix(a, symmetric=True), with_vectors=True)
    order = np.argsort(values, kind="stable")
    return values[order], rows[order].T


def eigvalsh(a: np.ndarray) -> np.ndarray:
    """The eigenvalues alone, in ascending order: no vectors, so O(n^2) after the reduction."""
    return np.sort(_eigen(as_matrix(a, symmetric=True), with_vectors=False)[0])


def _eigen(a: np.ndarray, *, with_vectors: bool) -> tuple[np.ndarray, np.ndarray]:
    scale = a.dtype.type(power_of_two_scale(a))
    vectors, taus, diagonal, beside = _reduce(a * scale)
    # rows of z are eigenvectors, so that a rotation mixes two contiguous rows
    z = np.ascontiguousarray(form_q(vectors, taus, len(a)).T) if with_vectors else np.empty((len(a), 0), a.dtype)
    info = np.finfo(a.dtype)
    failed = ql_implicit(diagonal, beside, z, info.tiny / info.eps, info.eps)
    if failed >= 0:
        raise NotConvergedError(f"eigenvalue {failed} did not converge")
    return diagonal / scale, z


def eigh_jacobi(a: np.ndarray, *, max_sweeps: int = 30) -> tuple[np.ndarray, np.ndarray]:
    """As `eigh`, by Jacobi's rotations: about 2 n^3 operations a sweep, and some six to ten sweeps.

    Raises
    ------
    NotConvergedError
        If rotations are still needed after `max_sweeps` sweeps.
    """
    a = as_matrix(a, symmetric=True)
    scale = a.dtype.type(power_of_two_scale(a))
    work, z = np.array(a * scale, order="C"), np.eye(len(a), dtype=a.dtype)
    for _ in range(max_sweeps):
        if not jacobi_sweep(work, z):
            values = np.diagonal(work) / scale
            order = np.argsort(values, kind="stable")
            return values[order], z[order].T
    raise NotConvergedError(f"rotations are still needed after {max_sweeps} sweeps")
