"""Losses, each with its derivative, on our `Tensor` and on torch under one name.

Functions take a `groundup.neural.autograd.Tensor`, anything that NumPy takes, or a torch tensor, and answer in kind::

    >>> from groundup.neural.autograd import Tensor
    >>> from groundup.neural.losses import huber_loss
    >>> p = Tensor([0.5, 3.0], requires_grad=True)
    >>> huber_loss(p, [0.0, 0.0], reduction="sum").backward()
    >>> p.grad
    array([0.5, 1. ])

| file | holds |
|---|---|
| `regression` | squared, absolute, Huber, smooth L1, log-cosh, quantile, Gaussian negative log-likelihood |
| `classification` | cross-entropy with weights, smoothing and probabilities as targets; log-likelihood; KL |
| `binary` | binary cross-entropy, from probabilities and from logits; focal loss; hinge |
| `focal` | focal loss for several classes, margins between classes |
| `modules` | the same as `torch.nn.Module`s, loaded when one is first used: `CrossEntropyLoss`, `FocalLoss`, ... |

Names, arguments and results are those of torch.nn.functional, with one difference: prediction and target must have one
shape, where torch warns and broadcasts (n,) against (n, 1) to n² differences. A mean over nothing is NaN, as in torch.

Lesson: losses
"""

from importlib import import_module
from typing import Any

from groundup.neural.losses.binary import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    hinge_loss,
    sigmoid_focal_loss,
    squared_hinge_loss,
)
from groundup.neural.losses.classification import cross_entropy, kl_div, nll_loss
from groundup.neural.losses.focal import focal_loss, multi_margin_loss
from groundup.neural.losses.regression import (
    gaussian_nll_loss,
    huber_loss,
    l1_loss,
    log_cosh_loss,
    mse_loss,
    quantile_loss,
    smooth_l1_loss,
)

__all__ = [
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "cross_entropy",
    "focal_loss",
    "gaussian_nll_loss",
    "hinge_loss",
    "huber_loss",
    "kl_div",
    "l1_loss",
    "log_cosh_loss",
    "mse_loss",
    "multi_margin_loss",
    "nll_loss",
    "quantile_loss",
    "sigmoid_focal_loss",
    "smooth_l1_loss",
    "squared_hinge_loss",
]

_MODULES = ("BCELoss", "BCEWithLogitsLoss", "CrossEntropyLoss", "FocalLoss", "GaussianNLLLoss", "HingeLoss",
            "HuberLoss", "KLDivLoss", "L1Loss", "LogCoshLoss", "MSELoss", "MultiMarginLoss", "NLLLoss", "QuantileLoss",
            "SigmoidFocalLoss", "SmoothL1Loss", "SquaredHingeLoss")  # fmt: skip


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return getattr(import_module(f"{__name__}.modules"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_MODULES])
