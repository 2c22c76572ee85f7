"""Dropout as torch modules, with torch's names.

Each draws from torch's global generator, whose state the trainer saves with its checkpoints, or from a generator of its
own. That one travels with `copy.deepcopy` and pickle, but not with `state_dict`: to resume a run bit for bit, save
``generator.get_state()`` as well.
"""

import torch

from groundup.checks import check_choice
from groundup.neural.regularization.dropout import (
    alpha_dropout,
    check_rate,
    dropout,
    dropout1d,
    dropout2d,
    stochastic_depth,
)

__all__ = ["AlphaDropout", "Dropout", "Dropout1d", "Dropout2d", "StochasticDepth"]


class Dropout(torch.nn.Module):
    """As `dropout`: active after `train()`, the identity after `eval()`.

    Parameters
    ----------
    p : float
        Share that is switched off, from 0 to 1.
    rng : torch.Generator, optional
        On the device of the inputs; layers may share one. None: torch's global generator of that device, which
        `torch.manual_seed` seeds.
    """

    function = staticmethod(dropout)

    def __init__(self, p: float = 0.5, rng: torch.Generator | None = None) -> None:
        super().__init__()
        check_rate(p)
        self.p, self.rng = p, rng

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Drop, in training; else x."""
        return self.function(x, self.p, self.training, rng=self.rng)

    def extra_repr(self) -> str:
        """Shown by print."""
        return f"p={self.p}"


class Dropout1d(Dropout):
    """As `dropout1d`, for inputs (n, channels, length) or (channels, length)."""

    function = staticmethod(dropout1d)


class Dropout2d(Dropout):
    """As `dropout2d`, for inputs (n, channels, height, width)."""

    function = staticmethod(dropout2d)


class AlphaDropout(Dropout):
    """As `alpha_dropout`, for networks with SELU."""

    function = staticmethod(alpha_dropout)


class StochasticDepth(torch.nn.Module):
    """As `stochastic_depth`, around what a residual branch computed.

    Parameters
    ----------
    p : float
        Probability that the branch is left out.
    mode : {"row", "batch"}
        One draw an example, or one for the whole batch.
    rng : torch.Generator, optional
        As for `Dropout`.
    """

    def __init__(self, p: float, mode: str = "row", rng: torch.Generator | None = None) -> None:
        super().__init__()
        check_rate(p)
        check_choice("mode", mode, ("row", "batch"))
        self.p, self.mode, self.rng = p, mode, rng

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Leave the branch out, in training; else x."""
        return stochastic_depth(x, self.p, self.mode, self.training, rng=self.rng)

    def extra_repr(self) -> str:
        """Shown by print."""
        return f"p={self.p}, mode={self.mode}"
