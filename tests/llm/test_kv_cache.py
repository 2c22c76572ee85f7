"""The cache: generation with it is generation without it, also after truncating, reordering and copying."""

import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from groundup.llm.kv_cache import KVCache, QuantizedKVCache, decode_step, quantize_rows
from groundup.transformers.gpt import GPTConfig
from groundup.transformers.multi_head_attention import cache_bytes

sys.path.insert(0, str(Path(__file__).parent))
from small_gpt import MODEL, gpt, greedy, tokens


@pytest.mark.parametrize("batch", [1, 4])
def test_cached_and_uncached_generation_agree_token_for_token(batch):
    prompt = tokens(7, batch)
    cache = KVCache.of(MODEL, batch)
    assert torch.equal(greedy(MODEL, prompt, 30, cache), greedy(MODEL, prompt, 30))
    assert cache.length == 36  # the last token is not run


@given(parts=st.lists(st.integers(1, 9), min_size=1, max_size=5), seed=st.integers(0, 999))
@settings(max_examples=12, deadline=None)
def test_logits_do_not_depend_on_how_the_tokens_are_cut(parts, seed):
    ids, cache = tokens(sum(parts), 2, seed), KVCache.of(MODEL, 2)
    logits = torch.cat([MODEL(part, cache=cache) for part in ids.split(parts, 1)], 1)
    assert torch.allclose(logits, MODEL(ids), atol=2e-5)


def test_keys_of_earlier_positions_do_not_change():
    ids, short, long = tokens(20), KVCache.of(MODEL), KVCache.of(MODEL)
    MODEL(ids[:, :12], cache=short)
    MODEL(ids, cache=long)
    assert torch.allclose(short.keys[..., :12, :], long.keys[..., :12, :], atol=1e-5)
    assert torch.allclose(short.values[..., :12, :], long.values[..., :12, :], atol=1e-5)


@given(keep=st.integers(0, 20), seed=st.integers(0, 999))
@settings(max_examples=12, deadline=None)
def test_after_truncating_it_goes_on_as_if_the_rest_had_never_been(keep, seed):
    cache, other = KVCache.of(MODEL), tokens(6, seed=seed)
    ids = tokens(20, seed=seed + 1)
    MODEL(ids, cache=cache)
    cache.truncate(keep)
    expected = MODEL(torch.cat((ids[:, :keep], other), 1))[:, keep:]
    assert torch.allclose(MODEL(other, cache=cache), expected, atol=2e-5)


@given(rows=st.lists(st.integers(0, 2), min_size=1, max_size=5), seed=st.integers(0, 999))
@settings(max_examples=12, deadline=None)
def test_after_reordering_each_sequence_continues_its_parent(rows, seed):
    ids, cache, new = tokens(9, 3, seed), KVCache.of(MODEL, 3), tokens(4, len(rows), seed + 1)
    MODEL(ids, cache=cache)
    cache.reorder(rows)
    assert cache.batch == len(rows) and cache.length == 9
    expected = MODEL(torch.cat((ids[rows], new), 1))[:, 9:]
    assert torch.allclose(MODEL(new, cache=cache), expected, atol=2e-5)


def test_a_copy_is_independent():
    ids, cache = tokens(10), KVCache.of(MODEL)
    MODEL(ids, cache=cache)
    other = cache.copy()
    MODEL(tokens(5, seed=7), cache=other)  # goes elsewhere
    assert cache.length == 10 and other.length == 15
    other.keys.zero_()
    other.values.zero_()
    new = tokens(2, seed=8)
    assert torch.allclose(MODEL(new, cache=cache), MODEL(torch.cat((ids, new), 1))[:, 10:], atol=2e-5)


def test_padding_on_the_left_changes_nothing():
    ids, pad = tokens(8), 3
    padded = torch.cat((torch.zeros(1, pad, dtype=torch.int64), ids), 1)
    cache, alone = KVCache.of(MODEL), KVCache.of(MODEL)
    expected = MODEL(ids, cache=alone)
    mask = torch.ones(8 + pad, 8 + pad, dtype=torch.bool).tril()
    mask[:, :pad] = False
    positions = (torch.arange(8 + pad) - pad).clamp(min=0)
    assert torch.allclose(MODEL(padded, mask, positions, cache)[:, pad:], expected, atol=1e-5)
    step = torch.ones(1, 9 + pad, dtype=torch.bool)
    step[:, :pad] = False
    one = torch.tensor([[5]])
    assert torch.allclose(MODEL(one, step, torch.tensor([8]), cache), MODEL(one, cache=alone), atol=1e-5)


def test_it_returns_what_was_put_in():
    rng = torch.Generator().manual_seed(0)
    cache = KVCache(2, 3, 4, 10, 5)
    k, v = torch.randn(2, 3, 4, 6, 5, generator=rng), torch.randn(2, 3, 4, 6, 5, generator=rng)
    for part in (slice(0, 1), slice(1, 4), slice(4, 6)):
        for layer in range(2):
            keys, values = cache.update(layer, k[layer, :, :, part], v[layer, :, :, part])
            assert torch.equal(keys, k[layer, :, :, : part.stop]) and torch.equal(values, v[layer, :, :, : part.stop])
        cache.advance(part.stop - part.start)


def test_gradients_do_not_flow_into_the_cache():
    cache = KVCache(1, 1, 1, 4, 2)
    k = torch.ones(1, 1, 2, 2, requires_grad=True)
    keys, _ = cache.update(0, k, k)
    assert not keys.requires_grad and not cache.keys.requires_grad


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_memory_is_the_formula(dtype):
    model = gpt().to(dtype)
    cache = KVCache.of(model, 3, 17)
    assert cache.dtype == dtype
    assert cache.nbytes == cache_bytes(2, 3, 12, tokens=17 * 3, bytes_each=cache.keys.element_size())
    quarter = QuantizedKVCache.of(model, 3, 17)
    assert quarter.nbytes == cache_bytes(2, 3, 12, tokens=17 * 3, bytes_each=1) * (1 + 4 / 12)


def test_grouped_queries_shrink_it():
    class Grouped:
        class config:
            n_layer, n_head, num_key_value_heads, n_embd, n_positions = 2, 8, 2, 64, 16

    assert KVCache.of(Grouped).keys.shape == (2, 1, 2, 16, 8)


def test_int8_keys_and_values_are_near():
    ids, exact, rounded = tokens(30), KVCache.of(MODEL), QuantizedKVCache.of(MODEL)
    expected = MODEL(ids, cache=exact)
    near = torch.cat([MODEL(part, cache=rounded) for part in ids.split(5, 1)], 1)
    error = (near - expected).abs().max() / expected.abs().max()
    assert 1e-5 < error < 0.03
    stored = rounded.keys[0, 0, :, :30] * rounded.key_scales[0, 0, :, :30, None]
    bound = exact.keys[0, 0, :, :30].abs().amax(-1) / 254
    assert bool(((stored - exact.keys[0, 0, :, :30]).abs().amax(-1) <= bound * 1.001).all())  # layer 0: same inputs
    rounded.reorder([0, 0])
    assert rounded.batch == 2 and rounded.key_scales.shape[1] == 2
    rounded.truncate(4)
    other = rounded.copy()
    other.key_scales.zero_()
    assert rounded.key_scales.any()


@given(rows=st.integers(1, 6), columns=st.integers(1, 9), scale=st.floats(1e-20, 1e20), seed=st.integers(0, 999))
@settings(max_examples=12, deadline=None)
def test_rounding_is_off_by_half_a_step_at_most(rows, columns, scale, seed):
    weight = scale * torch.from_numpy(np.random.default_rng(seed).normal(size=(rows, columns)))
    integers, steps = quantize_rows(weight)
    assert integers.dtype == torch.int8 and int(integers.abs().max()) == 127
    assert bool(((integers * steps[:, None] - weight).abs() <= steps[:, None] * 0.5001).all())


def test_rounding_of_zeros_and_nan():
    integers, steps = quantize_rows(torch.zeros(2, 3))
    assert not integers.any() and not steps.any()
    assert quantize_rows(torch.tensor([[1.0, float("nan")]]))[1].isnan().all()


@pytest.mark.parametrize("activation", ["gelu_new", "gelu"])
@pytest.mark.parametrize("bias", [True, False])
def test_the_plain_step_equals_the_model(activation, bias):
    config = GPTConfig(29, 16, 24, 2, 4, n_inner=50, activation_function=activation, bias=bias)
    model = gpt(config).double()
    ids, past = tokens(10, vocabulary=29), None
    expected = model(ids)[0].numpy()
    state = {name: weight.numpy() for name, weight in model.state_dict().items()}
    for position, token in enumerate(ids[0].tolist()):
        logits, past = decode_step(state, config, token, position, past)
        assert np.allclose(logits, expected[position], atol=1e-10)
    assert past[1][0].shape == (4, 10, 6)


def test_what_is_refused():
    cache = KVCache(2, 1, 3, 4, 5)
    k = torch.zeros(1, 3, 2, 5)
    with pytest.raises(ValueError, match="room for 4 positions; 5 are wanted"):
        cache.update(0, k[:, :, :1].expand(1, 3, 5, 5), k[:, :, :1].expand(1, 3, 5, 5))
    with pytest.raises(ValueError, match=r"k must have the shape .*batch 1.*got \(2, 3, 2, 5\)"):
        cache.update(0, k.expand(2, 3, 2, 5), k)
    with pytest.raises(ValueError, match=r"v must have the shape .*got \(1, 3, 2, 4\)"):
        cache.update(0, k, k[..., :4])
    with pytest.raises(ValueError, match="as many positions; got 2 and 1"):
        cache.update(0, k, k[:, :, :1])
    with pytest.raises(TypeError, match=r"float32 like the cache; got torch\.bfloat16"):
        cache.update(0, k.bfloat16(), k)
    with pytest.raises(ValueError, match="4 of 4 positions are free; got 5"):
        cache.advance(5)
    with pytest.raises(TypeError, match="positions must be a whole number"):
        cache.advance(1.0)
    cache.advance(4)
    with pytest.raises(ValueError, match="holds 4 positions; got 5"):
        cache.truncate(5)
    with pytest.raises(ValueError, match="length must be at least 0"):
        cache.truncate(-1)
    for rows in ([1], [-1], [], [[0]], [0.0]):
        with pytest.raises(ValueError, match="rows must be"):
            cache.reorder(rows)
    with pytest.raises(ValueError, match="room must be at least 1"):
        KVCache.of(MODEL, room=0)
    with pytest.raises(ValueError, match="room for 48"):
        greedy(MODEL, tokens(40), 10, KVCache.of(MODEL))
