"""groundup.transformers.multi_head_attention beside torch.nn.MultiheadAttention and transformers, weights copied."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from groundup.neural.autograd import Tensor
from groundup.proofs.core import Case, Proof
from groundup.transformers import multi_head_attention as ours
from groundup.transformers.self_attention import rope_tables

__all__ = ["ListCache", "proof"]

proof = Proof("groundup.transformers.multi_head_attention", reference="torch.nn", needs=("torch",))

WIDTH, HEADS, B, T, S = 24, 4, 3, 7, 5
Arrays = list[np.ndarray]


def _seeded(make: Callable[[], Any], dtype: Any) -> Any:
    """A module from a fixed seed, with intercepts that are not 0."""
    import torch

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(4)
        module = make().to(dtype)
        with torch.no_grad():
            for parameter in module.parameters():
                if parameter.ndim == 1:
                    parameter.normal_()
    return module


def _inputs(dtype: Any) -> tuple[Any, Any, Any]:
    """x (B, T, m), memory (B, S, m) and what comes back to the output."""
    import torch

    generator = torch.Generator().manual_seed(5)
    return tuple(torch.randn(B, n, WIDTH, generator=generator).to(dtype) for n in (T, S, T))  # pyright: ignore[reportReturnType]


def _masks(kind: str, keys: int) -> Any:
    """A bool mask, True = may look, broadcastable to (B, h, T, keys); every query may look somewhere."""
    import torch

    if kind == "none":
        return None
    generator = torch.Generator().manual_seed(6)
    if kind == "padding":
        mask = torch.rand(B, 1, 1, keys, generator=generator) < 0.6
    else:
        mask = torch.rand({"one": (T, keys), "by head": (B, HEADS, T, keys)}[kind], generator=generator) < 0.6
    mask[..., 0] = True
    return mask


def _gradients(module: Any, out: Any, leaves: list[Any], upstream: Any) -> Arrays:
    module.zero_grad()
    out.backward(upstream)
    state = [module.in_proj_weight, module.in_proj_bias, module.out_proj.weight, module.out_proj.bias]
    grads = [p.grad for p in (*leaves, *state) if p is not None]
    return [out.detach().numpy().copy(), *(g.numpy().copy() for g in grads)]


def _both(dtype: Any, cross: bool, mask: str, causal: bool, bias: bool, kind: str) -> tuple[Any, Any]:
    """Two calls: ours, and torch's from the same weights. Output, gradients of inputs and weights, weights."""
    import torch

    theirs = _seeded(lambda: torch.nn.MultiheadAttention(WIDTH, HEADS, bias=bias, batch_first=True), dtype)
    mine = ours.MultiHeadAttention(WIDTH, HEADS, bias=bias, attention=kind).to(dtype)
    mine.load_state_dict(theirs.state_dict())
    x, memory, upstream = _inputs(dtype)
    allowed = _masks(mask, S if cross else T)

    def our_call() -> Arrays:
        leaves = [z.clone().requires_grad_() for z in ((x, memory) if cross else (x,))]
        out = mine(*leaves, mask=allowed, causal=causal)
        found = _gradients(mine, out, leaves, upstream)
        return [*found, mine(*leaves, mask=allowed, causal=causal, need_weights=True)[1].detach().numpy()]

    def their_call() -> Arrays:
        leaves = [z.clone().requires_grad_() for z in ((x, memory) if cross else (x,))]
        keys = leaves[-1]
        forbidden = None if allowed is None else ~allowed.expand(B, HEADS, T, -1)
        if causal:
            ahead = torch.ones(T, T, dtype=torch.bool).triu(1)
            forbidden = ahead.expand(B, HEADS, T, T) if forbidden is None else forbidden | ahead
        flat = None if forbidden is None else forbidden.reshape(B * HEADS, T, -1)
        out, weights = theirs(leaves[0], keys, keys, attn_mask=flat, average_attn_weights=False)
        return [*_gradients(theirs, out, leaves, upstream), weights.detach().numpy()]

    return our_call, their_call


@proof.check(
    "from torch's weights: output, all gradients, weights",
    tolerance=1e-5,
    reason="float32 sums of 24 products in another order; 1e-12 in float64",
    reference="torch.nn.MultiheadAttention",
)
def _torchs() -> Iterator[Case]:
    import torch

    for dtype, tolerance in ((torch.float32, 1e-5), (torch.float64, 1e-12)):
        for kind in ("fused", "plain", "tiled"):
            for cross, mask, causal, bias in (
                (False, "none", False, True),
                (False, "none", True, True),
                (False, "padding", True, True),
                (False, "by head", False, False),
                (True, "none", False, True),
                (True, "padding", False, True),
                (True, "one", False, False),
            ):
                mine, theirs = _both(dtype, cross, mask, causal, bias, kind)
                what = f"{'cross' if cross else 'self'}, mask {mask}{', causal' if causal else ''}"
                yield Case(f"{what}{'' if bias else ', no bias'}, {kind}, {dtype}", mine, theirs, tolerance=tolerance)


@proof.check(
    "state dict, there and back", tolerance=0, reason="nothing is computed", reference="torch.nn.MultiheadAttention"
)
def _state() -> Iterator[Case]:
    import torch

    for bias in (True, False):
        make = partial(torch.nn.MultiheadAttention, WIDTH, HEADS, bias=bias)
        theirs, other = _seeded(make, torch.float32), make()
        mine = ours.MultiHeadAttention(WIDTH, HEADS, bias=bias)
        mine.load_state_dict(theirs.state_dict())
        other.load_state_dict(mine.state_dict())
        yield Case(
            f"bias {bias}",
            lambda other=other: {k: v.numpy() for k, v in other.state_dict().items()},
            lambda theirs=theirs: {k: v.numpy() for k, v in theirs.state_dict().items()},
        )


def _functional(kv_heads: int, causal: bool, world: str) -> Arrays:
    """Output and gradients of the function, on our tensors or torch's; or of the module ("module")."""
    import torch

    module = _seeded(partial(ours.MultiHeadAttention, WIDTH, HEADS, kv_heads), torch.float64)
    x, _, upstream = _inputs(torch.float64)
    shared = kv_heads * WIDTH // HEADS
    if world == "module":
        leaf = x.clone().requires_grad_()
        found = _gradients(module, module(leaf, causal=causal), [leaf], upstream)
        out, d_x, d_w, d_b, d_wo, d_bo = found
        return [out, d_x, *(d.T for d in np.split(d_w, [WIDTH, WIDTH + shared])), d_wo.T, d_b, d_bo]
    w = module.in_proj_weight.detach().split((WIDTH, shared, shared))
    b = module.in_proj_bias.detach().split((WIDTH, shared, shared))
    arrays = [x, *(m.T for m in w), module.out_proj.weight.detach().T, *b, module.out_proj.bias.detach()]
    settings: dict[str, Any] = {"heads": HEADS, "kv_heads": kv_heads, "causal": causal}
    if world == "NumPy":
        leaves = [Tensor(a.numpy().copy(), requires_grad=True) for a in arrays]
    else:
        leaves = [a.clone().requires_grad_() for a in arrays]
    x, w_q, w_k, w_v, w_o, *biases = leaves
    out, _ = ours.multi_head_attention(x, None, w_q, w_k, w_v, w_o, biases=biases, **settings)
    out.backward(upstream.numpy() if world == "NumPy" else upstream)
    value = out.data if world == "NumPy" else out.detach().numpy()
    *d, d_q, d_k, d_v, d_o = (np.asarray(leaf.grad) for leaf in leaves)
    return [
        value,
        *d,
        np.concatenate([d_q, d_k, d_v]),
        d_o,
    ]  # together: the keys' bias has gradient 0, but for rounding


@proof.check(
    "the function on our tensors and on torch's: output and all gradients",
    tolerance=1e-12,
    reason="sums of 24 products in float64",
    reference="torch, through the module",
)
def _function() -> Iterator[Case]:
    for kv_heads in (4, 2, 1):
        for causal in (False, True):
            for world in ("NumPy", "torch"):
                name = f"{kv_heads} heads of keys{', causal' if causal else ''}, {world}"
                by = partial(_functional, kv_heads, causal)
                yield Case(name, partial(by, world), partial(by, "module"))


@proof.check("grouped queries with rotation", tolerance=1e-5, reason="float32; the reference's angles too",
             reference="transformers.models.llama LlamaAttention")  # fmt: skip
def _llama() -> Iterator[Case]:
    import torch
    from transformers.models.llama.configuration_llama import LlamaConfig
    from transformers.models.llama.modeling_llama import LlamaAttention, LlamaRotaryEmbedding

    for kv_heads in (4, 2, 1):
        config = LlamaConfig(
            hidden_size=WIDTH, num_attention_heads=HEADS, num_key_value_heads=kv_heads,
            rope_parameters={"rope_type": "default", "rope_theta": 1e4},
        )  # fmt: skip
        config._attn_implementation = "eager"
        theirs = _seeded(lambda config=config: LlamaAttention(config, 0), torch.float32).eval()
        mine = ours.MultiHeadAttention(WIDTH, HEADS, kv_heads, bias=False, positions="rope")
        w = theirs.state_dict()
        mine.load_state_dict(
            {
                "in_proj_weight": torch.cat([w[f"{part}_proj.weight"] for part in "qkv"]),
                "out_proj.weight": w["o_proj.weight"],
            }
        )
        x, _, _ = _inputs(torch.float32)
        tables = LlamaRotaryEmbedding(config)(x, torch.arange(T)[None])
        ahead = torch.full((T, T), -torch.inf).triu(1)[None, None]
        yield Case(
            f"{kv_heads} heads of keys",
            lambda mine=mine, x=x: mine(x, causal=True).detach().numpy(),
            lambda theirs=theirs, x=x, tables=tables, ahead=ahead: theirs(x, tables, ahead)[0].detach().numpy(),
        )


@proof.check("heads repeated", tolerance=0, reason="copies", reference="transformers.models.llama repeat_kv")
def _repeated() -> Iterator[Case]:
    import torch
    from transformers.models.llama.modeling_llama import repeat_kv

    k = np.random.default_rng(0).normal(size=(B, 3, S, 4))
    for times in (1, 2, 5):
        for world, wrap in (("NumPy", np.asarray), ("our tensors", Tensor), ("torch", torch.from_numpy)):
            yield Case(
                f"{times} times, {world}",
                lambda times=times, wrap=wrap: np.asarray(ours.repeat_heads(wrap(k), times)),
                lambda times=times: repeat_kv(torch.from_numpy(k), times).numpy(),
            )


class ListCache:
    """The least that a cache can be: what `MultiHeadAttention` and `LatentAttention` ask of one."""

    def __init__(self) -> None:
        self.length, self.kept = 0, {}

    def update(self, layer: int, k: Any, v: Any) -> tuple[Any, Any]:
        """Append along the positions; everything so far."""
        import torch

        if layer in self.kept:
            k, v = (torch.cat((old, new), 2) for old, new in zip(self.kept[layer], (k, v), strict=True))
        self.kept[layer] = k, v
        return k, v

    def advance(self, positions: int) -> None:
        """Count positions that every layer has taken."""
        self.length += positions


def _in_pieces(module: Callable[..., Any], x: Any, pieces: tuple[int, ...]) -> np.ndarray:
    """Outputs for x, given piece after piece with a cache."""
    import torch

    cache, out = ListCache(), []
    with torch.no_grad():
        for piece in x.split(pieces, 1):
            out.append(module(piece, cache=cache))
            cache.advance(piece.shape[1])
    return torch.cat(out, 1).numpy()


@proof.check("piece by piece with a cache, beside all at once", tolerance=1e-12, reason="the same sums in float64",
             reference="torch, without a cache")  # fmt: skip
def _cached() -> Iterator[Case]:
    import torch

    x = torch.randn(2, 9, WIDTH, generator=torch.Generator().manual_seed(7), dtype=torch.float64)
    for kind in ("fused", "plain"):
        for positions in ("none", "rope", "alibi"):
            make = partial(ours.MultiHeadAttention, WIDTH, HEADS, 2, attention=kind, positions=positions)
            module = partial(_seeded(make, torch.float64), causal=True)
            for pieces in ((1,) * 9, (4, 1, 3, 1)):
                yield Case(
                    f"{kind}, positions {positions}, pieces {pieces}",
                    partial(_in_pieces, module, x, pieces),
                    lambda module=module: module(x).detach().numpy(),
                )


def _latent(q_rank: int | None, dtype: Any, layout: str = "pairs") -> Any:
    make = partial(ours.LatentAttention, WIDTH, HEADS, 10, q_rank, width=6, rope_width=4, value_width=5, layout=layout)
    return _seeded(make, dtype)


def _uncompressed(module: Any, x: np.ndarray, layout: str) -> np.ndarray:
    """Head by head and position by position, in NumPy, every key and value unfolded (equations 37 to 47)."""
    w = {name: p.detach().numpy() for name, p in module.state_dict().items()}

    def norm(z: np.ndarray, weight: np.ndarray) -> np.ndarray:
        return z / np.sqrt((z**2).mean(-1, keepdims=True) + 1e-6) * weight

    def turned(z: np.ndarray, p: int) -> np.ndarray:
        cos, sin = (table[p] for table in rope_tables(p + 1, 4))
        pair = z[0::2] + 1j * z[1::2] if layout == "pairs" else z[:2] + 1j * z[2:]
        pair = pair * (cos + 1j * sin)
        return np.concatenate([pair.real, pair.imag])  # the order of coordinates does not matter to a product

    out = np.zeros_like(x)
    for b, sequence in enumerate(x):
        queries, keys, values = [], [], []
        for p, h in enumerate(sequence):
            q = w["q_proj.weight"] @ h if module.q_rank is None else (
                w["q_b_proj.weight"] @ norm(w["q_a_proj.weight"] @ h, w["q_a_layernorm.weight"])
            )  # fmt: skip
            down = w["kv_a_proj_with_mqa.weight"] @ h
            kv = (w["kv_b_proj.weight"] @ norm(down[:10], w["kv_a_layernorm.weight"])).reshape(HEADS, 11)
            shared = turned(down[10:], p)
            queries.append([np.concatenate([part[:6], turned(part[6:], p)]) for part in q.reshape(HEADS, 10)])
            keys.append([np.concatenate([part[:6], shared]) for part in kv])
            values.append(kv[:, 6:])
        for p in range(len(sequence)):
            read = []
            for i in range(HEADS):
                scores = np.array([queries[p][i] @ keys[j][i] / np.sqrt(10) for j in range(p + 1)])
                shares = np.exp(scores - scores.max())
                read.append(sum(a * values[j][i] for j, a in enumerate(shares / shares.sum())))
            out[b, p] = w["o_proj.weight"] @ np.concatenate(read)
    return out


@proof.check("latent attention, unfolded and absorbed", tolerance=1e-12, reason="the same sums in float64",
             reference="numpy, head by head without compression")  # fmt: skip
def _latent_plain() -> Iterator[Case]:
    import torch

    x = np.random.default_rng(8).normal(size=(2, 6, WIDTH))
    for q_rank in (None, 9):
        for layout in ("pairs", "half"):
            module = _latent(q_rank, torch.float64, layout)
            for absorbed in (False, True):
                yield Case(
                    f"q_rank {q_rank}, {layout}, {'absorbed' if absorbed else 'unfolded'}",
                    lambda m=module, a=absorbed: m(torch.from_numpy(x), absorbed=a).detach().numpy(),
                    partial(_uncompressed, module, x, layout),
                )


@proof.check("latent attention with a cache", tolerance=1e-12, reason="the same sums in float64",
             reference="torch, without a cache")  # fmt: skip
def _latent_cached() -> Iterator[Case]:
    import torch

    x = torch.randn(2, 9, WIDTH, generator=torch.Generator().manual_seed(9), dtype=torch.float64)
    module = _latent(9, torch.float64)
    for absorbed in (False, True):
        yield Case(
            "absorbed" if absorbed else "unfolded",
            partial(_in_pieces, partial(module, absorbed=absorbed), x, (3, 1, 1, 4)),
            lambda: module(x).detach().numpy(),
        )


@proof.check("latent attention from DeepSeek's weights", tolerance=1e-5, reason="float32",
             reference="transformers.models.deepseek_v3 DeepseekV3Attention")  # fmt: skip
def _deepseek() -> Iterator[Case]:
    import torch
    from transformers.models.deepseek_v3 import modeling_deepseek_v3 as deepseek
    from transformers.models.deepseek_v3.configuration_deepseek_v3 import DeepseekV3Config

    for q_rank in (None, 9):
        config = DeepseekV3Config(
            hidden_size=WIDTH, num_attention_heads=HEADS, num_key_value_heads=HEADS, q_lora_rank=q_rank,
            kv_lora_rank=10, qk_nope_head_dim=6, qk_rope_head_dim=4, v_head_dim=5,
        )  # fmt: skip
        config._attn_implementation = "eager"
        theirs = _seeded(lambda config=config: deepseek.DeepseekV3Attention(config, 0), torch.float32).eval()
        mine = _latent(q_rank, torch.float32)
        mine.load_state_dict(theirs.state_dict())
        x, _, _ = _inputs(torch.float32)
        tables = deepseek.DeepseekV3RotaryEmbedding(config)(x, torch.arange(T)[None])
        ahead = torch.full((T, T), -torch.inf).triu(1)[None, None]
        for absorbed in (False, True):
            yield Case(
                f"q_rank {q_rank}, {'absorbed' if absorbed else 'unfolded'}",
                lambda mine=mine, x=x, a=absorbed: mine(x, absorbed=a).detach().numpy(),
                lambda theirs=theirs, x=x, tables=tables, ahead=ahead: theirs(x, tables, ahead)[0].detach().numpy(),
            )
