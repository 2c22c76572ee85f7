"""The softmax of `scaled` in torch, with the derivative as it is written there. Loaded only where torch is in use.

The derivative is made of differentiable operations on the result, so it can be differentiated again;
`torch.func.vmap`, `grad` and `jvp` and `torch.compile` work. 16-bit numbers are summed in float32.
"""

from typing import Any

import torch

__all__ = ["softmax"]


def _rule(d: torch.Tensor, a: torch.Tensor) -> torch.Tensor:
    """Equation (5) of `scaled`; the Jacobian diag(a) - a aᵀ is symmetric, so it serves forwards and backwards."""
    weighted = a * d
    return weighted - a * weighted.sum(-1, keepdim=True)


class _Softmax(torch.autograd.Function):
    generate_vmap_rule = True

    @staticmethod
    def forward(x: torch.Tensor) -> torch.Tensor:
        top = x.amax(-1, keepdim=True)
        exp = (x - top.masked_fill(top == -torch.inf, 0)).exp_()
        total = exp.sum(-1, keepdim=True)
        return exp.div_(total.masked_fill_(total == 0, 1))

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple, output: torch.Tensor) -> None:
        ctx.save_for_backward(output)
        ctx.save_for_forward(output)

    @staticmethod
    def backward(ctx: Any, d: torch.Tensor) -> torch.Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        return _rule(d, *ctx.saved_tensors)


class _ForwardToo(_Softmax):
    """With the derivative in forward mode, which the compiler does not take."""

    @staticmethod
    def jvp(ctx: Any, tangent: torch.Tensor) -> torch.Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        return _rule(tangent, *ctx.saved_tensors)


def softmax(x: torch.Tensor) -> torch.Tensor:
    """Softmax over the last axis; rows of -inf alone become zeros."""
    if not x.is_floating_point():
        raise TypeError(f"x must be of a floating point dtype; got {x.dtype}")
    if not x.ndim:
        raise ValueError("x must have at least one axis, the one that is normalised; got a single number")
    if not x.shape[-1]:
        return x * 1
    function: Any = _Softmax if torch.compiler.is_compiling() else _ForwardToo
    return function.apply(x.to(torch.promote_types(x.dtype, torch.float32))).to(x.dtype)
