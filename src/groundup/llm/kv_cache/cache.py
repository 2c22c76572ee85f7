"""The cache: room for the whole context, taken once, filled from the left.

Keys and values of a position depend on the tokens up to it alone (causal attention), so they are computed once and
kept: 2 · layers · heads · width numbers a position. Left out: pages shared between sequences (lesson llm-serving).
"""

from collections.abc import Sequence
from typing import Any, Self

import torch
from torch import Tensor

from groundup.checks import check_count

__all__ = ["KVCache"]


class KVCache:
    """Keys and values of every layer for the positions so far.

    For inference: what goes in is detached from the graph of gradients. Sequences of different lengths are padded on
    the left; which positions are padding is the mask's business, not the cache's.

    Parameters
    ----------
    layers, batch, heads, room, width : int
        Layers, sequences, heads of keys and values, positions at most, width of a head.
    dtype, device : optional
        Of the model's keys; float32 on the CPU by default.

    Attributes
    ----------
    keys, values : tensors of shape (layers, batch, heads, room, width)
    length : int
        Positions that are filled.
    """

    _parts: tuple[str, ...] = ("keys", "values")  # tensors of shape (layers, batch, heads, room, ...)

    def __init__(
        self, layers: int, batch: int, heads: int, room: int, width: int, dtype: Any = None, device: Any = None
    ) -> None:
        for name, size in {"layers": layers, "batch": batch, "heads": heads, "room": room, "width": width}.items():
            check_count(name, size)
        self.width, self.dtype = width, dtype or torch.float32
        shape = (layers, batch, heads, room, width)
        self.keys = torch.zeros(shape, dtype=self.dtype, device=device)
        self.values = torch.zeros(shape, dtype=self.dtype, device=device)
        self.length = 0

    @classmethod
    def of(cls, model: Any, batch: int = 1, room: int | None = None, **options: Any) -> Self:
        """A cache that fits a model; its whole context by default."""
        c, table = model.config, getattr(model, "wte", None)
        dtype, device = (table.weight.dtype, table.weight.device) if table is not None else (torch.float32, "cpu")
        heads = getattr(c, "num_key_value_heads", None) or c.n_head
        most = c.n_positions if room is None else room
        return cls(c.n_layer, batch, heads, most, c.n_embd // c.n_head, dtype=dtype, device=device, **options)

    @property
    def batch(self) -> int:
        """Sequences."""
        return self.keys.shape[1]

    @property
    def room(self) -> int:
        """Positions that it can hold."""
        return self.keys.shape[3]

    @property
    def nbytes(self) -> int:
        """Bytes of all its tensors, filled or not."""
        return sum(part.numel() * part.element_size() for part in self._tensors())

    def update(self, layer: int, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        """Append k and v, each (batch, heads, T, width), to a layer; all of its keys and values so far.

        Raises
        ------
        ValueError
            If shapes do not fit the cache or T positions more exceed its room.
        TypeError
            If k or v has another dtype than the cache.
        """
        self._check(k, v)
        start, end = self.length, self.length + k.shape[2]
        if end > self.room:
            raise ValueError(f"the cache has room for {self.room} positions; {end} are wanted")
        return self._write(layer, k.detach(), v.detach(), start, end)

    def advance(self, positions: int) -> None:
        """Count positions that every layer has taken."""
        check_count("positions", positions, 0)
        if positions > self.room - self.length:
            raise ValueError(f"{self.room - self.length} of {self.room} positions are free; got {positions} to advance")
        self.length += positions

    def place(self) -> tuple[int, int] | None:
        """Where the next single position goes, and how many can then be looked at; None: only by `update`."""
        if self.length == self.room:
            raise ValueError(f"the cache has room for {self.room} positions; {self.room + 1} are wanted")
        return self.length, self.length + 1

    def truncate(self, length: int) -> None:
        """Forget all but the first `length` positions: rejected guesses, or 0 for another text."""
        check_count("length", length, 0)
        if length > self.length:
            raise ValueError(f"the cache holds {self.length} positions; got {length} to keep")
        self.length = length

    def reorder(self, rows: Sequence[int] | Tensor) -> None:
        """Sequence i continues what sequence rows[i] was: beams that survive, or one prompt for several answers.

        Parameters
        ----------
        rows : whole numbers below `batch`
            As many as there shall be sequences.
        """
        rows = torch.as_tensor(rows, device=self.keys.device)
        if rows.ndim != 1 or rows.dtype not in (torch.int64, torch.int32) or not rows.numel():
            raise ValueError(f"rows must be a list of whole numbers; got {rows.dtype} of shape {tuple(rows.shape)}")
        if int(rows.min()) < 0 or int(rows.max()) >= self.batch:
            raise ValueError(f"rows must be from 0 to {self.batch - 1}; got {rows.tolist()}")
        used, same = self._used(), len(rows) == self.batch
        for name, old in zip(self._parts, self._tensors(), strict=True):
            if same:
                old[:, :, :, :used] = old[:, rows, :, :used]
            else:
                new = torch.zeros_like(old[:, :1]).repeat_interleave(len(rows), 1)
                new[:, :, :, :used] = old[:, rows, :, :used]
                setattr(self, name, new)

    def copy(self) -> Self:
        """An independent cache of the same contents."""
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        for name, part in zip(self._parts, self._tensors(), strict=True):
            setattr(other, name, part.clone())
        return other

    def _write(self, layer: int, k: Tensor, v: Tensor, start: int, end: int) -> tuple[Tensor, Tensor]:
        self.keys[layer, :, :, start:end] = k
        self.values[layer, :, :, start:end] = v
        return self.keys[layer, :, :, :end], self.values[layer, :, :, :end]

    def _check(self, k: Tensor, v: Tensor) -> None:
        batch, heads = self.keys.shape[1:3]
        for name, x in (("k", k), ("v", v)):
            if x.ndim != 4 or (x.shape[0], x.shape[1], x.shape[3]) != (batch, heads, self.width):
                expected = f"(batch {batch}, heads {heads}, positions, width {self.width})"
                raise ValueError(f"{name} must have the shape {expected}; got {tuple(x.shape)}")
            if x.dtype != self.dtype:
                raise TypeError(f"{name} must be {self.dtype} like the cache; got {x.dtype}")
        if k.shape[2] != v.shape[2]:
            raise ValueError(f"k and v must have as many positions; got {k.shape[2]} and {v.shape[2]}")

    def _tensors(self) -> list[Tensor]:
        return [getattr(self, name) for name in self._parts]

    def _used(self) -> int:
        return self.length
