"""Latent attention: all heads' keys and values are unfolded from one short vector, and only that vector is kept.

For a position with input h (DeepSeek-AI 2024, DeepSeek-V2, equations 37 to 47):

    c_Q  = N(W_DQ h),      q_C = W_UQ c_Q,     q_R = RoPE(W_QR c_Q)           per head q = [q_C; q_R]     (37-40)
    c_KV = N(W_DKV h),     k_C = W_UK c_KV,    k_R = RoPE(W_KR h), shared     per head k = [k_C; k_R]     (41-44)
    v    = W_UV c_KV                                                                                      (45)
    u    = W_O [o_1; ...],     o_i = Σ_j softmax_j(q_i · k_j / √(d_C + d_R)) v_j                          (46-47)

N is RMS norm, which the report mentions among its settings. A cache holds c_KV and k_R: kv_rank + rope_width numbers
a token, whatever the number of heads. The rotated part stands apart because a rotation between W_UQ and W_UK would
keep the two from being multiplied. Without it they can be, which is the absorbed form: with W_UK^i of head i,

    q_C · k_C = q_C · (W_UK c) = (W_UK^T q_C) · c ,      Σ_j a_j W_UV c_j = W_UV (Σ_j a_j c_j) ,

so that keys and values are never unfolded: the same numbers, cheaper when one query meets many cached positions.
"""

from typing import Any

import torch
from torch import Tensor, nn

from groundup.checks import check_choice, check_count, check_number
from groundup.neural.normalization import RMSNorm
from groundup.transformers.attention import attention, causal_mask, softmax
from groundup.transformers.attention.masks import checked
from groundup.transformers.multi_head_attention.functional import merge_heads, split_heads
from groundup.transformers.self_attention import rope_tables, rotate

__all__ = ["LatentAttention"]


class LatentAttention(nn.Module):
    """Causal self-attention whose keys and values are compressed together.

    Parameters
    ----------
    d_model, heads : int
    kv_rank : int
        Length of c_KV, the compressed keys and values.
    q_rank : int, optional
        Length of c_Q; None: queries straight from the input.
    width : int
        Of the part of a head's queries and keys without positions (d_C).
    rope_width : int
        Of the rotated part (d_R), even.
    value_width : int, optional
        Of a head's values; `width` by default.
    base : float
        Of the rotation's frequencies.
    layout : {"pairs", "half"}
        Of the rotated pairs.
    eps : float
        Of the norms.

    Notes
    -----
    Names and shapes of the state are those of DeepSeek-V2 and V3 in transformers.
    """

    def __init__(
        self,
        d_model: int,
        heads: int,
        kv_rank: int,
        q_rank: int | None = None,
        *,
        width: int,
        rope_width: int,
        value_width: int | None = None,
        base: float = 10000.0,
        layout: str = "pairs",
        eps: float = 1e-6,
    ) -> None:
        super().__init__()
        value_width = width if value_width is None else value_width
        counts = {"d_model": d_model, "heads": heads, "kv_rank": kv_rank, "width": width, "rope_width": rope_width}
        for name, count in {**counts, "value_width": value_width, "q_rank": 1 if q_rank is None else q_rank}.items():
            check_count(name, count)
        if rope_width % 2:
            raise ValueError(f"rope_width must be even; got {rope_width}")
        check_choice("layout", layout, ("pairs", "half"))
        check_number("base", base, 0, open_low=True)
        check_number("eps", eps, 0)
        self.d_model, self.heads, self.kv_rank, self.width = d_model, heads, kv_rank, width
        self.rope_width, self.value_width = rope_width, value_width
        self.base, self.layout = base, layout
        queries = heads * (width + rope_width)
        if q_rank is None:
            self.q_proj = nn.Linear(d_model, queries, bias=False)
        else:
            self.q_a_proj = nn.Linear(d_model, q_rank, bias=False)  # W_DQ
            self.q_a_layernorm = RMSNorm(q_rank, eps=eps)
            self.q_b_proj = nn.Linear(q_rank, queries, bias=False)  # W_UQ and W_QR, head by head
        self.q_rank = q_rank
        self.kv_a_proj_with_mqa = nn.Linear(d_model, kv_rank + rope_width, bias=False)  # W_DKV and W_KR
        self.kv_a_layernorm = RMSNorm(kv_rank, eps=eps)
        self.kv_b_proj = nn.Linear(kv_rank, heads * (width + value_width), bias=False)  # W_UK and W_UV, head by head
        self.o_proj = nn.Linear(heads * value_width, d_model, bias=False)

    def forward(
        self, x: Tensor, mask: Tensor | None = None, cache: Any = None, layer: int = 0, absorbed: bool = False
    ) -> Tensor:
        """What the positions read from themselves and earlier ones.

        Parameters
        ----------
        x : tensor of shape (B, T, d_model)
        mask : bool tensor broadcastable to (B, heads, T, S), optional
            True where a position may look, besides the causal rule.
        cache : optional
            ``cache.length``, ``cache.update(layer, c, k_R)`` with c (B, 1, T, kv_rank), k_R (B, 1, T, rope_width).
        layer : int
        absorbed : bool
            Whether to compare queries with the compressed vectors instead of unfolding these.

        Returns
        -------
        tensor of shape (B, T, d_model)
        """
        if x.ndim != 3 or x.shape[-1] != self.d_model:
            raise ValueError(f"x must have shape (B, T, {self.d_model}); got {tuple(x.shape)}")
        past = 0 if cache is None else cache.length
        q_plain, q_turned = self._queries(x, past)
        c, k_turned = self._compressed(x, past)
        if cache is not None:
            c, k_turned = cache.update(layer, c, k_turned)
        read = (self._absorbed if absorbed else self._unfolded)(q_plain, q_turned, c, k_turned, mask)
        return self.o_proj(merge_heads(read))

    def _queries(self, x: Tensor, past: int) -> tuple[Tensor, Tensor]:
        """q_C (B, h, T, d_C) and q_R (B, h, T, d_R), equations 37 to 40."""
        q = self.q_proj(x) if self.q_rank is None else self.q_b_proj(self.q_a_layernorm(self.q_a_proj(x)))
        q_plain, q_turned = split_heads(q, self.heads).split((self.width, self.rope_width), -1)
        return q_plain, self._rope(q_turned, past)

    def _compressed(self, x: Tensor, past: int) -> tuple[Tensor, Tensor]:
        """c_KV (B, 1, T, kv_rank) and k_R (B, 1, T, d_R), equations 41 and 43."""
        c, k_turned = self.kv_a_proj_with_mqa(x).split((self.kv_rank, self.rope_width), -1)
        return self.kv_a_layernorm(c)[:, None], self._rope(k_turned[:, None], past)

    def _rope(self, x: Tensor, past: int) -> Tensor:
        tables = rope_tables(x.shape[-2], self.rope_width, self.base, offset=past, like=x)
        return rotate(x, *tables, layout=self.layout)

    def _unfold_maps(self) -> tuple[Tensor, Tensor]:
        """W_UK (h, d_C, kv_rank) and W_UV (h, d_V, kv_rank)."""
        w = self.kv_b_proj.weight.view(self.heads, self.width + self.value_width, self.kv_rank)
        return w.split((self.width, self.value_width), 1)  # pyright: ignore[reportReturnType]

    def _unfolded(self, q_plain: Tensor, q_turned: Tensor, c: Tensor, k_turned: Tensor, mask: Any) -> Tensor:
        """Equations 42 and 44 to 46 as they stand: keys and values of every head."""
        w_k, w_v = self._unfold_maps()
        k_plain, v = c @ w_k.transpose(-1, -2), c @ w_v.transpose(-1, -2)
        q = torch.cat((q_plain, q_turned), -1)
        k = torch.cat((k_plain, k_turned.expand(-1, self.heads, -1, -1)), -1)
        return attention(q, k, v, mask, causal=True)[0]

    def _absorbed(self, q_plain: Tensor, q_turned: Tensor, c: Tensor, k_turned: Tensor, mask: Any) -> Tensor:
        """The same with W_UK moved to the queries and W_UV to what was read: multi-query attention on c."""
        w_k, w_v = self._unfold_maps()
        scale = (self.width + self.rope_width) ** -0.5
        scores = scale * ((q_plain @ w_k) @ c.transpose(-1, -2) + q_turned @ k_turned.transpose(-1, -2))
        allowed = causal_mask(*scores.shape[-2:], like=scores)
        if mask is not None:
            allowed = allowed & checked(mask, tuple(scores.shape))
        weights = softmax(scores.masked_fill(~allowed, -torch.inf))
        return (weights @ c) @ w_v.transpose(-1, -2)

    def extra_repr(self) -> str:
        """Shown by print."""
        return f"heads={self.heads}, kv_rank={self.kv_rank}, q_rank={self.q_rank}, rope_width={self.rope_width}"
