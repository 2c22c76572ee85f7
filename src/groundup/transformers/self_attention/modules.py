"""One head and a table of positions as torch modules."""

from typing import Any

import torch
from torch import Tensor, nn

from groundup.checks import check_choice, check_count
from groundup.transformers.self_attention.alibi import alibi_bias
from groundup.transformers.self_attention.rotary import rope_tables
from groundup.transformers.self_attention.single import self_attention
from groundup.transformers.self_attention.sinusoids import sinusoidal

__all__ = ["LearnedPositions", "SelfAttention"]


class LearnedPositions(nn.Module):
    """A vector for each position, learned like a token's; its state is an `torch.nn.Embedding`'s.

    Parameters
    ----------
    length : int
        Positions that there are; a longer input is an error.
    width : int
    std : float
        Spread of the start; 0.02 as in GPT-2.
    """

    def __init__(self, length: int, width: int, std: float = 0.02) -> None:
        super().__init__()
        check_count("length", length)
        check_count("width", width)
        self.weight = nn.Parameter(torch.randn(length, width) * std)

    def forward(self, x: Tensor, offset: int = 0) -> Tensor:
        """x + the vectors of positions offset ... offset + T - 1; x of shape (..., T, width)."""
        length, width = self.weight.shape
        if x.ndim < 2 or x.shape[-1] != width:
            raise ValueError(f"x must have shape (..., T, {width}); got {tuple(x.shape)}")
        check_count("offset", offset, 0)
        end = offset + x.shape[-2]
        if end > length:
            raise ValueError(f"there are {length} learned positions; positions up to {end - 1} are wanted")
        return x + self.weight[offset:end]

    def extra_repr(self) -> str:
        """Shown by print."""
        return f"{self.weight.shape[0]}, {self.weight.shape[1]}"


class SelfAttention(nn.Module):
    """One head with its four maps, without intercepts, and a choice of positions.

    Parameters
    ----------
    d_model : int
        Width of the input and of the output.
    width : int, optional
        Of queries, keys and values; d_model by default.
    causal : bool
    positions : {"none", "sinusoidal", "rope", "alibi"}
        "sinusoidal" is added to the input, "rope" turns queries and keys, "alibi" (with slope 1/256, the one a
        single head gets) is added to the scores.
    base : float
        Of the frequencies.
    """

    def __init__(
        self,
        d_model: int,
        width: int | None = None,
        *,
        causal: bool = True,
        positions: str = "none",
        base: float = 10000.0,
    ) -> None:
        super().__init__()
        check_count("d_model", d_model)
        check_choice("positions", positions, ("none", "sinusoidal", "rope", "alibi"))
        width = d_model if width is None else width
        self.query, self.key, self.value = (nn.Linear(d_model, width, bias=False) for _ in range(3))
        self.output = nn.Linear(width, d_model, bias=False)
        self.causal, self.positions, self.base = causal, positions, base

    def forward(self, x: Tensor, mask: Tensor | None = None, need_weights: bool = False) -> Any:
        """x (B, T, d_model) to (B, T, d_model), with weights (B, T, T) where they are asked for."""
        T, settings = x.shape[-2], {}
        if self.positions == "sinusoidal":
            x = x + sinusoidal(T, x.shape[-1], self.base, like=x)
        if self.positions == "rope":
            settings["rope"] = rope_tables(T, self.query.out_features, self.base, like=x)
        if self.positions == "alibi":
            settings["bias"] = alibi_bias(1, T, like=x)[0]
        maps = (linear.weight.T for linear in (self.query, self.key, self.value, self.output))
        out, weights = self_attention(x, *maps, mask=mask, causal=self.causal, **settings)
        return (out, weights) if need_weights else out
