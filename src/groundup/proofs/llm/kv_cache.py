"""groundup.llm.kv_cache beside transformers: what caches hold, what becomes of it, and the tokens of generate.

Both models have the same weights (`groundup.proofs.transformers.gpt.pair`). bfloat16 and int8 are held against
transformers with the weights those formats stand for, in float32: what is compared is the arithmetic, not the rounding.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from groundup.proofs.core import Case, Proof
from groundup.proofs.transformers.gpt import CONFIGS, pair

__all__ = ["proof"]

proof = Proof("groundup.llm.kv_cache", reference="transformers.DynamicCache", needs=("torch",))

NAME = "GPT-2's blocks"


def _ids(batch: int, length: int, seed: int = 3) -> Any:
    import torch

    return torch.tensor(np.random.default_rng(seed).integers(0, 211, (batch, length)))


def _by_layer(keys: Any, values: Any, layers: int) -> list[np.ndarray]:
    return [part[layer].numpy() for layer in range(layers) for part in (keys, values)]


def _held(model: Any, parts: list[Any]) -> list[np.ndarray]:
    """Keys and values that our cache holds after the parts of a text."""
    import torch

    from groundup.llm.kv_cache import KVCache

    cache = KVCache.of(model, len(parts[0]))
    with torch.no_grad():
        for part in parts:
            model(part, cache=cache)
    n = cache.length
    return _by_layer(cache.keys[..., :n, :], cache.values[..., :n, :], len(cache.keys))


def _their_cache(theirs: Any, kind: str) -> Any:
    from transformers import DynamicCache, StaticCache

    return DynamicCache(config=theirs.config) if kind == "dynamic" else StaticCache(theirs.config, max_cache_len=64)


def _their_held(theirs: Any, parts: list[Any], kind: str) -> list[np.ndarray]:
    import torch

    cache = _their_cache(theirs, kind)
    with torch.no_grad():
        for part in parts:
            theirs(part, past_key_values=cache)
    n = sum(part.shape[1] for part in parts)
    return [part[..., :n, :].numpy() for layer in cache.layers for part in (layer.keys, layer.values)]


@proof.check(
    "keys and values after a text in parts",
    tolerance=1e-5,
    reason="roundings of 6e-8 through three blocks",
    reference="transformers.DynamicCache and StaticCache",
)
def _keys() -> Iterator[Case]:
    for name, config in CONFIGS.items():
        ours, theirs = pair(config)
        for sizes in ([40], [20, 1, 1, 18], [1] * 12):
            parts = list(_ids(3, sum(sizes)).split(sizes, 1))
            for kind in ("dynamic", "static"):
                yield Case(
                    f"{name}, parts of {', '.join(map(str, sizes[:4]))}, {kind}",
                    partial(_held, ours, parts),
                    partial(_their_held, theirs, parts, kind),
                )


def _changed(model: Any, theirs: bool, keep: int, rows: list[int]) -> np.ndarray:
    """Logits after a text, a rewind, a new order of sequences, and some tokens more."""
    import torch

    from groundup.llm.kv_cache import KVCache

    first, more = _ids(3, 20), _ids(len(rows), 5, seed=4)
    with torch.no_grad():
        if not theirs:
            cache = KVCache.of(model, 3)
            model(first, cache=cache)
            cache.truncate(keep)
            cache.reorder(rows)
            return model(more, cache=cache).numpy()
        other = _their_cache(model, "dynamic")
        model(first, past_key_values=other)
        if keep < 20:
            other.crop(keep - 20)  # as many as shall go, negative
        other.batch_select_indices(torch.tensor(rows))
        return model(more, past_key_values=other).logits.numpy()


@proof.check("logits after rewinding and reordering", tolerance=1e-5, reason="the same roundings")
def _operations() -> Iterator[Case]:
    ours, theirs = pair(CONFIGS[NAME])
    for keep in (1, 13, 20):
        for rows in ([2, 0, 0], [1], [0, 0, 1, 2]):
            yield Case(
                f"first {keep} of 20, sequences {rows}",
                partial(_changed, ours, False, keep, rows),
                partial(_changed, theirs, True, keep, rows),
            )


def _window(model: Any, window: int, sinks: int) -> np.ndarray:
    import torch

    from groundup.llm.kv_cache import WindowCache

    cache, logits = WindowCache.of(model, 2, window, sinks=sinks), []
    with torch.no_grad():
        for token in _ids(2, 30).split(1, 1):
            logits.append(model(token, positions=cache.positions(), cache=cache))
    return torch.cat(logits, 1).numpy()


def _their_band(theirs: Any, window: int, sinks: int) -> np.ndarray:
    import torch

    i, j = torch.arange(30)[:, None], torch.arange(30)
    seen = (j <= i) & ((j < sinks) | (i - j < window - sinks))
    mask = torch.zeros(2, 1, 30, 30).masked_fill(~seen, torch.finfo(torch.float32).min)
    with torch.no_grad():
        return theirs(_ids(2, 30), attention_mask=mask).logits.numpy()


@proof.check(
    "a window with sinks, token by token",
    tolerance=1e-5,
    reason="the same roundings",
    reference="transformers.GPT2LMHeadModel under a banded mask, without a cache",
)
def _windows() -> Iterator[Case]:
    for name in (NAME, "relu, twelve heads"):
        ours, theirs = pair(CONFIGS[name])
        for window, sinks in ((8, 0), (8, 4), (2, 1), (40, 3)):
            yield Case(
                f"{name}, window {window}, {sinks} sinks",
                partial(_window, ours, window, sinks),
                partial(_their_band, theirs, window, sinks),
            )


def _tokens(model: Any, prompt: Any, n: int) -> np.ndarray:
    """Greedy tokens with our cache."""
    import torch

    from groundup.llm.kv_cache import KVCache

    cache, new = KVCache.of(model, len(prompt)), [prompt]
    with torch.no_grad():
        for _ in range(n):
            new.append(model(new[-1], cache=cache, last_only=True)[:, -1].argmax(-1, keepdim=True))
    return torch.cat(new, 1).numpy()


def _their_tokens(theirs: Any, prompt: Any, n: int) -> np.ndarray:
    import torch

    settings = {"max_new_tokens": n, "min_new_tokens": n, "do_sample": False, "pad_token_id": 0}
    return theirs.generate(prompt, attention_mask=torch.ones_like(prompt), **settings).numpy()


@proof.check(
    "50 tokens of greedy generation",
    tolerance=0,
    reason="the same tokens: the best is ahead by far more than roundings",
    reference="transformers.generate",
)
def _generated() -> Iterator[Case]:
    from groundup.llm.kv_cache import CompiledGPT

    for name, config in CONFIGS.items():
        ours, theirs = pair(config)
        for batch in (1, 3):
            prompt = _ids(batch, 10, seed=5)
            expected = partial(_their_tokens, theirs, prompt, 50)
            yield Case(f"{name}, {batch} sequences", partial(_tokens, ours, prompt, 50), expected)
            compiled = CompiledGPT(ours)
            yield Case(f"{name}, {batch} sequences, compiled", partial(_tokens, compiled, prompt, 50), expected)


def _steps(model: Any, ids: Any) -> np.ndarray:
    import torch

    cache = model.new_cache()
    return torch.cat([model(token, cache=cache) for token in ids.split(1, 1)], 1).numpy()


def _rounded(theirs: Any, compiled: Any) -> Any:
    """Their model with the weights that a compiled one stands for."""
    import torch

    from groundup.llm.kv_cache.weights import dense

    w, state = compiled.weights, theirs.state_dict()
    names = {"qkv": "attn.c_attn", "out": "attn.c_proj", "up": "mlp.c_fc", "down": "mlp.c_proj"}
    with torch.no_grad():
        for part, name in names.items():
            for layer, matrix in enumerate(dense(getattr(w, part), getattr(w, f"{part}_scale"), w.shift)):
                state[f"transformer.h.{layer}.{name}.weight"].copy_(matrix.T)
        state["transformer.wte.weight"].copy_(dense(w.tokens, w.tokens_scale, w.shift)[0])
    return theirs


def _their_logits(theirs: Any, ids: Any) -> np.ndarray:
    import torch

    with torch.no_grad():
        return theirs(ids).logits.numpy()


@proof.check(
    "logits of the compiled step",
    tolerance=1e-5,
    reason="roundings of 6e-8 through three blocks; activations as integers of 16 bits err by 3e-5 a product more",
    reference="transformers.GPT2LMHeadModel with the rounded weights, without a cache",
)
def _compiled() -> Iterator[Case]:
    from groundup.llm.kv_cache import CompiledGPT

    ids = _ids(1, 40)
    for kind, activations in (
        ("float32", "float32"),
        ("bfloat16", "float32"),
        ("int8", "float32"),
        ("int8", "integers"),
    ):
        for name, config in CONFIGS.items():
            ours, theirs = pair(config)
            compiled = CompiledGPT(ours, kind, activations)
            yield Case(
                f"{name}, {kind}" + (", activations too" if (kind, activations) == ("int8", "integers") else ""),
                partial(_steps, compiled, ids),
                partial(_their_logits, _rounded(theirs, compiled), ids),
                tolerance=1e-3 if activations == "integers" else None,
            )


def _quantized(weight: Any) -> list[np.ndarray]:
    from groundup.llm.kv_cache import quantize_rows

    integers, scale = quantize_rows(weight)
    return [(integers * scale[:, None]).numpy(), scale.numpy()]


def _their_quantized(weight: Any) -> list[np.ndarray]:
    import torch

    scale = torch.maximum(-weight.amin(1), weight.amax(1)) / 127
    zero = torch.zeros(len(weight), dtype=torch.int32)
    return [torch.fake_quantize_per_channel_affine(weight, scale, zero, 0, -127, 127).numpy(), scale.numpy()]


@proof.check(
    "rounding to int8 by rows",
    tolerance=1e-6,
    reason="the same integers, times the same scales",
    reference="torch.fake_quantize_per_channel_affine",
)
def _int8() -> Iterator[Case]:
    import torch

    for rows, columns, spread in ((1, 1, 1.0), (7, 33, 1e-3), (64, 256, 50.0)):
        weight = spread * torch.randn(rows, columns, generator=torch.Generator().manual_seed(rows))
        yield Case(f"{rows} x {columns}", partial(_quantized, weight), partial(_their_quantized, weight))
