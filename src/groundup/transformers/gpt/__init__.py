"""GPT-2, exactly: the network of Radford et al. 2019, which reads and writes published weights.

    >>> import torch
    >>> from groundup.transformers.gpt import CONFIGS, GPT
    >>> model = GPT(CONFIGS["nano"])
    >>> ids = torch.tensor([[5, 7, 11, 13]])
    >>> model(ids).shape
    torch.Size([1, 4, 65])
    >>> model.loss(ids[:, :-1], ids[:, 1:]).item() < 5
    True

| file | holds |
|---|---|
| `config` | `GPTConfig`, and `CONFIGS` from "nano" (0.8M parameters) to GPT-2's "small" ... "xl" |
| `model`, `start` | `GPT`: the network, its loss; where training begins |
| `attend`, `products`, `loss` | attention and linear layers by the fastest form; cross-entropy in chunks |
| `published` | reading and writing config.json and model.safetensors in Hugging Face's layout |
| `sizes` | parameters, operations a token, bytes, from the configuration alone |
| `plain` | the same network on our NumPy autograd, from the same state |
"""

from importlib import import_module
from typing import Any

from groundup.transformers.gpt.config import CONFIGS, GPTConfig
from groundup.transformers.gpt.sizes import flops_per_token, generation_memory, parameter_counts, training_memory

_HOMES = {"GPT": "model", "WeightsError": "published", "PlainGPT": "plain"}  # torch and the autograd, when asked for

__all__ = [
    "CONFIGS",
    "GPT",  # pyright: ignore[reportUnsupportedDunderAll]
    "GPTConfig",
    "PlainGPT",  # pyright: ignore[reportUnsupportedDunderAll]
    "WeightsError",  # pyright: ignore[reportUnsupportedDunderAll]
    "flops_per_token",
    "generation_memory",
    "parameter_counts",
    "training_memory",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
