"""A cache of bounded size: the last positions, in a ring, and the first few, which many models need.

Window attention (Beltagy et al. 2020; Jiang et al. 2023) lets a query look at the last W positions. Keeping the first
positions as well ("attention sinks") is StreamingLLM (Xiao et al. 2024): what a head need not look at, it looks at the
first tokens, and without them the weights of all others are wrong.

With relative positions a streamed token is given its place *inside the cache*; that is what a model does by itself
here, since `length` stops at window - 1. Keys of a network with absolute positions, such as GPT-2, hold the place they
were computed at: pass `positions=cache.positions(T)` there, up to the context that it was trained on.
"""

from typing import Any

import torch
from torch import Tensor

from groundup.checks import check_count
from groundup.llm.kv_cache.cache import KVCache

__all__ = ["WindowCache"]


class WindowCache(KVCache):
    """The first `sinks` positions and the last window - sinks.

    Parameters
    ----------
    layers, batch, heads, window, width : int
        As for `KVCache`; a query looks at `window` positions at most, its own included.
    sinks : int
        First positions that are kept for good, fewer than `window`.
    dtype, device : optional

    Attributes
    ----------
    length : int
        Earlier positions that the next token will look at.
    seen : int
        Positions so far, kept or not.
    """

    def __init__(
        self,
        layers: int,
        batch: int,
        heads: int,
        window: int,
        width: int,
        dtype: Any = None,
        device: Any = None,
        sinks: int = 0,
    ) -> None:
        super().__init__(layers, batch, heads, window, width, dtype, device)
        check_count("sinks", sinks, 0)
        if sinks >= window:
            raise ValueError(f"sinks must be fewer than the window, {window}; got {sinks}")
        self.sinks, self.seen = sinks, 0

    def update(self, layer: int, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        """Add k and v; those of the `length` earlier positions and of the new ones.

        One position at a time this is the window. More at once are all returned, whatever the window: pass
        ``mask=cache.mask(T)`` to the model when the window is not to be exceeded.
        """
        self._check(k, v)
        T = k.shape[2]
        if T == 1:
            slot, visible = self.place()
            self.keys[layer, :, :, slot], self.values[layer, :, :, slot] = k.detach()[:, :, 0], v.detach()[:, :, 0]
            return self.keys[layer, :, :, :visible], self.values[layer, :, :, :visible]
        old = self._slots(self._earlier())
        new = torch.arange(self.seen, self.seen + T)
        kept = (new < self.sinks) | (new >= self.seen + T - (self.room - self.sinks))
        slots, both = self._slots(new[kept]), []
        for stored, x in ((self.keys[layer], k.detach()), (self.values[layer], v.detach())):
            both.append(torch.cat((stored[:, :, old], x), 2))
            stored[:, :, slots] = x[:, :, kept]
        return both[0], both[1]

    def advance(self, positions: int) -> None:
        """Count positions that every layer has taken."""
        check_count("positions", positions, 0)
        self.seen += positions
        self.length = min(self.seen, self.room - 1)

    def place(self) -> tuple[int, int]:
        """The slot of the next position, that of the oldest once all are taken, and how many are then filled."""
        return int(self._slots(torch.tensor([self.seen]))[0]), min(self.seen + 1, self.room)

    def positions(self, T: int = 1) -> Tensor:
        """Places of the next T tokens in the text, for a model whose positions are absolute."""
        return torch.arange(self.seen, self.seen + T, device=self.keys.device)

    def mask(self, T: int) -> Tensor:
        """Where each of the next T tokens may look, bool (T, length + T): the sinks, and the window behind it."""
        query = torch.arange(self.seen, self.seen + T)[:, None]
        key = torch.cat((self._earlier(), query[:, 0]))
        near = key > query - (self.room - self.sinks)
        return ((key <= query) & (near | (key < self.sinks))).to(self.keys.device)

    def truncate(self, length: int) -> None:
        """As in `KVCache`, as long as nothing was overwritten."""
        check_count("length", length, 0)
        if length > self.seen or (length and self.seen > self.room):
            raise ValueError(f"{self.seen} positions went through a window of {self.room}; got {length} to keep")
        self.seen, self.length = length, min(length, self.room - 1)

    def _earlier(self) -> Tensor:
        """Places in the text of the `length` positions that the next token will look at."""
        first = min(self.seen, self.sinks)
        return torch.cat((torch.arange(first), torch.arange(self.seen - (self.length - first), self.seen)))

    def _slots(self, places: Tensor) -> Tensor:
        ring = self.sinks + (places - self.sinks) % (self.room - self.sinks)
        return torch.where(places < self.sinks, places, ring)

    def _used(self) -> int:
        return min(self.seen, self.room)
