"""Greedy generation with a cache, one text: the compiled step beside transformers' generate and a peer without one.

All models have the same weights, drawn at random and enlarged so that the best token is ahead by more than roundings of
float32; the score counts how many tokens are those of transformers in float32 before the first that differs (bfloat16
and int8 weights are other weights, and a text that left the path does not come back to it). What rounding costs a
trained model is tested in tests/llm/test_compiled_perplexity.py.
"""

import contextlib
import io
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from groundup.bench import Benchmark

PROMPT = 32
TOKENS = {"mini": 128, "small": 64}
SAID = {"mini": "10.7M parameters", "small": "124M parameters"}


def _models(size: str) -> tuple[Any, Any]:
    """Ours and transformers' with equal weights, in float32."""
    import torch

    from groundup.transformers.gpt import CONFIGS, GPT
    from transformers import GPT2Config, GPT2LMHeadModel

    c = replace(CONFIGS[size], n_positions=512)
    torch.manual_seed(0)
    ours = GPT(c).eval().requires_grad_(False)
    for weight in ours.parameters():
        if weight.ndim == 2:
            weight.mul_(3)
    names = {name: getattr(c, name) for name in ("vocab_size", "n_positions", "n_embd", "n_layer", "n_head")}
    theirs = GPT2LMHeadModel(GPT2Config(**names, bos_token_id=0, eos_token_id=None)).eval().requires_grad_(False)
    state = theirs.state_dict()
    for name, weight in ours.state_dict().items():
        there = state[f"transformer.{name}"]
        there.copy_(weight.T if there.shape != weight.shape or _turned(name) else weight)
    return ours, theirs


def _turned(name: str) -> bool:
    return name.startswith("h.") and name.endswith(("c_attn.weight", "c_proj.weight", "c_fc.weight"))


def _prompt(vocabulary: int) -> Any:
    import torch

    return torch.randint(0, vocabulary, (1, PROMPT), generator=torch.Generator().manual_seed(1))


def _ours(model: Any, n: int) -> Any:
    import torch

    from groundup.llm.decoding import generate

    (text,) = generate(model, _prompt(model.config.vocab_size), n, temperature=0)
    return torch.tensor(text.ids)


def _theirs(model: Any, n: int) -> Any:
    import torch

    prompt = _prompt(model.config.vocab_size)
    settings = {"max_new_tokens": n, "min_new_tokens": n, "do_sample": False, "pad_token_id": 0}
    return model.generate(prompt, attention_mask=torch.ones_like(prompt), **settings)[0]


def _nanogpt(ours: Any, n: int) -> Callable[[], Any] | None:
    """nanoGPT's own generate on the same weights, where its checkout lies beside (GROUNDUP_PEERS)."""
    folder = Path(os.environ.get("GROUNDUP_PEERS", "")) / "nanoGPT"
    if not (folder / "model.py").is_file() or not os.environ.get("GROUNDUP_PEERS"):
        return None
    import importlib.util

    import torch

    spec = importlib.util.spec_from_file_location("nanogpt_model", folder / "model.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["nanogpt_model"] = module
    spec.loader.exec_module(module)
    c = ours.config
    sizes = {"block_size": c.n_positions, "vocab_size": c.vocab_size, "n_layer": c.n_layer, "n_head": c.n_head}
    with contextlib.redirect_stdout(io.StringIO()):  # it says its size
        model = module.GPT(module.GPTConfig(**sizes, n_embd=c.n_embd, dropout=0.0, bias=True)).eval()
    state = model.state_dict()
    for name, weight in ours.state_dict().items():
        state[f"transformer.{name}"].copy_(weight)

    def call() -> Any:
        with torch.no_grad():
            return model.generate(_prompt(c.vocab_size), n, top_k=1)[0, PROMPT:]

    return call


def _contestants(size: str, weights: str) -> dict[str, Callable[[], Any]]:
    import copy

    import torch

    from groundup.llm.kv_cache import CompiledGPT

    ours, theirs = _models(size)
    n = TOKENS[size]
    expected = _theirs(theirs, n)[PROMPT:]

    def counted(call: Callable[[], Any]) -> Callable[[], float]:
        def run() -> float:
            ids = call()
            ids = ids[-n:]
            return float((ids == expected).int().cumprod(0).sum())

        return run

    calls: dict[str, Callable[[], Any]] = {"ours": partial(_ours, CompiledGPT(ours, weights), n)}
    if weights == "int8":
        calls["ours, float32 activations"] = partial(_ours, CompiledGPT(ours, "int8", "float32"), n)
    if weights == "float32":
        calls["ours, torch with KVCache"] = partial(_ours, ours, n)
    if weights == "bfloat16":
        theirs = copy.deepcopy(theirs).to(torch.bfloat16)
    calls["transformers"] = partial(_theirs, theirs, n)
    peer = _nanogpt(ours, n) if (size, weights) == ("mini", "float32") else None
    if peer is not None:
        calls["nanoGPT, no cache"] = peer
    return {who: counted(call) for who, call in calls.items()}


REACH = {
    ("mini", "float32"): 2.0, ("mini", "bfloat16"): 1.8, ("mini", "int8"): 5.0,
    ("small", "float32"): 1.4, ("small", "bfloat16"): 1.5, ("small", "int8"): 3.5,
}  # fmt: skip
BENCHMARKS = [
    Benchmark(
        name=f"llm.kv_cache/{size}-{weights}",
        work=f"greedy generation, {SAID[size]}, {PROMPT} + {TOKENS[size]} tokens, one text: {weights} weights, beside "
        f"transformers in {'bfloat16' if weights == 'bfloat16' else 'float32'}",
        setup=partial(_contestants, size, weights),
        reference="transformers",
        reach=1 / times,
        score=float,
        score_name=f"tokens of {TOKENS[size]} until one differs from transformers in float32",
        rounds=7 if size == "mini" else 5,
    )
    for (size, weights), times in REACH.items()
]
