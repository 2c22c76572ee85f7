"""Dual numbers: what the comparison with torch does not say."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundup.math.calculus import (
    Dual,
    NotDifferentiableError,
    UnsupportedFunctionError,
    constant,
    derivative,
    gradient,
    hessian,
    hvp,
    jacobian,
    jvp,
    numerical_gradient,
    value_and_gradient,
)
from groundup.math.calculus.rules import PARTIALS

number = st.floats(-3, 3).filter(lambda x: abs(x) > 1e-3)

# a point inside the domain of each function, away from its kinks
POINTS = {"arccosh": (1.7,), "log": (0.6,), "power": (1.3, 2.4), "float_power": (1.3, 2.4), "arctanh": (0.3,)}


@pytest.mark.parametrize("ufunc", PARTIALS, ids=lambda f: f.__name__)
def test_every_rule_is_the_slope(ufunc):
    at = np.array(POINTS.get(ufunc.__name__, (0.4, 0.7)[: ufunc.nin]))
    ours = gradient(lambda x: ufunc(*x), at)
    np.testing.assert_allclose(ours, numerical_gradient(lambda x: ufunc(*x), at), rtol=1e-8, atol=1e-9)


@given(number, number, st.floats(0.1, 3))
def test_rules_of_arithmetic(a, b, c):
    x = np.array([a, b])

    def f(x):
        return x[0] * x[1] + np.exp(x[0] / c)

    def g(x):
        return np.sin(x[1]) / c

    df, dg = gradient(f, x), gradient(g, x)
    np.testing.assert_allclose(gradient(lambda x: f(x) + 3 * g(x), x), df + 3 * dg, rtol=1e-12, atol=1e-12)
    product = f(x) * dg + g(x) * df
    np.testing.assert_allclose(gradient(lambda x: f(x) * g(x), x), product, rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(gradient(lambda x: np.tanh(g(x)), x), dg / np.cosh(g(x)) ** 2, rtol=1e-10, atol=1e-12)


def test_a_gradient_that_is_known_in_closed_form():
    rng = np.random.default_rng(0)
    a, b, x = rng.normal(size=(4, 4)), rng.normal(size=4), rng.normal(size=4)
    np.testing.assert_allclose(gradient(lambda x: x @ a @ x + b @ x, x), (a + a.T) @ x + b, rtol=1e-13)
    np.testing.assert_allclose(hessian(lambda x: x @ a @ x, x), a + a.T, rtol=1e-13)
    np.testing.assert_allclose(jacobian(lambda x: a @ x, x), a, rtol=0, atol=0)


def _functions():
    rng = np.random.default_rng(3)
    a = rng.normal(size=(3, 4))
    yield "mean, var, std", lambda x: np.mean(x) * np.var(x) + np.std(x, axis=0, ddof=1).sum()
    yield "axes", lambda x: np.sum(np.exp(np.sum(x, axis=1, keepdims=True)) * np.prod(x, axis=0))
    yield "matmul stack", lambda x: np.sum(np.sin(np.stack([x, 2 * x]) @ a.T))
    yield "vector matmul", lambda x: np.sum((x[0] @ x.T) ** 2) + x[1] @ x[2]
    yield "matrix of variables", lambda x: np.sum(np.tanh(x @ x.T @ x))
    yield "indexing", lambda x: np.sum(x[[0, 2, 0], [1, 1, 3]] ** 3) + np.sum(x[x > 0] ** 2) + x[-1, ::2].sum()
    yield "rolls and repeats", lambda x: np.sum(np.roll(x, 1) * x) + np.sum(np.repeat(x[0], 2) ** 2 * np.arange(8))
    yield "extrema", lambda x: np.max(x) * np.min(x, axis=1).sum() + np.sort(x.ravel())[2]
    yield "clip, where", lambda x: np.sum(np.clip(x, -0.5, 0.5) ** 2 * x) + np.sum(np.where(x > 0, x**3, 2 * x))
    yield "cumsum, diff, trace", lambda x: np.sum(np.cumsum(x, axis=1) ** 2) + np.trace(np.diff(x) ** 2)
    yield "einsum", lambda x: np.einsum("ij,kj,k->", x, np.exp(x), np.arange(3.0))
    yield "outer, dot, inner", lambda x: np.sum(np.outer(x[0], x[1])) + np.dot(x[0], x[1]) * np.inner(x[1], x[2])
    yield "joins", lambda x: np.sum(np.vstack([x, a]) ** 2) * np.sum(np.hstack([x[0], a[0], x[1] * x[2]]))
    yield "swapped axes", lambda x: np.sum(np.swapaxes(x, 0, 1)[None] * np.expand_dims(np.exp(x).T, 0))
    yield "a column of the variables", lambda x: np.sum(x[:, 1] * x[:, 2] + 1 / (2 + x[:, None, 0] ** 2).sum())


@pytest.mark.parametrize("name, f", list(_functions()), ids=[n for n, _ in _functions()])
def test_numpy_functions_against_differences(name, f):
    x = np.random.default_rng(4).normal(size=(3, 4))
    value, slope = value_and_gradient(f, x)
    assert float(value) == pytest.approx(float(f(x)), rel=1e-14)
    np.testing.assert_allclose(slope, numerical_gradient(f, x), rtol=1e-6, atol=1e-8)
    direction = np.random.default_rng(5).normal(size=x.shape)
    assert float(jvp(f, x, direction)[1]) == pytest.approx(float(np.sum(slope * direction)), rel=1e-11)
    step = 1e-5
    bent = (gradient(f, x + step * direction) - gradient(f, x - step * direction)) / (2 * step)
    np.testing.assert_allclose(hvp(f, x, direction), bent, rtol=1e-5, atol=1e-6)


def test_second_derivatives_are_symmetric_and_agree_with_their_products():
    x = np.random.default_rng(6).normal(size=5)

    def f(x):
        return np.log(np.sum(np.exp(x * x))) + np.prod(x)

    h = hessian(f, x)
    np.testing.assert_allclose(h, h.T, rtol=1e-12)
    np.testing.assert_allclose(hvp(f, x, np.eye(5)[2]), h[2], rtol=1e-12)


def test_levels_are_not_confused():
    assert float(derivative(lambda x: x * derivative(lambda y: x + y, 1.0 + 0 * x), 2.0)) == 1.0
    third = derivative(lambda x: derivative(lambda y: derivative(lambda z: z**4, y), x), 2.0)
    assert float(third) == pytest.approx(48)


def test_structure_stays_small_where_it_can():
    x = np.linspace(0.1, 1, 2000)  # a full tangent would take 2000 x 2000 x 8 = 32 MB an operation
    import tracemalloc

    tracemalloc.start()
    slope = gradient(lambda x: np.sum(np.sin(np.exp(x)) / x), x)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2e6
    np.testing.assert_allclose(slope, np.cos(np.exp(x)) * np.exp(x) / x - np.sin(np.exp(x)) / x**2, rtol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_precision_is_kept(dtype):
    x = np.array([0.3, 0.8], dtype)
    for f in (lambda x: np.sum(np.sin(x) ** 2 * 0.5 + 1 / x), lambda x: np.max(x) ** 3, lambda x: np.mean(abs(x))):
        value, slope = value_and_gradient(f, x)
        assert value.dtype == slope.dtype == dtype
    assert gradient(lambda x: np.sum(x**2), np.array([1, 2])).dtype == np.float64


KINKS = [
    ("abs", lambda x: np.sum(np.abs(x)), [1.0, 0.0], r"abs.*\(1,\)", [1, 0]),
    ("maximum", lambda x: np.sum(np.maximum(x, 0)), [0.0, 2.0], r"maximum.*\(0,\)", [0.5, 1]),
    ("sqrt", lambda x: np.sum(np.sqrt(x)), [4.0, 0.0], "sqrt", [0.25, np.inf]),
    ("floor", lambda x: np.sum(np.floor(x)), [0.5, 3.0], "floor", [0, 0]),
    ("power", lambda x: np.sum(x**0.5), [1.0, 0.0], "power", [0.5, np.inf]),
    ("max of a tie", lambda x: np.max(x), [2.0, 2.0], "max", [1, 0]),
    ("arcsin", lambda x: np.sum(np.arcsin(x)), [0.0, 1.0], "arcsin", [1, np.inf]),
]


@pytest.mark.parametrize("f, x, named, subgradient", [k[1:] for k in KINKS], ids=[k[0] for k in KINKS])
def test_kinks_are_named_or_get_a_subgradient(f, x, named, subgradient):
    with pytest.raises(NotDifferentiableError, match=named):
        gradient(f, np.array(x))
    with np.errstate(divide="ignore"):
        np.testing.assert_allclose(gradient(f, np.array(x), kinks="subgradient"), subgradient)


def test_unselected_infinite_slopes_do_not_leak():
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = gradient(lambda x: np.sum(np.where(x > 0, np.sqrt(x), 0.0)), np.array([4.0, 0.0]), kinks="subgradient")
    np.testing.assert_array_equal(slope, [0.25, 0.0])


def test_powers_at_zero():
    np.testing.assert_array_equal(gradient(lambda x: np.sum(x**2), np.zeros(2)), [0, 0])
    np.testing.assert_array_equal(gradient(lambda x: np.sum(x**0), np.zeros(2)), [0, 0])
    np.testing.assert_array_equal(gradient(lambda x: np.sum(x**1), np.zeros(2)), [1, 1])
    np.testing.assert_array_equal(gradient(lambda x: np.sum(x ** np.array([1.0, 0.0])), np.zeros(2)), [1, 0])
    np.testing.assert_array_equal(gradient(np.prod, np.array([0.0, 3.0, 0.0])), [0, 0, 0])


def test_what_does_not_fit_is_named():
    x = np.ones(3)
    with pytest.raises(ValueError, match=r"single number, got shape \(3,\)"):
        gradient(lambda x: x * 2, x)
    with pytest.raises(ValueError, match="entry by entry"):
        derivative(lambda x: np.sum(x), x)
    with pytest.raises(ValueError, match=r"v must have the shape of x, \(3,\): got \(2,\)"):
        jvp(np.sum, x, np.ones(2))
    with pytest.raises(ValueError, match="kinks must be"):
        gradient(np.sum, x, kinks="ignore")
    with pytest.raises(TypeError, match="real numbers, got complex128"):
        gradient(np.sum, x + 1j)


@pytest.mark.parametrize(
    "f, named",
    [
        (lambda x: np.sum(np.spacing(x)), "spacing"),
        (lambda x: np.fft.fft(x), "fft"),
        (lambda x: float(x[0]), "NumPy's"),
        (lambda x: np.array([x[0], 1.0]), "np.stack"),
        (lambda x: np.add(x, x, out=np.empty(3)), "out"),
        (lambda x: np.add.accumulate(x), "accumulate"),
    ],
)
def test_unsupported_functions_say_so(f, named):
    with pytest.raises(UnsupportedFunctionError, match=named):
        gradient(f, np.ones(3))


def test_assignment_is_refused():
    def f(x):
        x[0] = 3.0
        return np.sum(x)

    with pytest.raises(UnsupportedFunctionError, match="not assigned into"):
        gradient(f, np.ones(3))


def test_edges():
    assert gradient(lambda x: 7.0, np.ones(3)).tolist() == [0, 0, 0]  # does not depend on x
    assert gradient(lambda x: np.sum(x * 2), np.ones(0)).shape == (0,)
    assert gradient(lambda x: x * x, np.array(3.0)) == 6
    assert np.isnan(gradient(lambda x: np.sum(x * x), np.array([np.nan, 1.0]))[0])
    assert jacobian(lambda x: [x[0], x[1] * x[0], 4.0], np.array([2.0, 3.0])).tolist() == [[1, 0], [3, 2], [0, 0]]
    with np.errstate(over="ignore"):
        assert gradient(lambda x: np.sum(x**2), np.array([1e200]))[0] == 2e200
    assert gradient(lambda x: np.sum(x**3), np.array([1e-200]))[0] == 0  # 3e-400 underflows


def test_values_steer_control_flow():
    def f(x):
        return np.sum(x**2) if x[0] > 0 else np.sum(x**3)

    np.testing.assert_array_equal(gradient(f, np.array([1.0, 2.0])), [2, 4])
    np.testing.assert_array_equal(gradient(f, np.array([-1.0, 2.0])), [3, 12])


def test_constant_keeps_a_shift_out_of_the_derivative():
    def logsumexp(x):
        top = np.max(constant(x))
        return np.log(np.sum(np.exp(x - top))) + top

    np.testing.assert_allclose(gradient(logsumexp, np.array([2.0, 2.0])), [0.5, 0.5])


def test_it_looks_like_an_array():
    def f(x):
        assert isinstance(x, Dual) and x.shape == (2, 3) and x.ndim == 2 and x.size == 6 and len(x) == 2
        assert x.T.shape == (3, 2) and x.reshape(-1).shape == (6,) and "6 directions" in repr(x)
        return sum(row.sum() for row in x)

    np.testing.assert_array_equal(gradient(f, np.ones((2, 3))), np.ones((2, 3)))
