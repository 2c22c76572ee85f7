"""Optimization: line search, quasi-Newton pairs, saddles, rates, landscapes, drawing."""

import numpy as np
import pytest

from groundup.math.optimization import (
    LANDSCAPES,
    METHODS,
    NoProgress,
    Objective,
    backtracking,
    best_parameters,
    bfgs_update,
    classify,
    convergence_rate,
    critical_point,
    cubic_minimizer,
    draw_landscape,
    find_nonconvexity,
    gradient_descent,
    heights,
    is_convex_quadratic,
    minimize,
    nesterov,
    newton,
    newton_step,
    quadratic,
    safe_step,
    satisfies_wolfe,
    two_loop,
    wolfe,
)

RNG = np.random.default_rng(0)


def spd(n, rng=RNG):
    a = rng.normal(size=(n, n))
    return a @ a.T + np.eye(n)


def test_the_cubic_is_met_in_value_slope_and_minimum():
    for _ in range(50):
        c = RNG.normal(size=4)
        p = np.polynomial.Polynomial(c)
        bottoms = [r.real for r in p.deriv().roots() if abs(r.imag) < 1e-12 and p.deriv(2)(r.real) > 0]
        a, b = RNG.normal(size=2)
        got = cubic_minimizer(a, p(a), p.deriv()(a), b, p(b), p.deriv()(b))
        if bottoms:
            assert abs(got - bottoms[0]) < 1e-6 * max(1, abs(bottoms[0]))
        else:
            assert np.isnan(got)


@pytest.mark.parametrize("first", [1e-6, 0.1, 1.0, 1e3])
@pytest.mark.parametrize("c2", [0.9, 0.1, 0.01])
def test_wolfe_from_any_first_trial(first, c2):
    for name in ("rosenbrock", "beale", "himmelblau", "rastrigin", "double_well"):
        land = LANDSCAPES[name]
        objective = Objective(land.fun, 2, land.jac)
        here = objective.point(np.array(land.start) + 0.1)
        p = -here.gradient
        there, a = wolfe(objective, here, p, first, c2=c2)
        start, end = (here.value, here.gradient @ p), (there.value, there.gradient @ p)
        assert satisfies_wolfe(start, a, end, c2=c2)
        np.testing.assert_array_equal(there.x, here.x + a * p)


def test_both_wolfe_conditions_are_looked_at():
    assert satisfies_wolfe((1.0, -1.0), 0.5, (0.6, -0.2), c2=0.5)
    assert not satisfies_wolfe((1.0, -1.0), 0.5, (1.0, -0.2), c2=0.5)  # not low enough
    assert not satisfies_wolfe((1.0, -1.0), 0.5, (0.6, -0.6), c2=0.5)  # still steep
    assert not satisfies_wolfe((1.0, -1.0), 0.5, (0.6, 0.6), c2=0.5)  # rises as steeply: the strong condition


def test_wolfe_refuses_a_direction_uphill_and_constants_out_of_order():
    land = LANDSCAPES["sphere"]
    objective = Objective(land.fun, 2, land.jac)
    here = objective.point(np.array([1.0, 1.0]))
    for search in (wolfe, backtracking):
        with pytest.raises(NoProgress, match="does not lead downhill: its slope is 8"):
            search(objective, here, 2 * here.gradient / 2, 1.0)
    with pytest.raises(ValueError, match=r"0 < c1 < c2 < 1; got c1 = 0\.5, c2 = 0\.1"):
        wolfe(objective, here, -here.gradient, c1=0.5, c2=0.1)


def test_backtracking_takes_the_first_step_that_is_low_enough():
    land = quadratic((1.0, 10.0))
    objective = Objective(land.fun, 2, land.jac)
    here = objective.point(np.array([1.0, 1.0]))
    there, a = backtracking(objective, here, -here.gradient, 1.0)
    assert a == 0.125 and objective.nfev == 5  # the start, then 1, 1/2, 1/4, 1/8
    assert there.value < here.value


@pytest.mark.parametrize(("n", "m"), [(1, 1), (5, 3), (8, 8), (30, 10)])
def test_two_loop_is_the_explicit_update(n, m):
    H, rng = spd(n), np.random.default_rng(n)
    S = rng.normal(size=(m, n))
    pairs = [(s, H @ s, 1 / (s @ H @ s)) for s in S]
    s, y, _ = pairs[-1]
    B = np.eye(n) * (s @ y) / (y @ y)
    for s, y, _ in pairs:
        B = bfgs_update(B, s, y)
    g = rng.normal(size=n)
    np.testing.assert_allclose(two_loop(g, pairs), B @ g, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(B @ y, s, rtol=1e-8, atol=1e-10)  # the secant equation, for the newest pair
    np.testing.assert_allclose(B, B.T, atol=1e-10)
    assert np.linalg.eigvalsh(B).min() > 0


def test_without_pairs_the_direction_is_the_gradient_and_the_gradient_stays_as_it_was():
    g = np.array([1.0, 2.0])
    out = two_loop(g, [])
    out[0] = 9
    assert g[0] == 1.0
    with pytest.raises(ValueError, match=r"y \. s must be positive; got -1"):
        bfgs_update(np.eye(1), np.array([1.0]), np.array([-1.0]))


def test_lbfgs_ends_on_a_quadratic_in_few_steps_and_more_memory_needs_no_more():
    land = quadratic(np.geomspace(1, 1e3, 12))
    steps = [minimize(land.fun, np.ones(12), jac=land.jac, memory=m).nit for m in (1, 3, 12)]
    assert steps[0] >= steps[1] >= steps[2] and steps[2] < 150


def test_newton_ends_on_a_quadratic_in_one_step():
    H, g = spd(6), RNG.normal(size=6)
    np.testing.assert_allclose(H @ newton_step(g, H), -g, atol=1e-10)
    np.testing.assert_allclose(safe_step(g, H), newton_step(g, H), atol=1e-10)
    found = newton(lambda x: (x @ H @ x / 2 - g @ x, H @ x - g), np.zeros(6), jac=True, hess=lambda x: H)
    assert found.success and found.nit == 1


def test_the_safe_step_leads_downhill_whatever_the_hessian_is():
    for _ in range(100):
        a = RNG.normal(size=(4, 4))
        g = RNG.normal(size=4)
        assert g @ safe_step(g, a + a.T) < 0
    assert np.isfinite(safe_step(np.ones(2), np.zeros((2, 2)))).all()


def test_bare_newton_is_drawn_to_the_saddle_and_the_safe_one_is_not():
    land = LANDSCAPES["double_well"]
    bare = newton(land.fun, land.start, jac=land.jac, hess=land.hess, safe=False, line_search=None)
    assert bare.success and np.abs(bare.x).max() < 1e-6  # its only rule is that the gradient vanishes
    assert critical_point(land.fun, bare.x, jac=land.jac, hess=land.hess).kind == "saddle"
    safe = newton(land.fun, land.start, jac=land.jac, hess=land.hess)
    assert safe.success and abs(safe.x[1] - 1) < 1e-6
    stuck = newton(land.fun, (1.5, 0.0), jac=land.jac, hess=land.hess)  # exactly on the ridge
    assert not stuck.success and "saddle point" in stuck.message and "eigenvalue -1" in stuck.message
    top = newton(lambda x: -(x @ x), (0.0, 0.0), jac=lambda x: -2 * x, hess=lambda x: -2 * np.eye(2))
    assert not top.success and "a maximum" in top.message


def test_bare_newton_says_when_the_hessian_has_no_inverse():
    found = newton(lambda x: x[0] ** 2 + x[1], (1.0, 1.0), safe=False)
    assert not found.success and "no inverse" in found.message


@pytest.mark.parametrize(
    ("eigenvalues", "kind"),
    [((1, 2), "minimum"), ((-1, -2), "maximum"), ((-1, 2), "saddle"), ((0, 2), "degenerate"), ((0, -2), "degenerate"),
     ((0, -1, 1), "saddle"), ((), "degenerate"), ((1e-12, 1), "degenerate"), ((1e-3, 1e6), "degenerate")],
)  # fmt: skip
def test_kinds_of_critical_points(eigenvalues, kind):
    assert classify(eigenvalues) == kind


def test_critical_points_of_the_landscapes():
    for land in LANDSCAPES.values():
        for x in land.minima:
            assert critical_point(land.fun, x, jac=land.jac, hess=land.hess).kind == "minimum", land.name
            assert critical_point(land.fun, x).kind == "minimum"
    assert critical_point(LANDSCAPES["saddle"].fun, (0.0, 0.0)).kind == "saddle"
    assert critical_point(LANDSCAPES["monkey_saddle"].fun, (0.0, 0.0)).kind == "degenerate"
    himmelblau = LANDSCAPES["himmelblau"]
    assert critical_point(himmelblau.fun, (-0.270844595, -0.923038522)).kind == "maximum"
    with pytest.raises(ValueError, match="its gradient has an entry of size 22"):
        critical_point(himmelblau.fun, (0.0, 0.0), jac=himmelblau.jac, hess=himmelblau.hess)


def test_global_minima_are_lowest():
    for land in LANDSCAPES.values():
        values = [land.fun(np.array(m)) for m in land.minima]
        if values:
            low, high = np.array(land.box[::2]), np.array(land.box[1::2])
            elsewhere = land.fun(RNG.uniform(low, high, size=(2000, 2)).T)
            assert np.ptp(values) < 1e-10 and max(values) <= elsewhere.min()


def test_convexity():
    rng = np.random.default_rng(5)
    assert is_convex_quadratic(spd(5)) and is_convex_quadratic(np.diag([0.0, 1.0]))
    assert not is_convex_quadratic(np.diag([-1e-3, 1.0]))
    low, high = [-2.0, -2.0], [2.0, 2.0]
    assert find_nonconvexity(LANDSCAPES["booth"].fun, low, high, rng=rng) is None
    for name in ("rosenbrock", "double_well", "rastrigin", "saddle"):
        fun = LANDSCAPES[name].fun
        a, b = find_nonconvexity(fun, low, high, rng=rng)
        assert fun((a + b) / 2) > (fun(a) + fun(b)) / 2
    with pytest.raises(ValueError, match="low must be below high"):
        find_nonconvexity(LANDSCAPES["booth"].fun, high, low, rng=rng)


@pytest.mark.parametrize("condition", [1.0, 4.0, 100.0, 1e4])
def test_best_parameters_reach_their_rate_at_both_ends_and_nothing_is_slower_between(condition):
    w = np.linspace(1, condition, 201)
    for method in ("gradient", "momentum", "nesterov"):
        step, momentum, rate = best_parameters(method, 1.0, condition)
        got = convergence_rate(method, w, step, momentum)
        assert abs(got.max() - rate) < 1e-7
        for factor in (0.98, 1.02):  # no other step does better for gradient descent and heavy ball
            if method != "nesterov" and condition > 1:
                assert convergence_rate(method, w, step * factor, momentum).max() > rate


def test_rates_are_those_of_the_recurrence():
    for method, b in (("gradient", 0.0), ("momentum", 0.8), ("nesterov", 0.8)):
        for w, a in ((1.0, 0.1), (3.0, 0.5), (2.0, 0.9), (7.0, 0.6)):
            keep = 1 - a * w
            first, second = (1 + b - a * w, b) if method == "momentum" else ((1 + b) * keep, b * keep)
            matrix = [[first, -second], [1, 0]]
            radius = np.abs(np.linalg.eigvals(matrix)).max()
            assert abs(convergence_rate(method, w, a, b) - radius) < 1e-12
    with pytest.raises(ValueError, match="method must be one of"):
        convergence_rate("newton", 1.0, 0.1)
    with pytest.raises(ValueError, match="0 < smallest <= largest; got 2 and 1"):
        best_parameters("gradient", 2, 1)


def test_heavy_ball_bears_steps_up_to_twice_one_plus_momentum_over_the_curvature():
    for b in (0.0, 0.5, 0.9):
        limit = 2 * (1 + b) / 25
        assert (
            convergence_rate("momentum", 25.0, 0.999 * limit, b)
            < 1
            < convergence_rate("momentum", 25.0, 1.001 * limit, b)
        )


def test_the_descent_lemma_bounds_every_step_of_gradient_descent():
    land = quadratic(np.geomspace(0.1, 10, 20))
    path = gradient_descent(land.fun, np.ones(20), jac=land.jac, step=0.1, max_iter=100).path
    fall = path.fun[:-1] - path.fun[1:]
    squares = np.array([land.jac(x) @ land.jac(x) for x in path.x[:-1]])
    assert (fall >= 0.1 / 2 * squares * (1 - 1e-12)).all()  # a |g|^2 / 2 for a = 1 / L


def test_nesterovs_sequence_keeps_its_promise():
    land = quadratic(np.geomspace(1e-4, 1, 50))
    path = nesterov(land.fun, np.ones(50), jac=land.jac, step=1.0, max_iter=300, tol=0.0).path
    x = path.x[:-1] - np.stack([land.jac(y) for y in path.x[:-1]])  # the guarantee is for x, the path holds y
    k = np.arange(1, len(x) + 1)
    assert (np.array([land.fun(p) for p in x]) <= 2 * 50 / (k + 1) ** 2).all()


def test_heights_of_functions_that_take_grids_and_of_those_that_do_not():
    land = LANDSCAPES["himmelblau"]
    x, y, z = heights(land.fun, land.box, points=7)
    _, _, slow = heights(lambda p: land.fun(p) if p.ndim == 1 else p @ "no", land.box, points=7)
    np.testing.assert_allclose(slow, z, rtol=1e-12)
    assert z[2, 5] == land.fun(np.array([x[5], y[2]]))


def test_a_path_that_leaves_for_infinity_can_be_drawn():
    plt = pytest.importorskip("matplotlib.pyplot")
    land = quadratic((1.0, 25.0))
    gone = gradient_descent(land.fun, land.start, jac=land.jac, step=0.2, max_iter=2000)
    good = gradient_descent(land.fun, land.start, jac=land.jac)
    figure, ax = plt.subplots()
    draw_landscape(ax, land.fun, land.box, gone.path, good.path.x, labels=("too long", "searched"))
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["too long", "searched"]
    assert ax.get_xlim() == (-2, 2)
    plt.close(figure)


@pytest.mark.parametrize("method", METHODS)
def test_an_option_that_a_method_does_not_have(method):
    with pytest.raises(TypeError, match=f"method '{method}' has no option 'maxiter'; there are max_iter, tol, .*jac"):
        minimize(lambda x: x @ x, [1.0, 2.0], method=method, maxiter=3)
