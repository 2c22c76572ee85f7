"""Attention with several heads, and the ways to share their keys and values.

| file | holds |
|---|---|
| `functional` | `multi_head_attention` on arrays, our `Tensor` and torch; `split_heads`, `merge_heads` and more |
| `modules` | `MultiHeadAttention`, a torch module: several, grouped or one head of keys, masks, positions, a cache |
| `latent` | `LatentAttention`, a torch module: keys and values compressed together (DeepSeek-AI 2024) |
| `heads` | what a head looks at: entropy, distance, previous token, induction |
| `sizes` | `cache_bytes`: what a token costs in a cache |

    >>> import numpy as np
    >>> from groundup.transformers.multi_head_attention import multi_head_attention
    >>> x, eye = np.array([[1.0, 0.0], [0.0, 1.0]]), np.eye(2)
    >>> out, weights = multi_head_attention(x, None, eye, eye, eye, eye, heads=2)
    >>> weights.shape
    (2, 2, 2)

Lesson: multi-head-attention
"""

from importlib import import_module
from typing import Any

from groundup.transformers.multi_head_attention.functional import (
    merge_heads,
    multi_head_attention,
    repeat_heads,
    split_heads,
)
from groundup.transformers.multi_head_attention.heads import (
    head_distance,
    head_entropy,
    induction_score,
    previous_token_score,
)
from groundup.transformers.multi_head_attention.sizes import cache_bytes

__all__ = [
    "cache_bytes",
    "head_distance",
    "head_entropy",
    "induction_score",
    "merge_heads",
    "multi_head_attention",
    "previous_token_score",
    "repeat_heads",
    "split_heads",
]

_MODULES = {"MultiHeadAttention": "modules", "LatentAttention": "latent"}


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_MODULES])
