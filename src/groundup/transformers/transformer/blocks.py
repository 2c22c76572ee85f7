"""The blocks: attention and a feed-forward network, each with a residual sum and a layer norm.

With f one part of a block, N layer norm and D dropout, a part with its sum and norm computes

    post-norm   N(x + D(f(x)))           Vaswani et al. 2017, section 3.1 and 5.4
    pre-norm    x + D(f(N(x)))           Xiong et al. 2020, with a last N at the end of the stack

B batch, S source positions, T target positions, E = d_model.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from groundup.transformers.transformer.cache import DecoderCache
from groundup.transformers.transformer.config import TransformerConfig
from groundup.transformers.transformer.heads import Attention, CrossAttention

__all__ = ["DecoderBlock", "EncoderBlock", "FeedForward", "Residual"]


class FeedForward(nn.Module):
    """max(0, x W1 + b1) W2 + b2 at every position by itself (equation 2).

    Parameters
    ----------
    d_model, d_ff : int
        Width of the stream, and inside.
    activation : {"relu", "gelu"}
    dropout : float
        Of the inner layer.
    """

    def __init__(self, d_model: int, d_ff: int, activation: str = "relu", dropout: float = 0.0) -> None:
        super().__init__()
        self.wide, self.narrow = nn.Linear(d_model, d_ff), nn.Linear(d_ff, d_model)
        self.activation = {"relu": torch.relu, "gelu": nn.functional.gelu}[activation]
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        """(..., E) to (..., E)."""
        return self.narrow(self.dropout(self.activation(self.wide(x))))


class Residual(nn.Module):
    """What surrounds each part of a block: the sum, the norm, and dropout on what is added."""

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(config.d_model, config.eps)
        self.dropout = nn.Dropout(config.dropout)
        self.pre = config.norm == "pre"

    def forward(self, x: Tensor, part: Callable[[Tensor], Tensor]) -> Tensor:
        """x with what `part` adds to it."""
        if self.pre:
            return x + self.dropout(part(self.norm(x)))
        return self.norm(x + self.dropout(part(x)))


def _attention(config: TransformerConfig, kind: type[Attention] = Attention) -> Any:
    return kind(config.d_model, config.heads, dropout=config.attention_dropout)


def _feed_forward(config: TransformerConfig) -> FeedForward:
    return FeedForward(config.d_model, config.d_ff, config.activation, config.activation_dropout)


class EncoderBlock(nn.Module):
    """Every position of the source reads all others, then each thinks by itself."""

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.attention, self.attention_residual = _attention(config), Residual(config)
        self.feed_forward, self.feed_forward_residual = _feed_forward(config), Residual(config)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """One block.

        Parameters
        ----------
        x : tensor of shape (B, S, E)
        mask : bool tensor broadcastable to (B, heads, S, S), optional
            True where a position may look.
        """
        x = self.attention_residual(x, lambda h: self.attention(h, mask=mask))
        return self.feed_forward_residual(x, self.feed_forward)


class DecoderBlock(nn.Module):
    """Every position of the target reads the ones before it, then the source, then thinks by itself."""

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.attention, self.attention_residual = _attention(config), Residual(config)
        self.cross, self.cross_residual = _attention(config, CrossAttention), Residual(config)
        self.feed_forward, self.feed_forward_residual = _feed_forward(config), Residual(config)

    def forward(
        self,
        x: Tensor,
        memory: Tensor,
        memory_mask: Tensor | None = None,
        mask: Tensor | None = None,
        cache: DecoderCache | None = None,
        layer: int = 0,
        need_weights: bool = False,
    ) -> Any:
        """One block.

        Parameters
        ----------
        x : tensor of shape (B, T, E)
            The target so far; with a cache, its new positions only.
        memory : tensor of shape (B, S, E)
            What the encoder made of the source.
        memory_mask : bool tensor broadcastable to (B, heads, T, S), optional
            True where a position may look into the source.
        mask : bool tensor broadcastable to (B, heads, T, T), optional
            Besides the causal mask, which always holds.
        cache : DecoderCache, optional
        layer : int
            Number of the block, under which the cache keeps its keys.
        need_weights : bool
            Whether the weights of the attention to the source, (B, heads, T, S), come along.
        """
        x = self.attention_residual(x, lambda h: self.attention(h, mask=mask, causal=True, cache=cache, layer=layer))
        keys = self.cross.keys(memory) if cache is None else cache.of_source(layer, lambda: self.cross.keys(memory))
        weights = None

        def read_source(h: Tensor) -> Tensor:
            nonlocal weights
            out = self.cross.read(h, keys, memory_mask, need_weights)
            if need_weights:
                out, weights = out
            return out

        x = self.cross_residual(x, read_source)
        x = self.feed_forward_residual(x, self.feed_forward)
        return (x, weights) if need_weights else x
