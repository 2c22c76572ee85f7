"""Whether the parts that a trainer is given fit together; what is said when they do not."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from groundup.checks import check_count, check_number

__all__ = ["bad_examples", "check_batch", "check_parts", "check_settings", "placed"]

FORM = "a batch must be a tuple (what the model takes ..., targets)"


def check_parts(model: Any, optimizer: Any, data: Any, validation: Any, checkpoints: Any) -> None:
    """Raise unless a trainer can be made of these.

    Raises
    ------
    TypeError, ValueError
        If the model is no module or has no parameters, the optimizer has others than the model's, data or validation
        cannot be gone through, or data cannot be continued although there are checkpoints.
    """
    if not isinstance(model, torch.nn.Module):
        raise TypeError(f"model must be a torch.nn.Module; got {type(model).__name__}")
    owned, steered = {id(p) for p in model.parameters()}, optimizer.param_groups
    if not owned:
        raise ValueError(f"model must have parameters to train; this {type(model).__name__} has none")
    shapes = [tuple(p.shape) for group in steered for p in group["params"] if id(p) not in owned]
    if shapes:
        raise ValueError(
            f"optimizer must have parameters of the model alone; {len(shapes)} of its parameters are not the model's, "
            f"the first of shape {shapes[0]}. Was the model made anew after the optimizer? Parameters of a loss belong "
            "into the model, with which checkpoints keep them"
        )
    if not any(group["params"] for group in steered):
        raise ValueError("optimizer must have at least one parameter of the model; it has none")
    for name, batches in (("data", data), ("validation", () if validation is None else validation)):
        if not (hasattr(batches, "__iter__") or hasattr(batches, "__getitem__")):
            raise TypeError(f"{name} must be an iterable of batches; got {type(batches).__name__}")
    if checkpoints is not None and not hasattr(data, "state_dict"):
        raise TypeError(f"with checkpoints, data must have state_dict, as a Loader has; got {type(data).__name__}")


def check_goal(epochs: int | None, steps: int | None) -> None:
    """Raise unless it is said how long to train."""
    if epochs is None and steps is None:
        raise ValueError("fit needs epochs or steps: how long to train")
    for name, value in (("epochs", epochs), ("steps", steps)):
        check_count(name, 1 if value is None else value)


def check_settings(
    accumulate: int, log_every: int, evaluate_every: int | None, clip: float | None, divergence: float
) -> None:
    """Raise TypeError or ValueError unless a trainer's numbers are in their ranges."""
    check_count("accumulate", accumulate)
    check_count("log_every", log_every)
    check_count("evaluate_every", 1 if evaluate_every is None else evaluate_every)
    check_number("clip", 1.0 if clip is None else clip, 0.0, open_low=True)
    check_number("divergence", divergence, 1.0, open_low=True)


def check_batch(batch: Any) -> None:
    """Raise TypeError unless a batch can be taken apart into inputs and targets: a tensor would fall into its rows."""
    if not isinstance(batch, (tuple, list)):
        shape = f" of shape {tuple(batch.shape)}" if hasattr(batch, "shape") else ""
        raise TypeError(f"{FORM}; got a {type(batch).__name__}{shape}. Override compute and weigh for another form")
    if len(batch) < 2:
        raise TypeError(f"{FORM}; got {len(batch)} entr{'y' if len(batch) == 1 else 'ies'}")


def placed(batch: Any, device: torch.device) -> Any:
    """A batch, nested as it is, with its tensors on a device."""
    if isinstance(batch, torch.Tensor):
        return batch.to(device, non_blocking=True)
    if isinstance(batch, Mapping):
        return {key: placed(value, device) for key, value in batch.items()}
    return tuple(placed(value, device) for value in batch) if isinstance(batch, (tuple, list)) else batch


def bad_examples(data: Any) -> str:
    """A line on the first example that is not finite in a loader's columns; empty where none is seen."""
    columns = getattr(data, "data", None)
    if not isinstance(columns, (tuple, dict)):
        columns = (columns,)
    for key, column in columns.items() if isinstance(columns, dict) else enumerate(columns):
        if isinstance(column, torch.Tensor) and column.is_floating_point():
            finite = column.isfinite().reshape(len(column), -1).all(1).cpu().numpy()
        elif isinstance(column, np.ndarray) and column.dtype.kind == "f":
            finite = np.isfinite(column).reshape(len(column), -1).all(1)
        else:
            continue
        if not finite.all():
            bad = np.flatnonzero(~finite)
            more = f" and {len(bad) - 1} more" if len(bad) > 1 else ""
            return f"Column {key!r} of the data is not finite in example {bad[0]}{more}.\n"
    return ""
