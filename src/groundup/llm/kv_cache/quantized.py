"""A cache of one byte a number: each key and each value vector is rounded to int8 with a scale of its own.

The scale is max |x| / 127 over the width of a head, so an entry is off by at most half a scale, 1/254 of the
vector's largest. Memory: width + 4 bytes a vector instead of 4 · width (float32). What `update` returns is widened
again, a layer at a time; time is not saved by it. Left out: keys grouped by channel instead of position.
"""

from typing import Any

import torch
from torch import Tensor

from groundup.llm.kv_cache.cache import KVCache

__all__ = ["QuantizedKVCache", "quantize_rows"]


def quantize_rows(weight: Tensor) -> tuple[Tensor, Tensor]:
    """Integers of -127 to 127 and a scale for each row, so that weight ≈ integers · scale.

    Absmax rounding (Dettmers et al. 2022, section 2.1), a row of the last axis at a time; a row of zeros has scale 0.

    Parameters
    ----------
    weight : float tensor of shape (..., inputs)

    Returns
    -------
    int8 tensor of the same shape, float32 tensor without the last axis
    """
    scale = weight.abs().amax(-1).float() / 127
    safe = torch.where(scale == 0, torch.ones_like(scale), scale)
    return torch.round(weight / safe[..., None]).clamp_(-127, 127).to(torch.int8), scale


class QuantizedKVCache(KVCache):
    """As `KVCache`, stored in int8; parameters and methods are the same."""

    _parts = ("keys", "values", "key_scales", "value_scales")

    def __init__(
        self, layers: int, batch: int, heads: int, room: int, width: int, dtype: Any = None, device: Any = None
    ) -> None:
        super().__init__(layers, batch, heads, room, width, dtype, device)
        self.keys, self.values = self.keys.to(torch.int8), self.values.to(torch.int8)
        self.key_scales = torch.zeros(self.keys.shape[:-1], device=device)
        self.value_scales = torch.zeros(self.keys.shape[:-1], device=device)

    def place(self) -> None:
        """Always None: a compiled step reads float32."""
        return None

    def _write(self, layer: int, k: Tensor, v: Tensor, start: int, end: int) -> tuple[Tensor, Tensor]:
        both = []
        for stored, scales, x in ((self.keys, self.key_scales, k), (self.values, self.value_scales, v)):
            stored[layer, :, :, start:end], scales[layer, :, :, start:end] = quantize_rows(x)
            both.append((stored[layer, :, :, :end] * scales[layer, :, :, :end, None]).to(self.dtype))
        return both[0], both[1]
