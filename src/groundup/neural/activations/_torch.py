"""The same rules in torch: `torch.autograd.Function`s that hold the derivative as it is written beside the formula.

The derivative is made of differentiable operations, so it can be differentiated again; `torch.func.vmap`, `grad` and
`jvp` and `torch.compile` work. Loaded only where torch is in use already.
"""

from typing import Any

import torch

from groundup.neural.activations._pointwise import Rule

__all__ = ["Softmax", "Tensors", "apply"]


class Tensors:
    """Elementary functions on torch tensors, named as in `groundup.neural.activations._pointwise.Arrays`."""

    exp, expm1, log1p, tanh, abs = torch.exp, torch.expm1, torch.log1p, torch.tanh, torch.abs
    clip, maximum, minimum, sigmoid, erfc = torch.clip, torch.maximum, torch.minimum, torch.sigmoid, torch.erfc

    @staticmethod
    def step(x: torch.Tensor) -> torch.Tensor:
        """1 where x is above 0, else 0, in the dtype of x."""
        return (x > 0).to(x.dtype)


class _Pointwise(torch.autograd.Function):
    """Value and slope of a rule."""

    generate_vmap_rule = True

    @staticmethod
    def forward(x: torch.Tensor, rule: Rule, *settings: float) -> torch.Tensor:
        return rule.value(Tensors, x, *settings)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple, output: torch.Tensor) -> None:
        x, ctx.rule, *ctx.settings = inputs
        ctx.save_for_backward(x)
        ctx.save_for_forward(x)

    @staticmethod
    def backward(ctx: Any, g: torch.Tensor) -> tuple:
        (x,) = ctx.saved_tensors
        return g * ctx.rule.slope(Tensors, x, *ctx.settings), None, *(None for _ in ctx.settings)


class _ForwardToo(_Pointwise):
    """With the derivative in forward mode, which the compiler does not take."""

    @staticmethod
    def jvp(ctx: Any, tangent: torch.Tensor, *_: Any) -> torch.Tensor:
        (x,) = ctx.saved_tensors
        return tangent * ctx.rule.slope(Tensors, x, *ctx.settings)


def apply(rule: Rule, x: torch.Tensor, *settings: float) -> Any:
    """The rule's value at x, with its slope for autograd."""
    function = _Pointwise if torch.compiler.is_compiling() else _ForwardToo
    return function.apply(x, rule, *settings)


class Softmax(torch.autograd.Function):
    """e^x over its sum along an axis; the quotient of the formula would lose digits when it is differentiated."""

    generate_vmap_rule = True

    @staticmethod
    def forward(x: torch.Tensor, axis: int) -> torch.Tensor:
        largest = x.amax(axis, keepdim=True)
        e = (x - largest.where(largest.isfinite(), 0)).exp_()
        total = e.sum(axis, keepdim=True)
        return e.div_(total.where(total != 0, 1))

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple, output: torch.Tensor) -> None:
        _, ctx.axis = inputs
        ctx.save_for_backward(output)

    @staticmethod
    def backward(ctx: Any, g: torch.Tensor) -> tuple:
        (a,) = ctx.saved_tensors
        weighted = g * a
        return weighted - a * weighted.sum(ctx.axis, keepdim=True), None
