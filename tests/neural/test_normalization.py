"""Normalization: gradients, invariances, running statistics, folding, edge cases and what is refused."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundup.neural import normalization as norm
from groundup.neural.autograd import GradientError, Tensor, gradcheck
from groundup.proofs.neural.normalization import LAYERS, arrays

NAMES = sorted(LAYERS)


@pytest.mark.parametrize("name", NAMES)
def test_gradients_equal_central_differences(name):
    mine = LAYERS[name][2]
    x, w, b = arrays(name, np.float64)
    assert gradcheck(mine, x, w, b)
    assert gradcheck(lambda x: mine(x, w, b) ** 2, x + 3)  # upstream gradients that depend on x


@pytest.mark.parametrize("name", NAMES)
def test_every_term_of_the_backward_pass_is_needed(name, monkeypatch):
    from groundup.neural.normalization import _standardize

    mine, (x, w, b) = LAYERS[name][2], arrays(name, np.float64)
    right = _standardize.standardized

    def wrong(*arguments):
        xhat, r, mean, variance = right(*arguments)
        return xhat, r * 1.001, mean, variance  # forward as it was, backward off by a thousandth

    monkeypatch.setattr(_standardize, "standardized", wrong)
    with pytest.raises(GradientError):
        gradcheck(mine, x, w, b)


@given(
    shape=st.tuples(st.integers(2, 5), st.sampled_from([2, 4, 6]), st.integers(2, 4)),
    scale=st.floats(0.1, 50),
    shift=st.floats(-20, 20),
    seed=st.integers(0, 10**6),
)
@settings(max_examples=40, deadline=None)
def test_invariances(shape, scale, shift, seed):
    x = np.random.default_rng(seed).normal(size=shape)
    for layer in (
        lambda x: norm.batch_norm(x, training=True, eps=1e-12),
        lambda x: norm.layer_norm(x, shape[-1], eps=1e-12),
        lambda x: norm.group_norm(x, 2, eps=1e-12),
        lambda x: norm.instance_norm(x, eps=1e-12),
    ):
        assert np.allclose(layer(scale * x + shift).data, layer(x).data, atol=1e-6)
    rms = norm.rms_norm(x, shape[-1], eps=1e-12).data
    assert np.allclose(norm.rms_norm(scale * x, shape[-1], eps=1e-12).data, rms, atol=1e-8)
    assert np.allclose((rms**2).mean(-1), 1, atol=1e-5)


def test_relatives():
    x = np.random.default_rng(1).normal(size=(4, 6, 5))
    assert np.allclose(norm.group_norm(x, 6).data, norm.instance_norm(x).data)
    assert np.allclose(norm.group_norm(x, 1).data, norm.layer_norm(x, (6, 5)).data)
    flat = x[:, :, 0]
    assert np.allclose(norm.batch_norm(flat, training=True).data, norm.layer_norm(flat.T.copy(), 4).data.T)
    centred = x - x.mean(-1, keepdims=True)
    assert np.allclose(norm.rms_norm(centred, 5, eps=1e-5).data, norm.layer_norm(x, 5).data)


def test_gradient_is_orthogonal_to_scale_and_shift():
    x = np.random.default_rng(2).normal(size=(7, 9))
    leaf = Tensor(x, requires_grad=True)
    norm.layer_norm(leaf, 9, eps=1e-12).backward(np.random.default_rng(3).normal(size=x.shape))
    assert np.abs(leaf.grad.sum(1)).max() < 1e-12 and np.abs((leaf.grad * x).sum(1)).max() < 1e-9


def test_running_statistics_are_changed_in_place_and_only_in_training():
    x = np.random.default_rng(4).normal(2, 3, size=(50, 4))
    mean, variance = np.zeros(4), np.ones(4)
    norm.batch_norm(x, mean, variance, training=True, momentum=1.0)
    assert np.allclose(mean, x.mean(0)) and np.allclose(variance, x.var(0, ddof=1))
    kept = mean.copy(), variance.copy()
    out = norm.batch_norm(x, mean, variance).data
    assert np.array_equal(mean, kept[0]) and np.array_equal(variance, kept[1])
    assert np.allclose(out, (x - kept[0]) / np.sqrt(kept[1] + 1e-5))
    tensors = Tensor(np.zeros(4)), Tensor(np.ones(4))
    norm.batch_norm(x, *tensors, training=True, momentum=1.0)
    assert np.allclose(tensors[0].data, mean) and np.allclose(tensors[1].data, variance)


def test_mean_of_all_batches():
    rng = np.random.default_rng(5)
    batches, mean, variance = rng.normal(size=(6, 10, 3)), np.zeros(3), np.ones(3)
    for k, batch in enumerate(batches):
        norm.batch_norm(batch, mean, variance, training=True, momentum=1 / (k + 1))
    assert np.allclose(mean, batches.mean((0, 1))) and np.allclose(variance, batches.var(1, ddof=1).mean(0))


@given(outputs=st.integers(1, 5), inputs=st.integers(1, 5), biased=st.booleans(), affine=st.booleans(),
       axis=st.sampled_from([0, 1]), seed=st.integers(0, 10**6))  # fmt: skip
@settings(max_examples=40, deadline=None)
def test_folding_gives_the_same_map(outputs, inputs, biased, affine, axis, seed):
    rng = np.random.default_rng(seed)
    W = rng.normal(size=(inputs, outputs))
    b = rng.normal(size=outputs) if biased else None
    mean, variance = rng.normal(size=outputs), rng.uniform(0.1, 4, outputs)
    w, shift = (rng.normal(size=outputs), rng.normal(size=outputs)) if affine else (None, None)
    x = rng.normal(size=(8, inputs))
    expected = norm.batch_norm(x @ W + (0 if b is None else b), mean, variance, w, shift, eps=1e-3).data
    folded, bias = norm.fold_batch_norm(W if axis else W.T, b, mean, variance, w, shift, 1e-3, axis)
    assert np.allclose(x @ (folded if axis else folded.T) + bias, expected)


def test_constant_columns_become_the_bias():
    x = np.full((6, 3), 123456.789, np.float32)
    bias = np.float32([1, 2, 3])
    assert np.array_equal(norm.batch_norm(x, bias=bias, training=True).data, np.tile(bias, (6, 1)))
    assert not norm.layer_norm(x, 3).data.any()


def test_squares_that_overflow_give_zero_and_smaller_ones_are_exact():
    x = np.float32([[1e30, -1e30, 3e29, 0]])
    leaf = Tensor(x, requires_grad=True)
    out = norm.layer_norm(leaf, 4)
    out.sum().backward()
    assert not out.data.any() and not leaf.grad.any()
    assert np.allclose(
        norm.layer_norm(x.astype(np.float64), 4).data, norm.layer_norm(x / np.float32(1e25), 4).data, atol=1e-5
    )
    assert np.isnan(norm.rms_norm(np.array([[1.0, np.nan]]), 2).data).all()


def test_float32_with_a_huge_mean_keeps_its_digits():
    x = (1e6 + np.random.default_rng(6).normal(size=(4, 1024))).astype(np.float32)
    exact = norm.layer_norm(x.astype(np.float64), 1024).data
    assert np.abs(norm.layer_norm(x, 1024).data - exact).max() < 1e-5


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_and_empty_batches(dtype):
    for name in NAMES:
        mine = LAYERS[name][2]
        x, w, b = arrays(name, dtype)
        assert mine(x, w, b).dtype == dtype
        assert mine(x[:0], w, b).shape == (0, *x.shape[1:])
    assert norm.batch_norm(np.ones((0, 3)), np.zeros(3), np.ones(3)).shape == (0, 3)
    assert norm.layer_norm([[1, 2, 3]], 3).dtype == np.float64


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: norm.batch_norm(np.ones((1, 3)), training=True), r"more than one entry a channel.*\(1, 3\)"),
        (lambda: norm.batch_norm(np.ones((2, 3))), "running_mean and running_var must be given"),
        (lambda: norm.batch_norm(np.ones(3), training=True), r"at least 2 axes; got shape \(3,\)"),
        (lambda: norm.batch_norm(np.ones((2, 3)), np.zeros(2), np.ones(3)), r"running_mean must have .*\(3,\).*\(2,\)"),
        (lambda: norm.batch_norm(np.ones((2, 3)), weight=np.ones((3, 1)), training=True), "weight must have shape"),
        (lambda: norm.batch_norm(np.ones((2, 3)), training=True, momentum=-0.1), "momentum must be"),
        (lambda: norm.layer_norm(np.ones((2, 3)), 2), r"must be the last lengths of x.*\(2, 3\); got \(2,\)"),
        (lambda: norm.layer_norm(np.ones((2, 3)), 3, bias=np.ones(2)), r"bias must have shape \(3,\)"),
        (lambda: norm.rms_norm(np.ones((2, 3)), 3, eps=0.0), "eps must be above 0; got 0"),
        (lambda: norm.group_norm(np.ones((2, 4)), 3), "num_groups must divide the 4 channels of x; got 3"),
        (lambda: norm.group_norm(np.ones((1, 4)), 4), "more than one entry a group"),
        (lambda: norm.instance_norm(np.ones((2, 3, 1))), "more than one entry a channel"),
        (lambda: norm.fold_batch_norm(np.ones((2, 3)), None, np.zeros(3), np.ones(3)), r"_mean must have .*\(2,\)"),
        (lambda: norm.fold_batch_norm(np.ones((2, 3)), None, np.zeros(3), np.ones(3), axis=2), "axis 2 is out of"),
        (lambda: norm.batch_norm(np.ones((2, 3)), training=True, momentum=1.5), "momentum must be at most 1; got 1.5"),
        (lambda: norm.batch_norm(np.ones((2, 3)), weight=[1.0, 2.0], training=True), r"weight must .*got \(2,\)"),
        (lambda: norm.layer_norm(np.ones((2, 3)), 3, eps=np.inf), "eps must be above 0; got inf"),
    ],
)  # fmt: skip
def test_what_is_refused_is_named(call, words):
    with pytest.raises(ValueError, match=words):
        call()


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: norm.layer_norm(np.ones((2, 3)), 3.0), "normalized_shape must be a whole number or .*got 3.0"),
        (lambda: norm.layer_norm(np.ones((2, 3)), 3, eps="small"), "eps must be a number; got 'small'"),
        (lambda: norm.batch_norm(np.ones((2, 3)), [0.0] * 3, [1.0] * 3, training=True), "running_mean .* got list"),
    ],
)
def test_wrong_types_are_named(call, words):
    with pytest.raises(TypeError, match=words):
        call()


def test_running_values_that_cannot_be_changed_are_refused_before_any_is():
    x, mean = np.random.default_rng(0).normal(size=(4, 3)), np.zeros(3)
    with pytest.raises(TypeError, match=r"running_var must be an array of floats.*int64"):
        norm.batch_norm(x, mean, np.ones(3, np.int64), training=True)
    fixed = np.ones(3)
    fixed.flags.writeable = False
    with pytest.raises(ValueError, match="running_var must not be read-only"):
        norm.batch_norm(x, mean, fixed, training=True)
    assert not mean.any()
    assert norm.batch_norm(x, mean, fixed).shape == (4, 3)  # in evaluation they are only read


def test_lengths_may_be_numpys_integers_or_a_list():
    x = np.random.default_rng(0).normal(size=(4, 3))
    wanted = norm.layer_norm(x, 3).data
    for shape in (np.int64(3), [3], (3,)):
        assert np.array_equal(norm.layer_norm(x, shape).data, wanted)


def test_a_changed_input_is_noticed():
    x = Tensor(np.random.default_rng(0).normal(size=(4, 3)), requires_grad=True)
    y = norm.layer_norm(x, 3).sum()
    x._version[0] += 1
    with pytest.raises(RuntimeError, match="changed in place"):
        y.backward()


def test_the_functions_need_no_torch():
    code = "import sys; import groundup.neural.normalization; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
