"""The singular value decomposition A = U diag(s) V^T and what it answers: rank, pseudo-inverse, conditioning.

    A = U_1 B V_1^T        Householder reduction to upper bidiagonal form, 4 m n^2 - 4 n^3 / 3 operations
    B = U_2 diag(s) V_2^T  implicit QR on B^T B without forming it (Golub and Kahan 1965; Demmel and Kahan 1990)

Forming A^T A would be simpler and would square the condition number: singular values below sqrt(eps) s_1 would be
noise. Here every one is within a few eps s_1. A tall matrix is first reduced by QR, a wide one transposed.
Source: Golub and Van Loan, Matrix Computations (4th ed.), 5.4.8, 5.5, 8.6. Left out here: divide and conquer, and
randomised methods for a few singular values of many.

Lesson: linear-algebra
"""

import math

import numpy as np

from groundup.math.linear_algebra._singular_values_kernels import bidiagonal_qr, bidiagonalise_rows
from groundup.math.linear_algebra.checks import NotConvergedError, as_matrix, power_of_two_scale
from groundup.math.linear_algebra.orthogonal import apply_q, form_q, qr_factor, reflect

__all__ = [
    "bidiagonal_steps",
    "cond",
    "low_rank",
    "matrix_rank",
    "pinv",
    "singular_values",
    "svd",
    "svd_from_eigh",
]

TALL = 1.5  # rows per column from which QR first is cheaper


def bidiagonal_steps(a: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """U, B, V of A = U B V^T, reflections from the left and the right in turn: the slow form, as on paper.

    Parameters
    ----------
    a : ndarray of shape (m, n), m >= n

    Returns
    -------
    u, b, v : ndarrays of shape (m, m), (m, n), (n, n)
    """
    b = as_matrix(a).copy()
    m, n = b.shape
    u, v = np.eye(m, dtype=b.dtype), np.eye(n, dtype=b.dtype)
    for k in range(n):
        x, tau, _ = reflect(b[k:, k])
        b[k:] -= tau * np.outer(x, x @ b[k:])
        u[:, k:] -= tau * np.outer(u[:, k:] @ x, x)
        if k + 1 < n:
            x, tau, _ = reflect(b[k, k + 1 :])
            b[:, k + 1 :] -= tau * np.outer(b[:, k + 1 :] @ x, x)
            v[:, k + 1 :] -= tau * np.outer(v[:, k + 1 :] @ x, x)
    return u, b, v


def svd(a: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The reduced singular value decomposition, k = min(m, n).

    Parameters
    ----------
    a : ndarray of shape (m, n)

    Returns
    -------
    u : ndarray of shape (m, k)
        Orthonormal columns.
    s : ndarray of shape (k,)
        Singular values, falling, not negative; each within a few eps times the largest.
    vt : ndarray of shape (k, n)
        Orthonormal rows; ``a == u * s @ vt`` to rounding.

    Raises
    ------
    NotConvergedError
        If a singular value needs more than 60 sweeps, which no finite matrix has been seen to do.
    """
    a = as_matrix(a)
    if a.shape[0] < a.shape[1]:
        u, s, vt = svd(a.T)
        return vt.T, s, u.T
    return _tall_svd(a, with_vectors=True)


def singular_values(a: np.ndarray) -> np.ndarray:
    """The singular values alone, falling: no vectors, so O(n^2) after the reduction."""
    a = as_matrix(a)
    return _tall_svd(a.T if a.shape[0] < a.shape[1] else a, with_vectors=False)[1]


def _tall_svd(a: np.ndarray, *, with_vectors: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    m, n = a.shape
    scale = a.dtype.type(power_of_two_scale(a))
    work = np.array(a * scale, order="C")
    factors = None
    if m > TALL * n:
        factors = qr_factor(work)
        work = np.ascontiguousarray(factors.r)
    left, right = np.zeros((n, len(work)), a.dtype), np.zeros((n, n), a.dtype)
    left_taus, right_taus, d, e = (np.zeros(n, a.dtype) for _ in range(4))
    bidiagonalise_rows(work, left, left_taus, right, right_taus, d, e)
    # rows are singular vectors, so that a rotation mixes two contiguous rows
    if with_vectors:
        ut = np.ascontiguousarray(form_q(left, left_taus, n).T)
        vt = np.ascontiguousarray(form_q(right, right_taus, n).T)
    else:
        ut = vt = np.empty((n, 0), a.dtype)
    info = np.finfo(a.dtype)
    failed = bidiagonal_qr(d, e, ut, vt, info.tiny / info.eps, info.eps)
    if failed >= 0:
        raise NotConvergedError(f"singular value {failed} did not converge")
    vt[d < 0] *= -1
    d = np.abs(d)
    order = np.argsort(-d, kind="stable")
    u = ut[order].T
    if factors is not None and with_vectors:
        u = apply_q(factors, np.concatenate([u, np.zeros((m - n, n), a.dtype)]))
    return u, d[order] / scale, vt[order]


def svd_from_eigh(a: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The decomposition as it is derived: V and s^2 from A^T A, then u_i = A v_i / s_i.

    For understanding. s below sqrt(eps) s_1 has no correct digit here, and such u_i are not orthogonal; a column with
    s_i = 0 is left as zeros.
    """
    from groundup.math.linear_algebra.symmetric import eigh

    a = as_matrix(a)
    values, vectors = eigh(a.T @ a)
    k = min(a.shape)
    s, v = np.sqrt(np.maximum(values[::-1][:k], 0)), vectors[:, ::-1][:, :k]
    return np.divide(a @ v, s, out=np.zeros((len(a), k), a.dtype), where=s > 0), s, v.T


def default_tolerance(a: np.ndarray, largest: float) -> float:
    """max(m, n) eps s_1: what rounding in the entries of A alone can do to a singular value."""
    return max(a.shape, default=0) * float(np.finfo(a.dtype).eps) * largest


def matrix_rank(a: np.ndarray, tolerance: float | None = None) -> int:
    """The number of singular values above `tolerance` (absolute); max(m, n) eps s_1 by default.

    The default asks whether the matrix is singular up to *rounding*. Data with noise need their own tolerance.
    """
    a = as_matrix(a)
    s = singular_values(a)
    if tolerance is None:
        tolerance = default_tolerance(a, float(s[0]) if s.size else 0.0)
    return int((s > tolerance).sum())


def pinv(a: np.ndarray, tolerance: float | None = None) -> np.ndarray:
    """The Moore-Penrose inverse, (n, m): V diag(1 / s) U^T over the singular values above `tolerance` (absolute)."""
    a = as_matrix(a)
    u, s, vt = svd(a)
    if tolerance is None:
        tolerance = default_tolerance(a, float(s[0]) if s.size else 0.0)
    kept = s > tolerance
    return (vt[kept].T / s[kept]) @ u[:, kept].T


def cond(a: np.ndarray) -> float:
    """s_1 / s_k: how much a relative error of A or b can grow in the solution; infinite for a singular matrix."""
    s = singular_values(a)
    if s.size == 0:
        return 0.0
    return float(s[0]) / float(s[-1]) if s[-1] > 0 else math.inf


def low_rank(a: np.ndarray, rank: int) -> np.ndarray:
    """The nearest matrix of a rank, in the 2-norm and the Frobenius norm (Eckart and Young 1936)."""
    if not 0 <= rank <= min(np.shape(a)):
        raise ValueError(f"rank must be between 0 and {min(np.shape(a))} for shape {np.shape(a)}: got {rank}")
    u, s, vt = svd(a)
    return (u[:, :rank] * s[:rank]) @ vt[:rank]
