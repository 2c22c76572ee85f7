"""Training with several heads: forward and backward, float32, beside torch's module and nanoGPT's."""

import importlib.util
import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from groundup.bench import Benchmark

B, T, M, HEADS = 8, 256, 384, 6


def _nanogpt(state: dict[str, Any]) -> Any:
    """nanoGPT's CausalSelfAttention with the same weights; None where its checkout is not at hand."""
    file = Path(os.environ.get("GROUNDUP_PEERS", "")) / "nanoGPT" / "model.py"
    if "GROUNDUP_PEERS" not in os.environ or not file.exists():
        return None
    spec = importlib.util.spec_from_file_location("nanogpt_model", file)
    assert spec and spec.loader
    module = sys.modules["nanogpt_model"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    peer = module.CausalSelfAttention(SimpleNamespace(n_embd=M, n_head=HEADS, dropout=0.0, bias=True, block_size=T))
    names = {"c_attn.weight": "in_proj_weight", "c_attn.bias": "in_proj_bias",
             "c_proj.weight": "out_proj.weight", "c_proj.bias": "out_proj.bias"}  # fmt: skip
    peer.load_state_dict({ours: state[theirs] for ours, theirs in names.items()}, strict=False)
    return peer


def _contestants(kv_heads: int) -> dict[str, Callable[[], Any]]:
    import torch

    from groundup.transformers.multi_head_attention import MultiHeadAttention

    torch.manual_seed(0)
    x, upstream = torch.randn(B, T, M, requires_grad=True), torch.randn(B, T, M)
    fused = MultiHeadAttention(M, HEADS, kv_heads)
    plain = MultiHeadAttention(M, HEADS, kv_heads, attention="plain")
    plain.load_state_dict(fused.state_dict())

    def run(module: Any, call: Callable[[], Any]) -> np.ndarray:
        module.zero_grad(set_to_none=True)
        x.grad = None
        call().backward(upstream)
        return np.asarray(x.grad)

    made = {
        "ours": lambda: run(fused, lambda: fused(x, causal=True)),
        "ours, step by step": lambda: run(plain, lambda: plain(x, causal=True)),
    }
    if kv_heads != HEADS:
        return made
    torchs = torch.nn.MultiheadAttention(M, HEADS, batch_first=True)
    torchs.load_state_dict(fused.state_dict())
    ahead = torch.ones(T, T, dtype=torch.bool).triu(1)
    made["torch"] = lambda: run(torchs, lambda: torchs(x, x, x, attn_mask=ahead, is_causal=True, need_weights=False)[0])
    if peer := _nanogpt(fused.state_dict()):
        made["nanoGPT"] = lambda: run(peer, lambda: peer(x))
    return made


BENCHMARKS = [
    Benchmark(
        name=f"transformers.multi_head_attention/{name}",
        work=f"causal, {B} x {T} positions, width {M}, {HEADS} heads, {kv_heads} of keys: output and all gradients",
        setup=partial(_contestants, kv_heads),
        reference="torch" if kv_heads == HEADS else "ours, step by step",
        reach=2.0,
        score=lambda gradient: float(np.abs(gradient).mean()),
        score_name="mean magnitude of the gradient",
        rounds=11,
    )
    for name, kv_heads in (("multi-head", HEADS), ("grouped", 2), ("multi-query", 1))
]
