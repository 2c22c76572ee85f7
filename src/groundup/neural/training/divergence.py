"""When training has gone wrong beyond repair: what to look at, and how to say it."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from groundup.neural.training.parts import bad_examples

if TYPE_CHECKING:
    from groundup.neural.training.trainer import Trainer

__all__ = ["DivergenceError", "diverged", "first_bad"]

CAUSES = (
    "a learning rate that is too large, or no warm-up (halve it; look at the gradient norms)",
    "an example with NaN, infinity or a huge value (look at the batch of that step)",
    "a logarithm, division or root of zero in model or loss, or float16 without loss scaling",
)


class DivergenceError(RuntimeError):
    """Training stopped because the loss, or a weight, is not finite, or the loss has grown beyond measure.

    Attributes
    ----------
    step : int
        The first bad step.
    losses : list of float
        The last losses up to that step.
    checkpoint : pathlib.Path or None
        The last good checkpoint.

    Parameters
    ----------
    what : str
        What was seen.
    step : int
    losses : sequence of float
    lr : float
    checkpoint : pathlib.Path or None
    restored : bool
        Whether the trainer has gone back to that checkpoint.
    found : str
        What was found wrong in the data, as a line; empty for nothing.
    """

    def __init__(
        self,
        what: str,
        step: int,
        losses: Sequence[float],
        lr: float,
        checkpoint: Path | None,
        restored: bool,
        found: str = "",
    ) -> None:
        self.step, self.losses, self.checkpoint = step, list(losses), checkpoint
        told = ", ".join(f"{loss:.4g}" for loss in self.losses) or "none yet"
        kept = "There is no checkpoint." if checkpoint is None else f"The last good checkpoint is {checkpoint}"
        if checkpoint is not None:
            kept += "; the trainer has been set back to it." if restored else "."
        causes = "".join(f"\n  - {cause}" for cause in CAUSES)
        super().__init__(
            f"{what} at step {step}, with learning rate {lr:.3g}.\nLast losses: {told}.\n{kept}\n"
            f"{found}Likely causes:{causes}"
        )


def first_bad(losses: Sequence[float], limit: float) -> int | None:
    """Place of the first loss that is not finite, or from which on the mean is above a limit; None if all is well.

    Parameters
    ----------
    losses : sequence of float
    limit : float

    Returns
    -------
    int or None
    """
    for i, loss in enumerate(losses):
        if not math.isfinite(loss):
            return i
    above = losses and sum(losses) / len(losses) > limit
    return next(i for i, loss in enumerate(losses) if loss > limit) if above else None


def diverged(trainer: "Trainer", what: str, step: int, losses: Sequence[float]) -> NoReturn:
    """Set a trainer back to its last good checkpoint, if that is wanted and there is one, and raise the error."""
    lr = float(trainer.optimizer.param_groups[0]["lr"])
    good = next(iter(trainer.checkpoints.files()), None) if trainer.checkpoints else None
    if restored := trainer.restore and good is not None:
        trainer.resume()
    raise DivergenceError(what, step, losses[-5:], lr, good, restored, bad_examples(trainer.data))
