"""QR by Householder reflections, and Gram-Schmidt beside it.

    A = Q R,   Q = H_1 H_2 ... H_k,   H_j = I - tau_j v_j v_j^T                  (Householder 1958)
    H_1 ... H_b = I - Y T Y^T,   Y = [v_1 ... v_b],   T upper triangular         (Schreiber and Van Loan 1989)

A block of b reflections is collected and applied to the other columns as three matrix products (the second line).
2 n^2 (m - n/3) operations. With column pivoting each step depends on all columns, so that work stays in compiled
loops, several times slower. `reflect` and `triangularise` are the same steps in plain NumPy, as explanation and
oracle. Source: Golub and Van Loan, Matrix Computations (4th ed.), 5.1, 5.2, 5.4.

Lesson: linear-algebra
"""

from typing import NamedTuple

import numpy as np

from groundup.math.linear_algebra._orthogonal_kernels import (
    reflect_panel,
    reflect_with_pivoting,
    triangular_factor,
)
from groundup.math.linear_algebra.checks import (
    SingularMatrixError,
    as_columns,
    as_matrix,
    as_right_side,
    power_of_two_scale,
)
from groundup.math.linear_algebra.triangular import subtract_product

__all__ = ["QR", "apply_q", "gram_schmidt", "qr", "qr_factor", "reflect", "triangularise"]

BLOCK = 64  # reflections collected before they are applied as products
PANEL = 16  # reflections applied one at a time


class QR(NamedTuple):
    """Factors of an (m, n) matrix, k = min(m, n); Q is kept as its reflections.

    vectors : ndarray of shape (k, m)
        Row j is v_j; its first j entries are 0, entry j is 1.
    taus : ndarray of shape (k,)
        2 / (v_j . v_j), or 0 where nothing had to be reflected.
    r : ndarray of shape (k, n)
    order : ndarray of shape (n,)
        ``a[:, order] == q @ r``; 0, 1, 2, ... without pivoting.
    """

    vectors: np.ndarray
    taus: np.ndarray
    r: np.ndarray
    order: np.ndarray


def reflect(x: np.ndarray) -> tuple[np.ndarray, float, float]:
    """The reflection that turns x onto the first axis: (I - tau v v^T) x = beta e_1, v[0] = 1.

    v = (x - beta e_1) / (x_0 - beta) with beta = -sign(x_0) ||x||: of the two possible signs the one for which
    x_0 - beta does not cancel.

    Returns
    -------
    v, tau, beta
    """
    x = np.asarray(x, dtype=np.result_type(x, np.float32))
    norm = float(np.sqrt(x @ x))
    if norm == abs(x[0]):  # on the axis already
        return np.eye(1, len(x), dtype=x.dtype)[0], 0.0, float(x[0])
    beta = -norm if x[0] >= 0 else norm
    v = x / (x[0] - beta)
    v[0] = 1
    return v, float((beta - x[0]) / beta), beta


def triangularise(a: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Q (m, m) and R (m, n) one reflection at a time: the slow form of `qr`, step by step as on paper."""
    r = as_matrix(a).copy()
    q = np.eye(len(r), dtype=r.dtype)
    for k in range(min(r.shape)):
        v, tau, _ = reflect(r[k:, k])
        r[k:] -= tau * np.outer(v, v @ r[k:])
        q[:, k:] -= tau * np.outer(q[:, k:] @ v, v)
    return q, np.triu(r)


def gram_schmidt(a: np.ndarray, *, modified: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """Reduced QR by subtracting projections; simple, and less orthogonal the worse A is conditioned.

    Parameters
    ----------
    a : ndarray of shape (m, n), m >= n
    modified : bool
        Project what is *left* of a column (loss of orthogonality about eps * cond) instead of the column as it came
        (up to eps * cond^2).

    Returns
    -------
    q, r : ndarrays of shape (m, n), (n, n)

    Raises
    ------
    SingularMatrixError
        If a column lies exactly in the span of those before.
    """
    q = as_matrix(a).copy()
    n = q.shape[1]
    if len(q) < n:
        raise ValueError(f"a must have at least as many rows as columns: got shape {q.shape}")
    r = np.zeros((n, n), q.dtype)
    for j in range(n):
        if modified:
            for i in range(j):
                r[i, j] = q[:, i] @ q[:, j]
                q[:, j] -= r[i, j] * q[:, i]
        else:
            r[:j, j] = q[:, :j].T @ q[:, j]
            q[:, j] -= q[:, :j] @ r[:j, j]
        r[j, j] = np.sqrt(q[:, j] @ q[:, j])
        if r[j, j] == 0:
            raise SingularMatrixError(f"column {j} of a depends on the columns before it", j)
        q[:, j] /= r[j, j]
    return q, r


def qr_factor(a: np.ndarray, *, pivoting: bool = False) -> QR:
    """Householder QR with Q kept as reflections, which is all that `apply_q` and least squares need.

    Parameters
    ----------
    a : ndarray of shape (m, n)
    pivoting : bool
        Take the remaining column of largest norm at each step, so that the diagonal of R falls and shows the rank.
    """
    a = as_matrix(a)
    m, n = a.shape
    k = min(m, n)
    scale = power_of_two_scale(a)
    at = np.multiply(a.T, a.dtype.type(scale), order="C")
    taus, betas, order = np.zeros(k, a.dtype), np.zeros(k, a.dtype), np.arange(n)
    if pivoting:
        reflect_with_pivoting(at, taus, betas, order)
    else:
        for start in range(0, k, BLOCK):
            stop = min(start + BLOCK, k)
            _reflect_columns(at, start, stop, taus, betas)
            if stop < n:
                _apply_block(at[stop:, start:], np.triu(at[start:stop, start:]), taus[start:stop], transpose=True)
    r = np.triu(at[:, :k].T, 1)
    np.fill_diagonal(r, betas)
    r /= a.dtype.type(scale)
    return QR(np.triu(at[:k]), taus, r, order)


def _reflect_columns(at: np.ndarray, start: int, stop: int, taus: np.ndarray, betas: np.ndarray) -> None:
    """Reflect columns start..stop-1 by halves: the left half's reflections reach the right half as products."""
    if stop - start <= PANEL:
        reflect_panel(at, start, stop, taus, betas)
        return
    middle = start + (stop - start) // 2
    _reflect_columns(at, start, middle, taus, betas)
    _apply_block(at[middle:stop, start:], np.triu(at[start:middle, start:]), taus[start:middle], transpose=True)
    _reflect_columns(at, middle, stop, taus, betas)


def _apply_block(ct: np.ndarray, vectors: np.ndarray, taus: np.ndarray, *, transpose: bool) -> None:
    """C <- (I - Y T Y^T) C, or with T^T, in place on C^T: C^T - ((C^T Y) T^T) Y^T."""
    t = triangular_factor(vectors @ vectors.T, taus)
    subtract_product(ct, (ct @ vectors.T) @ (t if transpose else t.T), vectors)


def apply_q(factors: QR, b: np.ndarray, *, trans: bool = False) -> np.ndarray:
    """Q b (or Q^T b) for the full (m, m) Q, without forming Q.

    Parameters
    ----------
    factors : QR
    b : ndarray of shape (m,) or (m, c)
    trans : bool
    """
    k, m = factors.vectors.shape
    b = as_right_side(b, m)
    dtype = np.result_type(factors.vectors, b)
    ct = np.array(as_columns(b).T, dtype=dtype, order="C")
    starts = range(0, k, BLOCK)
    for start in starts if trans else reversed(starts):
        rows = slice(start, start + BLOCK)
        _apply_block(ct[:, start:], factors.vectors[rows, start:], factors.taus[rows], transpose=trans)
    return ct.T.reshape(b.shape)


def qr(
    a: np.ndarray, mode: str = "reduced", *, pivoting: bool = False
) -> tuple[np.ndarray, np.ndarray] | tuple[np.ndarray, np.ndarray, np.ndarray]:
    """QR factorisation of an (m, n) matrix.

    Parameters
    ----------
    a : ndarray of shape (m, n)
    mode : {"reduced", "complete"}
        Q of shape (m, min(m, n)), or all of it, (m, m) with R (m, n).
    pivoting : bool
        As in `qr_factor`.

    Returns
    -------
    q, r : ndarrays
        ``a == q @ r`` to rounding. R's diagonal may be negative.
    order : ndarray of shape (n,), with pivoting only
        ``a[:, order] == q @ r``.
    """
    if mode not in ("reduced", "complete"):
        raise ValueError(f"mode must be 'reduced' or 'complete': got {mode!r}")
    factors = qr_factor(a, pivoting=pivoting)
    k, m = factors.vectors.shape
    width, r = k, factors.r
    if mode == "complete":
        width = m
        r = np.concatenate([r, np.zeros((m - k, r.shape[1]), r.dtype)])
    q = form_q(factors.vectors, factors.taus, width)
    return (q, r, factors.order) if pivoting else (q, r)


def form_q(vectors: np.ndarray, taus: np.ndarray, width: int) -> np.ndarray:
    """The first `width` columns of Q = H_1 H_2 ... H_k, from the last block of reflections to the first.

    Applied in this order a block meets only the identity to its left, and those columns are skipped.
    """
    k, m = vectors.shape
    qt = np.eye(width, m, dtype=vectors.dtype)
    for start in reversed(range(0, k, BLOCK)):
        rows = slice(start, start + BLOCK)
        _apply_block(qt[start:, start:], vectors[rows, start:], taus[rows], transpose=False)
    return qt.T
