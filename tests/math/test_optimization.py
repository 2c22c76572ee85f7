"""Optimization: methods, stopping, messages and errors. The comparison with SciPy and torch is the proof."""

import math

import numpy as np
import pytest

from groundup.math.optimization import LANDSCAPES, METHODS, minimize, newton, quadratic, rastrigin, rosenbrock

SMOOTH = ("sphere", "booth", "beale", "himmelblau", "rosenbrock", "double_well", "quadratic")
FIXED = {"gradient": {}, "momentum": {"step": 1e-3}, "nesterov": {"step": 1e-3}, "newton": {}, "l-bfgs": {}}


def bowl(x):
    """Written in NumPy, so dual numbers go through."""
    return np.sum((x - 1) ** 2 * np.arange(1, len(x) + 1))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", SMOOTH)
def test_every_method_finds_a_minimum(method, name):
    land = LANDSCAPES[name]
    options = {"hess": land.hess} if method == "newton" else {}
    found = minimize(land.fun, land.start, jac=land.jac, method=method, max_iter=50_000, **FIXED[method], **options)
    assert found.success, found.message
    assert np.abs(found.jac).max() <= 1e-6
    assert min(np.abs(found.x - m).max() for m in land.minima) < 1e-3
    assert np.array_equal(found.jac, land.jac(found.x)) and found.fun == land.fun(found.x)


@pytest.mark.parametrize("method", METHODS)
def test_the_path_begins_at_the_start_and_ends_at_the_result(method):
    land = LANDSCAPES["quadratic"]
    found = minimize(land.fun, land.start, jac=land.jac, method=method, **FIXED[method])
    path = found.path
    assert len(path) == found.nit + 1 == len(path.step) + 1
    assert path.x.shape == (found.nit + 1, 2)
    np.testing.assert_array_equal(path.x[0], land.start)
    np.testing.assert_array_equal(path.x[-1], found.x)
    np.testing.assert_array_equal(path.fun, [land.fun(x) for x in path.x])
    np.testing.assert_array_equal(path.gradient_norm, [np.abs(land.jac(x)).max() for x in path.x])


def test_the_path_can_be_left_out_and_changes_nothing():
    land = rosenbrock(20)
    kept = minimize(land.fun, land.start, jac=land.jac)
    light = minimize(land.fun, land.start, jac=land.jac, keep_path=False)
    assert light.path is None and light.nfev == kept.nfev
    np.testing.assert_array_equal(light.x, kept.x)


def test_line_search_methods_never_climb():
    for name in SMOOTH:
        land = LANDSCAPES[name]
        for method in ("gradient", "newton", "l-bfgs"):
            path = minimize(land.fun, land.start, jac=land.jac, method=method, max_iter=300).path
            assert (np.diff(path.fun) <= 0).all(), (name, method)


@pytest.mark.parametrize("method", METHODS)
def test_the_start_is_left_as_it_was_and_lists_and_whole_numbers_do(method):
    x0 = np.zeros(3)
    minimize(bowl, x0, method=method, max_iter=5)
    np.testing.assert_array_equal(x0, 0)
    assert minimize(bowl, [0, 0, 0], method=method, max_iter=3).x.dtype == np.float64


def test_one_number_is_a_vector_of_length_one():
    found = minimize(lambda x: (x[0] - 2) ** 2, 0.0)
    assert found.x.shape == (1,) and abs(found.x[0] - 2) < 1e-6


def test_where_gradients_come_from_makes_no_difference_but_in_calls():
    land = LANDSCAPES["beale"]
    runs = {
        "given": minimize(land.fun, land.start, jac=land.jac),
        "joint": minimize(lambda x: (land.fun(x), land.jac(x)), land.start, jac=True),
        "dual": minimize(land.fun, land.start),
        "numerical": minimize(land.fun, land.start, jac="numerical"),
    }
    for source, found in runs.items():
        assert found.derivative == source and found.success
        np.testing.assert_allclose(found.x, (3, 0.5), atol=1e-5)
    assert runs["joint"].nfev == runs["joint"].njev == runs["dual"].nfev == runs["given"].nfev
    assert runs["numerical"].nfev == runs["numerical"].njev * 5  # the value, and two more a variable


def test_a_function_that_dual_numbers_do_not_get_through_is_differenced_and_says_so():
    found = minimize(lambda x: math.cosh(x[0] - 1) + (float(x[1]) + 2) ** 2, [0.0, 0.0])
    assert found.derivative == "numerical" and found.success
    np.testing.assert_allclose(found.x, (1, -2), atol=1e-5)
    with pytest.raises(TypeError):
        minimize(lambda x: math.cosh(x[0]), [0.0], jac="dual")


def test_counts_are_those_of_the_calls_made():
    calls = {"fun": 0, "jac": 0, "hess": 0}
    land = LANDSCAPES["rosenbrock"]

    def counted(name, f):
        def call(x):
            calls[name] += 1
            return f(x)

        return call

    found = newton(counted("fun", land.fun), land.start, jac=counted("jac", land.jac), hess=counted("hess", land.hess))
    assert (found.nfev, found.njev, found.nhev) == tuple(calls.values())


def test_second_derivatives_are_found_where_none_are_given():
    land = LANDSCAPES["rosenbrock"]
    given = newton(land.fun, land.start, jac=land.jac, hess=land.hess)
    dual = newton(land.fun, land.start)
    differences = newton(land.fun, land.start, jac=land.jac)
    assert given.nit == dual.nit == differences.nit
    np.testing.assert_allclose(dual.x, given.x, atol=1e-8)
    np.testing.assert_allclose(differences.x, given.x, atol=1e-6)


def test_callback_gets_copies_and_ftol_stops_early():
    seen = []

    def spoil(x):
        seen.append(x.copy())
        x[:] = np.nan

    land = rosenbrock(10)
    found = minimize(land.fun, land.start, jac=land.jac, ftol=1e-2, callback=spoil)
    assert found.success and "ftol" in found.message and len(seen) == found.nit
    assert found.nit < minimize(land.fun, land.start, jac=land.jac).nit


def test_a_start_at_the_minimum_takes_no_step():
    found = minimize(bowl, np.ones(4))
    assert found.success and found.nit == 0 and found.nfev == 1 and len(found.path) == 1


def test_max_iter_is_told():
    land = LANDSCAPES["rosenbrock"]
    found = minimize(land.fun, land.start, jac=land.jac, max_iter=3)
    assert not found.success and found.nit == 3 and "max_iter = 3" in found.message
    assert minimize(land.fun, land.start, jac=land.jac, max_iter=0).nit == 0


@pytest.mark.parametrize(("method", "step"), [("gradient", 0.2), ("momentum", 0.2), ("nesterov", 0.2)])
def test_divergence_is_told(method, step):
    land = quadratic((1.0, 25.0))
    found = minimize(land.fun, land.start, jac=land.jac, method=method, step=step, max_iter=100)
    assert not found.success and found.message.startswith("diverged: the objective rose")
    found = minimize(land.fun, land.start, jac=land.jac, method=method, step=step, max_iter=10**5)
    assert not found.success and found.message.startswith("diverged: the objective is") and found.nit < 10**4


def test_a_small_rise_is_told_too():
    land = quadratic((1.0, 25.0))
    found = minimize(land.fun, (0.0, 1.0), jac=land.jac, method="gradient", step=0.081, max_iter=2)
    assert not found.success and "the objective rose from 12.5 to 13.8 in 2 steps" in found.message


def test_an_objective_without_a_bottom_is_told():
    land = LANDSCAPES["saddle"]
    for method in ("gradient", "l-bfgs", "newton"):
        found = minimize(land.fun, land.start, jac=land.jac, method=method)
        assert not found.success, method
    assert "unbounded" in minimize(lambda x: -np.sum(x), [0.0, 0.0]).message


def test_a_gradient_of_the_wrong_sign_is_told():
    found = minimize(lambda x: x @ x, [1.0, 2.0], jac=lambda x: -2 * x)
    assert not found.success and "lost in rounding" in found.message


def test_a_wall_of_nan_is_backed_away_from():
    def fun(x):
        return x[0] - np.log(x[0]) if x[0] > 0 else np.nan

    found = minimize(fun, [5.0], jac=lambda x: np.array([1 - 1 / x[0]]))
    assert found.success and abs(found.x[0] - 1) < 1e-6


@pytest.mark.parametrize("method", METHODS)
def test_functions_may_change_what_they_get_and_use_their_arrays_again(method):
    """A gradient written into the same array each time, and a function that works in place."""
    buffer = np.zeros(2)

    def fun(x):
        x -= 3.0
        return float(x @ (x * [1.0, 4.0]))

    def jac(x):
        x -= 3.0
        np.multiply(x, [2.0, 8.0], out=buffer)
        return buffer

    options = {"method": method, "max_iter": 60} | ({} if method in ("l-bfgs", "newton") else {"step": 0.05})
    pure = minimize(lambda x: fun(x.copy()), [0.0, 1.0], jac=lambda x: jac(x.copy()).copy(), **options)
    found = minimize(fun, [0.0, 1.0], jac=jac, **options)
    np.testing.assert_array_equal(found.path.x, pure.path.x)
    assert found.fun < 0.2


@pytest.mark.parametrize("method", ["gradient", "l-bfgs"])
def test_a_gradient_too_large_to_be_squared_is_told(method):
    found = minimize(lambda x: 1e200 * x[0] ** 2, [1.0], jac=lambda x: 2e200 * x, method=method)
    assert not found.success and "scale the objective" in found.message


def test_rastrigin_traps_every_method_in_the_dent_it_starts_in():
    land = rastrigin(3)
    found = minimize(land.fun, land.start, jac=land.jac)
    assert found.success and found.fun > 5 and np.abs(found.x - 2).max() < 0.1


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (
            {"method": "adam"},
            ValueError,
            "method must be one of 'gradient', 'momentum', 'nesterov', 'newton', 'l-bfgs'",
        ),
        ({"x0": [np.nan, 1.0]}, ValueError, "x0 must be finite"),
        ({"x0": [[1.0, 2.0]]}, ValueError, r"x0 must be a vector .* got shape \(1, 2\)"),
        ({"x0": []}, ValueError, "x0 must have at least one entry"),
        ({"x0": [1j, 0]}, TypeError, "x0 must be real"),
        ({"x0": "ab"}, TypeError, "x0 must hold real numbers"),
        ({"fun": lambda x: np.inf}, ValueError, "the objective must be finite at x0; got inf"),
        ({"fun": lambda x: np.nan}, ValueError, "the objective must be finite at x0; got nan"),
        ({"fun": lambda x: x}, ValueError, r"fun must return one real number; got float64 of shape \(2,\)"),
        ({"fun": 3}, TypeError, "fun must be a function; got 3"),
        ({"jac": lambda x: x[:1]}, ValueError, r"must have the shape of x0, \(2,\); got \(1,\)"),
        ({"jac": lambda x: x * np.nan}, ValueError, "the gradient must be finite at x0; entry 0 is nan"),
        ({"jac": True}, TypeError, r"fun must return \(value, gradient\); got float64"),
        ({"jac": "exact"}, ValueError, "'dual' or 'numerical'; got 'exact'"),
        ({"jac": 3.0}, TypeError, "jac must be a function"),
        ({"hess": lambda x: np.eye(2)}, TypeError, "hess is used by method 'newton' only; got it with 'l-bfgs'"),
        ({"hess": lambda x: x, "method": "newton"}, ValueError, r"hess must return shape \(2, 2\); got \(2,\)"),
        ({"method": "newton", "line_search": "exact"}, ValueError, "line_search must be"),
        ({"max_iter": -1}, ValueError, "max_iter must be a whole number of at least 0; got -1"),
        ({"max_iter": 2.5}, ValueError, "max_iter must be a whole number"),
        ({"tol": np.nan}, ValueError, "tol must be a finite number of at least 0; got nan"),
        ({"ftol": -1.0}, ValueError, "ftol must be"),
        ({"memory": 0}, ValueError, "memory must be a whole number of at least 1; got 0"),
        ({"method": "gradient", "step": -0.1}, ValueError, "step must be a positive number; got -0.1"),
        ({"method": "gradient", "step": "exact"}, ValueError, "'wolfe' or 'backtracking'; got 'exact'"),
        ({"method": "momentum", "momentum": 1.0}, ValueError, "momentum must be at least 0 and below 1; got 1.0"),
        ({"method": "nesterov", "momentum": True}, ValueError, "momentum must be"),
        ({"speed": 3}, TypeError, "speed"),
    ],
)
def test_errors_name_what_came_and_what_is_expected(change, error, message):
    arguments = {"fun": lambda x: x @ x, "x0": [1.0, 2.0], "jac": lambda x: 2 * x} | change
    fun, x0 = arguments.pop("fun"), arguments.pop("x0")
    with pytest.raises(error, match=message):
        minimize(fun, x0, **arguments)
