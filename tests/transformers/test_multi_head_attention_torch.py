"""The torch modules: one result by several ways, masks, sharing, caches, positions, derivatives, errors."""

import numpy as np
import pytest

from groundup.proofs.transformers.multi_head_attention import ListCache
from groundup.transformers.multi_head_attention import (
    LatentAttention,
    MultiHeadAttention,
    head_entropy,
    multi_head_attention,
)
from groundup.transformers.self_attention import alibi_bias, rope_tables

torch = pytest.importorskip("torch")

M, H, B, T, S = 12, 6, 2, 5, 4


def noise(*shape, dtype=torch.float64, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def layer(kv_heads=None, seed=3, **settings):
    torch.manual_seed(seed)
    made = MultiHeadAttention(M, H, kv_heads, **settings).double()
    with torch.no_grad():
        for p in made.parameters():
            if p.ndim == 1:
                p.normal_()
    return made


def masks():
    by_head = noise(B, H, T, T) > -0.5
    by_head[0, 1, 2] = False  # one query of one head sees nothing
    length = torch.tensor([3, 5])
    return {"none": None, "one": noise(T, T) > 0, "padding": torch.arange(T) < length[:, None, None, None],
            "by head": by_head, "nothing": torch.zeros(T, T, dtype=torch.bool)}  # fmt: skip


@pytest.mark.parametrize("mask", ["none", "one", "padding", "by head", "nothing"])
@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("kv_heads", [None, 2, 1])
@pytest.mark.parametrize("positions", ["none", "rope", "alibi"])
def test_plain_fused_and_tiled_are_one(mask, causal, kv_heads, positions):
    module = layer(kv_heads, positions=positions)
    allowed, found = masks()[mask], {}
    for kind in ("plain", "fused", "tiled"):
        module.attention = kind
        x = noise(B, T, M).requires_grad_()
        out = module(x, mask=allowed, causal=causal)
        grads = torch.autograd.grad((out * noise(B, T, M, seed=8)).sum(), [x, *module.parameters()])
        found[kind] = [out, *grads]
    for one, other, third in zip(*found.values(), strict=True):
        torch.testing.assert_close(one, other)
        torch.testing.assert_close(one, third)
    with_weights = module(noise(B, T, M), mask=allowed, causal=causal, need_weights=True)
    torch.testing.assert_close(with_weights[0], found["fused"][0])


def test_who_sees_nothing_reads_zeros_and_gets_no_gradient():
    for kind in ("plain", "fused"):
        module, allowed = layer(attention=kind), masks()["by head"]
        x = noise(B, T, M).requires_grad_()
        out, weights = module(x, mask=torch.zeros(T, T, dtype=torch.bool), need_weights=True)
        assert torch.equal(out, module.out_proj.bias.expand_as(out)) and not weights.any()
        assert torch.equal(module(x, mask=torch.zeros(1, 1, 1, T, dtype=torch.bool)), out)
        module(x, mask=allowed).sum().backward()
        assert all(p.grad.isfinite().all() for p in (x, *module.parameters()))


def test_the_module_is_the_function():
    for kv_heads in (6, 3, 1):
        module, x, memory = layer(kv_heads), noise(B, T, M), noise(B, S, M, seed=1)
        shared = 2 * kv_heads
        w = [m.detach().numpy().T for m in module.in_proj_weight.split((M, shared, shared))]
        b = [v.detach().numpy() for v in module.in_proj_bias.split((M, shared, shared))]
        w_o, b_o = module.out_proj.weight.detach().numpy().T, module.out_proj.bias.detach().numpy()
        for m in (None, memory):
            out, weights = module(x, m, need_weights=True)
            other = None if m is None else m.numpy()
            expected = multi_head_attention(x.numpy(), other, *w, w_o, H, kv_heads, biases=(*b, b_o))
            assert np.allclose(out.detach(), expected[0]) and np.allclose(weights.detach(), expected[1])


def test_shared_heads_are_heads_with_equal_weights():
    grouped = layer(2)
    full = layer()

    def tripled(rows):
        return rows.unflatten(0, (2, 1, 2)).expand(2, 3, 2, *rows.shape[1:]).reshape(M, *rows.shape[1:])

    state = dict(grouped.state_dict())
    for name in ("in_proj_weight", "in_proj_bias"):
        q, k, v = state[name].split((M, 4, 4))
        state[name] = torch.cat([q, tripled(k), tripled(v)])
    full.load_state_dict(state)
    torch.testing.assert_close(full(noise(B, T, M), causal=True), grouped(noise(B, T, M), causal=True))
    assert sum(p.numel() for p in grouped.parameters()) < sum(p.numel() for p in full.parameters())


@pytest.mark.parametrize("kind", ["plain", "fused"])
@pytest.mark.parametrize("positions", ["none", "rope", "alibi"])
def test_a_cache_with_padding_on_the_left(kind, positions):
    module = layer(3, attention=kind, positions=positions)
    x, allowed = noise(B, 7, M), torch.ones(B, 1, 1, 7, dtype=torch.bool)
    allowed[0, ..., :2] = False
    whole, cache, parts = module(x, mask=allowed, causal=True), ListCache(), []
    for start, stop in ((0, 4), (4, 5), (5, 7)):
        parts.append(module(x[:, start:stop], mask=allowed[..., :stop], causal=True, cache=cache, layer=2))
        cache.advance(stop - start)
    torch.testing.assert_close(torch.cat(parts, 1), whole)
    assert cache.kept.keys() == {2} and cache.kept[2][0].shape == (B, 3, 7, 2)


def test_dropout_only_while_training_and_on_average_right():
    for kind in ("plain", "fused", "tiled"):
        module, x = layer(attention=kind, dropout=0.4), noise(1, T, M)
        still = layer(attention=kind)(x)
        torch.testing.assert_close(module.eval()(x), still)
        module.train()
        torch.manual_seed(1)
        assert not torch.allclose(module(x), module(x))
        mean = module(x.expand(4000, T, M)).mean(0)
        assert (mean - still).abs().max() < 0.1
        _, weights = module(x, need_weights=True)
        torch.testing.assert_close(weights.sum(-1), torch.ones(1, H, T, dtype=torch.float64))


def test_a_learned_bias_gets_its_gradient():
    found = []
    for kind in ("plain", "fused", "tiled"):
        bias = noise(H, T, T, seed=4).requires_grad_()
        layer(attention=kind)(noise(B, T, M), bias=bias, causal=True).square().sum().backward()
        found.append(bias.grad)
    torch.testing.assert_close(found[0], found[1])
    torch.testing.assert_close(found[0], found[2])
    assert found[0].abs().max() > 0


def test_head_mask_and_bias():
    module, x = layer(), noise(B, T, M)
    keep = torch.tensor([1.0, 0, 1, 1, 0, 1]).double()
    for kind in ("plain", "fused"):
        module.attention = kind
        out = module(x, head_mask=keep)
        per_head = sum(module(x, head_mask=torch.eye(H).double()[i]) - module.out_proj.bias for i in (0, 2, 3, 5))
        torch.testing.assert_close(out, per_head + module.out_proj.bias)
        far = alibi_bias(H, T, like=x) * 10
        twice = layer(attention=kind, positions="alibi")
        torch.testing.assert_close(twice(x, bias=-alibi_bias(H, T, like=x)), layer(attention=kind)(x))
        torch.testing.assert_close(module(x, bias=far, need_weights=True)[0], module(x, bias=far))


def test_rope_tables_grow_and_follow_the_precision():
    module = layer(positions="rope")
    short, long = noise(1, 3, M), noise(1, 40, M)
    first = module(short, causal=True)
    out = module(long, causal=True)
    torch.testing.assert_close(module(short, causal=True), first)
    fresh = layer(positions="rope")
    torch.testing.assert_close(fresh(long, causal=True), out)
    assert module.float()(short.float()).dtype == torch.float32
    torch.testing.assert_close(module.double()(long, causal=True), out, atol=1e-5, rtol=1e-5)
    maps = [noise(M, M, seed=s) / 3 for s in range(4)]
    moved = [multi_head_attention(long, None, *maps, H, rope=rope_tables(40, 2, offset=o))[0] for o in (0, 99)]
    torch.testing.assert_close(*moved)
    assert "_tables" not in module.state_dict() and len(module.state_dict()) == 4


def test_starts_as_torchs_module():
    for bias in (True, False):
        torch.manual_seed(11)
        ours = MultiHeadAttention(M, H, bias=bias)
        torch.manual_seed(11)
        theirs = torch.nn.MultiheadAttention(M, H, bias=bias)
        assert ours.state_dict().keys() == theirs.state_dict().keys()
        spread = [m.in_proj_weight.std().item() for m in (ours, theirs)]
        assert spread[0] == pytest.approx(spread[1], rel=0.15)
        assert not bias or not (ours.in_proj_bias.any() or ours.out_proj.bias.any())


@pytest.mark.parametrize("kind", ["plain", "fused"])
def test_second_derivatives_and_the_compiler(kind):
    module, x = layer(3, attention=kind), noise(1, 3, M).requires_grad_()
    if kind == "plain":
        assert torch.autograd.gradgradcheck(lambda x: module(x, causal=True), x, fast_mode=True)
    torch._dynamo.reset()
    compiled = torch.compile(lambda x: module(x, causal=True), backend="aot_eager", fullgraph=True)
    torch.testing.assert_close(compiled(x), module(x, causal=True))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision(dtype):
    module, x = layer(2), noise(B, T, M)
    exact = module(x, causal=True)
    for kind in ("plain", "fused"):
        low = layer(2, attention=kind).to(dtype)
        out = low(x.to(dtype), causal=True)
        assert out.dtype == dtype and (out.double() - exact).abs().max() < 20 * torch.finfo(dtype).eps


def test_edges():
    module = layer(2)
    assert module(noise(0, T, M)).shape == (0, T, M)
    assert module(noise(B, 0, M), causal=True).shape == (B, 0, M)
    assert module(noise(B, 1, M), causal=True).shape == (B, 1, M)
    for kind in ("plain", "fused"):
        module.attention = kind
        empty = module(noise(B, T, M), noise(B, 0, M))
        assert torch.equal(empty, module.out_proj.bias.expand(B, T, M))


@pytest.mark.parametrize(
    "call, error, words",
    [
        (lambda: MultiHeadAttention(M, 5), ValueError, "heads must divide the width, 12; got 5"),
        (lambda: MultiHeadAttention(M, 6, 4), ValueError, "kv_heads must divide heads, 6; got 4"),
        (lambda: MultiHeadAttention(M, 6, attention="flash"), ValueError, "attention must be one of 'plain'"),
        (lambda: MultiHeadAttention(M, 6, dropout=1.0), ValueError, "dropout must be at least 0 and below 1; got 1.0"),
        (lambda: MultiHeadAttention(M, 6, positions="rotary"), ValueError, "positions must be one of"),
        (lambda: MultiHeadAttention(M, 6.0), TypeError, "heads must be a whole number"),
        (lambda: layer()(noise(T, M)), ValueError, r"x must have shape \(B, T, 12\); got \(5, 12\)"),
        (lambda: layer()(noise(B, T, M), noise(B, S, 10)), ValueError, r"memory must have shape \(B, T, 12\)"),
        (lambda: layer()(noise(B, T, M), noise(1, S, M)), ValueError, "memory must have the batch of x, 2"),
        (lambda: layer()(noise(B, T, M), noise(B, S, M), causal=True), ValueError, "causal belongs to self-attention"),
        (lambda: layer()(noise(B, T, M), noise(B, S, M), cache=ListCache()), ValueError, "cache belongs to self-att"),
        (lambda: layer(positions="rope")(noise(B, T, M), noise(B, S, M)), ValueError, "positions belongs to self-att"),
        (lambda: layer()(noise(B, T, M), mask=torch.ones(T, T)), TypeError, "mask must be bool"),
        (lambda: layer()(noise(B, T, M), mask=torch.ones(B, T).bool()), ValueError, r"\(2, 6, 5, 5\); got \(2, 5\)"),
        (lambda: layer()(noise(B, T, M), head_mask=torch.ones(2)), ValueError, r"head_mask must have shape \(6,\)"),
        (lambda: MultiHeadAttention(6, 6, positions="rope"), ValueError, "width must be even; got d_model / heads = 1"),
        (lambda: MultiHeadAttention(0, 1), ValueError, "d_model must be at least 1; got 0"),
        (lambda: MultiHeadAttention(M, 6, layout="odd"), ValueError, "layout must be one of 'half', 'pairs'"),
        (lambda: MultiHeadAttention(M, 6, base=0), ValueError, "base must be above 0; got 0"),
    ],
)
def test_what_does_not_fit_is_named(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_weights_of_torch_are_taken_as_they_are():
    assert head_entropy(torch.eye(3)[None].requires_grad_()) == 0
    assert "kv_heads=2" in repr(layer(2))


# ---- latent attention


def latent(**settings):
    torch.manual_seed(2)
    return LatentAttention(M, 3, 8, **{"width": 4, "rope_width": 2, **settings}).double()


@pytest.mark.parametrize("q_rank", [None, 5])
def test_latent_attention_absorbed_with_masks_and_gradients(q_rank):
    module, x = latent(q_rank=q_rank, value_width=3), noise(B, T, M).requires_grad_()
    for allowed in (None, noise(B, 1, 1, T) > 0, torch.zeros(T, T, dtype=torch.bool)):
        found = []
        for absorbed in (False, True):
            out = module(x, allowed, absorbed=absorbed)
            found.append([out, *torch.autograd.grad(out.square().sum() + out.sum(), [x, *module.parameters()])])
        for one, other in zip(*found, strict=True):
            torch.testing.assert_close(one, other)
            assert one.isfinite().all()
    assert not module(x, torch.zeros(T, T, dtype=torch.bool)).any()


def test_latent_attention_keeps_little_and_looks_back_only():
    module, x = latent(), noise(B, T, M)
    cache = ListCache()
    whole = module(x, cache=cache)
    assert [k.shape for k in cache.kept[0]] == [(B, 1, T, 8), (B, 1, T, 2)]
    for absorbed in (False, True):
        cache, parts = ListCache(), []
        for piece in x.split((2, 1, 2), 1):
            parts.append(module(piece, cache=cache, absorbed=absorbed))
            cache.advance(piece.shape[1])
        torch.testing.assert_close(torch.cat(parts, 1), whole)
    changed = x.clone()
    changed[:, 3:] += 1
    torch.testing.assert_close(module(changed)[:, :3], whole[:, :3])
    assert not torch.allclose(module(changed)[:, 3], whole[:, 3])
    with pytest.raises(ValueError, match="kv_rank must be at least 1"):
        LatentAttention(M, 3, 0, width=4, rope_width=2)
    for wrong, words in (
        ({"rope_width": 3}, "rope_width must be even; got 3"),
        ({"layout": "odd"}, "layout must be one of"),
        ({"base": 0}, "base must be above 0"),
        ({"eps": -1}, "eps must be at least 0"),
        ({"q_rank": 0}, "q_rank must be at least 1"),
    ):
        with pytest.raises(ValueError, match=words):
            latent(**wrong)
    with pytest.raises(ValueError, match=r"x must have shape \(B, T, 12\); got \(5, 12\)"):
        module(x[0])
    assert "kv_rank=8" in repr(module)
