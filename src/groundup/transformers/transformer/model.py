"""The transformer of Vaswani et al. 2017: an encoder reads the source, a decoder writes the target token by token.

B batch, S source positions, T target positions, E = d_model, V = vocab_size.

One table of embeddings serves three times (section 3.4): for source tokens and target tokens, multiplied by √E, and,
transposed, as the last layer. Positions are sines and cosines (section 3.5).
"""

from math import sqrt
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from groundup.transformers.self_attention import sinusoidal
from groundup.transformers.transformer.blocks import DecoderBlock, EncoderBlock
from groundup.transformers.transformer.cache import DecoderCache
from groundup.transformers.transformer.config import TransformerConfig

__all__ = ["Decoder", "Encoder", "Transformer"]


class Encoder(nn.Module):
    """A stack of encoder blocks over embedded tokens."""

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(EncoderBlock(config) for _ in range(config.encoder_layers))
        self.norm = nn.LayerNorm(config.d_model, config.eps) if config.norm == "pre" else nn.Identity()

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """x (B, S, E) to (B, S, E); `mask` as in `EncoderBlock`."""
        for block in self.blocks:
            x = block(x, mask)
        return self.norm(x)


class Decoder(nn.Module):
    """A stack of decoder blocks over embedded tokens."""

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(DecoderBlock(config) for _ in range(config.decoder_layers))
        self.norm = nn.LayerNorm(config.d_model, config.eps) if config.norm == "pre" else nn.Identity()

    def forward(
        self,
        x: Tensor,
        memory: Tensor,
        memory_mask: Tensor | None = None,
        mask: Tensor | None = None,
        cache: DecoderCache | None = None,
        need_weights: bool = False,
    ) -> Any:
        """x (B, T, E) to (B, T, E), and the list of each block's weights where they are asked for."""
        weights = []
        for layer, block in enumerate(self.blocks):
            x = block(x, memory, memory_mask, mask, cache, layer, need_weights)
            if need_weights:
                x, of_block = x
                weights.append(of_block)
        if cache is not None:
            cache.advance(x.shape[1])
        x = self.norm(x)
        return (x, weights) if need_weights else x


class Transformer(nn.Module):
    """Encoder, decoder and the embeddings that they share.

    Parameters
    ----------
    config : TransformerConfig

    Notes
    -----
    Padding (`config.pad_id`) may stand anywhere: no position looks at it, and its own outputs mean nothing. A source
    of padding alone gives a decoder that reads zeros there.

    Examples
    --------
    >>> import torch
    >>> from groundup.transformers.transformer import Transformer, TransformerConfig
    >>> model = Transformer(TransformerConfig(vocab_size=20, d_model=16, heads=2, d_ff=32))
    >>> model(torch.tensor([[5, 6, 7, 0]]), torch.tensor([[1, 8, 9]])).shape
    torch.Size([1, 3, 20])
    """

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.config = config
        self.embedding = nn.Embedding(config.vocab_size, config.d_model)
        self.encoder, self.decoder = Encoder(config), Decoder(config)
        self.dropout = nn.Dropout(config.dropout)
        self._waves: Tensor | None = None  # positions, made when they are needed, in the weights' dtype
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Glorot and Bengio's uniform start for every matrix; embeddings of spread 1/√E, which √E brings back to 1."""
        for parameter in self.parameters():
            if parameter.ndim > 1:
                nn.init.xavier_uniform_(parameter)
        nn.init.normal_(self.embedding.weight, std=self.config.d_model**-0.5)

    def embed(self, ids: Tensor, offset: int = 0) -> Tensor:
        """√E times the tokens' vectors, plus positions from `offset` on; (B, T) to (B, T, E)."""
        tokens = self.embedding(ids) * sqrt(self.config.d_model)
        end, waves = offset + ids.shape[1], self._waves
        if waves is None or len(waves) < end or (waves.dtype, waves.device) != (tokens.dtype, tokens.device):
            waves = self._waves = sinusoidal(max(64, 2 * end), self.config.d_model, like=tokens.detach())
        return self.dropout(tokens + waves[offset:end])

    def seen(self, ids: Tensor) -> Tensor:
        """Which positions hold something, as a mask of keys: (B, T) to (B, 1, 1, T)."""
        return (ids != self.config.pad_id)[:, None, None]

    def encode(self, source: Tensor) -> tuple[Tensor, Tensor]:
        """What the encoder makes of a source.

        Parameters
        ----------
        source : int64 tensor of shape (B, S)

        Returns
        -------
        memory : tensor of shape (B, S, E)
        memory_mask : bool tensor of shape (B, 1, 1, S)
            Where the source holds something.
        """
        self._check("source", source)
        mask = self.seen(source)
        return self.encoder(self.embed(source), mask), mask

    def decode(
        self,
        target: Tensor,
        memory: Tensor,
        memory_mask: Tensor | None = None,
        cache: DecoderCache | None = None,
        last_only: bool = False,
        where: Tensor | None = None,
    ) -> Tensor:
        """Logits of the token after each position of the target.

        Parameters
        ----------
        target : int64 tensor of shape (B, T)
            Begins with `bos_id`; with a cache, only the tokens that it does not hold, without padding.
        memory, memory_mask
            From `encode`.
        cache : DecoderCache, optional
            Holds keys and values of what came before, and takes the new ones.
        last_only : bool
            Logits of the last position alone.
        where : bool tensor of shape (B, T), optional
            Logits of these positions alone, one below the other: the last layer is a large part of the work.

        Returns
        -------
        tensor of shape (B, T or 1, V), or (number of positions, V) with `where`
        """
        x = self._decoded(target, memory, memory_mask, cache)
        if where is not None:
            x = x[where]
        return F.linear(x[:, -1:] if last_only and where is None else x, self.embedding.weight)

    def forward(self, source: Tensor, target: Tensor, where: Tensor | None = None) -> Tensor:
        """Logits of the token after each position; source (B, S), target (B, T), `where` as in `decode`."""
        return self.decode(target, *self.encode(source), where=where)

    def attention_maps(self, source: Tensor, target: Tensor) -> list[Tensor]:
        """How the target's positions look at the source: for each decoder block a tensor (B, heads, T, S)."""
        memory, mask = self.encode(source)
        return self._decoded(target, memory, mask, need_weights=True)[1]

    def _decoded(
        self,
        target: Tensor,
        memory: Tensor,
        memory_mask: Tensor | None = None,
        cache: DecoderCache | None = None,
        need_weights: bool = False,
    ) -> Any:
        """The decoder's stream (B, T, E), before the last layer."""
        self._check("target", target)
        if memory.ndim != 3 or memory.shape[0] != target.shape[0] or memory.shape[2] != self.config.d_model:
            raise ValueError(
                f"memory must have shape ({target.shape[0]}, S, {self.config.d_model}) for a target of shape "
                f"{tuple(target.shape)}; got {tuple(memory.shape)}"
            )
        x = self.embed(target, 0 if cache is None else cache.length)
        mask = self.seen(target) if cache is None else None
        return self.decoder(x, memory, memory_mask, mask, cache, need_weights)

    def _check(self, name: str, ids: Tensor) -> None:
        if ids.ndim != 2 or ids.dtype != torch.int64:
            raise ValueError(
                f"{name} must be an int64 tensor of shape (batch, length); got {ids.dtype} {tuple(ids.shape)}"
            )
        low, high = map(int, ids.aminmax()) if ids.numel() else (0, 0)
        if low < 0 or high >= self.config.vocab_size:
            raise ValueError(f"{name} must hold tokens from 0 to {self.config.vocab_size - 1}; got {low} to {high}")
