"""Factorisations beside LAPACK (through NumPy and SciPy) and beside the textbook's loops, one thread each.

The loops are those of a first course: Python over single entries for LU and Cholesky (on a smaller matrix, scaled by
the cube of the size), NumPy a column at a time for QR, unshifted QR iteration for eigenvalues and singular values.
"""

import numpy as np

from groundup.bench import Benchmark
from groundup.math import linear_algebra as ours

SMALL = 100  # size at which loops over single entries are timed


def _random(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, n))


def loop_lu(a: list[list[float]]) -> list[list[float]]:
    n = len(a)
    for k in range(n):
        p = max(range(k, n), key=lambda i: abs(a[i][k]))
        a[k], a[p] = a[p], a[k]
        for i in range(k + 1, n):
            a[i][k] /= a[k][k]
            for j in range(k + 1, n):
                a[i][j] -= a[i][k] * a[k][j]
    return a


def loop_cholesky(a: list[list[float]]) -> list[list[float]]:
    n = len(a)
    low = [[0.0] * n for _ in range(n)]
    for i in range(n):
        for j in range(i + 1):
            rest = a[i][j] - sum(low[i][k] * low[j][k] for k in range(j))
            low[i][j] = rest**0.5 if i == j else rest / low[j][j]
    return low


def plain_qr_iteration(a: np.ndarray, rounds: int = 10) -> tuple[np.ndarray, np.ndarray]:
    vectors = np.eye(len(a))
    for _ in range(rounds):  # a few of the thousands that it would need
        q, r = ours.gram_schmidt(a)
        a, vectors = r @ q, vectors @ q
    return np.diagonal(a), vectors


def _lu() -> dict:
    import scipy.linalg

    a, small = _random(1000), _random(SMALL).tolist()
    return {
        "ours": lambda: ours.lu_factor(a),
        "lapack": lambda: scipy.linalg.lu_factor(a),
        "loops": lambda: loop_lu([row[:] for row in small]),
    }


def _cholesky() -> dict:
    x, y = _random(1000), _random(SMALL)
    a, small = x @ x.T + np.eye(1000), (y @ y.T + np.eye(SMALL)).tolist()
    return {
        "ours": lambda: ours.cholesky(a),
        "lapack": lambda: np.linalg.cholesky(a),
        "loops": lambda: loop_cholesky(small),
    }


def _qr() -> dict:
    a = _random(1000)
    return {
        "ours": lambda: ours.qr(a),
        "lapack": lambda: tuple(np.linalg.qr(a)),
        "loops": lambda: ours.gram_schmidt(a, modified=False),
    }


def _qr_factor() -> dict:
    a = _random(1000)
    return {"ours": lambda: ours.qr_factor(a), "lapack": lambda: np.linalg.qr(a, mode="raw")}


def _eigh() -> dict:
    a = _random(300)
    a = a + a.T
    return {
        "ours": lambda: tuple(ours.eigh(a)),
        "lapack": lambda: tuple(np.linalg.eigh(a)),
        "jacobi": lambda: ours.eigh_jacobi(a),
        "loops": lambda: plain_qr_iteration(a),
    }


def _svd() -> dict:
    a = _random(300)
    return {
        "ours": lambda: ours.svd(a),
        "lapack": lambda: tuple(np.linalg.svd(a)),
        "loops": lambda: plain_qr_iteration(a.T @ a)[::-1],
    }


def _lstsq() -> dict:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(20_000, 50)), rng.normal(size=20_000)
    return {
        "ours": lambda: ours.lstsq(a, b, "qr").x,
        "lapack": lambda: np.linalg.lstsq(a, b, rcond=None)[0],
        "ours, cholesky": lambda: ours.lstsq(a, b, "cholesky").x,
        "ours, svd": lambda: ours.lstsq(a, b, "svd").x,
    }


def _loss_of_orthogonality(answer: tuple[np.ndarray, ...]) -> float:
    return float(np.abs(answer[0].T @ answer[0] - np.eye(answer[0].shape[1])).max())


def _loss_of_vectors(answer: tuple[np.ndarray, ...]) -> float:
    return _loss_of_orthogonality(answer[1:])


BENCHMARKS = [
    Benchmark(
        "math.linear_algebra/lu-1000",
        "LU with partial pivoting, 1000 x 1000 float64 (loops: 100 x 100, scaled)",
        _lu,
        reference="lapack",
        reach=3.0,
        per={"loops": (1000 / SMALL) ** 3},
    ),
    Benchmark(
        "math.linear_algebra/cholesky-1000",
        "Cholesky, 1000 x 1000 float64 (loops: 100 x 100, scaled)",
        _cholesky,
        reference="lapack",
        reach=3.0,
        per={"loops": (1000 / SMALL) ** 3},
    ),
    Benchmark(
        "math.linear_algebra/qr-1000",
        "QR with Q formed, 1000 x 1000 float64 (loops: classical Gram-Schmidt in NumPy)",
        _qr,
        reference="lapack",
        reach=3.0,
        score=_loss_of_orthogonality,
        score_name="largest entry of Q^T Q - I",
    ),
    Benchmark(
        "math.linear_algebra/qr-factor-1000",
        "QR with Q as reflections, 1000 x 1000 float64",
        _qr_factor,
        reference="lapack",
        reach=3.0,
    ),
    Benchmark(
        "math.linear_algebra/eigh-300",
        "symmetric eigenproblem with vectors, 300 x 300 float64 (loops: 10 QR iterations of thousands)",
        _eigh,
        reference="lapack",
        reach=10.0,
        score=_loss_of_vectors,
        score_name="largest entry of Z^T Z - I",
    ),
    Benchmark(
        "math.linear_algebra/svd-300",
        "SVD with vectors, 300 x 300 float64 (loops: 10 QR iterations of thousands)",
        _svd,
        reference="lapack",
        reach=10.0,
        score=_loss_of_orthogonality,
        score_name="largest entry of U^T U - I",
    ),
    Benchmark(
        "math.linear_algebra/lstsq-20000x50",
        "least squares, 20000 x 50 float64 (LAPACK's gelsd, by SVD)",
        _lstsq,
        reference="lapack",
        reach=3.0,
    ),
]
