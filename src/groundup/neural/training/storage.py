"""A nest of tensors and plain values in one file, written whole or not at all, without pickle.

The file is a safetensors file: any reader of that format finds the tensors. What is not a tensor is JSON in its
metadata, where a tensor's place is marked by its name. A checksum over both tells a damaged file.

Whole or not at all, as `groundup.files` says; a crash in between leaves a temporary file, which `write_state` of the
same name replaces.
"""

import errno
import hashlib
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from groundup.files import replacing

__all__ = ["CheckpointError", "read_state", "write_state"]

FORMAT = "groundup training state 1"
MARK = "%"  # a dict with this one key stands for what JSON has no form for


class CheckpointError(RuntimeError):
    """A checkpoint cannot be written, read or used; the message says which one, why, and what remains."""


def write_state(file: str | os.PathLike, state: Any) -> None:
    """Write a nest of tensors, arrays and plain values to a file, whole or not at all.

    Parameters
    ----------
    file : path
        Its folder must exist. A file of that name is replaced, or remains as it is if anything fails.
    state : dict, list, tuple, tensor, array, number, text, bool or None, nested in any way
        Tensors come from any device; two names of one tensor (tied weights) are stored once.

    Raises
    ------
    CheckpointError
        If the disk is full or cannot be written.
    TypeError
        If there is something else in the nest, such as a function; the message says where.
    """
    file = Path(file)
    tensors: dict[str, torch.Tensor] = {}
    text = json.dumps(_encode(state, "", tensors, {}))
    metadata = {"format": FORMAT, "state": text, "sha256": _checksum(text, tensors)}
    try:
        with replacing(file) as temporary:
            save_file(tensors, temporary, metadata)
    except (OSError, SafetensorError) as error:
        raise CheckpointError(_why_not_written(file, error, tensors)) from error


def read_state(file: str | os.PathLike) -> Any:
    """The nest that `write_state` wrote, with its tensors on the CPU.

    Parameters
    ----------
    file : path

    Raises
    ------
    CheckpointError
        If there is no such file, it is damaged, or something else.
    """
    file = Path(file)
    try:
        with safe_open(file, framework="pt") as stored:
            metadata = stored.metadata() or {}
            tensors = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118  # not a dict
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"{file} cannot be read: {error}") from error
    if metadata.get("format") != FORMAT:
        raise CheckpointError(f"{file} is a safetensors file, but not a training state of this library")
    if metadata["sha256"] != _checksum(metadata["state"], tensors):
        raise CheckpointError(f"{file} is damaged: its checksum does not fit its content")
    return _decode(json.loads(metadata["state"]), tensors)


def _why_not_written(file: Path, error: Exception, tensors: dict[str, torch.Tensor]) -> str:
    kept = f"the earlier {file.name} is untouched" if file.exists() else "earlier checkpoints are untouched"
    full = getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT) or "os error 28" in str(error)
    if not full:
        return f"{file} cannot be written ({error}); {kept}"
    need = sum(t.numel() * t.element_size() for t in tensors.values()) / 1e6
    return f"no space left on the disk for {file} ({need:.1f} MB); {kept}. Make room, or keep fewer checkpoints"


def _checksum(text: str, tensors: dict[str, torch.Tensor]) -> str:
    whole = hashlib.sha256(text.encode())
    for name in sorted(tensors):
        tensor = tensors[name]
        whole.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        whole.update(tensor.reshape(-1).view(torch.uint8).numpy().data)
    return whole.hexdigest()


def _encode(value: Any, path: str, tensors: dict[str, torch.Tensor], seen: dict[tuple, str]) -> Any:
    """What JSON holds of a value; its tensors go into `tensors`, named after their place."""
    if value is None or isinstance(value, (bool, str)) or type(value) in (int, float):
        return value
    if isinstance(value, torch.Tensor):
        return {MARK: "tensor", "name": _stored(value, path, tensors, seen)}
    if isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
        # torch keeps what NumPy has: the bytes travel, the dtype is told
        raw = torch.from_numpy(np.ascontiguousarray(value).reshape(-1).view(np.uint8).copy())
        tensors[path] = raw
        return {MARK: "array", "name": path, "dtype": value.dtype.str, "shape": list(value.shape)}
    if isinstance(value, np.generic):
        return _encode(value.item(), path, tensors, seen)
    if isinstance(value, dict):
        pairs = [(key, _encode(v, f"{path}/{key}" if path else str(key), tensors, seen)) for key, v in value.items()]
        plain = all(isinstance(key, str) for key in value) and MARK not in value
        return dict(pairs) if plain else {MARK: "dict", "items": [[_encode(k, path, {}, {}), v] for k, v in pairs]}
    if isinstance(value, (list, tuple)):
        items = [_encode(v, f"{path}/{i}", tensors, seen) for i, v in enumerate(value)]
        return items if isinstance(value, list) else {MARK: "tuple", "items": items}
    raise TypeError(f"{path}: a {type(value).__name__} cannot be kept; tensors, arrays, numbers, texts and nests can")


def _stored(tensor: torch.Tensor, path: str, tensors: dict[str, torch.Tensor], seen: dict[tuple, str]) -> str:
    """Name under which a tensor is stored: its place, or the place of the same memory met before."""
    tensor = tensor.detach()
    memory = (tensor.device, tensor.data_ptr(), tensor.dtype, tuple(tensor.shape), tensor.stride())
    if tensor.numel() and memory in seen:
        return seen[memory]
    seen[memory] = path
    # safetensors takes no two tensors on one memory: a view of another one, a running state, is copied
    tensors[path] = tensor.to("cpu", copy=True, memory_format=torch.contiguous_format)
    return path


def _decode(value: Any, tensors: dict[str, torch.Tensor]) -> Any:
    if isinstance(value, list):
        return [_decode(v, tensors) for v in value]
    if not isinstance(value, dict):
        return value
    kind = value.get(MARK)
    if kind is None:
        return {key: _decode(v, tensors) for key, v in value.items()}
    if kind == "tensor":
        return tensors[value["name"]]
    if kind == "array":
        raw = tensors[value["name"]].numpy()
        return raw.view(np.dtype(value["dtype"])).reshape(value["shape"]).copy()
    if kind == "dict":
        return {_decode(key, tensors): _decode(v, tensors) for key, v in value["items"]}
    return tuple(_decode(v, tensors) for v in value["items"])
