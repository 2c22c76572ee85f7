"""The two attentions of the transformer, on top of `MultiHeadAttention`.

`Attention` keeps 16-bit training fast on processors, where the backward pass of torch's fused kernel is ten times
slower in bfloat16 than in float32 at the length of sentences: maps in 16 bits, attention itself in 32.
`CrossAttention` reads a memory whose keys and values are computed once: a decoder asks the same source at every token.
"""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from groundup.transformers.multi_head_attention import MultiHeadAttention, merge_heads, split_heads

__all__ = ["Attention", "CrossAttention", "Keys"]

Keys = tuple[Tensor, Tensor]  # keys and values, each of shape (B, heads, S, width)


class Attention(MultiHeadAttention):
    """`MultiHeadAttention` that leaves 16 bits for the weighing itself where its gradient is wanted on a processor."""

    def _attend(self, q: Tensor, k: Tensor, v: Tensor, *rest: Any) -> tuple[Tensor, Tensor | None]:
        if q.dtype != torch.bfloat16 or q.device.type != "cpu" or not q.requires_grad:
            return super()._attend(q, k, v, *rest)
        with torch.autocast("cpu", enabled=False):
            read, weights = super()._attend(q.float(), k.float(), v.float(), *rest)
        return read.to(q.dtype), weights


class CrossAttention(Attention):
    """Attention to a memory, in two steps: `keys` of the memory, and `read` with queries.

    Parameters
    ----------
    d_model, heads, kv_heads, bias, dropout, attention, positions, base, layout
        As for `MultiHeadAttention`; as many heads of keys as of queries, and no positions.
    """

    def keys(self, memory: Tensor) -> Keys:
        """Keys and values of a memory (B, S, E), each (B, heads, S, width)."""
        bias = self.in_proj_bias
        both = F.linear(memory, self.in_proj_weight[self.d_model :], None if bias is None else bias[self.d_model :])
        k, v = both.chunk(2, -1)
        return split_heads(k, self.heads), split_heads(v, self.heads)

    def read(self, x: Tensor, keys: Keys, mask: Tensor | None = None, need_weights: bool = False) -> Any:
        """What the positions of x (B, T, E) read there, (B, T, E); with their weights (B, heads, T, S) if wanted."""
        bias = self.in_proj_bias
        q = F.linear(x, self.in_proj_weight[: self.d_model], None if bias is None else bias[: self.d_model])
        out, weights = self._attend(split_heads(q, self.heads), *keys, mask, False, None, need_weights)
        out = self.out_proj(merge_heads(out))
        return (out, weights) if need_weights else out
