"""A linear layer whose float32 products run on oneDNN's kernels on the CPU.

torch hands float32 products to MKL, which keeps its fastest kernels for Intel's processors; bfloat16 products go to
oneDNN, which asks only what the processor can do. torch has an operator for a linear layer in float32 by oneDNN as
well, and uses it in compiled models. Calling it here makes a float32 training step some 8 per cent faster on an AMD
processor, by the same products in the same precision. Wherever the operator or the gain is missing (other devices and
types, small layers, autocast, compiled models) it is torch's own linear layer.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

__all__ = ["Linear"]

LEAST = 1 << 27  # products of two numbers below which starting oneDNN costs more than it gives


def _operator() -> Any:
    backends = torch.backends
    if not (backends.mkl.is_available() and backends.mkldnn.is_available()):  # MKL: an x86 build
        return None
    return getattr(torch.ops.mkldnn, "_linear_pointwise", None)


ONEDNN = _operator()


class _Product(torch.autograd.Function):
    """x Wᵀ + b with ∂x = g W, ∂W = gᵀ x, ∂b = Σ g, all by oneDNN."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        ctx.save_for_backward(x, weight)
        return ONEDNN(x, weight, bias, "none", [], "")

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        x, weight = ctx.saved_tensors
        g = grads[0].contiguous()
        rows, inputs = g.reshape(-1, g.shape[-1]), x.reshape(-1, x.shape[-1])
        by_x, by_weight, by_bias = ctx.needs_input_grad
        return (
            ONEDNN(g, weight.t(), None, "none", [], "") if by_x else None,
            ONEDNN(rows.t(), inputs.t(), None, "none", [], "") if by_weight else None,
            rows.sum(0) if by_bias else None,
        )


class Linear(nn.Linear):
    """torch's linear layer, with the same names, start and numbers to rounding."""

    def forward(self, input: Tensor) -> Tensor:
        """X Wᵀ + b over the last axis."""
        if self._by_onednn(input):
            return _Product.apply(input, self.weight, self.bias)
        return F.linear(input, self.weight, self.bias)

    def _by_onednn(self, x: Tensor) -> bool:
        return (
            ONEDNN is not None
            and torch.is_grad_enabled()  # first what is quickest to see: a generated token asks four times a block
            and not torch.compiler.is_compiling()
            and x.device.type == "cpu"
            and x.dtype == self.weight.dtype == torch.float32
            and x.numel() * self.out_features >= LEAST
            and not torch.is_autocast_enabled("cpu")
        )
