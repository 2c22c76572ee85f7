"""Attention: gradients, identities, limits, what a mask hides, edge cases and what is refused."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundup.neural.autograd import Tensor, gradcheck
from groundup.neural.autograd import softmax as general_softmax
from groundup.proofs.transformers.attention import SHAPES, inputs, masks
from groundup.transformers.attention import attention, attention_backward, causal_mask, softmax, softmax_backward

SMALL = inputs(((2,), 3, 4, 5, 2), np.float64)
MASK = np.array([[True, False, True, True], [False] * 4, [False, False, False, True]])
BIAS = np.random.default_rng(5).normal(size=(2, 3, 4))


# ---- gradients


@pytest.mark.parametrize("mask", [None, MASK], ids=["no mask", "mask with an empty row"])
@pytest.mark.parametrize("bias", [BIAS, BIAS[0]], ids=["bias", "bias for all batches"])
def test_gradients_equal_central_differences(mask, bias):
    assert gradcheck(lambda q, k, v, b: attention(q, k, v, mask, bias=b, scale=0.7)[0], *SMALL, bias)
    assert gradcheck(lambda q, k, b: attention(q, k, SMALL[2], mask, bias=b)[1], SMALL[0], SMALL[1], bias)


def test_leading_axes_are_broadcast_and_gradients_summed():
    q, k, v = inputs(((4, 3), 3, 4, 5, 2), np.float64)
    k, v = k[:1, :1], v[:, :1]  # one memory for all batches, values for all heads
    assert gradcheck(lambda q, k, v: attention(q, k, v, MASK)[0], q, k, v)
    out, weights = attention(q, k, v, MASK)
    d_out = np.random.default_rng(1).normal(size=out.shape)
    leaves = [Tensor(x, requires_grad=True) for x in (q, k, v)]
    attention(*leaves, MASK)[0].backward(d_out)
    for leaf, by_hand in zip(leaves, attention_backward(d_out, q, k, v, weights), strict=True):
        assert by_hand.shape == leaf.shape
        np.testing.assert_allclose(by_hand, leaf.grad, atol=1e-13)


def test_softmax_rule_is_its_jacobian():
    a = softmax(np.array([0.3, -1.0, 2.0, -np.inf]))
    jacobian = np.diag(a) - np.outer(a, a)
    d = np.array([1.0, -2.0, 0.5, 7.0])
    np.testing.assert_allclose(softmax_backward(d, a), jacobian @ d, atol=1e-16)
    assert softmax_backward(d, a)[3] == 0


# ---- identities


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 6), st.integers(1, 7), st.integers(1, 5), st.integers(0, 2**32 - 1))
def test_outputs_are_convex_combinations_of_what_is_allowed(T, S, d, seed):
    q, k, v = inputs(((), T, S, d, 3), np.float64, 3.0, seed)
    mask = np.random.default_rng(seed).random((T, S)) < 0.6
    out, weights = attention(q, k, v, mask)
    assert (weights >= 0).all() and not weights[~mask].any()
    np.testing.assert_allclose(weights.sum(-1), mask.any(-1), atol=1e-14)
    for o, seen in zip(out, mask, strict=True):
        low, high = (v[seen].min(0), v[seen].max(0)) if seen.any() else (0, 0)
        assert (o >= low - 1e-12).all() and (o <= high + 1e-12).all()


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(-50, 50))
def test_order_shift_and_rotation_change_nothing(seed, shift):
    q, k, v = inputs(((2,), 4, 6, 3, 5), np.float64, 1.0, seed)
    rng = np.random.default_rng(seed)
    out = attention(q, k, v)[0]
    order = rng.permutation(6)
    np.testing.assert_allclose(attention(q, k[:, order], v[:, order])[0], out, atol=1e-13)
    np.testing.assert_allclose(attention(q[:, ::-1], k, v)[0], out[:, ::-1], atol=1e-13)  # rows belong to queries
    # the same vector added to all keys adds one number to each row of the scores
    np.testing.assert_allclose(attention(q, k + shift * rng.normal(size=3), v)[0], out, atol=1e-11)
    turn = np.array([[0.6, 0.8, 0], [-0.8, 0.6, 0], [0, 0, 1]])
    np.testing.assert_allclose(attention(q @ turn, k @ turn, v)[0], out, atol=1e-13)


def test_sharp_scores_read_the_best_key_and_flat_ones_the_mean():
    q, k, v = inputs(((), 3, 20, 8, 2), np.float64)
    np.testing.assert_allclose(attention(q, k, v, scale=1e6)[0], v[(q @ k.T).argmax(-1)])
    np.testing.assert_allclose(attention(q, k, v, scale=0.0)[0], np.broadcast_to(v.mean(0), (3, 2)))
    np.testing.assert_allclose(attention(q, k, v, scale=8**-0.5)[0], attention(q, k, v)[0])


def test_a_mask_is_as_if_the_rest_were_not_there():
    q, k, v = inputs(((), 3, 6, 4, 2), np.float64)
    seen = np.array([True, False, True, True, False, False])
    np.testing.assert_allclose(attention(q, k, v, seen)[0], attention(q, k[seen], v[seen])[0], atol=1e-15)
    bias = np.where(seen, 0.0, -np.inf)
    np.testing.assert_allclose(attention(q, k, v, bias=bias)[0], attention(q, k, v, seen)[0], atol=1e-15)


def test_causal_queries_are_the_last_of_the_keys():
    q, k, v = inputs(((2,), 9, 9, 4, 3), np.float64)
    whole = attention(q, k, v, causal=True)[0]
    np.testing.assert_allclose(attention(q[:, 6:], k, v, causal=True)[0], whole[:, 6:], atol=1e-14)
    np.testing.assert_allclose(attention(q[:, :4], k[:, :4], v[:, :4], causal=True)[0], whole[:, :4], atol=1e-14)
    np.testing.assert_allclose(whole, attention(q, k, v, causal_mask(9))[0], atol=0)
    early = attention(q, k[:, :2], v[:, :2], causal=True)[0]  # the first seven queries stand before all keys
    assert not early[:, :7].any() and early[:, 7:].all()
    both = attention(q, k, v, np.eye(9, dtype=bool), causal=True)[0]
    np.testing.assert_allclose(both, v, atol=0)


def test_the_future_does_not_leak():
    q, k, v = inputs(((), 6, 6, 4, 3), np.float64)
    before = attention(q, k, v, causal=True)[0]
    k[4:], v[4:] = 100, -100
    assert np.array_equal(attention(q, k, v, causal=True)[0][:4], before[:4])


# ---- rows that see nothing


@pytest.mark.parametrize("world", ["array", "Tensor"])
def test_an_empty_row_reads_zeros_and_passes_nothing_back(world):
    q, k, v = inputs(((), 3, 4, 5, 2), np.float64)
    if world == "array":
        out, weights = attention(q, k, v, MASK)
        grads = attention_backward(np.ones((3, 2)), q, k, v, weights)
    else:
        leaves = [Tensor(x, requires_grad=True) for x in (q, k, v)]
        out, weights = attention(*leaves, MASK)
        out.backward(np.ones((3, 2)))
        grads, out, weights = [leaf.grad for leaf in leaves], out.data, weights.data
    assert not out[1].any() and not weights[1].any() and not grads[0][1].any()
    assert all(np.isfinite(g).all() for g in grads)


def test_nothing_to_read_and_nobody_to_read():
    q, k, v = np.ones((2, 3)), np.ones((4, 3)), np.ones((4, 5))
    out, weights = attention(q, k[:0], v[:0])
    assert out.shape == (2, 5) and not out.any() and weights.shape == (2, 0)
    assert attention(q[:0], k, v)[0].shape == (0, 5)
    assert attention(q, k, v[:, :0])[0].shape == (2, 0)
    grads = attention_backward(out, q, k[:0], v[:0], weights)
    assert [g.shape for g in grads] == [(2, 3), (0, 3), (0, 5)] and not grads[0].any()


# ---- numbers that are hard


def test_softmax_at_the_edges():
    assert np.array_equal(softmax(np.array([1e4, 0.0])), [1.0, 0.0])
    assert np.array_equal(softmax(np.array([-1e300, -1e300])), [0.5, 0.5])
    assert np.array_equal(softmax(np.full((2, 3), -np.inf)), np.zeros((2, 3)))
    assert np.isnan(softmax(np.array([np.nan, 1.0]))).all()
    assert softmax(np.zeros((3, 0))).shape == (3, 0)
    assert np.array_equal(softmax(np.array([0, 0])), [0.5, 0.5])  # whole numbers
    with pytest.raises(ValueError, match="at least one axis"):
        softmax(1.0)
    x = np.random.default_rng(0).normal(size=(4, 5))
    np.testing.assert_allclose(softmax(x), general_softmax(x).data, atol=1e-16)


def test_inputs_are_left_as_they_are():
    q, k, v = (x.copy() for x in SMALL)
    for x in (q, k, v):
        x.setflags(write=False)
    mask, bias = MASK.copy(), BIAS.copy()
    attention(q, k, v, mask, bias=bias, causal=True)
    assert np.array_equal(mask, MASK) and np.array_equal(bias, BIAS)


def test_a_nan_is_never_hidden():
    q, k, v = SMALL
    assert np.isnan(attention(q * np.nan, k, v)[0]).all()
    bad = v.copy()
    bad[0, 0] = np.nan
    assert np.isnan(attention(q, k, bad, MASK)[0][0, 2]).all()  # even where its weight is 0: documented


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_precision_is_kept(dtype):
    q, k, v = (x.astype(dtype) for x in SMALL)
    for mask in (None, MASK):
        out, weights = attention(q, k, v, mask, bias=BIAS, causal=True, scale=np.float64(0.5))
        assert out.dtype == weights.dtype == dtype
        assert all(g.dtype == dtype for g in attention_backward(out, q, k, v, weights))
    if dtype != np.float16:
        assert attention(Tensor(q), k, v, MASK, bias=BIAS)[0].dtype == dtype


def test_kinds_follow_the_inputs():
    q, k, v = SMALL
    assert type(attention(q, k, v)[0]) is np.ndarray
    assert attention(q.tolist(), k, v)[0].dtype == np.float64
    assert attention([[1, 0]], [[1, 0], [0, 1]], [[2], [4]])[0].shape == (1, 1)
    for mixed in ((Tensor(q), k, v), (q, Tensor(k), v), (q, k, Tensor(v))):
        assert isinstance(attention(*mixed)[0], Tensor)
    assert isinstance(attention(q, k, v, bias=Tensor(BIAS))[0], Tensor)
    np.testing.assert_allclose(attention(Tensor(q), k, v, Tensor(MASK))[0].data, attention(q, k, v, MASK)[0])


# ---- what is refused


@pytest.mark.parametrize(
    ("q", "k", "v", "options", "error", "named"),
    [
        ((2, 3), (4, 5), (4, 1), {}, ValueError, r"same width.*\(2, 3\).*\(4, 5\)"),
        ((2, 3), (4, 3), (5, 1), {}, ValueError, r"same length.*\(4, 3\).*\(5, 1\)"),
        ((2, 0), (4, 0), (4, 1), {}, ValueError, r"at least 1.*\(2, 0\)"),
        ((3,), (4, 3), (4, 1), {}, ValueError, r"q must have at least two axes.*\(3,\)"),
        ((2, 2, 3), (3, 4, 3), (4, 1), {}, ValueError, r"leading axes.*\(2, 2, 3\).*\(3, 4, 3\)"),
        ((2, 3), (4, 3), (4, 1), {"mask": np.zeros((2, 4))}, TypeError, r"mask must be bool.*float64.*bias"),
        ((2, 3), (4, 3), (4, 1), {"mask": np.zeros((2, 4), int)}, TypeError, "mask must be bool.*int64"),
        ((2, 3), (4, 3), (4, 1), {"mask": np.ones((7, 2, 4), bool)}, ValueError, r"\(2, 4\); got \(7, 2, 4\)"),
        ((2, 3), (4, 3), (4, 1), {"mask": np.ones((4, 2), bool)}, ValueError, r"mask.*\(2, 4\); got \(4, 2\)"),
        ((2, 3), (4, 3), (4, 1), {"bias": np.ones((4, 2))}, ValueError, r"bias.*\(2, 4\); got \(4, 2\)"),
        ((2, 3), (4, 3), (4, 1), {"bias": np.ones((2, 4), bool)}, TypeError, "bias must be floats.*mask"),
        ((2, 3), (4, 3), (4, 1), {"scale": -1.0}, ValueError, "scale must be at least 0"),
        ((2, 3), (4, 3), (4, 1), {"scale": float("nan")}, ValueError, "scale"),
        ((2, 3), (4, 3), (4, 1), {"scale": np.ones(2)}, TypeError, "scale must be a number"),
    ],
)
def test_what_does_not_fit_is_named(q, k, v, options, error, named):
    with pytest.raises(error, match=named):
        attention(np.ones(q), np.ones(k), np.ones(v), **options)


def test_what_holds_no_numbers_is_refused():
    with pytest.raises(TypeError, match="numbers"):
        attention(np.array([["a"]]), np.ones((1, 1)), np.ones((1, 1)))
    for bias in (1j, "x"):
        with pytest.raises(TypeError, match="bias must hold numbers"):
            attention(np.ones((1, 1)), np.ones((1, 1)), np.ones((1, 1)), bias=bias)
    with pytest.raises(TypeError, match="x must hold numbers; got dtype complex"):
        softmax(np.array([1j]))


# ---- the house


def test_import_needs_numpy_alone():
    code = (
        "import sys, groundup.transformers.attention as a; a.attention([[1.0]], [[1.0]], [[1.0]], causal=True);"
        "print([m for m in ('torch', 'numba', 'matplotlib', 'scipy') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"


def test_every_shape_of_the_proof_has_masks_of_every_form():
    assert {name for _, T, S, *_ in SHAPES for name in masks(T, S)} >= {"causal", "padding", "window of 3", "documents"}
