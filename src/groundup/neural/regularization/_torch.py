"""The draw of dropout's noise in torch."""

from typing import Any

import torch

__all__ = ["keep"]


def keep(x: torch.Tensor, shape: tuple[int, ...], p: float, rng: torch.Generator | None, mask: Any) -> torch.Tensor:
    """1 where an entry is kept, else 0, in the dtype and on the device of x.

    Without a mask and a generator drawn from torch's global one.
    """
    if mask is not None:
        return torch.as_tensor(mask, device=x.device).bool().to(x.dtype)
    if rng is not None and not isinstance(rng, torch.Generator):
        raise TypeError(f"rng must be a torch.Generator or None for torch tensors; got {rng!r}")
    return x.new_empty(shape).bernoulli_(1 - p, generator=rng)  # new_empty: under vmap a draw per example
