"""groundup.math.linear_algebra beside numpy.linalg and scipy.linalg: same matrices, same precision.

A backward stable method returns the exact answer for a matrix that differs from the given one by rounding, so answers
may differ by about eps times the condition number of what is asked, and by a factor that grows with n. That product is
each case's tolerance: `factor * n * eps * condition`, with the condition number taken from numpy.
"""

from collections.abc import Callable, Iterator

import numpy as np

from groundup.math import linear_algebra as ours
from groundup.proofs.core import Case, Proof

proof = Proof("groundup.math.linear_algebra", reference="numpy.linalg", needs=("scipy",))

SIZES = (1, 2, 3, 17, 64, 65, 130, 200)
REASON = "n roundings, times the condition number of the question; each case's own"
NOTHING_LEFT = 0.5  # a tolerance above this would accept anything: such a case is left out


def _eps(a: np.ndarray) -> float:
    return float(np.finfo(a.dtype).eps)


def _square() -> Iterator[tuple[str, np.ndarray]]:
    """Random, badly scaled and ill-conditioned square matrices in both precisions."""
    rng = np.random.default_rng(20)
    for n in SIZES:
        for dtype in (np.float64, np.float32):
            yield f"random {n} x {n} {np.dtype(dtype)}", rng.normal(size=(n, n)).astype(dtype)
    scales = 10.0 ** rng.uniform(-120, 120, size=40)
    yield "rows scaled from 1e-120 to 1e120", scales[:, None] * rng.normal(size=(40, 40))
    yield "all entries near 1e-300", 1e-300 * rng.normal(size=(30, 30))
    yield "all entries near 1e300", 1e300 * rng.normal(size=(30, 30))
    yield "Hilbert 8 x 8", 1 / (np.arange(8)[:, None] + np.arange(8) + 1)
    yield "constant columns beside random ones", np.hstack([np.ones((20, 1)), rng.normal(size=(20, 19))])


def _rectangular() -> Iterator[tuple[str, np.ndarray]]:
    rng = np.random.default_rng(21)
    for m, n in ((7, 4), (4, 7), (200, 65), (65, 200), (130, 129), (50, 1), (1, 50)):
        for dtype in (np.float64, np.float32):
            yield f"random {m} x {n} {np.dtype(dtype)}", rng.normal(size=(m, n)).astype(dtype)
    yield "rank 3 in 60 x 50", rng.normal(size=(60, 3)) @ rng.normal(size=(3, 50))
    yield "columns scaled from 1e-12 to 1", rng.normal(size=(80, 12)) * 10.0 ** -np.arange(12)
    yield "zeros 5 x 3", np.zeros((5, 3))
    yield "ones 40 x 40", np.ones((40, 40))


def _symmetric() -> Iterator[tuple[str, np.ndarray]]:
    for name, a in _square():
        if "rows" not in name:
            yield name, a + a.T
    yield "twice the same eigenvalues", np.kron(np.eye(2), 1.0 / (1 + np.abs(np.subtract.outer(range(9), range(9)))))
    yield "Wilkinson 21", np.diag(abs(np.arange(-10.0, 11))) + np.diag(np.ones(20), 1) + np.diag(np.ones(20), -1)
    yield "projection of rank 1", np.ones((25, 25)) / 25


def _condition(a: np.ndarray) -> float:
    scaled = a / np.abs(a).max(axis=1, keepdims=True)  # elimination does not feel the scale of rows
    return float(np.linalg.cond(scaled.astype(np.float64)))


def _case(name: str, mine: Callable, theirs: Callable, tolerance: float) -> list[Case]:
    return [Case(name, mine, theirs, tolerance)] if tolerance < NOTHING_LEFT else []


@proof.check("solve: LU with partial pivoting", tolerance=1e-10, reason=REASON, reference="numpy.linalg.solve")
def _solve() -> Iterator[Case]:
    for name, a in _square():
        b = (a.astype(np.float64) @ np.ones((len(a), 2))).astype(a.dtype)
        tolerance = 4 * len(a) * _eps(a) * _condition(a)
        yield from _case(name, lambda a=a, b=b: ours.solve(a, b), lambda a=a, b=b: np.linalg.solve(a, b), tolerance)


@proof.check("lu: order of rows, L and U", tolerance=1e-10, reason=REASON, reference="scipy.linalg.lu")
def _lu() -> Iterator[Case]:
    import scipy.linalg

    def reference(a: np.ndarray) -> tuple[np.ndarray, ...]:
        # SciPy's annotation is the union over all its options
        order, low, up = scipy.linalg.lu(a, p_indices=True)  # pyright: ignore[reportAssignmentType]
        return np.argsort(order), low, up  # SciPy's indices bring L U back into A's order

    for name, a in [*_square(), *_rectangular()]:
        if "ones" not in name and "rank" not in name and "zeros" not in name:
            condition = _condition(a) if len(a) == a.shape[1] else np.linalg.cond(a[: min(a.shape), : min(a.shape)])
            tolerance = 8 * max(a.shape) * _eps(a) * condition
            yield from _case(name, lambda a=a: ours.lu(a), lambda a=a: reference(a), tolerance)


@proof.check("inv, det, slogdet", tolerance=1e-10, reason=REASON)
def _from_lu() -> Iterator[Case]:
    for name, a in _square():
        if "1e" in name:
            continue
        tolerance = 4 * len(a) * _eps(a) * _condition(a)
        yield from _case(f"inv, {name}", lambda a=a: ours.inv(a), lambda a=a: np.linalg.inv(a), tolerance)
        b = a.astype(np.float64)
        tolerance = 4 * len(a) * _eps(b) * _condition(b)
        yield from _case(f"det, {name}", lambda b=b: ours.det(b), lambda b=b: np.linalg.det(b), tolerance)
        yield from _case(
            f"slogdet, {name}", lambda b=b: ours.slogdet(b), lambda b=b: tuple(np.linalg.slogdet(b)), tolerance
        )


@proof.check(
    "condition_estimate",
    tolerance=2 / 3,
    reason="an estimate from below: between a third of the condition number and all of it",
    reference="numpy.linalg.cond",
)
def _estimate() -> Iterator[Case]:
    for name, a in _square():
        b = a.astype(np.float64)
        if "1e" not in name:
            yield Case(name, lambda b=b: ours.condition_estimate(b), lambda b=b: float(np.linalg.cond(b, 1)))


@proof.check("cholesky", tolerance=1e-10, reason=REASON, reference="numpy.linalg.cholesky")
def _cholesky() -> Iterator[Case]:
    for name, x in _square():
        if "1e" in name or "Hilbert" in name:
            continue
        a = x @ x.T + x.dtype.type(0.1) * np.eye(len(x), dtype=x.dtype)
        tolerance = 4 * len(a) * _eps(a) * float(np.linalg.cond(a.astype(np.float64)))
        yield from _case(name, lambda a=a: ours.cholesky(a), lambda a=a: np.linalg.cholesky(a), tolerance)


@proof.check("qr: Householder, Q and R", tolerance=1e-10, reason=REASON, reference="numpy.linalg.qr")
def _qr() -> Iterator[Case]:
    for name, a in [*_square(), *_rectangular()]:
        if any(word in name for word in ("ones", "rank", "rows", "Hilbert")):
            continue
        k = min(a.shape)
        tolerance = 4 * max(a.shape) * _eps(a) * (np.linalg.cond(a[:, :k].astype(np.float64)) if a.any() else 1)
        for mode in ("reduced", "complete"):
            yield from _case(
                f"{mode}, {name}",
                lambda a=a, mode=mode: ours.qr(a, mode),
                # a default's type is str, whatever it was bound to
                lambda a=a, mode=mode: tuple(np.linalg.qr(a, mode)),  # pyright: ignore[reportArgumentType, reportCallIssue]
                tolerance,
            )


@proof.check("qr with column pivoting", tolerance=1e-10, reason=REASON, reference="scipy.linalg.qr")
def _pivoted() -> Iterator[Case]:
    import scipy.linalg

    def reference(a: np.ndarray) -> tuple[np.ndarray, ...]:
        return scipy.linalg.qr(a, mode="economic", pivoting=True)

    for name, a in _rectangular():
        if "random" in name and a.dtype == np.float64:
            yield Case(
                name, lambda a=a: ours.qr(a, pivoting=True), lambda a=a: reference(a), 100 * max(a.shape) * _eps(a)
            )


def _signed(vectors: np.ndarray) -> np.ndarray:
    """Columns with their largest entry positive: a vector and its negative are the same answer."""
    largest = np.take_along_axis(vectors, np.abs(vectors).argmax(axis=0)[None], axis=0)
    return vectors * np.sign(largest)


@proof.check(
    "eigenvalues, by QL and by Jacobi",
    tolerance=1e-10,
    reason="8 n eps times the largest magnitude: Weyl's theorem says that no eigenvalue moves further than the matrix",
    reference="numpy.linalg.eigvalsh",
)
def _values() -> Iterator[Case]:
    for name, a in _symmetric():
        tolerance = 8 * len(a) * _eps(a)
        yield Case(name, lambda a=a: ours.eigvalsh(a), lambda a=a: np.linalg.eigvalsh(a), tolerance)
        yield Case(f"Jacobi, {name}", lambda a=a: ours.eigh_jacobi(a)[0], lambda a=a: np.linalg.eigvalsh(a), tolerance)


@proof.check(
    "eigenvectors",
    tolerance=1e-10,
    reason="a vector turns by at most the change of the matrix over the gap between its eigenvalue and the next",
    reference="numpy.linalg.eigh",
)
def _vectors() -> Iterator[Case]:
    for name, a in _symmetric():
        w = np.linalg.eigvalsh(a.astype(np.float64))
        gap = np.diff(w).min(initial=np.abs(w).max()) / np.abs(w).max()
        tolerance = 8 * len(a) * _eps(a) / max(float(gap), 1e-300)
        yield from _case(
            name, lambda a=a: _signed(ours.eigh(a)[1]), lambda a=a: _signed(np.linalg.eigh(a)[1]), tolerance
        )


@proof.check(
    "singular values",
    tolerance=1e-10,
    reason="8 n eps times the largest: no singular value moves further than the matrix",
    reference="numpy.linalg.svd",
)
def _singular() -> Iterator[Case]:
    for name, a in [*_square(), *_rectangular()]:
        tolerance = 8 * max(a.shape) * _eps(a)
        yield Case(name, lambda a=a: ours.singular_values(a), lambda a=a: np.linalg.svd(a, compute_uv=False), tolerance)


@proof.check(
    "svd put together again, with orthonormal factors",
    tolerance=1e-10,
    reason="16 n eps times the largest entry: U diag(s) V^T is A, U^T U and V^T V are the identity",
    reference="numpy",
)
def _together() -> Iterator[Case]:

    def mine(a: np.ndarray) -> tuple[np.ndarray, ...]:
        u, s, vt = ours.svd(a)
        return (u * s) @ vt, u.T @ u, vt @ vt.T

    for name, a in [*_square(), *_rectangular()]:
        one = np.eye(min(a.shape), dtype=a.dtype)
        yield Case(name, lambda a=a: mine(a), lambda a=a, one=one: (a, one, one), 16 * max(a.shape) * _eps(a))


@proof.check("rank, pseudo-inverse, norms, condition", tolerance=1e-10, reason=REASON)
def _answers() -> Iterator[Case]:
    for name, a in _rectangular():
        yield Case(f"rank, {name}", lambda a=a: ours.matrix_rank(a), lambda a=a: np.linalg.matrix_rank(a), 0.0)
        for kind in (1, 2, np.inf, "fro", "nuc"):
            yield Case(
                f"norm {kind}, {name}",
                lambda a=a, kind=kind: ours.norm(a, kind),
                lambda a=a, kind=kind: np.linalg.norm(a, kind),
                8 * max(a.shape) * _eps(a),
            )
        s = np.linalg.svd(a.astype(np.float64), compute_uv=False)
        kept = s[s > max(a.shape) * _eps(a) * s[0]]
        condition = float(kept[0] / kept[-1]) if kept.size else 1.0
        tolerance = 16 * max(a.shape) * _eps(a) * condition
        cut = max(a.shape) * _eps(a)
        yield from _case(
            f"pinv, {name}", lambda a=a: ours.pinv(a), lambda a=a, cut=cut: np.linalg.pinv(a, rcond=cut), tolerance
        )
        if len(kept) == len(s):
            yield from _case(f"cond, {name}", lambda a=a: ours.cond(a), lambda a=a: np.linalg.cond(a), tolerance)


@proof.check(
    "least squares by QR, SVD and normal equations",
    tolerance=1e-10,
    reason="n times Wedin's bound: eps (cond + cond^2 tan theta); eps cond^2 (1 + tan theta) for normal equations",
    reference="numpy.linalg.lstsq",
)
def _least_squares() -> Iterator[Case]:
    rng = np.random.default_rng(22)
    for name, a in _rectangular():
        b = (a.astype(np.float64) @ np.ones(a.shape[1]) + 0.01 * rng.normal(size=len(a))).astype(a.dtype)
        deficient = "rank" in name or "ones" in name or "zeros" in name
        bounds = ours.error_bounds(a, b)
        for method in ("svd",) if len(a) < a.shape[1] or deficient else ("qr", "cholesky", "svd"):
            bound = 100 * _eps(a) if deficient else bounds[method]
            yield from _case(
                f"{method}, {name}",
                lambda a=a, b=b, method=method: ours.lstsq(a, b, method).x,
                lambda a=a, b=b: np.linalg.lstsq(a, b, rcond=max(a.shape) * _eps(a))[0],
                8 * a.shape[1] * bound,
            )
