"""Attention in tiles: exactly the same numbers, and the T x S weights are never built.

    >>> import numpy as np
    >>> from groundup.transformers.attention import attention
    >>> from groundup.transformers.flash_attention import flash_attention
    >>> q, k, v = np.random.default_rng(0).normal(size=(3, 2, 100, 16))
    >>> bool(np.allclose(flash_attention(q, k, v, causal=True), attention(q, k, v, causal=True)[0]))
    True

| file | holds |
|---|---|
| `online` | the online softmax, and tiled attention forwards and backwards in plain NumPy: to be read |
| `fused` | `flash_attention`: the same, compiled, for arrays, our `Tensor` and torch tensors on the CPU |

Memory O((T + S) (d + e)), time as plain attention; backwards the weights are computed a second time. Left out: dropout
on the weights, second derivatives, `torch.func` and `torch.compile`, other devices than the CPU.

Sources: Milakov & Gimelshein 2018 (arXiv 1805.02867); Rabe & Staats 2021 (arXiv 2112.05682); Dao et al. 2022 (arXiv
2205.14135), algorithms 1 and 4; Dao 2023 (arXiv 2307.08691) for the order of the loops.

Lesson: flash-attention
"""

from groundup.transformers.flash_attention.fused import flash_attention
from groundup.transformers.flash_attention.online import OnlineSoftmax, tiled_attention, tiled_attention_backward

__all__ = ["OnlineSoftmax", "flash_attention", "tiled_attention", "tiled_attention_backward"]
