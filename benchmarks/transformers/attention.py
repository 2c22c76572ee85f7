"""Attention forwards and backwards, weights built whole: on arrays and on torch, beside torch's three usual lines.

The tiled form and torch's fused kernel stand in `flash_attention.py`; nanoGPT's attention without a fused kernel is the
same three lines.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from groundup.bench import Benchmark

T, HEADS, WIDTH = 1024, 8, 64


def _contestants(batch: int) -> dict[str, Callable[[], Any]]:
    import torch

    from groundup.transformers.attention import attention, attention_backward

    rng = np.random.default_rng(0)
    q, k, v, g = (rng.normal(size=(batch, HEADS, T, WIDTH)).astype(np.float32) for _ in range(4))
    leaves, upstream = [torch.tensor(x, requires_grad=True) for x in (q, k, v)], torch.tensor(g)
    mask = torch.ones(T, T, dtype=torch.bool).tril()

    def on_arrays() -> np.ndarray:
        weights = attention(q, k, v, causal=True)[1]
        return attention_backward(g, q, k, v, weights)[0]

    def in_torch(function: Callable[..., Any]) -> np.ndarray:
        for leaf in leaves:
            leaf.grad = None
        function(*leaves).backward(upstream)
        return np.asarray(leaves[0].grad)

    def three_lines(q: Any, k: Any, v: Any) -> Any:
        scores = (q @ k.transpose(-2, -1)) * WIDTH**-0.5
        weights = torch.softmax(scores.masked_fill(~mask, -torch.inf), dim=-1)
        return weights @ v

    return {
        "ours": lambda: in_torch(lambda *x: attention(*x, causal=True)[0]),
        "ours, arrays": on_arrays,
        "torch": lambda: in_torch(three_lines),
    }


BENCHMARKS = [
    Benchmark(
        name=f"transformers.attention/batch-{batch}",
        work=f"causal, {batch} x {HEADS} heads of {T} x {WIDTH}, float32, and all gradients",
        setup=partial(_contestants, batch),
        reference="torch",
        reach=1.2,
        score=lambda gradient: float(np.abs(gradient).mean()),
        score_name="mean magnitude of the gradient",
        rounds=7,
    )
    for batch in (1, 4)
]
