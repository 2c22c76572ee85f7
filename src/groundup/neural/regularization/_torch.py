"""The draw of dropout's noise in torch."""

from typing import Any

import torch

__all__ = ["keep"]


def keep(x: torch.Tensor, shape: tuple[int, ...], p: float, rng: torch.Generator | None, mask: Any) -> torch.Tensor:
    """1 where an entry is kept, else 0, in the dtype and on the device of x."""
    if mask is not None:
        return torch.as_tensor(mask, device=x.device).to(x.dtype)
    if not isinstance(rng, torch.Generator):
        raise TypeError(f"rng must be a torch.Generator for torch tensors; got {rng!r}")
    return torch.empty(shape, dtype=x.dtype, device=x.device).bernoulli_(1 - p, generator=rng)
