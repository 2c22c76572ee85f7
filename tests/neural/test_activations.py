"""Activations: gradients of both worlds, identities, the table, edge cases and what is refused."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from groundup.neural import activations as act
from groundup.neural.activations import ACTIVATIONS
from groundup.neural.autograd import GradientError, Tensor, gradcheck
from groundup.proofs.neural.activations import ALONG, EXTREMES, PAIRS

NAMES = sorted(ACTIVATIONS)
AWAY_FROM_KINKS = np.array([-5.0, -3.5, -2.2, -0.7, -0.1, 0.2, 0.9, 2.6, 3.3, 6.0])


@pytest.mark.parametrize("name", PAIRS)
def test_gradients_equal_central_differences(name):
    x = AWAY_FROM_KINKS[:, None] + np.linspace(0, 0.07, 4)
    assert gradcheck(PAIRS[name][0], x)


@given(
    shape=st.tuples(st.integers(1, 4), st.integers(1, 5)),
    seed=st.integers(0, 10**6),
    name=st.sampled_from(sorted(set(PAIRS) - ALONG)),
)
@settings(max_examples=60, deadline=None)
def test_entry_by_entry_and_equal_in_both_worlds(shape, seed, name):
    torch = pytest.importorskip("torch")
    function = PAIRS[name][0]
    x = np.random.default_rng(seed).normal(size=shape) * 3
    whole = function(x).data
    alone = np.array([float(function(v).data) for v in x.ravel()]).reshape(shape)
    assert whole.shape == shape and np.allclose(whole, alone, rtol=1e-15, atol=0)
    assert np.allclose(whole, function(torch.tensor(x)).numpy(), rtol=1e-12, atol=1e-14)


def test_prelu_gradients_equal_central_differences():
    rng = np.random.default_rng(2)
    for shape, weight in [((6,), ()), ((3, 4), (4,)), ((2, 3, 2, 2), (3,)), ((2, 3), (1,))]:
        x = rng.uniform(0.1, 2, shape) * rng.choice([-1, 1], shape)
        assert gradcheck(act.prelu, x, rng.normal(size=weight))


@pytest.mark.parametrize("name", NAMES)
def test_the_table_is_true(name):
    row, x = ACTIVATIONS[name], np.linspace(-30, 30, 600_001)
    leaf = Tensor(x, requires_grad=True)
    y = row.function(leaf)
    y.backward(np.ones_like(x))
    slope = np.asarray(leaf.grad)
    low, high = (limit if np.isfinite(limit) else np.inf * np.sign(limit) for limit in (row.low, row.high))
    assert (y.data >= low - 1e-5).all() and (y.data <= high + 1e-12).all()
    for limit, reached in ((row.low, y.data.min()), (row.high, y.data.max())):
        assert abs(reached - limit) < 1e-5 if np.isfinite(limit) else abs(reached) > 0.29
    assert abs(np.abs(slope).max() - row.lipschitz) < 6e-6 or name == "hardswish"
    assert row.monotone == bool((np.diff(y.data) >= 0).all())
    jump = np.abs(np.diff(slope)).max()
    assert (jump < 2e-4) == row.smooth, jump


def test_steepest_slope_of_hardswish_is_a_limit_at_its_kink():
    leaf = Tensor(np.array([3 - 1e-9]), requires_grad=True)
    act.hardswish(leaf).sum().backward()
    assert abs(leaf.grad[0] - ACTIVATIONS["hardswish"].lipschitz) < 1e-8


@given(arrays(np.float64, st.integers(1, 20), elements=st.floats(-50, 50)))
@settings(max_examples=60, deadline=None)
def test_identities(x):
    def at(function, *settings):
        return function(x, *settings).data

    assert np.allclose(at(act.softplus) - act.softplus(-x).data, x, atol=1e-12)  # ln(1 + e^x) - ln(1 + e^-x) = x
    assert np.allclose(at(act.gelu) - act.gelu(-x).data, x, atol=1e-12)  # Φ(x) + Φ(-x) = 1
    assert np.allclose(at(act.silu) - act.silu(-x).data, x, atol=1e-12)
    assert np.allclose(at(act.swish, 0.0), x / 2)
    assert np.allclose(at(act.swish, 3.0), act.silu(3 * x).data / 3, atol=1e-12)
    assert np.allclose(at(act.leaky_relu, 1.0), x) and np.array_equal(at(act.leaky_relu, 0.0), at(act.relu))
    assert np.array_equal(at(act.prelu, np.array(0.25)), at(act.leaky_relu, 0.25))
    assert np.allclose(at(act.mish), x * np.tanh(at(act.softplus)), atol=1e-12)
    assert np.allclose(at(act.hardswish), x * at(act.hardsigmoid), atol=1e-14)
    doubled = np.concatenate([x, x])
    assert np.allclose(act.glu(doubled).data, at(act.silu)) and np.allclose(act.swiglu(doubled).data, x * at(act.silu))


def test_selu_keeps_mean_0_and_variance_1():
    z = np.linspace(-12, 12, 200_001)
    weight = np.exp(-z * z / 2) / np.sqrt(2 * np.pi) * (z[1] - z[0])
    y = act.selu(z).data
    assert abs((weight * y).sum()) < 1e-9 and abs((weight * y * y).sum() - 1) < 1e-9


def test_softmax_and_its_temperature():
    x = np.random.default_rng(4).normal(size=(5, 7))
    warm, cold = act.softmax(x, 1, 1e6).data, act.softmax(x, 1, 1e-3).data
    assert np.allclose(warm, 1 / 7, atol=1e-5) and np.allclose(cold, x == x.max(1, keepdims=True), atol=1e-6)
    assert np.allclose(act.softmax(x, 0).data.sum(0), 1)
    assert np.allclose(np.exp(act.log_softmax(x, 1, 0.7).data), act.softmax(x, 1, 0.7).data)
    torch = pytest.importorskip("torch")
    masked = np.array([[0.0, -np.inf, 1.0], [-np.inf] * 3])
    for rows in (act.softmax(masked).data, act.softmax(torch.tensor(masked)).numpy()):
        assert rows[0, 1] == 0 and abs(rows[0].sum() - 1) < 1e-12 and not rows[1].any()


@pytest.mark.parametrize("name", NAMES)
def test_dtype_nan_and_empty(name):
    torch, function = pytest.importorskip("torch"), ACTIVATIONS[name].function
    for dtype in (np.float16, np.float32, np.float64):
        assert function(np.ones((2, 3), dtype)).dtype == dtype
        assert np.isnan(function(np.array([np.nan, 1.0], dtype)).data).tolist() == [True, False]
    for dtype in (torch.bfloat16, torch.float32, torch.float64):
        assert function(torch.ones(2, 3, dtype=dtype)).dtype == dtype
        assert function(torch.tensor([torch.nan, 1.0], dtype=dtype)).isnan().tolist() == [True, False]
    assert function(np.zeros((0, 3))).shape == (0, 3) and function(torch.zeros(0, 3)).shape == (0, 3)
    leaf = Tensor(np.ones(3, np.float32), requires_grad=True)
    function(leaf).sum().backward()
    assert leaf.grad.dtype == np.float32
    assert function([[1, -2], [3, 0]]).dtype == np.float64 or name == "relu"


def test_gelu_keeps_digits_where_torch_loses_them():
    x = np.array([-8.0, -9.0, -30.0])
    exact = x * np.array([6.220960574271784e-16, 1.1285884059538405e-19, 4.906713927148187e-198])  # Φ by mpmath
    assert np.allclose(act.gelu(x).data, exact, rtol=1e-13, atol=0)


def test_softplus_has_no_threshold():
    torch = pytest.importorskip("torch")
    assert act.softplus(25.0).item() == pytest.approx(25 + np.exp(-25.0), rel=1e-15)
    assert torch.nn.functional.softplus(torch.tensor(25.0, dtype=torch.float64)).item() == 25


@pytest.mark.parametrize("size", [1, 7, 4096])
def test_erfc_of_float32(size):
    from groundup.math.probability.special import erfc
    from groundup.neural.activations._pointwise import Arrays

    x = np.random.default_rng(size).uniform(-5, 5, size).astype(np.float32)
    for values in (x, x[::-1], np.float32([-np.inf, -4, 4, np.inf, 0])):
        assert np.abs(Arrays.erfc(values) - erfc(values)).max() < 5e-7
    assert Arrays.erfc(np.float32([30, -30])).tolist() == [0, 2] and np.isnan(Arrays.erfc(np.float32([np.nan]))).all()


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: act.glu(np.ones((2, 3))), r"even length along axis -1.*\(2, 3\)"),
        (lambda: act.swiglu(np.ones((2, 4)), 2), r"axis 2 is out of range.*\(2, 4\)"),
        (lambda: act.prelu(np.ones((2, 3)), np.ones(2)), r"weight must have shape.*\(3,\).*got \(2,\)"),
        (lambda: act.prelu(np.ones(5), np.ones(5)), r"weight must have shape.*got \(5,\)"),
        (lambda: act.softmax(np.ones(3), temperature=0.0), r"temperature must be above 0.*got 0"),
        (lambda: act.softplus(1.0, beta=-1.0), r"beta must be above 0.*got -1"),
        (lambda: act.swish(1.0, beta=-1.0), r"beta must be at least 0.*got -1"),
        (lambda: act.gelu(1.0, "erf"), r"approximate must be one of 'none', 'tanh'; got 'erf'"),
        (lambda: act.elu(1.0, alpha=np.nan), r"alpha must be"),
        (lambda: act.softmax(np.ones((2, 0))), r"no entries"),
    ],
)
def test_what_is_refused_is_named(call, words):
    with pytest.raises(ValueError, match=words):
        call()


@pytest.mark.parametrize("name", sorted(set(act.ACTIVATIONS) - {"relu"}))
def test_booleans_and_whole_numbers_become_float64(name):
    f = act.ACTIVATIONS[name].function
    for values in (np.array([True, False]), np.array([1, 0])):
        out = f(values)
        assert out.dtype == np.float64
        assert np.array_equal(out.data, f(values.astype(float)).data)


def test_a_changed_input_is_noticed():
    x = Tensor(np.ones(3), requires_grad=True) * 2
    y = act.gelu(x).sum()
    x.data[...] = 5  # invisible, on purpose
    x._version[0] += 1
    with pytest.raises(RuntimeError, match="changed in place"):
        y.backward()


def test_a_wrong_slope_would_be_found(monkeypatch):
    from groundup.neural.activations import smooth

    monkeypatch.setattr(smooth._GELU, "slope", lambda xp, x: 0.5 * xp.erfc(x * -np.sqrt(0.5)))  # x φ(x) forgotten
    with pytest.raises(GradientError):
        gradcheck(act.gelu, AWAY_FROM_KINKS)


def test_extremes_are_finite_or_infinite_never_surprising():
    for name in set(NAMES) - {"gelu", "silu", "mish", "hardswish"}:  # those are 0 · ∞ at -∞, as in torch
        y = ACTIVATIONS[name].function(EXTREMES).data
        assert not np.isnan(y).any(), name


def test_the_functions_need_no_torch():
    code = "import sys; import groundup.neural.activations as a; a.gelu(1.0); assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
