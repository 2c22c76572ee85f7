"""The losses as torch modules, with torch's names, settings and buffers; the focal, hinge, log-cosh and quantile losses
have no counterpart there.
"""

from collections.abc import Callable
from typing import Any

import torch

from groundup.neural.losses import binary, classification, focal, regression

__all__ = ["BCELoss", "BCEWithLogitsLoss", "CrossEntropyLoss", "FocalLoss", "GaussianNLLLoss", "HingeLoss", "HuberLoss",
           "KLDivLoss", "L1Loss", "LogCoshLoss", "MSELoss", "MultiMarginLoss", "NLLLoss", "QuantileLoss",
           "SigmoidFocalLoss", "SmoothL1Loss", "SquaredHingeLoss"]  # fmt: skip


class _Loss(torch.nn.Module):
    """A function with fixed settings; tensors among them are buffers, which move with the module."""

    function: Callable[..., torch.Tensor]

    def __init__(self, buffers: dict[str, Any] | None = None, **settings: Any) -> None:
        super().__init__()
        self.settings = settings
        self._tensors = tuple(buffers or ())
        for name, value in (buffers or {}).items():
            self.register_buffer(name, value)

    def forward(self, input: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """The loss of an input and a target."""
        buffers = {name: getattr(self, name) for name in self._tensors}
        return type(self).function(input, target, **buffers, **self.settings)

    def extra_repr(self) -> str:
        """Shown by print."""
        return ", ".join(f"{name}={value!r}" for name, value in self.settings.items())


class MSELoss(_Loss):
    """As `mse_loss`."""

    function = staticmethod(regression.mse_loss)

    def __init__(self, reduction: str = "mean") -> None:
        super().__init__(reduction=reduction)


class L1Loss(_Loss):
    """As `l1_loss`."""

    function = staticmethod(regression.l1_loss)

    def __init__(self, reduction: str = "mean") -> None:
        super().__init__(reduction=reduction)


class HuberLoss(_Loss):
    """As `huber_loss`."""

    function = staticmethod(regression.huber_loss)

    def __init__(self, reduction: str = "mean", delta: float = 1.0) -> None:
        super().__init__(reduction=reduction, delta=delta)


class SmoothL1Loss(_Loss):
    """As `smooth_l1_loss`."""

    function = staticmethod(regression.smooth_l1_loss)

    def __init__(self, reduction: str = "mean", beta: float = 1.0) -> None:
        super().__init__(reduction=reduction, beta=beta)


class LogCoshLoss(_Loss):
    """As `log_cosh_loss`."""

    function = staticmethod(regression.log_cosh_loss)

    def __init__(self, reduction: str = "mean") -> None:
        super().__init__(reduction=reduction)


class QuantileLoss(_Loss):
    """As `quantile_loss`."""

    function = staticmethod(regression.quantile_loss)

    def __init__(self, q: float = 0.5, reduction: str = "mean") -> None:
        super().__init__(q=q, reduction=reduction)


class GaussianNLLLoss(torch.nn.Module):
    """As `gaussian_nll_loss`; called with prediction, target and variance."""

    def __init__(self, *, full: bool = False, eps: float = 1e-6, reduction: str = "mean") -> None:
        super().__init__()
        self.full, self.eps, self.reduction = full, eps, reduction

    def forward(self, input: torch.Tensor, target: torch.Tensor, var: Any) -> torch.Tensor:
        """The loss of a prediction with its variance."""
        return regression.gaussian_nll_loss(input, target, var, self.full, self.eps, self.reduction)


class CrossEntropyLoss(_Loss):
    """As `cross_entropy`."""

    function = staticmethod(classification.cross_entropy)

    def __init__(
        self,
        weight: Any = None,
        ignore_index: int = classification.IGNORED,
        reduction: str = "mean",
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__(
            {"weight": weight}, ignore_index=ignore_index, reduction=reduction, label_smoothing=label_smoothing
        )


class NLLLoss(_Loss):
    """As `nll_loss`."""

    function = staticmethod(classification.nll_loss)

    def __init__(self, weight: Any = None, ignore_index: int = classification.IGNORED, reduction: str = "mean") -> None:
        super().__init__({"weight": weight}, ignore_index=ignore_index, reduction=reduction)


class KLDivLoss(_Loss):
    """As `kl_div`."""

    function = staticmethod(classification.kl_div)

    def __init__(self, reduction: str = "mean", log_target: bool = False) -> None:
        super().__init__(reduction=reduction, log_target=log_target)


class BCELoss(_Loss):
    """As `binary_cross_entropy`."""

    function = staticmethod(binary.binary_cross_entropy)

    def __init__(self, weight: Any = None, reduction: str = "mean") -> None:
        super().__init__({"weight": weight}, reduction=reduction)


class BCEWithLogitsLoss(_Loss):
    """As `binary_cross_entropy_with_logits`."""

    function = staticmethod(binary.binary_cross_entropy_with_logits)

    def __init__(self, weight: Any = None, reduction: str = "mean", pos_weight: Any = None) -> None:
        super().__init__({"weight": weight, "pos_weight": pos_weight}, reduction=reduction)


class SigmoidFocalLoss(_Loss):
    """As `sigmoid_focal_loss`."""

    function = staticmethod(binary.sigmoid_focal_loss)

    def __init__(self, alpha: float | None = 0.25, gamma: float = 2.0, reduction: str = "mean") -> None:
        super().__init__(alpha=alpha, gamma=gamma, reduction=reduction)


class FocalLoss(_Loss):
    """As `focal_loss`."""

    function = staticmethod(focal.focal_loss)

    def __init__(
        self,
        gamma: float = 2.0,
        weight: Any = None,
        ignore_index: int = classification.IGNORED,
        reduction: str = "mean",
    ) -> None:
        super().__init__({"weight": weight}, gamma=gamma, ignore_index=ignore_index, reduction=reduction)


class HingeLoss(_Loss):
    """As `hinge_loss`."""

    function = staticmethod(binary.hinge_loss)

    def __init__(self, reduction: str = "mean") -> None:
        super().__init__(reduction=reduction)


class SquaredHingeLoss(_Loss):
    """As `squared_hinge_loss`."""

    function = staticmethod(binary.squared_hinge_loss)

    def __init__(self, reduction: str = "mean") -> None:
        super().__init__(reduction=reduction)


class MultiMarginLoss(_Loss):
    """As `multi_margin_loss`."""

    function = staticmethod(focal.multi_margin_loss)

    def __init__(self, p: int = 1, margin: float = 1.0, weight: Any = None, reduction: str = "mean") -> None:
        super().__init__({"weight": weight}, p=p, margin=margin, reduction=reduction)
