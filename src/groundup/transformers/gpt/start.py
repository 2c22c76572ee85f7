"""Where training begins: GPT-2's start, as arrays.

Matrices and embeddings are normal with standard deviation σ = 0.02, biases 0, gains 1. The 2 L matrices that write into
the stream (`c_proj`) get σ / √(2 L): their contributions are nearly independent at the start, so that variances add,
and 2 L of them with 1 / (2 L) of the variance add as much as one would (Radford et al. 2019, section 2.3, who divide by
√N for N "residual layers"; 2 L is the count of published code, one for each half of a block).
"""

import math
from collections.abc import Iterator

import numpy as np

from groundup.transformers.gpt.config import GPTConfig

__all__ = ["shapes", "start", "std_of"]


def shapes(config: GPTConfig) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Name and shape of every parameter, in the order of `GPT.state_dict()`."""
    d, f = config.n_embd, config.inner

    def layer(name: str, *shape: int) -> Iterator[tuple[str, tuple[int, ...]]]:
        yield f"{name}.weight", shape
        if config.bias:
            yield f"{name}.bias", shape[:1]

    yield "wte.weight", (config.vocab_size, d)
    yield "wpe.weight", (config.n_positions, d)
    for i in range(config.n_layer):
        yield from layer(f"h.{i}.ln_1", d)
        yield from layer(f"h.{i}.attn.c_attn", 3 * d, d)
        yield from layer(f"h.{i}.attn.c_proj", d, d)
        yield from layer(f"h.{i}.ln_2", d)
        yield from layer(f"h.{i}.mlp.c_fc", f, d)
        yield from layer(f"h.{i}.mlp.c_proj", d, f)
    yield from layer("ln_f", d)


def std_of(name: str, config: GPTConfig) -> float:
    """Standard deviation of a matrix's entries at the start."""
    halves = 2 * config.n_layer if name.endswith("c_proj.weight") else 1
    return config.initializer_range / math.sqrt(halves)


def start(config: GPTConfig, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """All parameters, float32."""
    state = {}
    for name, shape in shapes(config):
        if len(shape) == 2:
            state[name] = (std_of(name, config) * rng.standard_normal(shape)).astype(np.float32)
        else:
            state[name] = np.full(shape, float(name.endswith("weight")), np.float32)  # gains of norms 1, biases 0
    return state
