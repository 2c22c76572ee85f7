"""The network: tokens and positions, blocks of attention and feed-forward, and the tokens once more as the last layer.

    x = E[ids] + P[positions]                                   (B, T, d)
    x = x + attention(norm(x)),   x = x + feed_forward(norm(x))    n_layer times
    logits = norm(x) Eᵀ                                         (B, T, V)

Layers, names and start are GPT-2's (Radford et al. 2019, section 2.3; github.com/openai/gpt-2, src/model.py).
B sequences, T positions, d = n_embd, V tokens of the vocabulary, S positions that may be looked at (cached ones too).
Left out: cross-attention, other heads than the one that predicts tokens.
"""

from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.checkpoint import checkpoint

from groundup.neural.regularization import decay_groups
from groundup.transformers.gpt.attend import attend
from groundup.transformers.gpt.config import GPTConfig
from groundup.transformers.gpt.loss import IGNORED, token_loss
from groundup.transformers.gpt.products import Linear
from groundup.transformers.gpt.start import std_of

__all__ = ["GPT", "Attention", "Block", "FeedForward"]

ACTIVATE = {
    "gelu_new": partial(F.gelu, approximate="tanh"),
    "gelu_pytorch_tanh": partial(F.gelu, approximate="tanh"),
    "gelu": F.gelu,
    "relu": F.relu,
}


class Attention(nn.Module):
    """Causal self-attention with several heads; queries, keys and values from one product."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.n_head, self.dropout = config.n_head, config.attn_pdrop
        self.c_attn = Linear(config.n_embd, 3 * config.n_embd, config.bias)
        self.c_proj = Linear(config.n_embd, config.n_embd, config.bias)
        self.resid = nn.Dropout(config.resid_pdrop)

    def forward(self, x: Tensor, mask: Tensor | None, layer: int, cache: Any) -> Tensor:
        """What the positions read from one another; with a cache, also from the ones before x."""
        B, T, d = x.shape
        heads = (B, T, self.n_head, d // self.n_head)
        q, k, v = (part.view(heads).transpose(1, 2) for part in self.c_attn(x).split(d, dim=2))  # (B, heads, T, width)
        if cache is not None:
            k, v = cache.update(layer, k, v)
        out = attend(q, k, v, mask, self.dropout if self.training else 0.0)
        out = self.c_proj(out.transpose(1, 2).reshape(B, T, d))
        return self.resid(out) if self.training else out


class FeedForward(nn.Module):
    """Two linear layers with an activation between them, at every position by itself."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.c_fc = Linear(config.n_embd, config.inner, config.bias)
        self.c_proj = Linear(config.inner, config.n_embd, config.bias)
        self.activation = config.activation_function
        self.resid = nn.Dropout(config.resid_pdrop)

    def forward(self, x: Tensor) -> Tensor:
        """The same function at each position."""
        out = self.c_proj(ACTIVATE[self.activation](self.c_fc(x)))
        return self.resid(out) if self.training else out


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

    Attributes
    ----------
    config : GPTConfig
    wte, wpe : nn.Embedding
        Vectors of tokens (the last layer's weights, too) and of positions.
    h : nn.ModuleList of Block
    ln_f : nn.LayerNorm
    recompute : bool
        Whether training keeps only the stream between blocks and computes the inside of each again in the backward
        pass: a third more work, far less memory. False at first.

    Examples
    --------
    >>> import torch
    >>> from groundup.transformers.gpt import CONFIGS, GPT
    >>> model = GPT(CONFIGS["nano"])
    >>> model(torch.tensor([[1, 2, 3]])).shape, model.parameters_count()
    (torch.Size([1, 3, 65]), 809856)
    """

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.config, self.recompute = config, False
        self.wte = nn.Embedding(config.vocab_size, config.n_embd)
        self.wpe = nn.Embedding(config.n_positions, config.n_embd)
        self.drop = nn.Dropout(config.embd_pdrop)
        self.h = nn.ModuleList(Block(config) for _ in range(config.n_layer))
        self.ln_f = nn.LayerNorm(config.n_embd, config.layer_norm_epsilon, bias=config.bias)
        for name, parameter in self.named_parameters():
            if parameter.ndim > 1:
                nn.init.normal_(parameter, std=std_of(name, config))
            elif name.endswith("bias"):
                nn.init.zeros_(parameter)

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
            True where a position may look; the causal mask by default. S counts the cached positions too. A position
            that may look at nothing reads zeros.
        positions : int64 tensor of shape (T,) or (B, T), optional
            Places in the context; those that follow the cache by default.
        cache : groundup.llm.kv_cache.KVCache, optional
            Holds keys and values of the positions before `ids` and takes those of `ids`.
        last_only : bool
            Logits of the last position alone.

        Returns
        -------
        tensor of shape (B, T or 1, vocab_size)

        Raises
        ------
        TypeError
            If ids or positions are no tensor of torch.int64 (or int32), or the mask is not bool.
        ValueError
            If there is no position or more than the context has, or a shape does not fit.
        IndexError
            If an id or a position is out of range. Looking for one costs nothing on the CPU, where the look-up itself
            refuses; on a GPU it would wait for all work under way at each step, so there the device's own assertion
            stops the program.
        """
        x = self.hidden(ids, mask, positions, cache)
        return F.linear(x[:, -1:] if last_only else x, self.wte.weight)

    def hidden(
        self, ids: Tensor, mask: Tensor | None = None, positions: Tensor | None = None, cache: Any = None
    ) -> Tensor:
        """The stream after the last layer norm, (B, T, n_embd); arguments and errors as for the logits."""
        past = 0 if cache is None else cache.length
        _check_ids(ids, past, self.config.n_positions)
        T = ids.shape[1]
        if positions is None:
            positions = torch.arange(past, past + T, device=ids.device)
        _check_positions(positions, ids)
        if mask is not None:
            _check_mask(mask, (ids.shape[0], self.config.n_head, T, past + T))
        elif past and T > 1:
            mask = torch.ones(T, past + T, dtype=torch.bool, device=ids.device).tril(past)
        x = self.drop(_look_up(self.wte, ids, "ids") + _look_up(self.wpe, positions, "positions"))
        for layer, block in enumerate(self.h):
            if self.recompute and self.training and cache is None:
                x = checkpoint(block, x, mask, layer, None, use_reentrant=False)
            else:
                x = block(x, mask, layer, cache)
        if cache is not None:
            cache.advance(T)
        return self.ln_f(x)

    def loss(
        self, ids: Tensor, targets: Tensor, *, ignore_index: int = IGNORED, chunk: int | None = None, **inputs: Any
    ) -> Tensor:
        """Mean surprise at the targets, in nats.

        Parameters
        ----------
        ids, targets : int64 tensors of shape (B, T)
            targets[b, t] is the token that follows ids[b, t]: in a text, the same ids moved by one.
        ignore_index : int
            Targets of this value count neither in the mean nor in the gradient.
        chunk : int, optional
            Rows of logits that exist at once. Less memory where the vocabulary is large (see `token_loss`).
        **inputs
            `mask` and `positions`, as for the logits.

        Returns
        -------
        tensor without axes; NaN where every target is ignored, as in torch
        """
        if targets.shape != ids.shape:
            raise ValueError(f"targets must have the shape of ids, {tuple(ids.shape)}; got {tuple(targets.shape)}")
        x = self.hidden(ids, **inputs)
        return token_loss(x.flatten(0, 1), self.wte.weight, targets.flatten(), ignore_index, chunk)

    def parameters_count(self) -> int:
        """Numbers that are learned; the shared matrix of tokens counts once."""
        return sum(p.numel() for p in self.parameters())

    def decay_groups(self, weight_decay: float = 0.1) -> list[dict[str, Any]]:
        """Parameters for an optimizer: matrices decay; gains and biases, which have one axis, do not."""
        return decay_groups(self, weight_decay)

    @classmethod
    def from_pretrained(cls, path: str | Path, **options: Any) -> "GPT":
        """A model from published files: see `groundup.transformers.gpt.published.load`."""
        from groundup.transformers.gpt.published import load

        return load(path, cls, **options)

    def save_pretrained(self, folder: str | Path, **options: Any) -> None:
        """Write the files that others publish and read: see `groundup.transformers.gpt.published.save`."""
        from groundup.transformers.gpt.published import save

        save(self, folder, **options)


def _whole(name: str, tensor: Tensor) -> None:
    if not isinstance(tensor, Tensor):
        raise TypeError(f"{name} must be a tensor of torch.int64; got {type(tensor).__name__}: torch.tensor makes one")
    if tensor.dtype not in (torch.int64, torch.int32):  # what torch looks rows up by
        raise TypeError(f"{name} must be whole numbers, torch.int64; got {tensor.dtype}")


def _check_ids(ids: Tensor, past: int, room: int) -> None:
    _whole("ids", ids)
    if ids.ndim != 2 or not ids.shape[1]:
        raise ValueError(f"ids must have shape (B, T) with T at least 1; got {tuple(ids.shape)}")
    if past + ids.shape[1] > room:
        cached = f" after {past} in the cache" if past else ""
        raise ValueError(f"the context has room for {room} positions; got {ids.shape[1]}{cached}")


def _check_positions(positions: Tensor, ids: Tensor) -> None:
    _whole("positions", positions)
    if tuple(positions.shape) not in ((ids.shape[1],), tuple(ids.shape)):
        raise ValueError(
            f"positions must have shape {(ids.shape[1],)} or {tuple(ids.shape)}; got {tuple(positions.shape)}"
        )


def _check_mask(mask: Tensor, shape: tuple[int, ...]) -> None:
    if mask.dtype != torch.bool:
        raise TypeError(f"mask must be bool, True where a position may look; got {mask.dtype}")
    ends = zip(reversed(mask.shape), reversed(shape), strict=False)
    if mask.ndim > 4 or any(got not in (1, wanted) for got, wanted in ends):
        raise ValueError(f"mask must be broadcastable to (B, heads, T, S) = {shape}; got {tuple(mask.shape)}")


def _look_up(table: nn.Embedding, index: Tensor, name: str) -> Tensor:
    if torch.compiler.is_compiling():
        return table(index)
    try:
        return table(index)
    except IndexError:
        told = f"{name} must lie in 0 ... {table.num_embeddings - 1}; got {int(index.min())} ... {int(index.max())}"
        raise IndexError(told) from None
