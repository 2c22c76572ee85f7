"""Stopping when a watched number has not improved for a while.

Training goes on while the loss on data that are not trained on falls, and stops after `patience` checks without a new
best. The rule only watches: who calls it keeps the weights of the best check.
"""

import math
from typing import Any

from groundup.checks import check_choice, check_count, check_number

__all__ = ["EarlyStopping"]


class EarlyStopping:
    """Says when to stop.

    Parameters
    ----------
    patience : int
        Checks in a row without improvement after which to stop, at least 1.
    min_delta : float
        By how much a value must be better than the best one to count as an improvement (strictly better by more than
        this), at least 0.
    mode : {"min", "max"}
        Whether small values are good (a loss) or large ones (an accuracy).

    Attributes
    ----------
    best : float or None
        Best value so far; None before the first one that is a number.
    best_step : int or None
        The `step` it came with.
    waited : int
        Checks since then.

    Raises
    ------
    TypeError, ValueError
        For settings outside these ranges.

    Examples
    --------
    >>> stopping = EarlyStopping(patience=2)
    >>> [stopping.update(loss) for loss in (3.0, 1.0, 1.5, 1.2)]
    [False, False, False, True]
    >>> stopping.best, stopping.best_step
    (1.0, 1)
    """

    def __init__(self, patience: int = 5, min_delta: float = 0.0, mode: str = "min") -> None:
        check_count("patience", patience)
        check_number("min_delta", min_delta, 0.0)
        check_choice("mode", mode, ("min", "max"))
        self.patience, self.min_delta, self.mode = int(patience), float(min_delta), mode
        self.best: float | None = None
        self.best_step: int | None = None
        self.waited = 0
        self._checks = 0

    def update(self, value: float, step: int | None = None) -> bool:
        """Take note of a value; whether to stop.

        Parameters
        ----------
        value : float
            NaN is no improvement, and never becomes the best value.
        step : int or None
            What `best_step` shall be if this is the best one; by default the number of earlier calls.

        Returns
        -------
        bool
            True when `patience` values in a row, this one included, were no improvement.
        """
        value = float(value)
        step = self._checks if step is None else int(step)
        self._checks += 1
        if self._better(value):
            self.best, self.best_step, self.waited = value, step, 0
        else:
            self.waited += 1
        return self.waited >= self.patience

    def _better(self, value: float) -> bool:
        if math.isnan(value) or self.best is None:
            return not math.isnan(value)
        gain = self.best - value if self.mode == "min" else value - self.best
        return gain > self.min_delta  # of two equal infinities the gain is NaN, which is not more than anything

    def state_dict(self) -> dict[str, Any]:
        """Plain numbers (fit for JSON) from which `load_state_dict` continues."""
        return {"best": self.best, "best_step": self.best_step, "waited": self.waited, "checks": self._checks}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue where `state_dict` was taken; the settings remain this object's own."""
        self.best, self.best_step = state["best"], state["best_step"]
        self.waited, self._checks = int(state["waited"]), int(state["checks"])
