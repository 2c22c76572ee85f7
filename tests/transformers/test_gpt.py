"""GPT: start, masks and positions, what is refused, loss in chunks, compiled and recomputed, configuration, sizes."""

import math
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from groundup.transformers.gpt import (
    CONFIGS,
    GPT,
    GPTConfig,
    flops_per_token,
    generation_memory,
    parameter_counts,
    training_memory,
)
from groundup.transformers.gpt.attend import attend, halves
from groundup.transformers.gpt.loss import token_loss
from groundup.transformers.gpt.products import ONEDNN, Linear
from groundup.transformers.gpt.start import shapes, start

TINY = GPTConfig(vocab_size=31, n_positions=24, n_embd=16, n_layer=2, n_head=4)


def tiny(seed=0, **changes):
    torch.manual_seed(seed)
    return GPT(replace(TINY, **changes))


def ids_of(batch=2, length=10, vocabulary=31, seed=1):
    return torch.randint(vocabulary, (batch, length), generator=torch.Generator().manual_seed(seed))


def test_a_position_sees_itself_and_the_past_alone():
    model, ids = tiny().double().eval(), ids_of()
    before = model(ids)
    for at in range(10):
        changed = ids.clone()
        changed[:, at] = (changed[:, at] + 1) % 31
        moved = (model(changed) - before).abs().amax((0, 2)) > 0
        assert not moved[:at].any() and moved[at:].all()


def test_the_default_mask_and_positions_may_be_given():
    model, ids = tiny().double().eval(), ids_of()
    causal = torch.ones(10, 10, dtype=torch.bool).tril()
    for mask in (causal, causal.expand(2, 1, 10, 10), causal.expand(2, 4, 10, 10)):
        assert torch.allclose(model(ids, mask), model(ids), atol=1e-12)
    for positions in (torch.arange(10), torch.arange(10).expand(2, 10)):
        assert torch.equal(model(ids, positions=positions), model(ids))
    assert not torch.allclose(model(ids, positions=torch.arange(5, 15)), model(ids))
    assert torch.allclose(model(ids, last_only=True), model(ids)[:, -1:], atol=1e-12)


def test_padding_on_the_left_changes_nothing_where_mask_and_positions_say_so():
    model, ids = tiny().double().eval(), ids_of(1, 7)
    padded = torch.cat([torch.full((1, 3), 30), ids], dim=1)
    real = torch.arange(10) >= 3
    mask = torch.ones(10, 10, dtype=torch.bool).tril() & real
    positions = (torch.arange(10) - 3).clamp(0)
    assert torch.allclose(model(padded, mask, positions)[:, 3:], model(ids), atol=1e-12)


def test_a_position_that_may_look_at_nothing_reads_zeros():
    model, ids = tiny().eval(), ids_of(1, 4)
    mask = torch.ones(4, 4, dtype=torch.bool).tril()
    mask[0] = False
    seen = []
    hook = model.h[0].attn.c_proj.register_forward_hook(lambda _, given, out: seen.append(given[0]))
    assert model(ids, mask).isfinite().all()
    hook.remove()
    assert not seen[0][0, 0].any() and seen[0][0, 1:].any()


def test_the_start_is_gpt2s():
    torch.manual_seed(3)
    model = GPT(replace(CONFIGS["mini"], vocab_size=500))
    residual = 0.02 / math.sqrt(12)
    for name, p in model.named_parameters():
        if p.ndim == 1:
            assert (p == (1.0 if name.endswith("weight") else 0.0)).all(), name
            continue
        std = residual if name.endswith("c_proj.weight") else 0.02
        error = 4 / math.sqrt(2 * p.numel())  # four standard errors of a sample's standard deviation
        assert abs(p.std() / std - 1) < error and abs(p.mean()) < 4 * std / math.sqrt(p.numel()), name
        assert 2.6 < (p.flatten()[:5000] / std).double().pow(4).mean() < 3.4, name  # a normal's fourth moment is 3
    arrays = start(model.config, np.random.default_rng(0))
    assert {n: v.shape for n, v in arrays.items()} == {n: tuple(p.shape) for n, p in model.named_parameters()}
    assert abs(arrays["h.3.mlp.c_proj.weight"].std() / residual - 1) < 0.02
    assert list(arrays) == [name for name, _ in shapes(model.config)] == list(model.state_dict())


def test_first_loss_is_that_of_guessing():
    model, ids = GPT(CONFIGS["nano"]).eval(), ids_of(8, 64, 65)
    assert abs(model.loss(ids[:, :-1], ids[:, 1:]).item() - math.log(65)) < 0.05


@pytest.mark.parametrize("rate", ["resid_pdrop", "embd_pdrop", "attn_pdrop"])
def test_dropout_acts_at_its_place_and_only_in_training(rate):
    off = {"resid_pdrop": 0.0, "embd_pdrop": 0.0, "attn_pdrop": 0.0}
    model, ids = tiny(**{**off, rate: 0.5}), ids_of()
    assert not torch.equal(model(ids), model(ids))
    model.eval()
    assert torch.equal(model(ids), model(ids))
    plain = tiny(**off)
    plain.load_state_dict(model.state_dict())
    assert torch.equal(plain(ids), model(ids))


def test_dropout_counts():
    torch.manual_seed(0)
    model = GPT(replace(TINY, n_positions=1000, embd_pdrop=0.3, resid_pdrop=0.6, attn_pdrop=0.0))
    kept = {}
    for name in ("drop", "h.0.attn.resid", "h.1.mlp.resid"):
        module = model.get_submodule(name)
        module.register_forward_hook(lambda _, given, out, name=name: kept.update({name: (out != 0).float().mean()}))
    model(ids_of(4, 1000))
    assert abs(kept["drop"] - 0.7) < 0.01
    assert abs(kept["h.0.attn.resid"] - 0.4) < 0.01 and abs(kept["h.1.mlp.resid"] - 0.4) < 0.01


@pytest.mark.parametrize("chunk", [1, 7, 20, 1000])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_loss_in_chunks_is_the_same_loss(chunk, dtype):
    model, ids = tiny().to(dtype).eval(), ids_of(2, 11)
    targets = ids[:, 1:].clone()
    targets[0, :4] = -100
    whole = model.loss(ids[:, :-1], targets)
    parts = model.loss(ids[:, :-1], targets, chunk=chunk)
    expected = F.cross_entropy(model(ids[:, :-1]).flatten(0, 1), targets.flatten())
    tolerance = 1e-12 if dtype == torch.float64 else 2e-6
    assert abs(whole - expected) < tolerance and abs(parts - expected) < tolerance
    wanted = torch.autograd.grad(3 * whole, list(model.parameters()))
    got = torch.autograd.grad(3 * parts, list(model.parameters()))
    assert all(torch.allclose(a, b, atol=tolerance) for a, b in zip(got, wanted, strict=True))


def test_loss_in_chunks_where_little_is_asked():
    x, weight, y = torch.randn(6, 4, dtype=torch.float64), torch.randn(9, 4, dtype=torch.float64), torch.arange(6)
    assert torch.autograd.gradcheck(lambda x: token_loss(x, weight, y, chunk=4), x.clone().requires_grad_())
    assert torch.autograd.gradcheck(lambda w: token_loss(x, w, y, chunk=4), weight.clone().requires_grad_())
    with torch.no_grad():
        assert abs(token_loss(x, weight, y, chunk=4) - token_loss(x, weight, y)) < 1e-12
    assert (
        token_loss(x, weight, torch.full((6,), -100), chunk=4).isnan()
        == token_loss(x, weight, torch.full((6,), -100)).isnan()
    )
    assert abs(token_loss(x, weight, y, ignore_index=2, chunk=1) - token_loss(x, weight, y, ignore_index=2)) < 1e-12
    with pytest.raises(ValueError, match="chunk must be at least 1; got 0"):
        token_loss(x, weight, y, chunk=0)


def test_loss_in_chunks_under_autocast():
    model, ids = tiny().eval(), ids_of(2, 11)
    with torch.autocast("cpu", torch.bfloat16):
        whole, parts = (model.loss(ids[:, :-1], ids[:, 1:], chunk=c) for c in (None, 6))
    assert abs(whole - parts) < 2e-2
    parts.backward()
    assert model.wte.weight.grad.dtype == torch.float32


def test_halves_is_causal_attention():
    torch.manual_seed(0)
    for T in (1, 2, 5, 64):
        q, k, v = (torch.randn(2, 3, T, 8, dtype=torch.float64, requires_grad=True) for _ in range(3))
        got, wanted = halves(q, k, v), F.scaled_dot_product_attention(q, k, v, is_causal=True)
        assert torch.allclose(got, wanted, atol=1e-12)
        g = torch.randn_like(got)
        both = [torch.autograd.grad(out, (q, k, v), g) for out in (got, wanted)]
        assert all(torch.allclose(a, b, atol=1e-12) for a, b in zip(*both, strict=True))


def test_bfloat16_attention_stays_near_float32():
    torch.manual_seed(0)
    exact = [torch.randn(2, 3, 128, 16, requires_grad=True) for _ in range(3)]
    rounded = [x.detach().bfloat16().requires_grad_() for x in exact]
    g = torch.randn(2, 3, 128, 16)
    a = torch.autograd.grad(attend(*exact), exact, g)
    b = torch.autograd.grad(attend(*rounded), rounded, g.bfloat16())
    assert all((x - y).norm() / x.norm() < 0.02 for x, y in zip(a, b, strict=True))


@pytest.mark.skipif(ONEDNN is None, reason="no oneDNN operator in this torch")
@pytest.mark.parametrize("bias", [True, False])
def test_linear_by_onednn_is_torchs(bias):
    torch.manual_seed(0)
    layer = Linear(256, 1024, bias)
    x = torch.randn(4, 160, 256).transpose(0, 1).requires_grad_()
    assert layer._by_onednn(x) and not layer._by_onednn(x[:4]) and not layer._by_onednn(x.double())
    g = torch.randn(160, 4, 1024)
    wanted, got = F.linear(x, layer.weight, layer.bias), layer(x)
    assert torch.allclose(got, wanted, atol=1e-5)
    inputs = [x, *layer.parameters()]
    for a, b in zip(torch.autograd.grad(got, inputs, g), torch.autograd.grad(wanted, inputs, g), strict=True):
        assert (a - b).norm() / b.norm() < 1e-6
    with torch.autocast("cpu", torch.bfloat16):
        assert layer(x).dtype == torch.bfloat16
    with torch.no_grad():
        assert not layer._by_onednn(x)


def test_a_compiled_model_is_one_graph_with_the_same_numbers():
    model, ids = tiny(resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0), ids_of()
    compiled = torch.compile(model, backend="aot_eager", fullgraph=True)
    assert torch.allclose(compiled(ids), model(ids), atol=1e-6)
    compiled(ids).square().sum().backward()
    got = [p.grad.clone() for p in model.parameters()]
    model.zero_grad()
    model(ids).square().sum().backward()
    assert all(torch.allclose(a, p.grad, atol=1e-5) for a, p in zip(got, model.parameters(), strict=True))


def test_recomputing_saves_memory_and_changes_nothing():
    model, ids, kept = tiny(), ids_of(), []
    for recompute in (False, True):
        model.recompute = recompute
        torch.manual_seed(5)  # for dropout, which must fall the same way again in the backward pass
        sizes = []
        with torch.autograd.graph.saved_tensors_hooks(lambda t, sizes=sizes: sizes.append(t.numel()) or t, lambda t: t):
            loss = model.loss(ids[:, :-1], ids[:, 1:])
        kept.append((sum(sizes), torch.autograd.grad(loss, list(model.parameters()))))
    assert kept[1][0] < kept[0][0] / 2
    assert all(torch.equal(a, b) for a, b in zip(kept[0][1], kept[1][1], strict=True))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda m: m(torch.zeros(1, 25, dtype=torch.long)), ValueError, "room for 24 positions; got 25"),
        (lambda m: m(torch.zeros(1, 0, dtype=torch.long)), ValueError, r"T at least 1; got \(1, 0\)"),
        (lambda m: m(torch.zeros(5, dtype=torch.long)), ValueError, r"shape \(B, T\).*got \(5,\)"),
        (lambda m: m(torch.zeros(1, 5)), TypeError, "ids must be whole numbers.*float32"),
        (lambda m: m(torch.ones(1, 5, dtype=torch.bool)), TypeError, "ids must be whole numbers.*bool"),
        (lambda m: m(torch.ones(1, 5, dtype=torch.uint8)), TypeError, "ids must be whole numbers.*uint8"),
        (lambda m: m([[1, 2]]), TypeError, "ids must be a tensor of torch.int64; got list"),
        (lambda m: m(torch.ones(1, 2).long(), positions=[0, 1]), TypeError, "positions must be a tensor.*list"),
        (lambda m: m(torch.tensor([[1, 31]])), IndexError, r"ids must lie in 0 \.\.\. 30; got 1 \.\.\. 31"),
        (lambda m: m(torch.tensor([[-1, 3]])), IndexError, r"ids must lie in 0 \.\.\. 30; got -1 \.\.\. 3"),
        (lambda m: m(ids_of(), positions=torch.arange(20, 30)), IndexError, r"positions must lie in 0 \.\.\. 23"),
        (
            lambda m: m(ids_of(), positions=torch.arange(9)),
            ValueError,
            r"positions must have shape \(10,\) or \(2, 10\)",
        ),
        (lambda m: m(ids_of(), positions=torch.zeros(10)), TypeError, "positions must be whole"),
        (lambda m: m(ids_of(), torch.ones(10, 9, dtype=torch.bool)), ValueError, r"\(2, 4, 10, 10\); got \(10, 9\)"),
        (lambda m: m(ids_of(), torch.ones(3, 1, 10, 10, dtype=torch.bool)), ValueError, "broadcastable"),
        (lambda m: m(ids_of(), torch.ones(1, 2, 1, 10, 10, dtype=torch.bool)), ValueError, "broadcastable"),
        (lambda m: m(ids_of(), torch.ones(10, 10)), TypeError, "mask must be bool"),
        (lambda m: m.loss(ids_of(), ids_of()[:, 1:]), ValueError, r"shape of ids, \(2, 10\); got \(2, 9\)"),
    ],
)
def test_what_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call(tiny().eval())


def test_other_whole_numbers_and_an_empty_batch():
    model = tiny().eval()
    assert torch.equal(model(ids_of().int()), model(ids_of()))
    assert model(torch.zeros(0, 5, dtype=torch.long)).shape == (0, 5, 31)


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"n_head": 5}, ValueError, "n_head must divide n_embd, 16; got 5"),
        ({"n_layer": 0}, ValueError, "n_layer must be at least 1"),
        ({"vocab_size": 3.0}, TypeError, "vocab_size must be a whole number"),
        ({"n_inner": 0}, ValueError, "n_inner"),
        ({"activation_function": "swish"}, ValueError, "activation_function must be one of"),
        ({"attn_pdrop": 1.0}, ValueError, "attn_pdrop"),
        ({"layer_norm_epsilon": 0.0}, ValueError, "layer_norm_epsilon"),
    ],
)
def test_configurations_that_are_refused(changes, error, message):
    with pytest.raises(error, match=message):
        replace(TINY, **changes)


# Radford et al. 2019, table 2, with the sizes that were corrected later on github.com/openai/gpt-2
PUBLISHED = {"small": 124_439_808, "medium": 354_823_168, "large": 774_030_080, "xl": 1_557_611_200}


@pytest.mark.parametrize("name", sorted(PUBLISHED))
def test_published_sizes(name):
    with torch.device("meta"):
        model = GPT(CONFIGS[name])
    assert model.parameters_count() == sum(parameter_counts(CONFIGS[name]).values()) == PUBLISHED[name]


@given(layers=st.integers(1, 3), heads=st.integers(1, 3), width=st.integers(1, 4), inner=st.none() | st.integers(1, 9),
       vocabulary=st.integers(1, 9), room=st.integers(1, 9), bias=st.booleans())  # fmt: skip
@settings(max_examples=25, deadline=None)
def test_parameters_are_counted_part_by_part(layers, heads, width, inner, vocabulary, room, bias):
    sizes = {"n_layer": layers, "n_head": heads, "n_embd": heads * width, "vocab_size": vocabulary}
    model = GPT(GPTConfig(**sizes, n_positions=room, n_inner=inner, bias=bias))
    assert sum(parameter_counts(model.config).values()) == model.parameters_count()


def test_operations_are_those_that_torch_counts():
    from torch.utils.flop_counter import FlopCounterMode

    config = replace(CONFIGS["nano"], attn_pdrop=0.0)
    model, ids = GPT(config).eval(), ids_of(2, 64, 65)
    with torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        model(ids)
    whole = counter.get_total_flops() / ids.numel()  # the products of a head are computed for every pair of places
    halved = 2 * config.n_layer * config.n_embd * (64 - 1)
    assert whole == pytest.approx(flops_per_token(config, 64, training=False) + halved)


def test_conventions_differ_by_what_they_say():
    c, T = CONFIGS["small"], 1024
    flops = {kind: flops_per_token(c, T, convention=kind) for kind in ("exact", "kaplan", "palm", "chinchilla")}
    blocks = 12 * 12 * 768**2
    assert flops["kaplan"] == 6 * blocks + 6 * 12 * T * 768
    assert flops["palm"] == 6 * PUBLISHED["small"] + 12 * 12 * 12 * 64 * T
    assert flops["exact"] == 6 * (blocks + 50257 * 768) + 6 * 12 * 768 * (T + 1)
    assert flops["chinchilla"] == 3 * (2 * blocks + 4 * 50257 * 768 + 12 * (4 * 768 * T + 3 * 12 * T))
    assert flops_per_token(c, T, training=False) * 3 == flops["exact"]
    with pytest.raises(ValueError, match="convention must be one of"):
        flops_per_token(c, convention="6N")


@pytest.mark.parametrize("sizes", [{}, {"vocab_size": 2000}, {"n_layer": 8}])
def test_activations_are_those_that_are_kept(sizes):
    config = replace(CONFIGS["nano"], resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0, **sizes)
    model, ids = GPT(config), ids_of(4, 64, 65)
    weights = {p.data_ptr() for p in model.parameters()}
    seen = {}

    def keep(t):
        if t.data_ptr() not in weights and t.untyped_storage().data_ptr() not in weights:
            seen[t.untyped_storage().data_ptr()] = (t.untyped_storage().nbytes(), t)
        return t

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda t: t):
        model.loss(ids, ids)
    measured = sum(size for size, _ in seen.values())
    assert training_memory(config, 4, 64)["activations"] == pytest.approx(measured, rel=0.12)


def test_memory_of_generation():
    memory = generation_memory(CONFIGS["small"], batch=2, length=100, width=2)
    assert memory == {"weights": 2 * PUBLISHED["small"], "cache": 2 * 2 * 100 * 2 * 12 * 768}
    full = training_memory(CONFIGS["small"], 1)
    assert full["weights"] + full["gradients"] + full["optimizer"] == 16 * PUBLISHED["small"]
    assert training_memory(CONFIGS["small"], 1, autocast=True)["activations"] < full["activations"]
    with pytest.raises(ValueError, match="batch must be at least 1; got -1"):
        generation_memory(CONFIGS["small"], -1)


def test_groups_for_weight_decay():
    model = tiny()
    decaying, rest = model.decay_groups(0.3)
    assert (decaying["weight_decay"], rest["weight_decay"]) == (0.3, 0.0)
    assert all(p.ndim == 2 for p in decaying["params"]) and all(p.ndim == 1 for p in rest["params"])
    assert len(decaying["params"]) + len(rest["params"]) == len(list(model.parameters()))
    names = {id(p): n for n, p in model.named_parameters()}
    assert {"wte.weight", "wpe.weight", "h.0.attn.c_attn.weight"} <= {names[id(p)] for p in decaying["params"]}


def test_a_tied_matrix_learns_from_both_of_its_uses():
    model, ids = tiny().double().eval(), ids_of(1, 6)
    unused = next(t for t in range(31) if t not in ids)
    model.loss(ids[:, :-1], ids[:, 1:]).backward()
    assert model.wte.weight.grad[unused].any()  # as a last layer, every row is pushed down


def test_configurations_can_be_read_without_torch():
    code = (
        "import sys; from groundup.transformers.gpt import CONFIGS, flops_per_token; assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
