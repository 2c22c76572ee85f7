"""The cache: room for the whole context, taken once, filled from the left."""

from typing import Any

import torch
from torch import Tensor

__all__ = ["KVCache"]


class KVCache:
    """Keys and values of every layer for the positions so far.

    Parameters
    ----------
    layers, batch, heads, room, width : int
        Layers, sequences, heads of keys and values, positions at most, width of a head.
    dtype, device : optional
        Of the model's keys.
    """

    def __init__(
        self, layers: int, batch: int, heads: int, room: int, width: int, dtype: Any = None, device: Any = None
    ) -> None:
        shape = (layers, batch, heads, room, width)
        self.keys = torch.zeros(shape, dtype=dtype, device=device)
        self.values = torch.zeros(shape, dtype=dtype, device=device)
        self.length = 0

    @classmethod
    def of(cls, model: Any, batch: int = 1, room: int | None = None) -> "KVCache":
        """A cache that fits a GPT; its whole context by default."""
        c, weight = model.config, model.wte.weight
        width = c.n_embd // c.n_head
        return cls(c.n_layer, batch, c.n_head, room or c.n_positions, width, weight.dtype, weight.device)

    def update(self, layer: int, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        """Append k and v, each (batch, heads, T, width), to a layer; all of its keys and values so far."""
        end = self.length + k.shape[2]
        if end > self.keys.shape[3]:
            raise ValueError(f"the cache has room for {self.keys.shape[3]} positions; {end} are wanted")
        self.keys[layer, :, :, self.length : end] = k
        self.values[layer, :, :, self.length : end] = v
        return self.keys[layer, :, :, :end], self.values[layer, :, :, :end]

    def advance(self, positions: int) -> None:
        """Count positions that every layer has taken."""
        self.length += positions
