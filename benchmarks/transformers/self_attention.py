"""One head and the rotation of positions, forwards and backwards, float32: ours beside torch and transformers."""

from collections.abc import Callable
from typing import Any

import numpy as np

from groundup.bench import Benchmark

B, HEADS, T, WIDTH = 8, 6, 256, 64


def _rotation() -> dict[str, Callable[[], Any]]:
    import torch
    from transformers.models.llama.modeling_llama import apply_rotary_pos_emb

    from groundup.neural.autograd import Tensor
    from groundup.transformers.self_attention import rope_tables, rotate

    rng = np.random.default_rng(0)
    x, upstream = (rng.normal(size=(B, HEADS, T, WIDTH)).astype(np.float32) for _ in range(2))
    leaf, ours_leaf, back = torch.tensor(x, requires_grad=True), Tensor(x, requires_grad=True), torch.tensor(upstream)
    tables = rope_tables(T, WIDTH, like=leaf)
    arrays = rope_tables(T, WIDTH, like=x)
    doubled = [torch.cat((t, t), -1)[None] for t in tables]

    def in_torch(turn: Callable[[Any], Any]) -> np.ndarray:
        leaf.grad = None
        turn(leaf).backward(back)
        return np.asarray(leaf.grad)

    def on_arrays() -> np.ndarray:
        ours_leaf.zero_grad()
        rotate(ours_leaf, *arrays).backward(upstream)
        return np.asarray(ours_leaf.grad)

    return {
        "ours": on_arrays,
        "ours on torch": lambda: in_torch(lambda z: rotate(z, *tables)),
        "transformers": lambda: in_torch(lambda z: apply_rotary_pos_emb(z, z.detach()[:, :1, :1], *doubled)[0]),
    }


def _head() -> dict[str, Callable[[], Any]]:
    import torch

    from groundup.neural.autograd import Tensor
    from groundup.transformers.self_attention import causal_self_attention

    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=(B, T, 384)), *(rng.normal(size=(384, 64)) / 20 for _ in range(3))]
    arrays = [a.astype(np.float32) for a in arrays]
    upstream = rng.normal(size=(B, T, 64)).astype(np.float32)
    leaves = [Tensor(a, requires_grad=True) for a in arrays]
    tensors = [torch.tensor(a, requires_grad=True) for a in arrays]

    def fused(x: Any, w_q: Any, w_k: Any, w_v: Any) -> Any:
        return torch.nn.functional.scaled_dot_product_attention(x @ w_q, x @ w_k, x @ w_v, is_causal=True)

    def run(function: Callable[..., Any], inputs: list[Any], back: Any) -> np.ndarray:
        for leaf in inputs:
            leaf.grad = None
        function(*inputs).backward(back)
        return np.asarray(inputs[1].grad)

    def ours(*inputs: Any) -> Any:
        return causal_self_attention(*inputs)[0]

    return {
        "ours": lambda: run(ours, leaves, upstream),
        "ours on torch": lambda: run(ours, tensors, torch.tensor(upstream)),
        "torch": lambda: run(fused, tensors, torch.tensor(upstream)),
    }


BENCHMARKS = [
    Benchmark(
        name=f"transformers.self_attention/{name}",
        work=work,
        setup=setup,
        reference=reference,
        reach=6.0,
        score=lambda gradient: float(np.abs(gradient).mean()),
        score_name="mean magnitude of a gradient",
        rounds=15,
    )
    for name, work, setup, reference in (
        ("rotation", f"{B} x {HEADS} x {T} x {WIDTH} numbers turned, and back, float32", _rotation, "transformers"),
        ("head", f"one causal head of 64 on {B} x {T} x 384 numbers and all gradients, float32", _head, "torch"),
    )
]
