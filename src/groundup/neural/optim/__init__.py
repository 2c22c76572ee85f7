"""Optimizers, schedules of the learning rate, clipping: for our `Tensor`s and for torch's parameters alike.

    >>> from groundup.neural.autograd import Tensor
    >>> from groundup.neural.optim import AdamW
    >>> w = Tensor([3.0, -2.0], requires_grad=True)
    >>> optimizer = AdamW([w], lr=0.1)
    >>> for _ in range(200):
    ...     optimizer.zero_grad()
    ...     (w**2).sum().backward()
    ...     optimizer.step()
    >>> bool(abs(w.data).max() < 0.01)
    True

| file | holds |
|---|---|
| `base` | `Optimizer`: groups, state, saving and loading in torch's layout |
| `momentum` | `SGD` with momentum and Nesterov's form; `Lookahead` |
| `adaptive`, `adam` | `Adagrad`, `RMSprop`; `Adam`, `AdamW`, `RAdam`, `NAdam` |
| `muon` | `Muon`, `newton_schulz`, and `muon_and_adamw` for whole networks |
| `schedules`, `scheduler` | functions of the step; `LRScheduler`, `OneCycleLR`, `lr_range_test` |
| `clipping` | by norm and by value |

Left out on purpose: line searches, second-order methods, sparse gradients, updates fused over many small parameters.
"""

from groundup.neural.optim.adam import Adam, AdamW, NAdam, RAdam, rectification
from groundup.neural.optim.adaptive import Adagrad, RMSprop
from groundup.neural.optim.base import Optimizer
from groundup.neural.optim.clipping import clip_grad_norm_, clip_grad_value_, grad_norm
from groundup.neural.optim.momentum import SGD, Lookahead
from groundup.neural.optim.muon import Muon, Together, muon_and_adamw, newton_schulz
from groundup.neural.optim.scheduler import LRScheduler, OneCycleLR, RangeTest, lr_range_test
from groundup.neural.optim.schedules import (
    cosine,
    cosine_restarts,
    exponential,
    inverse_sqrt,
    multi_step,
    one_cycle,
    one_cycle_momentum,
    polynomial,
    step_decay,
    warmup,
    with_warmup,
    wsd,
)

__all__ = [
    "SGD",
    "Adagrad",
    "Adam",
    "AdamW",
    "LRScheduler",
    "Lookahead",
    "Muon",
    "NAdam",
    "OneCycleLR",
    "Optimizer",
    "RAdam",
    "RMSprop",
    "RangeTest",
    "Together",
    "clip_grad_norm_",
    "clip_grad_value_",
    "cosine",
    "cosine_restarts",
    "exponential",
    "grad_norm",
    "inverse_sqrt",
    "lr_range_test",
    "multi_step",
    "muon_and_adamw",
    "newton_schulz",
    "one_cycle",
    "one_cycle_momentum",
    "polynomial",
    "rectification",
    "step_decay",
    "warmup",
    "with_warmup",
    "wsd",
]
