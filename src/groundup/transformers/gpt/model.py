"""The network: tokens and positions, blocks of attention and feed-forward, and the tokens once more as the last layer."""

from math import sqrt
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from groundup.transformers.gpt.config import GPTConfig

__all__ = ["GPT", "Attention", "Block", "FeedForward"]


class Attention(nn.Module):
    """Causal self-attention with several heads; queries, keys and values from one product."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.n_head, self.dropout = config.n_head, config.attn_pdrop
        self.c_attn = nn.Linear(config.n_embd, 3 * config.n_embd, config.bias)
        self.c_proj = nn.Linear(config.n_embd, config.n_embd, config.bias)
        self.resid = nn.Dropout(config.resid_pdrop)

    def forward(self, x: Tensor, mask: Tensor | None, layer: int, cache: Any) -> Tensor:
        """What the positions read from one another; with a cache, also from the ones before x."""
        B, T, E = x.shape
        q, k, v = self.c_attn(x).view(B, T, 3, self.n_head, E // self.n_head).permute(2, 0, 3, 1, 4)
        if cache is not None:
            k, v = cache.update(layer, k, v)
        dropout = self.dropout if self.training else 0.0
        out = F.scaled_dot_product_attention(q, k, v, mask, dropout, is_causal=mask is None and T > 1)
        return self.resid(self.c_proj(out.transpose(1, 2).reshape(B, T, E)))


class FeedForward(nn.Module):
    """Two linear layers with an activation between them, at every position by itself."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.c_fc = nn.Linear(config.n_embd, config.inner, config.bias)
        self.c_proj = nn.Linear(config.inner, config.n_embd, config.bias)
        self.approximate = {"gelu_new": "tanh", "gelu": "none"}[config.activation_function]
        self.resid = nn.Dropout(config.resid_pdrop)

    def forward(self, x: Tensor) -> Tensor:
        """The same function at each position."""
        return self.resid(self.c_proj(F.gelu(self.c_fc(x), approximate=self.approximate)))


class Block(nn.Module):
    """x + attention(norm(x)), then x + feed-forward(norm(x))."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.ln_1 = nn.LayerNorm(config.n_embd, config.layer_norm_epsilon, bias=config.bias)
        self.attn = Attention(config)
        self.ln_2 = nn.LayerNorm(config.n_embd, config.layer_norm_epsilon, bias=config.bias)
        self.mlp = FeedForward(config)

    def forward(self, x: Tensor, mask: Tensor | None, layer: int, cache: Any) -> Tensor:
        """One block."""
        x = x + self.attn(self.ln_1(x), mask, layer, cache)
        return x + self.mlp(self.ln_2(x))


class GPT(nn.Module):
    """A decoder-only transformer with GPT-2's layers, names and initialisation.

    Parameters
    ----------
    config : GPTConfig
    """

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.config = config
        self.wte = nn.Embedding(config.vocab_size, config.n_embd)
        self.wpe = nn.Embedding(config.n_positions, config.n_embd)
        self.drop = nn.Dropout(config.embd_pdrop)
        self.h = nn.ModuleList(Block(config) for _ in range(config.n_layer))
        self.ln_f = nn.LayerNorm(config.n_embd, config.layer_norm_epsilon, bias=config.bias)
        self.apply(self._start)
        for name, weight in self.named_parameters():
            if name.endswith("c_proj.weight"):  # 2 n_layer of them add to the same stream
                nn.init.normal_(weight, std=config.initializer_range / sqrt(2 * config.n_layer))

    def _start(self, module: nn.Module) -> None:
        if isinstance(module, nn.Linear | nn.Embedding):
            nn.init.normal_(module.weight, std=self.config.initializer_range)
        if isinstance(module, nn.Linear) and module.bias is not None:
            nn.init.zeros_(module.bias)

    def forward(
        self,
        ids: Tensor,
        mask: Tensor | None = None,
        positions: Tensor | None = None,
        cache: Any = None,
        last_only: bool = False,
    ) -> Tensor:
        """Logits of the token after each position.

        Parameters
        ----------
        ids : int64 tensor of shape (B, T)
        mask : bool tensor broadcastable to (B, heads, T, S), optional
            True where a position may look; the causal mask by default. S counts the cached positions too.
        positions : int64 tensor of shape (T,) or (B, T), optional
            Places in the context; those that follow the cache by default.
        cache : groundup.llm.kv_cache.KVCache, optional
            Holds keys and values of the positions before `ids` and takes those of `ids`.
        last_only : bool
            Logits of the last position alone.

        Returns
        -------
        tensor of shape (B, T or 1, vocab_size)
        """
        past = 0 if cache is None else cache.length
        T = ids.shape[1]
        if positions is None:
            positions = torch.arange(past, past + T, device=ids.device)
        if mask is None and past and T > 1:
            mask = torch.ones(T, past + T, dtype=torch.bool, device=ids.device).tril(past)
        x = self.drop(self.wte(ids) + self.wpe(positions))
        for layer, block in enumerate(self.h):
            x = block(x, mask, layer, cache)
        if cache is not None:
            cache.advance(T)
        x = self.ln_f(x[:, -1:] if last_only else x)
        return F.linear(x, self.wte.weight)
