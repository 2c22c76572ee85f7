"""A sequence that attends to itself, and four ways to tell it where everything stands.

    >>> import numpy as np
    >>> from groundup.transformers.self_attention import causal_self_attention
    >>> x, eye = np.array([[1.0, 0.0], [0.0, 1.0]]), np.eye(2)
    >>> out, weights = causal_self_attention(x, eye, eye, eye)
    >>> weights.round(2)
    array([[1.  , 0.  ],
           [0.33, 0.67]])

| file | holds |
|---|---|
| `single` | `self_attention` and `causal_self_attention`: one head, on arrays, our `Tensor` and torch |
| `sinusoids` | `sinusoidal`: waves of many lengths, added to the input (Vaswani et al. 2017, section 3.5) |
| `rotary` | `rope_tables`, `rotate`: queries and keys turned by angles (Su et al. 2021), in both layouts |
| `alibi` | `alibi_slopes`, `alibi_bias`: a penalty that grows with the distance (Press et al. 2022) |
| `modules` | torch modules `SelfAttention` and `LearnedPositions`, loaded when one is first used |

Left out: several heads (`multi_head_attention`), relative positions learned in buckets (T5), stretched angles for
contexts longer than those trained on.

Lesson: self-attention
"""

from importlib import import_module
from typing import Any

from groundup.transformers.self_attention.alibi import alibi_bias, alibi_slopes
from groundup.transformers.self_attention.rotary import half_order, rope_frequencies, rope_tables, rotate
from groundup.transformers.self_attention.single import causal_self_attention, self_attention
from groundup.transformers.self_attention.sinusoids import sinusoidal

__all__ = [
    "alibi_bias",
    "alibi_slopes",
    "causal_self_attention",
    "half_order",
    "rope_frequencies",
    "rope_tables",
    "rotate",
    "self_attention",
    "sinusoidal",
]

_MODULES = ("LearnedPositions", "SelfAttention")


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return getattr(import_module(f"{__name__}.modules"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_MODULES])
