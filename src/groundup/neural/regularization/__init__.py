"""Regularization: what keeps a network from learning its training examples by heart.

    >>> import numpy as np
    >>> from groundup.neural.autograd import Tensor
    >>> from groundup.neural.regularization import dropout
    >>> dropout(Tensor(np.ones(6)), 0.5, rng=np.random.default_rng(0)).data
    array([2., 2., 2., 0., 0., 0.])

| file | holds |
|---|---|
| `dropout` | `dropout`, `dropout1d`, `dropout2d`, `stochastic_depth`, `alpha_dropout`, on our `Tensor` and on torch |
| `penalties` | L2 and L1 penalties, groups of parameters that decay, the max-norm constraint |
| `early_stopping` | `EarlyStopping`: when the watched number has not improved for a while |
| `modules` | the same as torch modules: `Dropout`, `Dropout1d`, `Dropout2d`, `AlphaDropout`, `StochasticDepth` |

Random draws come from a generator that the caller passes; NumPy's global one is never used. With torch tensors it may
be left out: then torch's global generator is drawn from, as by torch.nn.Dropout, and `torch.manual_seed` repeats a run.

Lesson: regularization
"""

from importlib import import_module
from typing import Any

from groundup.neural.regularization.dropout import (
    alpha_dropout,
    dropout,
    dropout1d,
    dropout2d,
    keep_mask,
    stochastic_depth,
)
from groundup.neural.regularization.early_stopping import EarlyStopping
from groundup.neural.regularization.penalties import decay_groups, l1_penalty, l2_penalty, max_norm_

__all__ = [
    "EarlyStopping",
    "alpha_dropout",
    "decay_groups",
    "dropout",
    "dropout1d",
    "dropout2d",
    "keep_mask",
    "l1_penalty",
    "l2_penalty",
    "max_norm_",
    "stochastic_depth",
]

_MODULES = ("AlphaDropout", "Dropout", "Dropout1d", "Dropout2d", "StochasticDepth")


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return getattr(import_module(f"{__name__}.modules"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_MODULES])
