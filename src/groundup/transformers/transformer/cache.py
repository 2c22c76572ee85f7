"""What a decoder remembers between two tokens: keys and values of the target so far, and, once, of the source."""

from collections.abc import Callable

import torch
from torch import Tensor

from groundup.transformers.transformer.heads import Keys

__all__ = ["DecoderCache"]


class DecoderCache:
    """Keys and values of every decoder block.

    Attributes
    ----------
    length : int
        Target positions so far.
    """

    def __init__(self) -> None:
        self.target: dict[int, Keys] = {}  # block: keys and values of the tokens written, which grow
        self.source: dict[int, Keys] = {}  # block: those of the source, computed once
        self.length = 0

    def update(self, layer: int, k: Tensor, v: Tensor) -> Keys:
        """Append k and v, each (B, heads, T, width), to a block's; all that it has."""
        if layer in self.target:
            before = self.target[layer]
            k, v = torch.cat((before[0], k), 2), torch.cat((before[1], v), 2)
        self.target[layer] = (k, v)
        return k, v

    def of_source(self, layer: int, compute: Callable[[], Keys]) -> Keys:
        """The block's keys and values of the source, computed when they are first asked for."""
        if layer not in self.source:
            self.source[layer] = compute()
        return self.source[layer]

    def advance(self, positions: int) -> None:
        """Count positions that every block has taken."""
        self.length += positions

    def select(self, rows: Tensor, *, source: bool = True) -> None:
        """Keep these rows of the batch, in this order; a row may be taken more than once.

        Where every row is replaced by one of the same sentence, the source's need not move: ``source=False``.
        """
        for kept in (self.target, self.source) if source else (self.target,):
            for layer, (k, v) in kept.items():
                kept[layer] = (k[rows], v[rows])
