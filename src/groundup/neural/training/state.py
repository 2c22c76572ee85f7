"""All that a trainer's future depends on, as one nest; and back, if it fits."""

import warnings
from typing import TYPE_CHECKING, Any

import torch

from groundup.neural.training.checkpoints import differences
from groundup.neural.training.randomness import random_states, set_random_states
from groundup.neural.training.storage import CheckpointError, read_state

if TYPE_CHECKING:
    from groundup.neural.training.trainer import Trainer

__all__ = ["load_weights", "put_back", "settings", "whole_state"]

PARTS = ("scheduler", "average", "scaler", "validation")  # that a trainer may have, with a state of their own
GROUPS = "parameters of the optimizer"


def whole_state(trainer: "Trainer") -> dict[str, Any]:
    """Everything from which training goes on as if it had never stopped."""
    parts = {name: _part(trainer, name) for name in PARTS}
    return {
        "step": trainer.step,
        "epoch": trainer.epoch,
        "begun": trainer.begun,
        "stopped": trainer.stopped,
        "through": trainer.through,
        "settings": settings(trainer),
        "kinds": _kinds(trainer),
        "machine": {"torch": torch.__version__, "threads": torch.get_num_threads(), "device": trainer.device.type},
        "model": trainer.model.state_dict(),
        "optimizer": trainer.optimizer.state_dict(),
        **{name: part.state_dict() for name, part in parts.items() if part is not None},
        "data": trainer.data.state_dict(),
        "callbacks": [callback.state_dict() for callback in _remembering(trainer)],
        "best_value": trainer.checkpoints.best_value if trainer.checkpoints else None,
        "first_loss": trainer.first_loss,
        "history": trainer.history.state_dict(),
        "losses": list(trainer.losses),
        "norms": list(trainer.norms),
        "random": random_states(),
    }


def settings(trainer: "Trainer") -> dict[str, Any]:
    """What must be equal for a resumed run to equal the uninterrupted one."""
    names = ("accumulate", "clip", "log_every", "evaluate_every")
    decay = trainer.average.decay if trainer.average else None
    return {name: getattr(trainer, name) for name in names} | {"precision": trainer.precision.name, "average": decay}


def put_back(trainer: "Trainer", state: dict[str, Any], source: Any) -> None:
    """Bring a trainer into a state; nothing is changed if it does not fit.

    Raises
    ------
    CheckpointError
        If the state is of another model, optimizer or set of parts; the message names the differences.
    """
    if found := _misfits(trainer, state):
        listed = "".join(f"\n  - {line}" for line in found)
        raise CheckpointError(f"{source} is of another training:{listed}")
    for line in differences("setting", state["settings"], settings(trainer)):
        warnings.warn(f"{source}: {line}; the rest of the run will differ from an uninterrupted one", stacklevel=4)
    trainer.data.load_state_dict(state["data"])  # first: it refuses other data before anything else is changed
    trainer.model.load_state_dict(state["model"])
    trainer.optimizer.load_state_dict(state["optimizer"])
    for name in PARTS:
        if (part := _part(trainer, name)) is not None:
            part.load_state_dict(state[name])
    for callback, kept in zip(_remembering(trainer), state["callbacks"], strict=True):
        callback.load_state_dict(kept)
    if trainer.checkpoints:
        trainer.checkpoints.best_value = state["best_value"]
    trainer.history.load_state_dict(state["history"])
    trainer.step, trainer.epoch, trainer.stopped = state["step"], state["epoch"], state["stopped"]
    trainer.begun, trainer.through, trainer.first_loss = state["begun"], state["through"], state["first_loss"]
    trainer.losses[:], trainer.norms[:] = state["losses"], state["norms"]
    set_random_states(state["random"])


def load_weights(model: torch.nn.Module, file: Any, *, averaged: bool = False) -> None:
    """Load a model alone from a trainer's checkpoint, to use it.

    Parameters
    ----------
    model : torch.nn.Module
    file : path
    averaged : bool
        Take the average of the weights, which the trainer must have kept.

    Raises
    ------
    CheckpointError
        If the file cannot be read, is of another model, or has no average.
    """
    state = read_state(file)
    if averaged and "average" not in state:
        raise CheckpointError(f"{file} has no averaged weights: the trainer was made without average")
    tensors = state["average"]["tensors"] if averaged else state["model"]
    if found := differences("model", _shapes(tensors), _shapes(model.state_dict())):
        raise CheckpointError(f"{file} is of another model: " + "; ".join(found))
    model.load_state_dict(tensors)


def _part(trainer: "Trainer", name: str) -> Any:
    part = getattr(trainer, name)
    return part if hasattr(part, "state_dict") else None


def _remembering(trainer: "Trainer") -> list[Any]:
    return [callback for callback in trainer.callbacks if callback.state_dict()]


def _kinds(trainer: "Trainer") -> dict[str, str]:
    """Which classes the parts are, and how the optimizer groups its parameters."""
    parts = {name: _part(trainer, name) for name in PARTS}
    sizes = [[tuple(p.shape) for p in group["params"]] for group in trainer.optimizer.param_groups]
    return {
        "optimizer": type(trainer.optimizer).__name__,
        GROUPS: "; ".join(f"group {i}: {' '.join(map(str, s))}" for i, s in enumerate(sizes)),
        **{name: type(part).__name__ if part is not None else "none" for name, part in parts.items()},
        "callbacks": ", ".join(type(callback).__name__ for callback in _remembering(trainer)) or "none",
    }


def _misfits(trainer: "Trainer", state: dict[str, Any]) -> list[str]:
    found = differences("model", _shapes(state["model"]), _shapes(trainer.model.state_dict()))
    stored, here = state["kinds"], _kinds(trainer)
    if found:  # other weights make other groups; that is said already
        stored, here = ({k: v for k, v in kinds.items() if k != GROUPS} for kinds in (stored, here))
    return found + differences("training", stored, here)


def _shapes(tensors: dict[str, Any]) -> dict[str, str]:
    return {
        name: f"{str(t.dtype).removeprefix('torch.')} {tuple(t.shape)}" if isinstance(t, torch.Tensor) else "no tensor"
        for name, t in tensors.items()
    }
