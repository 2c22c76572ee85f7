"""The compiled decoder: the model's logits and tokens for every shape, format and cache, and what it refuses."""

import math
import sys
import threading
import types
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from groundup.llm.kv_cache import CompiledGPT, KVCache, PrefixCache, QuantizedKVCache, WindowCache, decode_step
from groundup.llm.kv_cache import _decoder_kernels as kernels
from groundup.llm.kv_cache.weights import Weights, dense
from groundup.transformers.gpt import GPTConfig

sys.path.insert(0, str(Path(__file__).parent))
from small_gpt import MODEL, gpt, greedy, tokens

FORMATS = ["float32", "bfloat16", "int8"]
COMPILED = {kind: CompiledGPT(MODEL, kind) for kind in FORMATS}


def stepwise(model, ids, cache=None):
    """Logits of all positions, one step a position."""
    cache = model.new_cache(len(ids)) if cache is None else cache
    return torch.cat([model(ids[:, t : t + 1], cache=cache) for t in range(ids.shape[1])], 1)


def rounded(model, kind):
    """The model with the weights that the format stands for."""
    w, state = Weights.of(model, kind), model.state_dict()
    names = {"qkv": "attn.c_attn", "out": "attn.c_proj", "up": "mlp.c_fc", "down": "mlp.c_proj"}
    for part, name in names.items():
        matrices = dense(getattr(w, part), getattr(w, f"{part}_scale"), w.shift)
        for layer, matrix in enumerate(matrices):
            state[f"h.{layer}.{name}.weight"] = matrix
    state["wte.weight"] = dense(w.tokens, w.tokens_scale, w.shift)[0]
    other = type(model)(model.config).eval().requires_grad_(False)
    other.load_state_dict(state)
    return other


@given(
    heads=st.integers(1, 4), width=st.integers(1, 9), layers=st.integers(1, 2), inner=st.integers(1, 40),
    vocabulary=st.integers(2, 40), activation=st.sampled_from(["gelu_new", "gelu"]), bias=st.booleans(),
    seed=st.integers(0, 999),
)  # fmt: skip
@settings(max_examples=15, deadline=None)
def test_the_step_equals_plain_numpy_for_all_sizes(heads, width, layers, inner, vocabulary, activation, bias, seed):
    config = GPTConfig(vocabulary, 12, heads * width, layers, heads, inner, activation, bias=bias)
    model, past = gpt(config, seed), None
    ids = tokens(8, seed=seed, vocabulary=vocabulary)
    state = {name: weight.double().numpy() for name, weight in model.state_dict().items()}
    logits = stepwise(CompiledGPT(model), ids)[0].numpy()
    for position, token in enumerate(ids[0].tolist()):
        expected, past = decode_step(state, config, token, position, past)
        assert np.abs(logits[position] - expected).max() < 2e-4 * max(1, np.abs(expected).max())


@pytest.mark.parametrize("kind", FORMATS)
def test_steps_and_blocks_agree_with_the_model_of_rounded_weights(kind):
    ids, compiled = tokens(20), COMPILED[kind]
    expected = rounded(MODEL, kind)(ids)
    tolerance = 3e-5 * expected.abs().max()
    assert (stepwise(compiled, ids) - expected).abs().max() < (100 if kind == "int8" else 1) * tolerance
    assert (compiled(ids) - expected).abs().max() < tolerance
    assert (compiled(ids, last_only=True) - expected[:, -1:]).abs().max() < (10 if kind == "int8" else 1) * tolerance
    floats = CompiledGPT(MODEL, "int8", activations="float32")
    assert kind != "int8" or (stepwise(floats, ids) - expected).abs().max() < tolerance


@pytest.mark.parametrize("kind, error", [("float32", 1e-5), ("bfloat16", 0.05), ("int8", 0.1)])
def test_rounding_the_weights_costs_little(kind, error):
    ids = tokens(30)
    expected = MODEL(ids)
    found = (stepwise(COMPILED[kind], ids) - expected).abs().max() / expected.abs().max()
    assert found < error and (kind == "float32" or found > 1e-4)


@pytest.mark.parametrize("batch", [1, 2, 9])
def test_float32_generates_the_same_tokens(batch):
    prompt, model = tokens(7, batch), COMPILED["float32"]
    assert torch.equal(greedy(model, prompt, 40, model.new_cache(batch)), greedy(MODEL, prompt, 40))


@pytest.mark.parametrize("kind", FORMATS)
def test_cached_and_uncached_generation_agree(kind):
    prompt, model = tokens(7), COMPILED[kind]
    cached = greedy(model, prompt, 20, model.new_cache())
    if kind == "int8":  # blocks do not round activations
        assert (model(cached) - stepwise(model, cached)).abs().max() < 0.003 * model(cached).abs().max()
    else:
        assert torch.equal(cached, greedy(model, prompt, 20))


def test_the_caches_work_here_too():
    model, ids, new = COMPILED["float32"], tokens(10, 2), tokens(1, 3, 4)
    cache = model.new_cache(2)
    model(ids, cache=cache)
    cache.truncate(6)
    cache.reorder([1, 0, 1])
    assert torch.allclose(model(new, cache=cache), MODEL(torch.cat((ids[[1, 0, 1], :6], new), 1))[:, -1:], atol=2e-5)
    cache.reorder([2, 0])
    two = tokens(2, 2, 6)
    expected = MODEL(torch.cat((ids[[1, 1], :6], new[[2, 0]], two), 1))[:, -2:]
    assert torch.allclose(stepwise(model, two, cache), expected, atol=2e-5)

    ring, full = WindowCache.of(model, 1, 8, sinks=2), WindowCache.of(MODEL, 1, 8, sinks=2)
    for token in tokens(30).split(1, 1):
        mine, other = model(token, cache=ring), MODEL(token, cache=full)
        assert torch.allclose(mine, other, atol=2e-5)

    small = QuantizedKVCache.of(model)
    assert torch.allclose(stepwise(model, ids[:1], small), MODEL(ids[:1]), atol=0.3)
    assert small.length == 10

    prefixes = PrefixCache(10**6)
    prefixes.store(ids[0, :6], _filled(model, ids[:1, :6]))
    started = prefixes.start(model, ids[0])
    assert started.length == 6
    assert torch.allclose(model(ids[:1, 6:], cache=started), MODEL(ids[:1])[:, 6:], atol=2e-5)


def _filled(model, ids):
    cache = KVCache.of(model)
    model(ids, cache=cache)
    return cache


def test_masks_and_positions_are_obeyed():
    model, ids = COMPILED["float32"], tokens(9, 2)
    mask = torch.rand(2, 1, 9, 9, generator=torch.Generator().manual_seed(0)) < 0.5
    mask = mask.tril() | torch.eye(9, dtype=torch.bool)
    positions = torch.randint(0, 48, (2, 9), generator=torch.Generator().manual_seed(1))
    assert torch.allclose(model(ids, mask, positions), MODEL(ids, mask, positions), atol=2e-5)
    cache, other = model.new_cache(2), KVCache.of(MODEL, 2)
    for t in range(4):
        at = positions[:, t : t + 1]
        mine, expected = (m(ids[:, t : t + 1], positions=at, cache=c) for m, c in ((model, cache), (MODEL, other)))
        assert torch.allclose(mine, expected, atol=2e-5)
    step = torch.tensor([[True, False, True, False, True]])
    mine, expected = (m(ids[:, :1], step, cache=c) for m, c in ((model, cache), (MODEL, other)))
    assert torch.allclose(mine, expected, atol=2e-5)


def test_memory_halves_and_quarters():
    config = GPTConfig(50, 8, 256, 2, 4)
    sizes = [CompiledGPT(gpt(config), kind).nbytes for kind in FORMATS]
    assert 1.9 < sizes[0] / sizes[1] < 2 and 3.7 < sizes[0] / sizes[2] < 4


def test_the_weights_are_copies():
    model = gpt()
    compiled = CompiledGPT(model)
    before = stepwise(compiled, tokens(3))
    for weight in model.parameters():
        weight.zero_()
    assert torch.equal(stepwise(compiled, tokens(3)), before)


def test_nan_is_not_swallowed():
    for kind in FORMATS:
        model = gpt()
        model.h[1].mlp.c_fc.bias[3] = math.nan
        compiled = CompiledGPT(model, kind)
        assert stepwise(compiled, tokens(2)).isnan().all() and compiled(tokens(2)).isnan().all()
    model = gpt()
    model.h[0].attn.c_attn.bias[0] = math.nan  # of a query: the softmax of one head
    assert stepwise(CompiledGPT(model), tokens(2)).isnan().all()


def test_zeros_give_zeros():
    model = gpt()
    for weight in model.parameters():
        weight.zero_()
    for kind in FORMATS:
        assert not stepwise(CompiledGPT(model, kind), tokens(3)).any()


def test_calls_of_several_threads_do_not_mix():
    model, prompts = COMPILED["float32"], [tokens(5, seed=seed) for seed in range(4)]
    expected = [greedy(model, prompt, 25, model.new_cache()) for prompt in prompts]
    found = {}

    def run(i):
        found[i] = greedy(model, prompts[i], 25, model.new_cache())

    threads = [threading.Thread(target=run, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(torch.equal(found[i], expected[i]) for i in range(4))


def test_the_exponential_is_exact_to_two_units():
    x = np.concatenate([np.linspace(-86, 88, 20001), [0.0, -0.0, 1e-30, -1e-30]]).astype(np.float32)
    found = np.array([kernels.exponential(v) for v in x], np.float64)
    exact = np.exp(x.astype(np.float64))
    assert np.abs(found / exact - 1).max() < 2.5e-7
    assert kernels.exponential(np.float32(-1e30)) < 2e-38 and np.isnan(kernels.exponential(np.float32(math.nan)))


@pytest.mark.parametrize("index, name, tolerance", [(0, "tanh", 4e-7), (1, "none", 4e-7)])
def test_activations_are_torch_s(index, name, tolerance):
    x = np.concatenate([np.linspace(-12, 12, 4001), [-1e4, 1e4, -1e30, 1e30]]).astype(np.float32)
    found = x.copy()
    kernels.activate(found, x.size, index)
    exact = torch.nn.functional.gelu(torch.from_numpy(x).double(), approximate=name).numpy()
    assert (np.abs(found - exact) / np.maximum(1, np.abs(exact))).max() < tolerance
    kernels.activate(x, x.size, 2)
    assert x.min() == 0


@pytest.mark.parametrize("n", [1, 7, 384, 3072, 20000])
def test_integer_sums_cannot_overflow(n):
    integers = np.zeros(n, np.int16)
    unit = kernels.to_integers(np.full(n, -3.7, np.float32), n, integers)
    assert abs(int(integers[0])) * 127 * n < 2**31
    assert abs(integers[0] * unit + 3.7) < 1e-5
    out = np.zeros(1, np.float32)
    row = np.full((1, n), -127, np.int8)
    kernels.bytes_by_integers(row, np.ones(1, np.float32), np.zeros(1, np.float32), integers, unit, out)
    assert abs(out[0] / (127 * n * 3.7) - 1) < 1e-5


def test_what_is_refused():
    model = COMPILED["float32"]
    for bad in (61, -1):
        with pytest.raises(IndexError, match=r"ids must lie in 0 \.\.\. 60; got"):
            model(torch.tensor([[3, bad]]))
        with pytest.raises(IndexError, match=rf"ids must lie in 0 \.\.\. 60; got {bad} \.\.\. {bad}"):
            model(torch.tensor([[bad]]), cache=model.new_cache())
    for bad in (48, -1):
        with pytest.raises(IndexError, match=r"positions must lie in 0 \.\.\. 47"):
            model(tokens(1), positions=torch.tensor([bad]), cache=model.new_cache())
    with pytest.raises(ValueError, match=r"positions must have shape \(1,\) or \(1, 1\); got \(2,\)"):
        model(tokens(1), positions=torch.tensor([0, 1]), cache=model.new_cache())
    with pytest.raises(TypeError, match=r"ids must be whole numbers.*float32"):
        model(torch.tensor([[1.0]]))
    with pytest.raises(ValueError, match=r"ids must have shape \(B, T\).*got \(3,\)"):
        model(torch.tensor([1, 2, 3]))
    with pytest.raises(ValueError, match=r"got \(1, 0\)"):
        model(tokens(0))
    with pytest.raises(ValueError, match="context has room for 48 positions; got 49"):
        model(tokens(49))
    with pytest.raises(ValueError, match="cache is for 2 sequences; got ids of 1"):
        model(tokens(1), cache=model.new_cache(2))
    for layers, heads, width in ((1, 3, 12), (2, 2, 12), (2, 3, 13)):
        with pytest.raises(ValueError, match="the cache must have layers, heads and width"):
            model(tokens(1), cache=KVCache(layers, 1, heads, 48, width))
    with pytest.raises(TypeError, match=r"mask must be bool.*float32"):
        model(tokens(3), mask=torch.zeros(1, 1, 3, 3))
    cache = model.new_cache(room=3)
    model(tokens(3), cache=cache)
    with pytest.raises(ValueError, match="room for 3 positions; 4 are wanted"):
        model(tokens(1), cache=cache)
    with pytest.raises(ValueError, match="weights must be one of 'float32', 'bfloat16', 'int8'; got 'int4'"):
        CompiledGPT(MODEL, "int4")
    with pytest.raises(ValueError, match="activations must be one of"):
        CompiledGPT(MODEL, "int8", "int4")
    odd = gpt()
    odd.config = types.SimpleNamespace(activation_function="swish")
    with pytest.raises(ValueError, match="activation_function must be one of"):
        CompiledGPT(odd)
