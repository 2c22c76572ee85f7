"""Tiled attention: equal to plain attention whatever the tiles, the online softmax's steps, memory, edges, errors."""

import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundup.proofs.transformers.attention import inputs
from groundup.transformers.attention import attention, attention_backward, softmax
from groundup.transformers.flash_attention import (
    OnlineSoftmax,
    flash_attention,
    tiled_attention,
    tiled_attention_backward,
)
from groundup.transformers.flash_attention.online import tiles

sys.path.insert(0, str(Path(__file__).parent))
from flash_gradients import gradients

# ---- the online softmax


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 4), min_size=1, max_size=6), st.integers(0, 2**32 - 1), st.floats(0, 500))
def test_blocks_of_any_size_and_order_give_the_softmax(sizes, seed, spread):
    rng, n = np.random.default_rng(seed), sum(sizes)
    scores, values = spread * rng.normal(size=(3, n)), rng.normal(size=(n, 2))
    scores[rng.random((3, n)) < 0.2] = -np.inf
    row = OnlineSoftmax((3,), 2)
    for end, size in zip(np.cumsum(sizes), sizes, strict=True):
        row.update(scores[:, end - size : end], values[end - size : end])
    out, log_sum = row.result()
    np.testing.assert_allclose(out, softmax(scores) @ values, atol=1e-12)
    seen = np.isfinite(scores).any(1)
    assert np.array_equal(np.isfinite(log_sum), seen)
    weights = np.exp(scores[seen] - log_sum[seen, None])
    np.testing.assert_allclose(weights, softmax(scores[seen]), atol=1e-12)


def test_tiles_cover_what_is_allowed_once_and_leave_out_the_rest():
    for T, S in ((5, 5), (3, 9), (9, 3), (1, 7), (0, 4), (4, 0)):
        allowed = np.tri(T, S, S - T, dtype=bool)
        for causal in (False, True):
            seen = np.zeros((T, S), int)
            for i, j in tiles(T, S, (2, 3), causal):
                seen[i, j] += 1
                assert not causal or allowed[i, j].any()
            assert seen.max(initial=0) <= 1 and seen[allowed if causal else np.ones_like(allowed)].all()


# ---- the same as plain attention


@settings(max_examples=40, deadline=None)
@given(
    st.tuples(*(st.integers(1, n) for n in (40, 40, 6, 6))),
    st.tuples(st.integers(1, 40), st.integers(1, 40)),
    st.booleans(),
    st.integers(0, 2**32 - 1),
)
def test_equal_to_attention_whatever_the_tiles(sizes, block, causal, seed):
    T, S, d, e = sizes
    rng = np.random.default_rng(seed)
    q, k, v = inputs(((2,), T, S, d, e), np.float64, 2.0, seed)
    mask = [None, rng.random((2, T, S)) < 0.5, rng.random((1, S)) < 0.5, rng.random((T, 1)) < 0.5][seed % 4]
    bias = [None, rng.normal(size=(T, S)), rng.normal(size=(1, S))][seed % 3]
    options = {"mask": mask, "causal": causal, "bias": bias}
    expected, g = gradients(lambda *x, **o: attention(*x, **o)[0], (q, k, v), **options)
    got, _ = gradients(flash_attention, (q, k, v), **options, block=block)
    for mine, other in zip(got, expected, strict=True):
        np.testing.assert_allclose(mine, other, atol=1e-12)
    out, log_sum = tiled_attention(q, k, v, **options, block=block)
    grads = tiled_attention_backward(g, q, k, v, out, log_sum, **options, block=block)[:3]
    for mine, other in zip((out, *grads), expected, strict=True):
        np.testing.assert_allclose(mine, other, atol=1e-12)


def test_heads_that_share_keys_and_values():
    q, k, v = inputs(((2, 6), 20, 30, 4, 5), np.float64)
    k, v = k[:, :1], v[:1, 3]  # one head of keys; values for all heads and batches
    expected, _ = gradients(lambda *x: attention(*x)[0], (q, k, v))
    got, _ = gradients(flash_attention, (q, k, v))
    for mine, other in zip(got, expected, strict=True):
        assert mine.shape == other.shape
        np.testing.assert_allclose(mine, other, atol=1e-12)


def test_groups_of_heads_as_the_documentation_says():
    """6 heads of queries on 2 heads of keys, as torch groups them: heads 0, 1, 2 read the first."""
    torch = pytest.importorskip("torch")
    q, k, v = (torch.tensor(x, requires_grad=True) for x in inputs(((2, 6), 20, 30, 4, 5), np.float64))
    k, v = k[:, :2].detach().requires_grad_(), v[:, :2].detach().requires_grad_()
    mine = flash_attention(q.unflatten(1, (2, 3)), k[:, :, None], v[:, :, None]).flatten(1, 2)
    other = torch.nn.functional.scaled_dot_product_attention(q, k, v, enable_gqa=True)
    g = torch.randn_like(other)
    for a, b in zip(*(torch.autograd.grad(out, (q, k, v), g) for out in (mine, other)), strict=True):
        torch.testing.assert_close(a, b)
    torch.testing.assert_close(mine, other)


def test_no_order_in_memory_and_no_input_is_changed():
    q, k, v = inputs(((2,), 20, 20, 6, 6), np.float64)
    expected = attention(q, k, v)[0]
    crooked = [np.asfortranarray(x) for x in (q, k, v)]
    for x in crooked:
        x.setflags(write=False)
    np.testing.assert_allclose(flash_attention(*crooked), expected, atol=1e-13)
    strided = (q[:, ::-1], k[:, ::2], v[:, ::2])
    np.testing.assert_allclose(flash_attention(*strided), attention(*strided)[0], atol=1e-13)


# ---- edges


def test_rows_that_see_nothing_are_zeros_with_zero_gradients():
    qkv = inputs(((), 40, 50, 4, 4), np.float64)
    mask = np.random.default_rng(0).random((40, 50)) < 0.5
    mask[[0, 17, 39]] = False
    got, _ = gradients(flash_attention, qkv, mask=mask)
    assert not got[0][[0, 17, 39]].any() and not got[1][[0, 17, 39]].any()
    assert all(np.isfinite(x).all() for x in got)
    early = flash_attention(*inputs(((), 40, 3, 4, 4), np.float64), causal=True)  # 37 queries before all keys
    assert not early[:37].any() and early[37:].all()


def test_nothing_to_read_and_nobody_to_read():
    q, k, v = np.ones((2, 3)), np.ones((4, 3)), np.ones((4, 5))
    assert np.array_equal(flash_attention(q, k[:0], v[:0]), np.zeros((2, 5)))
    assert flash_attention(q[:0], k, v).shape == (0, 5)
    assert flash_attention(np.ones((0, 2, 3)), k, v).shape == (0, 2, 5)
    assert tiled_attention(q, k[:0], v[:0])[0].shape == (2, 5)


def test_a_nan_is_never_hidden_and_huge_scores_do_not_overflow():
    q, k, v = inputs(((), 6, 200, 4, 4), np.float32)
    bad = q.copy()
    bad[2] = np.nan
    out = flash_attention(bad, k, v)
    assert np.isnan(out[2]).all() and np.isfinite(out[[0, 1, 3, 4, 5]]).all()
    bad = k.copy()
    bad[150, 0] = np.nan
    assert np.isnan(flash_attention(q, bad, v)).all()
    np.testing.assert_allclose(flash_attention(1e4 * q, 1e4 * k, v), v[(q @ k.T).argmax(-1)], rtol=1e-6)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_precision_is_kept(dtype):
    q, k, v = (x.astype(dtype) for x in inputs(((), 5, 6, 4, 3), np.float64))
    out = flash_attention(q, k, v, bias=np.zeros((5, 6)), scale=np.float64(0.5))
    assert out.dtype == dtype and type(out) is np.ndarray
    wide = attention(*(x.astype(np.float64) for x in (q, k, v)), scale=0.5)[0]
    np.testing.assert_allclose(out, wide, atol=4 * np.finfo(dtype).eps)


# ---- what is refused


@pytest.mark.parametrize("function", [flash_attention, tiled_attention])
@pytest.mark.parametrize(
    ("options", "error", "named"),
    [
        ({"mask": np.ones((4, 2), bool)}, ValueError, r"mask.*\(2, 4\); got \(4, 2\)"),
        ({"mask": np.ones((2, 4))}, TypeError, "mask must be bool"),
        ({"bias": np.ones((4, 2))}, ValueError, r"bias.*got \(4, 2\)"),
        ({"block": (0, 4)}, ValueError, "block of queries must be at least 1; got 0"),
        ({"block": (4, 2.5)}, TypeError, "block of keys must be a whole number; got 2.5"),
        ({"block": 64}, TypeError, "block must be two numbers.*got 64"),
        ({"scale": -1.0}, ValueError, "scale"),
        ({"bias": np.ones((2, 4), bool)}, TypeError, "bias must be floats"),
    ],
)
def test_what_does_not_fit_is_named(function, options, error, named):
    with pytest.raises(error, match=named):
        function(np.ones((2, 3)), np.ones((4, 3)), np.ones((4, 1)), **options)


def test_backward_from_results_is_backward_from_weights():
    q, k, v = inputs(((2,), 9, 11, 3, 4), np.float64)
    out, weights = attention(q, k, v)
    g = np.random.default_rng(0).normal(size=out.shape)
    log_sum = tiled_attention(q, k, v)[1]
    for mine, other in zip(
        tiled_attention_backward(g, q, k, v, out, log_sum), attention_backward(g, q, k, v, weights), strict=True
    ):
        np.testing.assert_allclose(mine, other, atol=1e-13)
