"""The same in torch: equations (1) to (3) of `_standardize` as a `torch.autograd.Function`, in float32 at the least.

Only x is kept; the backward pass recomputes mean and variance with operations that can be differentiated again.
"""

from typing import Any

import torch

from groundup.neural.normalization._standardize import Plan

__all__ = ["normalize", "scale_and_shift"]


def _parts(x: torch.Tensor, axes: tuple[int, ...], eps: float, centre: bool) -> tuple[torch.Tensor, ...]:
    """x̂, r, μ and v."""
    mean = x.mean(axes, keepdim=True) if centre else x.new_zeros(())
    out = x - mean
    if centre:
        rest = out.mean(axes, keepdim=True)
        out, mean = out - rest, mean + rest
    variance = out.square().mean(axes, keepdim=True)
    r = (variance + eps).rsqrt()
    return out * r, r, mean, variance


class _Standardize(torch.autograd.Function):
    generate_vmap_rule = True

    @staticmethod
    def forward(x: torch.Tensor, axes: tuple[int, ...], eps: float, centre: bool) -> tuple[torch.Tensor, ...]:
        xhat, _, mean, variance = _parts(x, axes, eps, centre)
        return xhat, mean, variance

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple, output: tuple) -> None:
        x, *ctx.settings = inputs
        ctx.save_for_backward(x)
        ctx.mark_non_differentiable(*output[1:])

    @staticmethod
    def backward(ctx: Any, h: torch.Tensor, *none: Any) -> tuple:
        axes, eps, centre = ctx.settings
        xhat, r, *_ = _parts(ctx.saved_tensors[0], axes, eps, centre)
        out = h - xhat * (h * xhat).mean(axes, keepdim=True)
        if centre:
            out = out - h.mean(axes, keepdim=True)
        return r * out, None, None, None


def normalize(
    x: torch.Tensor, plan: Plan, eps: float, weight: torch.Tensor | None, bias: torch.Tensor | None
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """y of (1) in the dtype of x, with μ and v."""
    wide = torch.promote_types(x.dtype, torch.float32)
    standardize: Any = _Standardize.apply
    xhat, mean, variance = standardize(x.to(wide).reshape(plan.view), plan.axes, eps, plan.centre)
    y = scale_and_shift(xhat.reshape(x.shape), plan.affine, weight, bias)
    return y.to(x.dtype), mean, variance


def scale_and_shift(
    xhat: torch.Tensor, affine: tuple[int, ...], weight: torch.Tensor | None, bias: torch.Tensor | None
) -> torch.Tensor:
    """w x̂ + b."""
    if weight is not None:
        xhat = xhat * weight.reshape(affine)
    return xhat if bias is None else xhat + bias.reshape(affine)
