"""The kernels on torch tensors, which share their memory with arrays. Loaded only where torch is in use."""

from typing import Any

import numpy as np
import torch
from torch.autograd.function import once_differentiable

from groundup.transformers.flash_attention import fused

__all__ = ["flash_attention"]


def _array(x: torch.Tensor) -> np.ndarray:
    """The same memory as an array; numbers of 16 bits as float32."""
    return x.detach().to(torch.promote_types(x.dtype, torch.float32)).numpy()


class _Flash(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, *settings: Any) -> torch.Tensor:
        arrays = (_array(q), _array(k), _array(v))
        ctx.plan = fused.plan(*arrays, *settings)
        out, log_sum = (torch.from_numpy(x) for x in fused.forwards(*arrays, ctx.plan))
        ctx.dtype = q.dtype
        ctx.save_for_backward(q, k, v, out, log_sum)
        return out.reshape(*ctx.plan.lead, *out.shape[1:]).to(q.dtype)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, g: Any) -> tuple:  # pyright: ignore[reportIncompatibleMethodOverride]
        g, q, k, v, out, log_sum = map(_array, (g, *ctx.saved_tensors))
        grads = fused.backwards(g, q, k, v, out, log_sum, ctx.plan)
        return *(torch.from_numpy(d).to(ctx.dtype) for d in grads), *(None for _ in range(5))


def flash_attention(
    q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, mask: Any, causal: bool, bias: Any, scale: Any, block: Any
) -> Any:
    """See `fused.flash_attention`; what is given to `fused.plan` are arrays."""
    if q.device.type != "cpu":
        raise TypeError(f"flash_attention computes on the CPU; q is on {q.device}: use torch's own kernel there")
    bias = None if bias is None else _array(bias)
    return _Flash.apply(q, k, v, mask, causal, bias, scale, block)
