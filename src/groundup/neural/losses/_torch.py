"""The rules in torch: a `torch.autograd.Function` that holds the derivatives as they are written beside the formula.

The derivatives are made of differentiable operations, so they can be differentiated again; `torch.func` and
`torch.compile` work. Loaded only where torch is in use already.
"""

from collections.abc import Sequence
from typing import Any

import torch

from groundup.neural.activations._torch import Tensors as _Tensors
from groundup.neural.losses._rules import Rule

__all__ = ["Tensors", "apply"]


class Tensors(_Tensors):
    """Elementary functions on torch tensors, named as in `groundup.neural.losses._rules.Arrays`."""

    log, sign, where, sinh = torch.log, torch.sign, torch.where, torch.sinh

    @staticmethod
    def softplus(x: torch.Tensor) -> torch.Tensor:
        """ln(1 + e^x) = -ln σ(-x), whose second derivative is right at 0 and far out."""
        return -torch.nn.functional.logsigmoid(-x)


class _Pointwise(torch.autograd.Function):
    """Value and slopes of a rule."""

    generate_vmap_rule = True

    @staticmethod
    def forward(rule: Rule, settings: tuple, *inputs: torch.Tensor) -> torch.Tensor:
        return rule.value(Tensors, *inputs, *settings)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple, output: torch.Tensor) -> None:
        ctx.rule, ctx.settings, *tensors = inputs
        ctx.save_for_backward(*tensors)
        ctx.save_for_forward(*tensors)

    @staticmethod
    def backward(ctx: Any, g: torch.Tensor) -> tuple:
        inputs = ctx.saved_tensors
        slopes = (*ctx.rule.slopes, *(None,) * (len(inputs) - len(ctx.rule.slopes)))
        needed = zip(slopes, ctx.needs_input_grad[2:], strict=True)
        return None, None, *(g * s(Tensors, *inputs, *ctx.settings) if s and need else None for s, need in needed)


class _ForwardToo(_Pointwise):
    """With the derivative in forward mode, which the compiler does not take."""

    @staticmethod
    def jvp(ctx: Any, *tangents: Any) -> torch.Tensor:
        inputs = ctx.saved_tensors
        terms = (
            tangent * slope(Tensors, *inputs, *ctx.settings)
            for slope, tangent in zip(ctx.rule.slopes, tangents[2:], strict=False)
            if tangent is not None
        )
        return sum(terms, torch.zeros_like(inputs[0]))


def apply(rule: Rule, inputs: Sequence[torch.Tensor], *settings: float) -> Any:
    """The rule's values, with its slopes for autograd."""
    function = _Pointwise if torch.compiler.is_compiling() else _ForwardToo
    return function.apply(rule, settings, *inputs)
