"""groundup.math.linear_algebra: identities, the plain step as oracle, edges and errors. Values are in the proof."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_limits

from groundup.math import linear_algebra as la
from groundup.math.linear_algebra import elimination, orthogonal, positive_definite, triangular

EPS = np.finfo(np.float64).eps
DTYPES = [np.float64, np.float32]


def random(*shape, seed=0, dtype=np.float64):
    return np.random.default_rng(seed).normal(size=shape).astype(dtype)


def close(got, wanted, factor=50.0):
    """Equal up to `factor` roundings a term, for sums as long as the sides, relative to the largest entry."""
    got, wanted = np.asarray(got), np.asarray(wanted)
    assert got.shape == wanted.shape
    scale = np.abs(wanted).max(initial=0) or 1
    eps = np.finfo(np.result_type(got, np.float32)).eps
    assert np.abs(got - wanted).max(initial=0) <= factor * eps * max(got.shape, default=1) * scale


def orthonormal(q):
    close(q.T @ q, np.eye(q.shape[1]))


@st.composite
def matrices(draw, tall=False):
    """Any shape up to 40, with columns repeated, zero, or scaled over many orders of magnitude."""
    m, n = draw(st.integers(0, 40)), draw(st.integers(0, 40))
    if tall:
        m, n = max(m, n), min(m, n)
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    a = rng.normal(size=(m, n)) * 10.0 ** draw(st.integers(-290, 290))
    if n and m:
        kind = draw(st.sampled_from(["full", "repeated", "zero column", "scaled", "integers"]))
        if kind == "repeated":
            a[:, rng.integers(n)] = a[:, 0]
        elif kind == "zero column":
            a[:, rng.integers(n)] = 0
        elif kind == "scaled":
            a = a * 10.0 ** -rng.integers(0, 15, size=n)
        elif kind == "integers":
            a = rng.integers(-2, 3, size=(m, n)).astype(float)
    return a


@settings(max_examples=60, deadline=None)
@given(matrices())
def test_lu_puts_the_matrix_together(a):
    order, low, up = la.lu(a)
    close(low @ up, a[order])
    assert np.abs(low).max(initial=0) <= 1 and sorted(order) == list(range(len(a)))
    assert not np.triu(low, 1).any() and not np.tril(up, -1).any()


@settings(max_examples=60, deadline=None)
@given(matrices(), st.booleans())
def test_qr_puts_the_matrix_together(a, pivoting):
    for mode in ("reduced", "complete"):
        q, r, *order = la.qr(a, mode, pivoting=pivoting)
        orthonormal(q)
        close(q @ r, a[:, order[0]] if pivoting else a)
        assert not np.tril(r, -1).any()
        if pivoting:
            diagonal = np.abs(np.diagonal(r))
            assert (diagonal[1:] <= diagonal[:-1] * (1 + 1e-6)).all()


@settings(max_examples=60, deadline=None)
@given(matrices())
def test_svd_puts_the_matrix_together(a):
    u, s, vt = la.svd(a)
    orthonormal(u)
    orthonormal(vt.T)
    close((u * s) @ vt, a)
    assert (s >= 0).all() and (np.diff(s) <= 0).all()
    close(la.singular_values(a), s)


@settings(max_examples=40, deadline=None)
@given(matrices(tall=True))
def test_eigh_diagonalises_and_jacobi_agrees(a):
    square = a[: a.shape[1]]
    a = np.tril(square) + np.tril(square, -1).T
    values, vectors = la.eigh(a)
    orthonormal(vectors)
    close(vectors * values @ vectors.T, a)
    for other in (la.eigvalsh(a), la.eigh_jacobi(a)[0]):
        close(other, values)


@settings(max_examples=40, deadline=None)
@given(matrices())
def test_penrose_conditions(a):
    scale = np.abs(a).max(initial=0) or 1
    a = a / scale
    a = a[:, (np.abs(a).max(axis=0, initial=0) > 1e-8) | ~a.any(axis=0)]  # 1/s must not carry noise
    p = la.pinv(a, tolerance=1e-7 * (la.norm(a, 2) if a.size else 1))
    for left, right in ((a @ p @ a, a), (a @ p, (a @ p).T), (p @ a, (p @ a).T)):
        np.testing.assert_allclose(left, right, atol=1e-6)
    np.testing.assert_allclose(p @ a @ p, p, atol=1e-6 * (np.abs(p).max(initial=0) or 1))


@pytest.mark.parametrize("rank", [0, 1, 5, 12])
def test_nothing_of_that_rank_is_nearer_than_the_cut_svd(rank):
    a, s = random(20, 12), la.singular_values(random(20, 12))
    nearest = la.low_rank(a, rank)
    assert la.matrix_rank(nearest) == rank
    tail = s[rank:]
    assert la.norm(a - nearest) == pytest.approx(np.sqrt((tail**2).sum()), abs=1e-12)
    assert la.norm(a - nearest, 2) == pytest.approx(tail[0] if tail.size else 0, abs=1e-12)
    for seed in range(20):  # Eckart and Young: any other is further away
        other = random(20, rank, seed=seed) @ random(rank, 12, seed=seed + 100)
        assert la.norm(a - other) >= la.norm(a - nearest) - 1e-12


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n", [1, 2, 31, 32, 33, 100])
def test_fast_forms_equal_the_plain_steps(n, dtype):
    a = random(n, n, dtype=dtype)
    spd = a @ a.T + n * np.eye(n, dtype=dtype)
    for fast, plain in zip(la.lu(a), la.eliminate(a), strict=True):
        close(fast, plain, 2000)
    close(la.cholesky(spd), la.cholesky_by_columns(spd))
    for fast, plain in zip(la.qr(a, "complete"), la.triangularise(a), strict=True):
        close(fast, plain, 2000)
    low = la.cholesky(spd)
    close(la.solve_triangular(low, a, lower=True), la.substitute(low, a))
    q, diagonal, beside = la.tridiagonalise(spd)
    plain_q, plain_t = la.tridiagonal_steps(spd)
    close(np.diag(diagonal) + np.diag(beside, 1) + np.diag(beside, -1), plain_t)
    close(np.abs(q), np.abs(plain_q), 2000)
    assert {x.dtype for x in (*la.lu(a)[1:], *la.qr(a), *la.svd(a), *la.eigh(spd), low)} == {np.dtype(dtype)}


def test_bidiagonal_steps_and_the_derived_svd():
    a = random(9, 6)
    u, b, v = la.bidiagonal_steps(a)
    orthonormal(u)
    orthonormal(v)
    close(u @ b @ v.T, a)
    assert np.abs(b - np.triu(np.tril(b, 1))).max() < 1e-14
    for derived, direct in zip(la.svd_from_eigh(a), la.svd(a), strict=True):
        close(np.abs(derived), np.abs(direct), 2000)


def test_small_singular_values_survive_where_the_normal_equations_lose_them():
    u, v = la.qr(random(40, 4))[0], la.qr(random(4, 4, seed=1))[0]
    s = np.array([1, 1e-4, 1e-9, 1e-12])
    a = u * s @ v.T
    np.testing.assert_allclose(la.singular_values(a), s, atol=1e-15)
    assert abs(la.svd_from_eigh(a)[1][3] / 1e-12 - 1) > 0.9


def test_solving_in_all_its_forms():
    a, b = random(70, 70), random(70, 3, seed=1)
    factors = la.lu_factor(a)
    close(a @ la.solve(a, b), b, 1000)
    close(a.T @ la.lu_solve(factors, b, trans=True), b, 1000)
    close(a @ la.inv(a), np.eye(70), 1000)
    spd = a @ a.T + np.eye(70)
    close(spd @ la.cho_solve(la.cholesky(spd), b[:, 0]), b[:, 0], 1000)
    up = np.triu(a) + 9 * np.eye(70)
    close(up @ la.solve_triangular(up, b), b)
    close(up.T @ la.solve_triangular(up, b, trans=True), b)
    close(up @ la.solve_triangular(a + 9 * np.eye(70), b), b)  # the other triangle is not read
    unit = np.tril(a, -1) / 70 + np.eye(70)
    close(unit @ la.solve_triangular(unit * 1.0, b[:, 0], lower=True, unit_diagonal=True), b[:, 0])
    q = orthogonal.qr_factor(a)
    close(la.apply_q(q, la.apply_q(q, b, trans=True)), b)


def test_determinants_multiply_and_do_not_overflow():
    a, b = random(12, 12), random(12, 12, seed=1)
    assert la.det(a @ b) == pytest.approx(la.det(a) * la.det(b), rel=1e-10)
    assert la.det(np.eye(3)[[1, 0, 2]]) == -1 and la.det(np.empty((0, 0))) == 1
    assert la.slogdet(1e-3 * np.eye(400)) == (1.0, pytest.approx(400 * np.log(1e-3)))
    assert la.det(np.ones((3, 3))) == 0 and la.slogdet(np.zeros((2, 2))) == (0.0, -np.inf)
    assert la.det(1e10 * np.eye(100)) == np.inf


def test_condition_numbers():
    a = np.diag([4.0, 2.0, 0.5])
    assert la.cond(a) == pytest.approx(8) and la.condition_estimate(a) == pytest.approx(8)
    assert la.cond(np.ones((3, 3))) > 1e15 and la.cond(np.zeros((3, 3))) == np.inf
    assert la.condition_estimate(np.ones((3, 3))) == np.inf
    assert la.cond(np.eye(4)) == pytest.approx(1)


@pytest.mark.parametrize("method", ["qr", "cholesky", "svd"])
def test_the_residual_is_orthogonal_and_its_bound_holds(method):
    a, b = random(60, 5), random(60, 2, seed=1)
    fit = la.lstsq(a, b, method)
    assert fit.rank == 5 and np.abs(a.T @ fit.residual).max() < 1e-12
    exact = np.array([1.0, -2.0, 3.0])
    x = np.linspace(0, 1, 40)
    a = np.stack([np.ones(40), x, x + 1e-5 * np.sin(9 * x)], axis=1)
    error = la.norm(la.lstsq(a, a @ exact, method).x - exact) / la.norm(exact)
    bounds = la.error_bounds(a, a @ exact)
    assert error <= 20 * bounds[method] and bounds["cholesky"] > 1e3 * bounds["qr"]


def test_a_poor_fit_costs_qr_its_advantage():
    a = random(60, 3) * [1, 1, 1e-4]
    good, poor = la.error_bounds(a, a.sum(axis=1)), la.error_bounds(a, random(60, seed=1))
    assert good["qr"] < 1e-3 * good["cholesky"] and poor["qr"] > 0.1 * poor["cholesky"]
    assert set(la.error_bounds(np.ones((4, 2)), np.ones(4)).values()) == {1.0}


def test_least_squares_by_svd_takes_the_shortest_of_many_solutions():
    a, b = random(3, 7), random(3, seed=1)
    fit = la.lstsq(a, b, "svd")
    close(a @ fit.x, b)
    close(la.pinv(a) @ b, fit.x)
    twice = np.stack([np.arange(5.0), np.arange(5.0)], axis=1)
    fit = la.lstsq(twice, 4 * np.arange(5.0), "svd")
    assert fit.rank == 1 and np.allclose(fit.x, [2, 2])


@pytest.mark.parametrize("size", [1e-200, 1e200])
@pytest.mark.parametrize("method", ["qr", "cholesky", "svd"])
def test_least_squares_of_huge_and_tiny_numbers(method, size):
    a, b = random(9, 2), random(9, seed=1)
    close(la.lstsq(size * a, size * b, method).x, la.lstsq(a, b, method).x)


def test_projection():
    a, b = random(8, 3), random(8, seed=1)
    p = la.projector(a)
    close(p, p.T)
    close(p @ p, p)
    close(p @ b, la.project(b, a))
    close(la.project(b, a) + la.lstsq(a, b).residual, b)
    assert np.trace(p) == pytest.approx(3)
    close(la.project(np.array([3.0, 4.0]), np.array([5.0, 0.0])), np.array([3.0, 0.0]))
    assert la.orthonormal_basis(np.ones((4, 3))).shape == (4, 1)
    assert not la.project(b, np.zeros((8, 2))).any()


def test_vectors_have_length_and_angle():
    assert la.norm(np.array([3.0, 4.0])) == 5 and la.norm([3e300, 4e300]) == 5e300
    assert la.norm([3e-320, 4e-320]) == pytest.approx(5e-320, rel=1e-3)
    assert la.norm([1.0, -2.0], 1) == 3 and la.norm([1.0, -2.0], np.inf) == 2
    assert la.cosine([1.0, 0.0], [1.0, 1.0]) == pytest.approx(np.sqrt(0.5))
    assert la.cosine([1e-300, 0.0], [1e300, 0.0]) == 1


def test_power_iteration_finds_what_eigh_finds():
    a = random(30, 30)
    a = a @ a.T
    values, vectors = la.eigh(a)
    pair = la.power_iteration(a)
    assert pair.value == pytest.approx(values[-1]) and abs(pair.vector @ vectors[:, -1]) == pytest.approx(1)
    found = [p.value for p in la.top_eigenpairs(a, 3)]
    np.testing.assert_allclose(found, values[:-4:-1], rtol=1e-10)
    near = vectors[:, 7] + 0.01 * random(30)
    pair = la.rayleigh_iteration(a, near)
    assert pair.value == pytest.approx(values[7]) and pair.steps <= 5
    assert la.power_iteration(np.array([[0.0, 2.0], [0.5, 1.0]])).value == pytest.approx((1 + np.sqrt(5)) / 2)
    assert la.power_iteration(np.zeros((3, 3))).value == 0
    assert la.power_iteration(np.diag([1.0, -3.0])).value == pytest.approx(-3)


def test_gram_schmidt_loses_orthogonality_as_it_should():
    a = 1 / (np.arange(12)[:, None] + np.arange(8) + 1.0)

    def lost(q):
        return np.abs(q.T @ q - np.eye(8)).max()

    classical, modified = (la.gram_schmidt(a, modified=m)[0] for m in (False, True))
    assert lost(la.qr(a)[0]) < 1e-14 < lost(modified) < 1e-3 < lost(classical)
    q, r = la.gram_schmidt(random(9, 4))
    orthonormal(q)
    close(q @ r, random(9, 4))


@pytest.mark.parametrize("shape", [(0, 0), (0, 3), (3, 0)])
def test_empty_matrices(shape):
    a, k = np.empty(shape), 0
    assert la.qr(a)[0].shape == (shape[0], k) and la.qr(a, pivoting=True)[2].shape == (shape[1],)
    assert [x.shape for x in la.svd(a)] == [(shape[0], k), (k,), (k, shape[1])]
    assert la.lu(a)[2].shape == (k, shape[1])
    assert la.matrix_rank(a) == 0 and la.cond(a) == 0 and la.norm(a) == 0 and la.pinv(a).shape == shape[::-1]
    if shape == (0, 0):
        assert la.eigh(a)[0].shape == (0,) and la.cholesky(a).shape == (0, 0)
        assert la.solve(a, np.empty((0, 2))).shape == (0, 2) and la.inv(a).shape == (0, 0)
        assert la.eigh_jacobi(a)[1].shape == (0, 0)


def test_the_smallest_numbers_keep_their_orthogonality():
    for a in (np.ones((40, 40)), np.full((6, 6), 5e-324), np.eye(5) * 1e-310, np.tri(30) * 1e-308):
        orthonormal(la.svd(a)[0])
        orthonormal(la.qr(a)[0])
        orthonormal(la.eigh(a + a.T)[1])


def test_integers_and_booleans_become_float64_and_inputs_are_left_alone():
    a = np.array([[2, 1], [1, 3]])
    assert la.solve(a, [3, 4]).tolist() == [1.0, 1.0] and la.eigh(a == a)[0].dtype == np.float64
    assert la.svd(a.astype(np.float16))[1].dtype == np.float32
    fixed = random(50, 50)
    fixed.flags.writeable = False
    for call in (la.lu, la.qr, la.svd, la.inv, la.cond, la.condition_estimate, lambda x: la.eigh(x + x.T), la.pinv):
        call(fixed)
    assert la.solve(np.asfortranarray(fixed), fixed[:, ::2]).shape == (50, 25)
    close(la.qr(fixed[::2, ::3])[0] @ la.qr(fixed[::2, ::3])[1], fixed[::2, ::3])


def test_one_thread_and_many_agree():
    a = random(300, 300)
    spd = a @ a.T + np.eye(300)
    answers = []
    for threads in (1, 2):
        with threadpool_limits(threads):
            answers.append([*la.lu(a)[1:], la.cholesky(spd), *la.qr(a), la.singular_values(a), la.eigvalsh(spd)])
    for one, many in zip(*answers, strict=True):
        close(one, many, 100 * 300)


def test_blocks_of_any_size_give_the_same(monkeypatch):
    a = random(90, 90)
    expected = la.solve(a, a[:, :2]), la.cholesky(a @ a.T), la.qr(a)[1]
    monkeypatch.setattr(triangular, "LEAF", 5)
    monkeypatch.setattr(triangular, "CHUNK", 1000)
    monkeypatch.setattr(elimination, "PANEL", 3)
    monkeypatch.setattr(positive_definite, "BLOCK", 7)
    monkeypatch.setattr(orthogonal, "BLOCK", 10)
    monkeypatch.setattr(orthogonal, "PANEL", 4)
    for got, wanted in zip((la.solve(a, a[:, :2]), la.cholesky(a @ a.T), la.qr(a)[1]), expected, strict=True):
        close(got, wanted, 1000)


def test_rank_deficiency_is_named_with_its_column():
    a = random(6, 6)
    a[:, 4] = 0
    for call in (lambda: la.solve(a, a[:, 0]), lambda: la.inv(a), lambda: la.lstsq(a, a[:, 0])):
        with pytest.raises(la.SingularMatrixError, match="column 4") as caught:
            call()
        assert caught.value.column == 4
    with pytest.raises(la.SingularMatrixError, match="column 1"):
        la.solve_triangular(np.diag([1.0, 0.0]), [1.0, 1.0])
    with pytest.raises(la.NotPositiveDefiniteError, match="column 40") as caught:
        la.cholesky(np.diag([1.0] * 40 + [-1.0] + [1.0] * 60))
    assert caught.value.column == 40
    with pytest.raises(la.NotPositiveDefiniteError, match="depends on those before"):
        la.lstsq(np.ones((5, 2)), np.ones(5), "cholesky")
    with pytest.raises(la.SingularMatrixError, match="pivot 0 in column 0"):
        la.eliminate(np.array([[0.0, 1.0], [1.0, 0.0]]), pivoting=False)
    with pytest.raises(la.SingularMatrixError, match="column 1"):
        la.gram_schmidt(np.array([[1.0, 2.0], [0.0, 0.0]]))


@pytest.mark.parametrize(
    "call, error, said",
    [
        (lambda: la.solve(np.ones((2, 3)), np.ones(2)), ValueError, r"a must be square: got shape \(2, 3\)"),
        (lambda: la.svd(np.ones(3)), ValueError, r"a must be a matrix \(2 dimensions\): got 1"),
        (lambda: la.qr(np.array([[1, np.nan]])), ValueError, r"finite: found nan at \(0, 1\)"),
        (lambda: la.lu(np.array([[1, 0], [-np.inf, 1]])), ValueError, r"finite: found -inf at \(1, 0\)"),
        (lambda: la.svd(np.ones((2, 2), complex)), TypeError, "real: got complex128"),
        (lambda: la.svd(np.array([["a"]])), TypeError, "real numbers"),
        (lambda: la.svd(np.ones((2, 2), np.longdouble)), TypeError, "at most 64 bits"),
        (lambda: la.eigh([[1, 2], [3, 4]]), ValueError, r"symmetric: a\[0, 1\] = 2.0, a\[1, 0\] = 3.0"),
        (lambda: la.cholesky([[1, 2], [3, 4]]), ValueError, "symmetric"),
        (lambda: la.solve(np.eye(2), np.ones(3)), ValueError, r"b must have shape \(2,\) or \(2, k\).*\(3,\)"),
        (lambda: la.solve(np.eye(2), [1, np.nan]), ValueError, r"b must be finite: found nan at \(1,\)"),
        (lambda: la.qr(np.eye(2), "raw"), ValueError, "mode must be"),
        (lambda: la.lstsq(np.eye(2), [1, 1], "lu"), ValueError, "method must be one of qr, cholesky, svd"),
        (lambda: la.lstsq(np.ones((1, 2)), [1]), ValueError, "as many rows as columns"),
        (lambda: la.gram_schmidt(np.ones((1, 2))), ValueError, "as many rows as columns"),
        (lambda: la.low_rank(np.eye(2), 3), ValueError, "between 0 and 2"),
        (lambda: la.norm(np.eye(2), 7), ValueError, "ord must be"),
        (lambda: la.norm(np.ones((1, 1, 1))), ValueError, "3 dimensions"),
        (lambda: la.cosine([0, 0], [1, 0]), ValueError, "one of them is zero"),
        (lambda: la.cosine([1], [1, 0]), ValueError, r"\(1,\) and \(2,\)"),
        (lambda: la.top_eigenpairs(np.eye(2), 3), ValueError, "count must be between 0 and 2"),
        (lambda: la.power_iteration(np.empty((0, 0))), ValueError, "at least one row"),
        (lambda: la.power_iteration(np.eye(2), np.zeros(2)), ValueError, "not zero"),
        (lambda: la.power_iteration(np.diag([1.0, -1.0]), max_steps=50), la.NotConvergedError, "too alike"),
        (lambda: la.eigh_jacobi(random(9, 9) + random(9, 9).T, max_sweeps=1), la.NotConvergedError, "1 sweeps"),
    ],
)
def test_what_is_wrong_is_said(call, error, said):
    with pytest.raises(error, match=said):
        call()
