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
    def forward(
        ctx: Any, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, bias: Any, mask: Any, causal: bool, *settings: Any
    ) -> torch.Tensor:
        arrays = (_array(q), _array(k), _array(v))
        ctx.plan = fused.plan(*arrays, mask, causal, None if bias is None else _array(bias), *settings)
        out, log_sum = (torch.from_numpy(x) for x in fused.forwards(*arrays, ctx.plan))
        ctx.learned = tuple(bias.shape) if bias is not None and bias.requires_grad else None
        ctx.save_for_backward(q, k, v, out, log_sum)
        return out.reshape(*ctx.plan.lead, *out.shape[1:]).to(q.dtype)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, given: Any) -> tuple:  # pyright: ignore[reportIncompatibleMethodOverride]
        g, q, k, v, out, log_sum = map(_array, (given, *ctx.saved_tensors))
        grads = fused.backwards(g, q, k, v, out, log_sum, ctx.plan, ctx.learned)
        return *(torch.from_numpy(d).to(given.dtype) for d in grads), *(None for _ in range(8 - len(grads)))


def flash_attention(
    q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, mask: Any, causal: bool, bias: Any, scale: Any, block: Any
) -> Any:
    """See `fused.flash_attention`; what is given to `fused.plan` are arrays."""
    for name, x in {"q": q, "k": k, "v": v, "bias": bias}.items():
        if x is not None and x.device.type != "cpu":
            raise TypeError(
                f"flash_attention computes on the CPU; {name} is on {x.device}: use torch's own kernel there"
            )
    if not q.dtype == k.dtype == v.dtype:
        raise TypeError(f"q, k and v must have one dtype; got {q.dtype}, {k.dtype} and {v.dtype}")
    return _Flash.apply(q, k, v, bias, mask, causal, scale, block)
