"""Attention of a block, by whichever form is fastest: the same numbers to rounding.

`groundup.transformers.attention` derives it; here torch's fused kernel does the work. There is one exception. On the
CPU that kernel is slow in bfloat16, above all backwards, where two products and a softmax written out take a third to a
half of its time; so training in bfloat16 takes those, for half of the queries at a time: the first half sees half of
the keys, which saves a quarter of the work.
"""

import torch
from torch import Tensor
from torch.nn import functional as F

__all__ = ["attend", "halves"]

LEAST, MOST = 64, 1024  # positions between which `halves` is the faster one; its weights take T² numbers a head


def attend(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None = None, dropout: float = 0.0) -> Tensor:
    """softmax(q kᵀ / √width) v for every head, causal without a mask.

    Parameters
    ----------
    q : tensor of shape (B, heads, T, width)
    k, v : tensors of shape (B, heads, S, width)
    mask : bool tensor broadcastable to (B, heads, T, S), optional
        True = may look. Without it, S = T or T = 1, and a position looks at itself and those before.
    dropout : float
        Share of weights that are set to 0.

    Returns
    -------
    tensor of shape (B, heads, T, width)
    """
    T = q.shape[2]
    narrow = q.dtype == torch.bfloat16 and q.device.type == "cpu" and q.requires_grad
    if narrow and mask is None and not dropout and LEAST <= T <= MOST and k.shape[2] == T:
        return halves(q, k, v)
    return F.scaled_dot_product_attention(q, k, v, mask, dropout, is_causal=mask is None and T > 1)


def halves(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Causal attention, written out, for the first half of the positions and then for the second."""
    B, H, T, width = q.shape
    q, k, v = (part.reshape(B * H, T, width) for part in (q, k, v))
    middle, parts = (T + 1) // 2, []
    for low, high in ((0, middle), (middle, T)):
        later = torch.full((high - low, high), float("-inf"), dtype=q.dtype, device=q.device).triu(low + 1)
        scores = torch.baddbmm(later, q[:, low:high], k[:, :high].transpose(1, 2), alpha=width**-0.5)
        parts.append(scores.softmax(dim=-1) @ v[:, :high])
    return torch.cat(parts, dim=1).view(B, H, T, width)
