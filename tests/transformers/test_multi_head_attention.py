"""Several heads on arrays and our tensors: layout of heads, sharing, gradients, what heads look at, sizes, errors."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundup.neural.autograd import Tensor, gradcheck
from groundup.transformers.attention import attention
from groundup.transformers.multi_head_attention import (
    cache_bytes,
    head_distance,
    head_entropy,
    induction_score,
    merge_heads,
    multi_head_attention,
    previous_token_score,
    repeat_heads,
    split_heads,
)
from groundup.transformers.self_attention import alibi_bias, rope_tables, rotate, self_attention


def maps(m=8, heads=4, kv_heads=4, n=8, seed=0):
    rng, shared = np.random.default_rng(seed), m // heads * kv_heads
    return tuple(rng.normal(size=shape) / 2 for shape in ((m, m), (m, shared), (m, shared), (m, n)))


def noise(*shape, seed=1):
    return np.random.default_rng(seed).normal(size=shape)


@given(heads=st.sampled_from([1, 2, 3, 4]), share=st.sampled_from([1, 2, 3]), causal=st.booleans(), cross=st.booleans(),
       T=st.integers(1, 5), seed=st.integers(0, 10**6))  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_each_head_is_one_attention_on_its_own_columns(heads, share, causal, cross, T, seed):
    """The definition: heads one after the other, each with its slice of the maps, joined before w_o."""
    heads, kv_heads, d = heads * share, heads, 3
    m = heads * d
    w_q, w_k, w_v, w_o = maps(m, heads, kv_heads, seed=seed)
    x = noise(2, T, m, seed=seed)
    memory = noise(2, T + 2, m, seed=seed + 1) if cross else x
    parts = []
    for i in range(heads):
        own, shared = slice(i * d, i * d + d), slice(i // share * d, i // share * d + d)
        parts.append(attention(x @ w_q[:, own], memory @ w_k[:, shared], memory @ w_v[:, shared], causal=causal))
    out, weights = multi_head_attention(
        x, memory if cross else None, w_q, w_k, w_v, w_o, heads, kv_heads, causal=causal
    )
    assert np.allclose(out, np.concatenate([read for read, _ in parts], -1) @ w_o)
    assert np.allclose(weights, np.stack([a for _, a in parts], 1))


def test_one_head_is_self_attention():
    x, w = noise(2, 5, 8), maps(heads=1, kv_heads=1)
    rope, bias = rope_tables(5, 8), alibi_bias(1, 5)
    out, weights = multi_head_attention(x, None, *w, 1, rope=rope, bias=bias, causal=True, layout="pairs")
    one = self_attention(x, *w, rope=rope, bias=bias[0], causal=True, layout="pairs")
    assert np.allclose(out, one[0]) and np.allclose(weights[:, 0], one[1])


def test_biases_and_positions_are_those_of_the_definition():
    x, (w_q, w_k, w_v, w_o), b = noise(2, 5, 8), maps(), [noise(8, seed=s) for s in range(4)]
    tables, slopes = rope_tables(5, 2), alibi_bias(4, 5)
    q, k, v = (split_heads(x @ w + c, 4) for w, c in zip((w_q, w_k, w_v), b[:3], strict=True))
    read, _ = attention(rotate(q, *tables), rotate(k, *tables), v, bias=slopes)
    out, _ = multi_head_attention(x, None, w_q, w_k, w_v, w_o, 4, biases=b, rope=tables, bias=slopes)
    assert np.allclose(out, merge_heads(read) @ w_o + b[3])


def test_the_bias_of_the_keys_changes_nothing():
    x, w = noise(2, 5, 8), maps()
    with_bias = multi_head_attention(x, None, *w, 4, biases=(noise(8), noise(8, seed=9) * 5, None, None))[0]
    assert np.allclose(with_bias, multi_head_attention(x, None, *w, 4, biases=(noise(8), None, None, None))[0])


@pytest.mark.parametrize("kv_heads", [1, 2, 4])
def test_gradients_equal_central_differences(kv_heads):
    w, b = (
        maps(kv_heads=kv_heads),
        (noise(8), noise(2 * kv_heads, seed=2), noise(2 * kv_heads, seed=3), noise(8, seed=4)),
    )
    allowed = np.array([[True, False, True], [False] * 3])

    def heads(x, memory, w_q, w_k, w_v, w_o, b_q, b_v, b_o, head_mask):
        biases = (b_q, b[1], b_v, b_o)
        return multi_head_attention(x, memory, w_q, w_k, w_v, w_o, 4, kv_heads, biases=biases, mask=allowed,
                                    head_mask=head_mask)[0]  # fmt: skip

    assert gradcheck(heads, noise(2, 2, 8), noise(2, 3, 8, seed=5), *w, b[0], b[2], b[3], noise(4, seed=6))


def test_splitting_and_merging():
    x = np.arange(2 * 3 * 8.0).reshape(2, 3, 8)
    for wrap in (np.asarray, Tensor):
        heads = split_heads(wrap(x), 4)
        assert heads.shape == (2, 4, 3, 2)
        assert np.array_equal(np.asarray(heads)[1, 2, 0], x[1, 0, 4:6])
        assert np.array_equal(np.asarray(merge_heads(heads)), x)
        twice = np.asarray(repeat_heads(heads, 2))
        assert twice.shape == (2, 8, 3, 2) and all(
            np.array_equal(twice[:, i], np.asarray(heads)[:, i // 2]) for i in range(8)
        )


def test_a_head_that_is_masked_out_adds_nothing():
    x, (w_q, w_k, w_v, w_o) = noise(3, 8), maps()
    keep = np.array([1.0, 0.0, 1.0, 0.5])
    out, weights = multi_head_attention(x, None, w_q, w_k, w_v, w_o, 4, head_mask=keep)
    assert np.allclose(out, multi_head_attention(x, None, w_q, w_k, w_v, np.repeat(keep, 2)[:, None] * w_o, 4)[0])
    assert np.allclose(weights.sum(-1), 1)
    assert np.allclose(multi_head_attention(x, None, w_q, w_k, w_v, w_o, 4, head_mask=[1, 0, 1, 0.5])[0], out)


def test_kind_precision_and_edges():
    x, w = noise(3, 8), maps()
    assert type(multi_head_attention(x, None, *w, 4)[0]) is np.ndarray
    assert isinstance(multi_head_attention(Tensor(x), None, *w, 4)[0], Tensor)
    assert (
        multi_head_attention(x.astype(np.float32), None, *(z.astype(np.float32) for z in w), 4)[0].dtype == np.float32
    )
    assert multi_head_attention(np.zeros((0, 3, 8)), None, *w, 4)[0].shape == (0, 3, 8)
    assert multi_head_attention(np.zeros((2, 0, 8)), None, *w, 4)[1].shape == (2, 4, 0, 0)
    assert not multi_head_attention(x, np.zeros((0, 8)), *w, 4)[0].any()
    assert not multi_head_attention(x, None, *w, 4, mask=np.zeros((4, 1, 1), bool))[0].any()
    narrow = multi_head_attention(x, None, *w[:3], w[3][:, :2], 4)[0]
    assert narrow.shape == (3, 2)


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda x, w: multi_head_attention(x, None, *w, 3), "heads must divide the width, 8; got 3"),
        (lambda x, w: multi_head_attention(x, None, *w, 4, 3), "kv_heads must divide heads, 4; got 3"),
        (lambda x, w: multi_head_attention(x, None, *w, 4, 2), r"w_k must have shape \(8, 4\); got \(8, 8\)"),
        (lambda x, w: multi_head_attention(x, noise(3, 5), *w, 4), r"w_k must have shape \(5, 8\)"),
        (lambda x, w: multi_head_attention(x, None, *w[:3], w[3][:4], 4), r"w_o must have shape \(8, 8\); got \(4, "),
        (lambda x, w: multi_head_attention(x[0], None, *w, 4), r"x and memory must have shapes.*got \(8,\)"),
        (lambda x, w: multi_head_attention(x, None, *w, 4, biases=(None,)), "biases must be four.*got 1"),
        (lambda x, w: multi_head_attention(x, None, *w, 4, biases=None), "biases must be four.*got None"),
        (lambda x, w: multi_head_attention(x, None, *w, 4, biases=[None, np.ones(3), None, None]), r"of w_k.*\(3,"),
        (lambda x, w: multi_head_attention(x, None, *w, 4, head_mask=np.ones(3)), r"head_mask must have shape \(4,\)"),
        (lambda x, w: multi_head_attention(x, None, *w, 0), "heads must be at least 1"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_named(call, words):
    with pytest.raises(ValueError, match=words):
        call(noise(3, 8), maps())


def test_torch_and_numpy_are_not_mixed():
    import torch

    x, w = noise(3, 8), maps()
    with pytest.raises(TypeError, match=r"all be torch's or none of them; got Tensor, Tensor, ndarray"):
        multi_head_attention(torch.from_numpy(x), None, *w, 4)
    with pytest.raises(TypeError, match=r"all be torch's"):
        multi_head_attention(x, torch.from_numpy(x), *w, 4)


# ---- what heads look at


def test_entropy_and_distance():
    sharp, even = np.eye(4), np.full((4, 4), 0.25)
    weights = np.stack([sharp, even, np.roll(sharp, -1, 0)])
    assert np.allclose(head_entropy(weights), [0, np.log(4), 0])
    assert np.allclose(head_distance(weights), [0, 1.25, 1.5])
    assert np.allclose(head_entropy(np.stack([weights, weights])), head_entropy(weights))
    assert head_entropy(np.zeros((1, 3, 3))) == 0
    assert np.allclose(head_distance(np.ones((1, 1, 5)) / 5), 2)  # one query, the last of five


def test_previous_token():
    before = np.zeros((5, 5))
    before[np.arange(1, 5), np.arange(4)] = 1
    before[0, 0] = 1
    assert np.allclose(previous_token_score(np.stack([before, np.eye(5), np.full((5, 5), 0.2)])), [1, 0, 0.2])
    assert np.allclose(previous_token_score(before[None, -2:]), 1)  # two queries, the last of five
    with pytest.raises(ValueError, match="one before it"):
        previous_token_score(np.ones((1, 1, 1)))


def test_induction():
    ids = np.array([3, 1, 4, 3, 1, 4])
    perfect = np.eye(6)
    for i, follower in ((3, 1), (4, 2), (5, 3)):
        perfect[i] = np.eye(6)[follower]
    copies = np.eye(6)
    for i in (3, 4, 5):
        copies[i] = np.eye(6)[i - 3]  # looks at the same token, not at the one that followed it
    assert np.allclose(induction_score(np.stack([perfect, copies, np.full((6, 6), 1 / 6)]), ids), [1, 0, 1 / 6])
    both = induction_score(np.stack([np.stack([perfect, copies])] * 2), np.stack([ids, np.array([0, 1, 2, 3, 4, 5])]))
    assert np.allclose(both, [1, 0])  # the second row repeats nothing and does not count
    several = np.zeros((1, 5, 5))
    several[0, :, 1:4:2] = 0.5
    assert np.allclose(induction_score(several, np.array([7, 1, 7, 2, 7])), [(0.5 + 1) / 2])
    for ids, words in ((np.arange(6), "nothing to continue"), (np.zeros(4, int), r"ids \(\.\.\., T\)")):
        with pytest.raises(ValueError, match=words):
            induction_score(perfect[None], ids)
    with pytest.raises(ValueError, match="heads, T, S"):
        head_entropy(perfect)
    for nothing in (np.zeros((0, 2, 3, 3)), np.zeros((2, 0, 3))):
        with pytest.raises(ValueError, match="at least one query and one key"):
            head_entropy(nothing)
    with pytest.raises(ValueError, match="fewer keys"):
        head_entropy(perfect[None, :, :3])


def test_cache_of_published_sizes():
    assert cache_bytes(32, 32, 128) == 512 * 1024
    assert cache_bytes(32, 8, 128) * 4 == cache_bytes(32, 32, 128)
    assert cache_bytes(60, 1, 512, value_width=64) == 69120
    assert cache_bytes(2, 3, 4, tokens=5, bytes_each=1) == 2 * 3 * 8 * 5
    small = [np.int32(number) for number in (80, 64, 128)]  # their product does not fit into 32 bits
    assert cache_bytes(*small, tokens=np.int32(131072)) == 320 * 2**30
    for wrong, words in (({"layers": 0}, "layers must be at least 1"), ({"value_width": -1}, "value_width must be")):
        with pytest.raises(ValueError, match=words):
            cache_bytes(**{"layers": 1, "kv_heads": 1, "width": 1, **wrong})


def test_the_functions_need_no_torch():
    code = "import sys; import groundup.transformers.multi_head_attention; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
