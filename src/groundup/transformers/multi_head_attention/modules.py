"""Multi-head attention as a torch module: the names and the state of torch's, with shared keys, positions, a cache."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from groundup.checks import check_choice, check_count, check_number
from groundup.transformers.attention import attention as plain_attention
from groundup.transformers.attention import causal_mask
from groundup.transformers.attention.masks import checked
from groundup.transformers.multi_head_attention.functional import (
    check_head_mask,
    check_heads,
    merge_heads,
    repeat_heads,
    split_heads,
)
from groundup.transformers.self_attention import alibi_bias, rope_tables, rotate

__all__ = ["MultiHeadAttention", "fused_attention"]

KINDS = ("plain", "fused", "tiled")


class MultiHeadAttention(nn.Module):
    """Several heads of attention, of a sequence to itself or to a memory.

    Shapes: B batch, T queries, S keys, m = d_model, h heads, g heads of keys and values, d = m / h.

    Parameters
    ----------
    d_model, heads : int
        m and h.
    kv_heads : int, optional
        g, a divisor of h. h by default; 1 is multi-query, anything between grouped-query attention.
    bias : bool
        Whether the four maps have intercepts.
    dropout : float
        Share of the weights that is dropped in training.
    attention : {"fused", "plain", "tiled"}
        Who computes: torch's fused kernel, our formula step by step, our tiled algorithm (on the CPU; step by step
        where weights, dropout or a bias's gradient are wanted). One result.
    positions : {"none", "rope", "alibi"}
        For self-attention: turn queries and keys, or lower scores with distance.
    base, layout
        Of the turns, see `rope_tables` and `rotate`.

    Notes
    -----
    The state is that of `torch.nn.MultiheadAttention` (in_proj_weight, in_proj_bias, out_proj.weight, out_proj.bias)
    and loads both ways if g = h. in_proj_weight holds the rows of the queries' map, the keys', the values', of shape
    (m + 2 g d, m).
    """

    def __init__(
        self,
        d_model: int,
        heads: int,
        kv_heads: int | None = None,
        bias: bool = True,
        dropout: float = 0.0,
        attention: str = "fused",
        *,
        positions: str = "none",
        base: float = 10000.0,
        layout: str = "half",
    ) -> None:
        super().__init__()
        check_count("d_model", d_model)
        self.kv_heads = check_heads(d_model, heads, kv_heads)
        check_number("dropout", dropout, 0, 1)
        check_choice("attention", attention, KINDS)
        check_choice("positions", positions, ("none", "rope", "alibi"))
        check_choice("layout", layout, ("half", "pairs"))
        check_number("base", base, 0, open_low=True)
        if positions == "rope" and d_model // heads % 2:
            raise ValueError(f"with rope the heads' width must be even; got d_model / heads = {d_model // heads}")
        self.d_model, self.heads, self.width = d_model, heads, d_model // heads
        self.dropout, self.attention = dropout, attention
        self.positions, self.base, self.layout = positions, base, layout
        rows = d_model + 2 * self.kv_heads * self.width
        self.in_proj_weight = nn.Parameter(torch.empty(rows, d_model))
        self.in_proj_bias = nn.Parameter(torch.empty(rows)) if bias else None
        self.out_proj = nn.Linear(d_model, d_model, bias)
        self._tables: tuple[Tensor, Tensor] | None = None
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Start as torch's module does."""
        nn.init.xavier_uniform_(self.in_proj_weight)
        self.out_proj.reset_parameters()
        for intercept in (self.in_proj_bias, self.out_proj.bias):
            if intercept is not None:
                nn.init.zeros_(intercept)

    def forward(
        self,
        x: Tensor,
        memory: Tensor | None = None,
        mask: Tensor | None = None,
        causal: bool = False,
        cache: Any = None,
        layer: int = 0,
        need_weights: bool = False,
        *,
        bias: Tensor | None = None,
        head_mask: Tensor | None = None,
    ) -> Any:
        """What every position of x reads.

        Parameters
        ----------
        x : tensor of shape (B, T, m)
        memory : tensor of shape (B, S, m), optional
            What is read; x itself by default.
        mask : bool tensor broadcastable to (B, h, T, S), optional
            True where a position may look. A query that may look at nothing reads zeros (before out_proj).
        causal : bool
            Whether a position may not look ahead; of self-attention.
        cache : optional
            Holds the keys and values of earlier positions: ``cache.length``, ``cache.update(layer, k, v)``.
        layer : int
            Number of this layer in the cache.
        need_weights : bool
            Whether to return the weights too; computed by the plain formula.
        bias : tensor broadcastable to (B, h, T, S), optional
            Added to the scores.
        head_mask : tensor of shape (h,), optional
            Factor on what each head read: 0 takes a head out.

        Returns
        -------
        out : tensor of shape (B, T, m)
        weights : tensor of shape (B, h, T, S), if asked for
            Before dropout.

        Raises
        ------
        ValueError
            If shapes do not fit, or a memory comes with what only self-attention has: causal, cache, positions.
        """
        self._check(x, memory, causal, cache)
        q, k, v = self._project(x, memory)
        if self.positions == "rope":
            q, k = self._turn(q, k, 0 if cache is None else cache.length)
        if cache is not None:
            k, v = cache.update(layer, k, v)
        if self.positions == "alibi":
            penalty = alibi_bias(self.heads, q.shape[-2], k.shape[-2], like=q)
            bias = penalty if bias is None else bias + penalty
        if mask is not None:
            mask = checked(mask, (*q.shape[:-1], k.shape[-2]))
        read, weights = self._attend(q, k, v, mask, causal, bias, need_weights)
        if head_mask is not None:
            read = read * check_head_mask(head_mask, self.heads)
        out = self.out_proj(merge_heads(read))
        return (out, weights) if need_weights else out

    def _check(self, x: Tensor, memory: Tensor | None, causal: bool, cache: Any) -> None:
        for name, value in (("x", x), ("memory", memory)):
            if value is not None and (value.ndim != 3 or value.shape[-1] != self.d_model):
                raise ValueError(f"{name} must have shape (B, T, {self.d_model}); got {tuple(value.shape)}")
        if memory is None:
            return
        if memory.shape[0] != x.shape[0]:
            raise ValueError(f"memory must have the batch of x, {x.shape[0]}; got {tuple(memory.shape)}")
        for name, given in (("causal", causal), ("cache", cache is not None), ("positions", self.positions != "none")):
            if given:
                raise ValueError(f"{name} belongs to self-attention; a memory has other positions than x")

    def _project(self, x: Tensor, memory: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
        """Queries (B, h, T, d), keys and values (B, g, S, d): one product, or two if they come from elsewhere."""
        shared = self.kv_heads * self.width
        w, b = self.in_proj_weight, self.in_proj_bias
        if memory is None:
            q, k, v = F.linear(x, w, b).split((self.d_model, shared, shared), -1)
        else:
            split = (self.d_model, 2 * shared)
            (w_q, w_kv), (b_q, b_kv) = w.split(split), (None, None) if b is None else b.split(split)
            q = F.linear(x, w_q, b_q)
            k, v = F.linear(memory, w_kv, b_kv).split(shared, -1)
        return split_heads(q, self.heads), split_heads(k, self.kv_heads), split_heads(v, self.kv_heads)

    def _turn(self, q: Tensor, k: Tensor, offset: int) -> tuple[Tensor, Tensor]:
        """RoPE; the tables grow when they have to."""
        end, tables = offset + q.shape[-2], self._tables
        if tables is None or len(tables[0]) < end or tables[0].device != q.device or tables[0].dtype != q.dtype:
            tables = self._tables = rope_tables(max(end, 2 * offset), self.width, self.base, like=q)
        return tuple(rotate(z, *tables, layout=self.layout, offset=offset) for z in (q, k))

    def _attend(
        self, q: Tensor, k: Tensor, v: Tensor, mask: Any, causal: bool, bias: Any, need_weights: bool
    ) -> tuple[Tensor, Tensor | None]:
        """What each head reads, (B, h, T, d), and its weights if wanted."""
        dropout = self.dropout if self.training else 0.0
        if self.attention == "fused" and not need_weights:
            return fused_attention(q, k, v, mask, causal=causal, bias=bias, dropout=dropout), None
        groups = self.heads // self.kv_heads
        k, v = repeat_heads(k, groups), repeat_heads(v, groups)
        learned = bias is not None and bias.requires_grad
        if self.attention == "tiled" and not (need_weights or dropout or learned):
            from groundup.transformers.flash_attention import flash_attention  # compiled: loaded where it is wanted

            return flash_attention(q, k, v, mask, causal=causal, bias=bias), None
        read, weights = plain_attention(q, k, v, mask, causal=causal, bias=bias)
        return (F.dropout(weights, dropout) @ v if dropout else read), weights

    def extra_repr(self) -> str:
        """Shown by print."""
        return (
            f"{self.d_model}, heads={self.heads}, kv_heads={self.kv_heads}, attention={self.attention!r}, "
            f"positions={self.positions!r}"
        )


def fused_attention(
    q: Tensor, k: Tensor, v: Tensor, mask: Any = None, *, causal: bool = False, bias: Any = None, dropout: float = 0.0
) -> Tensor:
    """`attention` by torch's fused kernel, which never shows its weights.

    k and v may have fewer heads than q. What the kernel makes of a query that may look at nothing differs between
    versions and devices (zeros or NaN): such a query looks everywhere here, and what it read is set to zero.

    Parameters
    ----------
    q : tensor of shape (B, h, T, d)
    k, v : tensors of shapes (B, g, S, d) and (B, g, S, e), g a divisor of h
    mask : bool tensor broadcastable to (B, h, T, S), optional
    causal : bool
        The queries are the last T of the S positions.
    bias : tensor broadcastable to (B, h, T, S), optional
    dropout : float

    Returns
    -------
    tensor of shape (B, h, T, e)
    """
    T, S = q.shape[-2], k.shape[-2]
    ahead = causal and T > 1
    if ahead and (mask is not None or bias is not None or T != S):
        triangle = causal_mask(T, S, like=q)
        mask, ahead = (triangle if mask is None else mask & triangle), False
    seen = None
    if mask is not None:
        seen = mask.any(-1, keepdim=True)
        mask = mask | ~seen
    if bias is not None:
        mask = bias.to(q.dtype) if mask is None else bias.to(q.dtype).masked_fill(~mask, -torch.inf)
    out = F.scaled_dot_product_attention(q, k, v, mask, dropout, ahead, enable_gqa=q.shape[-3] != k.shape[-3])
    return out if seen is None else out.masked_fill(~seen, 0)
