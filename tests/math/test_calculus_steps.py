"""Differences with a step, and Taylor polynomials."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundup.math.calculus import (
    NotDifferentiableError,
    Taylor,
    UnsupportedFunctionError,
    best_step,
    complex_step,
    derivative,
    difference,
    error_model,
    lagrange_bound,
    numerical_gradient,
    richardson,
    taylor,
    taylor_polynomial,
)
from groundup.math.calculus.taylor import RULES


@pytest.mark.parametrize("method, order", [("forward", 1), ("backward", 1), ("central", 2)])
def test_truncation_falls_with_the_order(method, order):
    errors = [abs(difference(np.exp, 0.5, step=h, method=method) - math.exp(0.5)) for h in (1e-2, 1e-3)]
    assert errors[0] / errors[1] == pytest.approx(10**order, rel=0.05)


@pytest.mark.parametrize("method", ["forward", "central"])
def test_the_model_bounds_what_happens(method):
    steps = np.logspace(-13, -1, 200)
    error = np.array([abs(difference(np.sin, 1.0, step=h, method=method) - math.cos(1.0)) for h in steps])
    bound = sum(error_model(steps, method))  # sin and its derivatives are at most 1
    assert (error <= 1.5 * bound).all()
    best = steps[np.argmin(bound)]
    assert best == pytest.approx(best_step(method), rel=0.15)
    assert error[np.argmin(abs(steps - best))] < 30 * error.min() + sum(error_model(best, method))


def test_default_steps_are_good_at_any_size_of_x():
    for x in (0.0, 1e-8, 3.0, -20.0):
        assert abs(difference(np.sin, x) - math.cos(x)) < 1e-8
    assert difference(lambda x: x**3, 1e9) == pytest.approx(3e18, rel=1e-9)
    assert difference(np.sin, np.float32(1.0)).dtype == np.float32
    assert abs(difference(np.sin, np.float32(1.0)) - math.cos(1)) < 1e-4


def test_complex_step_has_no_cancellation():
    f = lambda x: np.exp(x) / np.sqrt(np.sin(x) ** 3 + np.cos(x) ** 3)  # noqa: E731  the example of Squire and Trapp
    assert complex_step(f, 1.5) == pytest.approx(float(derivative(f, 1.5)), rel=1e-15)
    with pytest.raises(ValueError, match="complex"):
        complex_step(np.abs, 1.0)


def test_richardson_reaches_what_one_difference_cannot():
    value, error = richardson(np.exp, np.array([0.0, 1.0]))
    exact = np.exp([0.0, 1.0])
    assert (abs(value - exact) < 1e-12).all() and (abs(value - exact) < 100 * error + 1e-14).all()
    with pytest.raises(ValueError, match="levels must be at least 2, got 1"):
        richardson(np.exp, 0.0, levels=1)


def test_numerical_gradient_of_a_quadratic_is_exact_but_for_rounding():
    a = np.random.default_rng(1).normal(size=(3, 3))
    x = np.array([1.0, -2.0, 0.5])
    for method, accuracy in (("central", 1e-8), ("forward", 1e-6), ("backward", 1e-6)):
        ours = numerical_gradient(lambda x: x @ a @ x, x, method=method)
        np.testing.assert_allclose(ours, (a + a.T) @ x, atol=accuracy)


def test_bad_steps_and_methods_are_named():
    with pytest.raises(ValueError, match="lost in rounding"):
        difference(np.sin, 1.0, step=1e-17)
    with pytest.raises(ValueError, match="method must be one of forward, backward, central, got 'middle'"):
        difference(np.sin, 1.0, method="middle")
    with pytest.raises(TypeError, match="real numbers, got complex128"):
        difference(np.sin, 1j)


SERIES = [
    (np.exp, 0.0, [1 / math.factorial(k) for k in range(8)]),
    (np.log, 1.0, [0] + [(-1) ** (k + 1) / k for k in range(1, 8)]),
    (np.sin, 0.0, [0, 1, 0, -1 / 6, 0, 1 / 120, 0, -1 / 5040]),
    (np.arctan, 0.0, [0, 1, 0, -1 / 3, 0, 1 / 5, 0, -1 / 7]),
    (np.tan, 0.0, [0, 1, 0, 1 / 3, 0, 2 / 15, 0, 17 / 315]),
    (lambda x: 1 / (1 - x), 0.0, [1] * 8),
    (np.sqrt, 1.0, [1, 1 / 2, -1 / 8, 1 / 16, -5 / 128, 7 / 256, -21 / 1024, 33 / 2048]),
]


@pytest.mark.parametrize("f, centre, expected", SERIES)
def test_known_series(f, centre, expected):
    np.testing.assert_allclose(taylor(f, centre, 7), expected, rtol=1e-14, atol=1e-15)


@pytest.mark.parametrize("ufunc", [f for f in RULES if f.nin == 1], ids=lambda f: f.__name__)
def test_first_coefficient_is_the_derivative(ufunc):
    x = np.array([0.3, 0.7])
    np.testing.assert_allclose(taylor(ufunc, x, 3)[0], ufunc(x), rtol=1e-15)
    np.testing.assert_allclose(taylor(ufunc, x, 3)[1], derivative(ufunc, x), rtol=1e-13)
    second = derivative(lambda y: derivative(ufunc, y), x)
    np.testing.assert_allclose(2 * taylor(ufunc, x, 3)[2], second, rtol=1e-12, atol=1e-14)


@given(st.lists(st.floats(-3, 3), min_size=1, max_size=6), st.floats(-2, 2))
def test_a_polynomial_is_its_own_expansion(coefficients, centre):
    f = np.polynomial.Polynomial(coefficients)
    found = taylor(lambda x: sum(c * x**k for k, c in enumerate(coefficients)), centre, len(coefficients) - 1)
    x = np.linspace(-2, 2, 7)
    np.testing.assert_allclose(taylor_polynomial(found, centre, x), f(x), rtol=1e-10, atol=1e-9)


@given(st.floats(-1.4, 1.4), st.integers(0, 8))
def test_lagrange_bounds_the_remainder(x, order):
    error = abs(float(taylor_polynomial(taylor(np.exp, 0.0, order), 0.0, x)) - math.exp(x))
    assert error <= float(lagrange_bound(np.exp, 0.0, x, order)) * (1 + 1e-9) + 1e-15


def test_products_and_quotients_undo_each_other():
    u, v = (Taylor(np.random.default_rng(s).normal(size=6) + np.eye(6)[0] * 3) for s in (1, 2))
    np.testing.assert_allclose(((u * v) / v).coefficients, u.coefficients, rtol=1e-12)
    np.testing.assert_allclose(np.exp(np.log(u)).coefficients, u.coefficients, rtol=1e-12)
    np.testing.assert_allclose((u**-0.5 * u**0.5).coefficients, np.eye(6)[0], atol=1e-13)


def test_what_has_no_expansion_says_so():
    with pytest.raises(NotDifferentiableError, match="abs"):
        taylor(np.abs, 0.0, 2)
    with pytest.raises(NotDifferentiableError, match=r"power 0\.5"):
        taylor(np.sqrt, 0.0, 2)
    with pytest.raises(UnsupportedFunctionError, match="floor"):
        taylor(np.floor, 0.5, 2)
    with pytest.raises(ValueError, match="order must be at least 0, got -1"):
        taylor(np.exp, 0.0, -1)
    assert taylor(lambda x: 5.0, 1.0, 3).tolist() == [5, 0, 0, 0]
