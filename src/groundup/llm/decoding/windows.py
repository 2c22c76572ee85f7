"""What a model is shown: rows of different length in one batch, with a cache or without, within its context.

Rows are padded on the left, so that all of them go on in the last column. Three things keep a row what it would be
alone: a mask hides its padding, positions are counted from its own first token, and what padding computes is thrown
away (it looks at itself, since a softmax over nothing is not defined).

    B rows, T longest window, S positions in the cache
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

__all__ = ["OVERFLOW", "Reader", "device_of", "evaluation"]

OVERFLOW = ("stop", "slide", "halve")


def device_of(model: Any) -> torch.device:
    """Where the model's weights are."""
    parameters = getattr(model, "parameters", None)
    first = next(iter(parameters()), None) if parameters is not None else None
    return torch.device("cpu") if first is None else first.device


@contextmanager
def evaluation(model: Any) -> Iterator[None]:
    """Without gradients and without dropout, afterwards as before."""
    training = getattr(model, "training", False)
    if training:
        model.eval()
    try:
        with torch.inference_mode():
            yield
    finally:
        if training:
            model.train()


class Reader:
    """Logits after the last token of each of several growing sequences.

    Parameters
    ----------
    model : callable
        ``model(ids, mask, positions, cache, last_only)`` with ``model.config.n_positions``.
    cache : bool
        Whether keys and values are kept from call to call.
    overflow : {"stop", "slide", "halve"}
        A sequence longer than the context is shown by its last n_positions tokens ("slide": every place changes
        with every token, so nothing can be kept), or its older half is forgotten whenever the context is full
        ("halve"). With "stop" the caller lets none become longer.
    """

    def __init__(self, model: Any, cache: bool, overflow: str) -> None:
        self.model, self.caching, self.overflow = model, cache, overflow
        self.context: int = model.config.n_positions
        self.device = device_of(model)
        self.cache: Any = None
        self.room = 0
        self.held: list[int] = []  # names of the rows that the cache holds
        self.pads: Tensor | None = None  # (B,), None when all rows are of one length
        self.first: dict[int, int] = {}  # where a row's window begins

    def logits(self, rows: dict[int, list[int]], more: int) -> Tensor:
        """Logits (B, V) for the token after each row.

        Parameters
        ----------
        rows : dict of int to list of int
            A name and all tokens of each row that goes on; since the last call each has one more, and some are gone.
        more : int
            How many tokens will come at most: the cache's room.
        """
        slid = [name for name, ids in rows.items() if self._slide(name, len(ids))]
        fresh = self.cache is None or slid or self.cache.length == self.room
        with evaluation(self.model):
            if fresh:
                return self._read([ids[self.first.get(name, 0) :] for name, ids in rows.items()], list(rows), more)
            return self._read_last([rows[name][-1] if name in rows else 0 for name in self.held], list(rows))

    def _slide(self, name: int, length: int) -> bool:
        if length - self.first.get(name, 0) <= self.context:
            return False
        self.first[name] = length - (self.context if self.overflow == "slide" else max(self.context // 2, 1))
        return True

    def _read(self, windows: Sequence[Sequence[int]], names: list[int], more: int) -> Tensor:
        """Whole windows."""
        lengths = torch.tensor([len(window) for window in windows], device=self.device)
        T = int(lengths.max())
        padded = [[0] * (T - len(window)) + list(window) for window in windows]
        mask = positions = self.pads = None
        if int(lengths.min()) < T:
            self.pads = T - lengths
            place = torch.arange(T, device=self.device) - self.pads[:, None]
            positions = place.clamp(min=0)
            causal = torch.ones(T, T, dtype=torch.bool, device=self.device).tril()
            itself = torch.eye(T, dtype=torch.bool, device=self.device)
            mask = (causal & (place >= 0)[:, None] | itself)[:, None]  # (B, 1, T, T)
        if self.caching:
            self.held, self.room = names, min(self.context, T + more)
            self.cache = _new_cache(self.model, len(windows), self.room)
        return self._call(torch.tensor(padded, device=self.device), mask, positions)

    def _read_last(self, tokens: list[int], names: list[int]) -> Tensor:
        """One more token of every row that the cache holds; rows that have ended ride along."""
        mask = positions = None
        if self.pads is not None:
            S = self.cache.length + 1
            mask = (torch.arange(S, device=self.device) >= self.pads[:, None])[:, None, None]  # (B, 1, 1, S)
            positions = (S - 1 - self.pads)[:, None]
        logits = self._call(torch.tensor(tokens, device=self.device)[:, None], mask, positions)
        if len(names) == len(self.held):
            return logits
        return logits[torch.tensor([self.held.index(name) for name in names], device=self.device)]

    def _call(self, ids: Tensor, mask: Tensor | None, positions: Tensor | None) -> Tensor:
        return self.model(ids, mask=mask, positions=positions, cache=self.cache, last_only=True)[:, -1]


def _new_cache(model: Any, batch: int, room: int) -> Any:
    if hasattr(model, "new_cache"):
        return model.new_cache(batch, room)
    from groundup.llm.kv_cache import KVCache

    return KVCache.of(model, batch, room)
