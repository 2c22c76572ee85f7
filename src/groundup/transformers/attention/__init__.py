"""Scaled dot-product attention: read values at the places where keys answer queries.

    A = softmax(Q Kᵀ / √d + bias),   O = A V                             (Vaswani et al. 2017, equation 1)

    >>> import numpy as np
    >>> from groundup.transformers.attention import attention
    >>> out, weights = attention(np.array([[1.0]]), np.array([[1.0], [2.0], [0.0]]), np.array([[10.0], [20.0], [0.0]]))
    >>> out.round(1), weights.round(3)
    (array([[15.8]]), array([[0.245, 0.665, 0.09 ]]))

| file | holds |
|---|---|
| `scaled` | `attention` and `softmax`, on arrays, on our `Tensor` and on torch; `attention_backward` by hand |
| `masks` | causal, padding, window and document masks; how they combine |
| `maps` | `draw_attention`: who looks at whom, as a picture |

T queries, S keys, d key width, e value width; leading axes (batch, heads) are broadcast. Time O(T S (d + e)), memory
O(T S): the weights are built whole. Left out here: several heads (`groundup.transformers.multi_head_attention`), the
tiled form that never builds the weights (`groundup.transformers.flash_attention`), dropout on the weights.

Lesson: attention
"""

from importlib import import_module
from typing import Any

from groundup.transformers.attention.maps import draw_attention
from groundup.transformers.attention.masks import causal_mask, padding_mask, window_mask
from groundup.transformers.attention.scaled import attention, attention_backward, softmax, softmax_backward

__all__ = [
    "attention",
    "attention_backward",
    "causal_mask",
    "document_mask",  # pyright: ignore[reportUnsupportedDunderAll]  # loaded when asked for: packing needs Numba
    "draw_attention",
    "padding_mask",
    "softmax",
    "softmax_backward",
    "window_mask",
]


def __getattr__(name: str) -> Any:
    if name == "document_mask":
        return import_module("groundup.neural.batching.packing").document_mask
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
