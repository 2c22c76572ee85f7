"""groundup.transformers.self_attention beside transformers' positions and torch's attention, in both worlds."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from groundup.neural.autograd import Tensor
from groundup.proofs.core import Case, Proof
from groundup.transformers import self_attention as ours

__all__ = ["proof", "single_head"]

proof = Proof("groundup.transformers.self_attention", reference="transformers", needs=("torch",))


@proof.check(
    "sinusoids", tolerance=1e-6, reason="the reference is kept in float32", reference="transformers.models.xlm"
)
def _sinusoids() -> Iterator[Case]:
    import torch
    from transformers.models.xlm.modeling_xlm import create_sinusoidal_embeddings

    def reference(length: int, width: int) -> np.ndarray:
        table = torch.empty(length, width)
        create_sinusoidal_embeddings(length, width, table)
        return table.numpy()

    for length, width in ((1, 2), (7, 6), (100, 64), (2000, 32)):
        yield Case(f"{length} x {width}", partial(ours.sinusoidal, length, width), partial(reference, length, width))


def _llama_tables(length: int, width: int, base: float) -> Any:
    """cos and sin as transformers' Llama makes them, of shape (1, length, width): both halves alike."""
    import torch
    from transformers.models.llama.configuration_llama import LlamaConfig
    from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding

    config = LlamaConfig(
        hidden_size=2 * width,
        num_attention_heads=2,
        rope_parameters={"rope_type": "default", "rope_theta": base},
    )
    return LlamaRotaryEmbedding(config)(torch.zeros(1), torch.arange(length)[None])


@proof.check(
    "angles, float32",
    tolerance=1e-4,
    reason="the reference multiplies in float32: 1000 radians are held to 6e-5",
    reference="transformers.models.llama",
)
def _angles() -> Iterator[Case]:
    for length, width, base in ((1, 2, 1e4), (50, 16, 1e4), (1000, 128, 1e4), (1000, 64, 5e5)):

        def reference(length: int = length, width: int = width, base: float = base) -> list[np.ndarray]:
            return [table[0, :, : width // 2].numpy() for table in _llama_tables(length, width, base)]

        yield Case(
            f"{length} positions, width {width}, base {base:g}",
            lambda length=length, width=width, base=base: list(ours.rope_tables(length, width, base)),
            reference,
        )


def _turned(x: np.ndarray, width: int, layout: str, world: str, base: float = 1e4) -> list[np.ndarray]:
    """Value and gradient of `rotate`; the tables are the reference's angles, taken in float32."""
    cos, sin = (t[0, :, : width // 2].numpy() for t in _llama_tables(x.shape[-2], width, base))
    if world == "torch":
        import torch

        leaf = torch.tensor(x, requires_grad=True)
        out = ours.rotate(leaf, cos, sin, layout=layout)
        out.backward(torch.tensor(_upstream(x)))
        return [out.detach().numpy(), np.asarray(leaf.grad)]
    leaf = Tensor(x, requires_grad=True)
    out = ours.rotate(leaf, cos, sin, layout=layout)
    out.backward(_upstream(x))
    return [out.data, np.asarray(leaf.grad)]


def _upstream(x: np.ndarray) -> np.ndarray:
    return np.random.default_rng(1).normal(size=x.shape).astype(x.dtype)


def _by_llama(x: np.ndarray, width: int) -> list[np.ndarray]:
    import torch
    from transformers.models.llama.modeling_llama import apply_rotary_pos_emb

    leaf = torch.tensor(x, requires_grad=True)
    out = apply_rotary_pos_emb(leaf, leaf.detach(), *_llama_tables(x.shape[-2], width, 1e4))[0]
    out.backward(torch.tensor(_upstream(x)))
    return [out.detach().numpy(), np.asarray(leaf.grad)]


def _by_gptj(x: np.ndarray, width: int) -> list[np.ndarray]:
    """GPT-J turns neighbouring pairs, and has the heads behind the positions."""
    import torch
    from transformers.models.gptj.modeling_gptj import apply_rotary_pos_emb

    leaf = torch.tensor(x, requires_grad=True)
    cos, sin = (t[..., : width // 2] for t in _llama_tables(x.shape[-2], width, 1e4))
    out = apply_rotary_pos_emb(leaf.transpose(1, 2), sin, cos).transpose(1, 2)
    out.backward(torch.tensor(_upstream(x)))
    return [out.detach().numpy(), np.asarray(leaf.grad)]


def _inputs() -> Iterator[tuple[str, np.ndarray, int]]:
    rng = np.random.default_rng(0)
    for shape in ((1, 1, 1, 2), (2, 3, 9, 8), (1, 2, 200, 64)):
        yield str(shape), rng.normal(size=shape).astype(np.float32), shape[-1]


@proof.check("rotation of halves, value and gradient", tolerance=2e-6, reason="two products and a sum in float32",
             reference="transformers.models.llama apply_rotary_pos_emb")  # fmt: skip
def _halves() -> Iterator[Case]:
    for name, x, width in _inputs():
        for world in ("NumPy", "torch"):
            yield Case(f"{name}, {world}", partial(_turned, x, width, "half", world), partial(_by_llama, x, width))


@proof.check("rotation of pairs, value and gradient", tolerance=2e-6, reason="two products and a sum in float32",
             reference="transformers.models.gptj apply_rotary_pos_emb")  # fmt: skip
def _pairs() -> Iterator[Case]:
    for name, x, width in _inputs():
        for world in ("NumPy", "torch"):
            yield Case(f"{name}, {world}", partial(_turned, x, width, "pairs", world), partial(_by_gptj, x, width))


def _by_bloom(heads: int, length: int) -> np.ndarray:
    """Bloom adds slope · j: the same up to a constant a row, which a softmax does not see."""
    import torch
    from transformers.models.bloom.modeling_bloom import build_alibi_tensor

    scores = _scores(heads, length)
    bias = build_alibi_tensor(torch.ones(1, length), heads, torch.float64)
    ahead = torch.ones(length, length).triu(1).bool()
    return (torch.from_numpy(scores) + bias).masked_fill(ahead, -torch.inf).softmax(-1).numpy()


def _by_us(heads: int, length: int) -> np.ndarray:
    scores = _scores(heads, length) + ours.alibi_bias(heads, length)
    scores = np.where(np.tri(length, dtype=bool), scores, -np.inf)
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    return weights / weights.sum(-1, keepdims=True)


def _scores(heads: int, length: int) -> np.ndarray:
    return np.random.default_rng(heads).normal(size=(heads, length, length))


@proof.check("linear biases: attention weights", tolerance=1e-5, reason="the reference's slopes are float32",
             reference="transformers.models.bloom build_alibi_tensor")  # fmt: skip
def _alibi() -> Iterator[Case]:
    for heads in (1, 2, 3, 6, 8, 12, 16, 20):
        yield Case(f"{heads} heads", partial(_by_us, heads, 40), partial(_by_bloom, heads, 40))


def single_head(dtype: type, causal: bool, world: str) -> list[np.ndarray]:
    """Output and all gradients of one head, by our function, or by torch's fused kernel ("reference")."""
    rng = np.random.default_rng(3)
    shapes = ((2, 7, 10), (10, 6), (10, 6), (10, 5), (5, 10))
    arrays = [rng.normal(size=shape).astype(dtype) for shape in shapes]
    upstream = rng.normal(size=(2, 7, 10)).astype(dtype)
    if world == "NumPy":
        leaves = [Tensor(a, requires_grad=True) for a in arrays]
        out, _ = ours.self_attention(*leaves, causal=causal)
        out.backward(upstream)
        return [out.data, *(np.asarray(leaf.grad) for leaf in leaves)]
    import torch

    leaves = [torch.tensor(a, requires_grad=True) for a in arrays]
    if world == "torch":
        out, _ = ours.self_attention(*leaves, causal=causal)
    else:
        x, w_q, w_k, w_v, w_o = leaves
        out = torch.nn.functional.scaled_dot_product_attention(x @ w_q, x @ w_k, x @ w_v, is_causal=causal) @ w_o
    out.backward(torch.tensor(upstream))
    return [out.detach().numpy(), *(np.asarray(leaf.grad) for leaf in leaves)]


@proof.check("one head: value and all gradients", tolerance=2e-5, reason="float32; 1e-12 in float64",
             reference="torch scaled_dot_product_attention")  # fmt: skip
def _head() -> Iterator[Case]:
    for dtype, tolerance in ((np.float32, 2e-5), (np.float64, 1e-12)):
        for causal in (False, True):
            for world in ("NumPy", "torch"):
                yield Case(
                    f"{'causal, ' if causal else ''}{dtype.__name__}, {world}",
                    partial(single_head, dtype, causal, world),
                    partial(single_head, dtype, causal, "reference"),
                    tolerance=tolerance,
                )


@proof.check("learned positions", tolerance=1e-6, reason="one addition", reference="torch.nn.Embedding")
def _learned() -> Iterator[Case]:
    import torch

    table, positions = torch.nn.Embedding(20, 6), ours.LearnedPositions(20, 6)
    positions.load_state_dict(table.state_dict())
    x = torch.randn(2, 5, 6, generator=torch.Generator().manual_seed(0))
    for offset in (0, 15):
        yield Case(
            f"from {offset}",
            lambda offset=offset: positions(x, offset).detach().numpy(),
            lambda offset=offset: (x + table(torch.arange(offset, offset + 5))).detach().numpy(),
        )
