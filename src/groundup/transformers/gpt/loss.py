"""Cross-entropy of the next token, without ever holding all logits if asked.

    loss = mean over rows of  ln Σ_j e^{z_j} - z_y,   z = x Eᵀ,   ∂loss/∂z = (softmax(z) - onehot(y)) / rows

B T rows of V logits are the largest thing that a GPT with a small network and a large vocabulary keeps: at 8 x 1024
positions and V = 50257, 1.6 GB in float32, and as much again for their gradient. In chunks, the forward pass computes
∂loss/∂z of a few rows at once, turns it into what reaches x and E, and forgets it: the last layer is computed once, as
without chunks, and only x's and E's gradients are kept.
"""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from groundup.checks import check_count

__all__ = ["IGNORED", "token_loss"]

IGNORED = -100


def token_loss(
    x: Tensor, weight: Tensor, targets: Tensor, ignore_index: int = IGNORED, chunk: int | None = None
) -> Any:
    """Mean cross-entropy of `targets` under the logits x weightᵀ.

    Parameters
    ----------
    x : tensor of shape (n, d)
    weight : tensor of shape (V, d)
    targets : int64 tensor of shape (n,)
    ignore_index : int
        Rows with this target do not count.
    chunk : int, optional
        Rows at once; all of them by default. The result is the same but for rounding.
    """
    if chunk is None or chunk >= len(x):
        return F.cross_entropy(F.linear(x, weight), targets, ignore_index=ignore_index)
    check_count("chunk", chunk)
    if torch.is_autocast_enabled(x.device.type):  # a Function of our own must do what autocast does to products
        half = torch.get_autocast_dtype(x.device.type)
        x, weight = x.to(half), weight.to(half)
    return _Chunked.apply(x, weight, targets, ignore_index, chunk)


class _Chunked(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, targets: Tensor, ignore_index: int, chunk: int) -> Tensor:
        by_x, by_weight = ctx.needs_input_grad[:2]
        count = (targets != ignore_index).sum()
        total = torch.zeros((), dtype=torch.float32 if x.dtype != torch.float64 else x.dtype, device=x.device)
        dx = torch.empty_like(x) if by_x else None
        dw = torch.zeros_like(weight, dtype=total.dtype) if by_weight else None
        for low in range(0, len(x), chunk):
            rows, y = x[low : low + chunk], targets[low : low + chunk]
            logits = F.linear(rows, weight).to(total.dtype)
            total += F.cross_entropy(logits, y, ignore_index=ignore_index, reduction="sum")
            if not (by_x or by_weight):
                continue
            counted = y != ignore_index
            slope = logits.softmax(dim=1)
            slope[counted, y[counted]] -= 1
            slope *= counted[:, None] / count
            slope = slope.to(x.dtype)
            if dx is not None:
                torch.mm(slope, weight, out=dx[low : low + chunk])
            if dw is not None:
                dw += slope.T @ rows
        ctx.save_for_backward(*(g for g in (dx, dw) if g is not None))
        ctx.by_x, ctx.dtype = by_x, weight.dtype
        return total / count

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        (g,), kept = grads, list(ctx.saved_tensors)
        dx = kept.pop(0) if ctx.by_x else None
        dw = kept.pop(0) if kept else None
        return (
            None if dx is None else dx * g.to(dx.dtype),
            None if dw is None else (dw * g).to(ctx.dtype),
            None,
            None,
            None,
        )
