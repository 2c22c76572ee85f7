"""Going through the validation data without leaving a trace in weights, modes, buffers or random states."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

import torch

from groundup.neural.training.parts import placed
from groundup.neural.training.randomness import untouched_random

if TYPE_CHECKING:
    from groundup.neural.training.trainer import Trainer

__all__ = ["measured"]


@torch.inference_mode()
def measured(trainer: "Trainer") -> dict[str, float]:
    """Loss and metrics of the validation data, with the averaged weights if there are any.

    Raises
    ------
    ValueError
        If there are no validation data, or they gave no batch.
    """
    if trainer.validation is None:
        raise ValueError("there are no validation data to evaluate on")
    average, total, count, kept = trainer.average, 0.0, 0.0, []
    averaged = average.applied() if average is not None and average.updates else nullcontext()
    with untouched_random(), averaged, _evaluating(trainer.model):
        for batch in trainer.validation:
            with trainer.precision.forward():
                loss, outputs, targets = trainer.compute(placed(batch, trainer.device))
            weight = trainer.weigh(batch)
            total, count = total + float(loss) * weight, count + weight
            if trainer.metrics:
                kept.append((outputs.cpu(), targets.cpu()))
    if count == 0:
        raise ValueError("validation gave no batch, or none with a weight: an iterator can be gone through only once")
    row = {"val_loss": total / count}
    if trainer.metrics:
        outputs, targets = (torch.cat(column) for column in zip(*kept, strict=True))
        row |= {f"val_{name}": float(metric(outputs, targets)) for name, metric in trainer.metrics.items()}
    return row


@contextmanager
def _evaluating(model: torch.nn.Module) -> Iterator[None]:
    """Inside, the model is in evaluation mode; afterwards each module is in its own mode again."""
    modes = {module: module.training for module in model.modules()}
    model.eval()
    try:
        yield
    finally:
        for module, mode in modes.items():
            module.training = mode
