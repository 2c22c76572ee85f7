"""Least squares, min |X w - y|, for data with many more rows than columns.

    QR in blocks    [X y] = Q [R c; 0 .],  R w = c           2 n m^2     error about eps cond(X), for a good fit
    normal          X^T X w = X^T y (`lstsq` of math.linear_algebra)   n m^2   error about eps cond(X)^2
    SVD             X = U S V^T,  w = V S^+ U^T y            the shortest solution when columns depend on each other
    descent         w <- w - step X^T (X w - y) / n          error falls by 1 - 1/cond(X)^2 a step

for n rows and m columns. Sources: Golub and Van Loan, Matrix Computations (4th ed.), 5.3 and 5.5; Lawson and Hanson,
Solving Least Squares Problems (1974), chapter 23, for coefficients >= 0. The step of `stochastic_descent` is that
for minibatches of Gower et al., SGD: General Analysis and Improved Rates (2019). Left out here: sparse data,
regularisation.

Lesson: linear-regression
"""

from typing import NamedTuple

import numpy as np

from groundup.math.linear_algebra import eigvalsh, qr_factor, singular_values, solve_triangular, svd

__all__ = [
    "Descent",
    "Solution",
    "by_qr",
    "by_svd",
    "gradient_descent",
    "nonnegative",
    "step_size",
    "stochastic_descent",
    "triangle",
]

BLOCK_ROWS = 2000  # rows of a block, so that it stays in the cache


class Solution(NamedTuple):
    """Outcome of `by_qr` and `by_svd`.

    coef : ndarray of shape (m, k)
    rank : int
        Directions that were used.
    singular : ndarray of shape (min(n, m),)
        Singular values of X, falling.
    """

    coef: np.ndarray
    rank: int
    singular: np.ndarray


class Descent(NamedTuple):
    """Outcome of a descent.

    coef : ndarray of shape (m, k)
    path : ndarray of shape (steps + 1, m, k)
        Where it stood before the first step, and after every one (every pass, for `stochastic_descent`).
    converged : bool
    """

    coef: np.ndarray
    path: np.ndarray
    converged: bool


def triangle(X: np.ndarray, Y: np.ndarray, rows: int = BLOCK_ROWS) -> tuple[np.ndarray, np.ndarray]:
    """R (m, m) and C (m, k) with |X w - y|^2 = |R w - c|^2 + a constant: all that least squares needs of the data.

    The triangle of the rows so far is put on top of the next block, and factored again: only one block has to be in
    memory at a time. Q is never formed, since the columns of Y are reflected along with those of X.

    Parameters
    ----------
    X : ndarray of shape (n, m)
    Y : ndarray of shape (n, k)
    rows : int
        Rows of a block, at least 1; raised to four times the columns, below which most work is repeated.

    Returns
    -------
    R : ndarray of shape (min(n, m), m)
    C : ndarray of shape (min(n, m), k)
    """
    columns = X.shape[1]
    width = columns + Y.shape[1]
    rows = max(rows, 4 * width)
    top = np.zeros((0, width), X.dtype)
    for start in range(0, len(X), rows):
        block = np.hstack([X[start : start + rows], Y[start : start + rows]])
        top = qr_factor(np.vstack([top, block])).r
    return top[:columns, :columns], top[:columns, columns:]


def by_qr(X: np.ndarray, Y: np.ndarray, tol: float = 1e-6) -> Solution:
    """Least squares through a triangle; where columns depend on each other, the shortest of all solutions.

    Parameters
    ----------
    X : ndarray of shape (n, m)
    Y : ndarray of shape (n, k)
    tol : float
        Singular values up to `tol` times the largest count as zero.
    """
    if len(X) < X.shape[1]:
        return by_svd(X, Y, tol)
    R, C = triangle(X, Y)
    s = singular_values(R)  # R = Q^T X has the singular values of X
    if np.all(s > tol * s[0]):
        return Solution(solve_triangular(R, C), len(s), s)
    return by_svd(R, C, tol)


def by_svd(X: np.ndarray, Y: np.ndarray, tol: float = 1e-6) -> Solution:
    """Least squares in the bases of the singular vectors; directions without information get the coefficient 0.

    As `by_qr`, whose triangle it takes as X where columns depend on each other.
    """
    u, s, vt = svd(X)
    kept = s > tol * s[0]
    return Solution(vt[kept].T @ ((u[:, kept].T @ Y) / s[kept][:, None]), int(kept.sum()), s)


def nonnegative(X: np.ndarray, y: np.ndarray) -> np.ndarray:
    """min |X w - y| with every w_j >= 0, by active sets (Lawson and Hanson 1974).

    Columns with a free coefficient form a set. The column whose coefficient would lower the error fastest joins; if
    the fit to the set has a coefficient below 0, go towards that fit until the first one is 0, and let it leave.

    Parameters
    ----------
    X : ndarray of shape (n, m)
    y : ndarray of shape (n,)

    Returns
    -------
    ndarray of shape (m,)
    """
    R, C = triangle(X, y[:, None])
    c, w = C[:, 0], np.zeros(X.shape[1], X.dtype)
    free = np.zeros(X.shape[1], bool)
    slope = R.T @ c
    enough = 10 * np.finfo(X.dtype).eps * len(w) * np.abs(R).max(initial=0) * np.sqrt(c @ c)
    for _ in range(3 * len(w)):
        slope[free] = 0
        if not np.any(slope > enough):
            return w
        free[np.argmax(slope)] = True
        while True:
            fit = np.zeros_like(w)
            if not free.any():  # by rounding alone: the column that joins has a positive coefficient
                break
            fit[free] = by_qr(R[:, free], c[:, None], 1e-12)[0][:, 0]
            below = free & (fit <= 0)
            if not below.any():
                break
            w = w + np.min(w[below] / (w[below] - fit[below])) * (fit - w)
            free &= w > np.finfo(X.dtype).eps * np.abs(w).max()
            w[~free] = 0
        w = fit
        slope = R.T @ (c - R @ w)
    return w


def step_size(X: np.ndarray, batch: int | None = None) -> float:
    """A step that cannot overshoot: 1 / L, with L the largest curvature of |X w - y|^2 / (2 n).

    L = s_1^2 / n for the largest singular value s_1 of X. A single row has a curvature of up to max |x_i|^2, and for
    a batch of b rows a value between the two takes the place of L (Gower et al. 2019):
    n (b - 1) / (b (n - 1)) L + (n - b) / (b (n - 1)) max |x_i|^2.
    """
    n = len(X)
    curvature = float(eigvalsh(X.T @ X)[-1]) / n
    if batch is not None and batch < n:
        longest = float(np.max(np.einsum("ij,ij->i", X, X)))
        curvature = (n * (batch - 1) * curvature + (n - batch) * longest) / (batch * (n - 1))
    return 1 / curvature if curvature > 0 else 1.0


def gradient_descent(
    X: np.ndarray, Y: np.ndarray, *, step: float | None = None, max_iter: int = 1000, tol: float = 1e-6
) -> Descent:
    """Follow the gradient of |X W - Y|^2 / (2 n), which is X^T (X W - Y) / n, down from W = 0.

    Parameters
    ----------
    X : ndarray of shape (n, m)
    Y : ndarray of shape (n, k)
    step : float, optional
        `step_size` by default; beyond twice that it diverges.
    max_iter : int
    tol : float
        Converged when the gradient's largest entry is `tol` times that at the start.
    """
    step = step_size(X) if step is None else step
    path = [np.zeros((X.shape[1], Y.shape[1]), X.dtype)]
    start = None
    for _ in range(max_iter):
        gradient = X.T @ (X @ path[-1] - Y) / len(X)
        size = np.abs(gradient).max(initial=0)
        start = size if start is None else start
        if size <= tol * start:
            return Descent(path[-1], np.array(path), True)
        path.append(path[-1] - X.dtype.type(step) * gradient)
    return Descent(path[-1], np.array(path), False)


def stochastic_descent(
    X: np.ndarray, Y: np.ndarray, *, batch: int = 32, max_iter: int = 50, random: np.random.RandomState | None = None
) -> Descent:
    """As `gradient_descent`, on `batch` rows at a time, in a new order in each of `max_iter` passes.

    A constant step would leave the estimate trembling around the minimum; the step falls in a line from `step_size`
    to 0 over all passes.
    """
    random = np.random.RandomState(0) if random is None else random
    first, w = step_size(X, batch), np.zeros((X.shape[1], Y.shape[1]), X.dtype)
    path = [w]
    steps = -(-len(X) // batch)
    for turn in range(max_iter):
        order = random.permutation(len(X))
        for k in range(steps):
            rows = order[k * batch : (k + 1) * batch]
            step = X.dtype.type(first * (1 - (turn * steps + k) / (max_iter * steps)))
            w = w - step / len(rows) * (X[rows].T @ (X[rows] @ w - Y[rows]))
        path.append(w)
    return Descent(w, np.array(path), True)
