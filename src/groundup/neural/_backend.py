"""Two worlds, one name: a function of this family takes our `Tensor` (or anything NumPy takes) or torch's.

`is_torch` decides without importing torch: where torch was never imported, nothing can be a torch tensor.
"""

import sys
from typing import Any

__all__ = ["is_torch"]


def is_torch(*values: Any) -> bool:
    """Whether one of the values is a torch tensor."""
    torch = sys.modules.get("torch")
    return torch is not None and any(isinstance(value, torch.Tensor) for value in values)
