"""Published weights: config.json and model.safetensors in Hugging Face's layout, read and written.

A folder holds config.json and model.safetensors, or parts of it with model.safetensors.index.json, which says which
tensor stands in which part. Names come in two spellings, with and without `transformer.` before them. Old files also
hold buffers (`h.0.attn.bias`, the causal mask, and `h.0.attn.masked_bias`, the number in its place) or the last layer,
`lm_head.weight`, which is the matrix of tokens once more. The four matrices of a block are stored as (inputs, outputs),
the transpose of torch's linear layers.

Left out: pytorch_model.bin, a pickle, which runs code when it is read.
"""

import json
import os
import re
import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor
from torch.overrides import TorchFunctionMode

from groundup.files import replacing, write_whole
from groundup.transformers.gpt.config import GPTConfig

__all__ = ["WeightsError", "check_vocabulary", "load", "read", "save"]

CONFIG, WEIGHTS, INDEX = "config.json", "model.safetensors", "model.safetensors.index.json"
PREFIX = "transformer."
BUFFER = re.compile(r"h\.\d+\.attn\.(bias|masked_bias)")
TRANSPOSED = re.compile(r"h\.\d+\.(attn\.c_attn|attn\.c_proj|mlp\.c_fc|mlp\.c_proj)\.weight")
SHOWN = 8  # names that a message lists before it says how many more


class WeightsError(ValueError):
    """Files of weights cannot be read, or are not of this model; the message names the file and the tensors."""


def load(
    path: str | os.PathLike,
    kind: Any = None,
    *,
    config: GPTConfig | None = None,
    dtype: torch.dtype | None = torch.float32,
    tokenizer: Any = None,
) -> Any:
    """A model from a folder, or from one file of weights.

    Parameters
    ----------
    path : path
        A folder with config.json, or a .safetensors file, beside which config.json stands unless `config` is given.
    kind : class, optional
        `GPT`, or what derives from it.
    config : GPTConfig, optional
        In place of config.json.
    dtype : torch.dtype, optional
        Of the model; None keeps the file's (float16 and bfloat16 files are common).
    tokenizer : optional
        Something with `vocab_size`: checked by `check_vocabulary`.

    Returns
    -------
    GPT
        In evaluation mode.

    Raises
    ------
    WeightsError
        If a file is missing or damaged, or a tensor is missing, unknown or of the wrong shape: each is named.
    ValueError
        If config.json asks for something that this network does not follow.
    """
    from groundup.transformers.gpt.model import GPT

    path = Path(path)
    weights = _weights_of(path)
    if config is None:
        config = _read_config(weights[0].parent / CONFIG)
    if tokenizer is not None:
        check_vocabulary(tokenizer, config)
    with torch.device("meta"), _Undrawn():  # shapes alone: nothing is drawn that the file then overwrites
        model = (kind or GPT)(config)
    wanted = {name: tensor.shape for name, tensor in model.state_dict().items()}
    state = _renamed(read(path), config, wanted, path)
    model.load_state_dict(
        {name: tensor if dtype is None else tensor.to(dtype) for name, tensor in state.items()}, assign=True
    )
    return model.eval()


class _Undrawn(TorchFunctionMode):
    """No normal numbers: to draw them without memory, torch loads its compiler, a second before anything is read."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if getattr(func, "__name__", "") == "normal_":
            return args[0] if args else (kwargs or {})["tensor"]
        return func(*args, **(kwargs or {}))


def read(path: str | os.PathLike) -> dict[str, Tensor]:
    """All tensors of a folder or file under the names that they have there.

    Raises
    ------
    WeightsError
        If a file is missing or damaged, or a name stands in two of them.
    """
    tensors: dict[str, Tensor] = {}
    for file in _weights_of(Path(path)):
        try:
            with safe_open(file, framework="pt") as stored:
                found = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118  # not a dict
        except FileNotFoundError:
            raise WeightsError(f"{file} is missing") from None
        except (OSError, SafetensorError) as error:
            raise WeightsError(f"{file} is damaged or no safetensors file: {error}") from error
        if twice := tensors.keys() & found.keys():
            raise WeightsError(f"{file} repeats {_names(twice)}")
        tensors |= found
    return tensors


def save(model: Any, folder: str | os.PathLike, *, part_bytes: int = 5_000_000_000) -> None:
    """Write config.json and the weights, so that Hugging Face's transformers reads them as GPT2LMHeadModel.

    Parameters
    ----------
    model : GPT
        Without biases (`bias=False`), zeros are written in their place: the same function.
    folder : path
        Made if need be. Files of the same names are replaced, each whole or not at all.
    part_bytes : int
        Weights larger than that are written in parts with an index.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    state = dict(_published(model))
    parts: list[dict[str, Tensor]] = [{}]
    for name, tensor in state.items():
        if parts[-1] and _bytes(parts[-1].values()) + _bytes([tensor]) > part_bytes:
            parts.append({})
        parts[-1][name] = tensor
    if len(parts) == 1:
        _write(folder / WEIGHTS, state)
    else:
        files = [f"model-{i + 1:05d}-of-{len(parts):05d}.safetensors" for i in range(len(parts))]
        for file, part in zip(files, parts, strict=True):
            _write(folder / file, part)
        places = {name: file for file, part in zip(files, parts, strict=True) for name in part}
        index = {"metadata": {"total_size": _bytes(state.values())}, "weight_map": places}
        write_whole(folder / INDEX, json.dumps(index, indent=2))
    for stale in [INDEX] if len(parts) == 1 else [WEIGHTS]:  # of an earlier save: a reader would take it first
        (folder / stale).unlink(missing_ok=True)
    kind = str(model.wte.weight.dtype).removeprefix("torch.")
    write_whole(folder / CONFIG, json.dumps({**model.config.to_dict(), "dtype": kind}, indent=2))


def check_vocabulary(tokenizer: Any, config: GPTConfig) -> None:
    """Raise ValueError if a tokenizer has ids that the model lacks; warn if the model has more than a padding of them.

    Models round their vocabulary up to a multiple of 64 or 128, for faster products: up to 127 idle rows are usual.
    """
    if tokenizer.vocab_size > config.vocab_size:
        raise ValueError(f"the tokenizer has {tokenizer.vocab_size} tokens, the model only {config.vocab_size}")
    if config.vocab_size - tokenizer.vocab_size > 127:
        warnings.warn(
            f"the model has {config.vocab_size} tokens, the tokenizer {tokenizer.vocab_size}: are they a pair?",
            stacklevel=2,
        )


def _weights_of(path: Path) -> list[Path]:
    """The files of weights that a path stands for."""
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise WeightsError(
            f"{path} is neither a folder nor a file; a model is read from this disk, not by its public name"
        )
    if (path / WEIGHTS).exists():
        return [path / WEIGHTS]
    if not (path / INDEX).exists():
        pickled = sorted(file.name for file in path.glob("*.bin"))
        hint = f"; {pickled[0]} is a pickle, which is not read: convert it to safetensors" if pickled else ""
        raise WeightsError(f"{path} holds no {WEIGHTS} and no {INDEX}{hint}")
    places = _json(path / INDEX).get("weight_map")
    if not isinstance(places, dict) or not places or not all(isinstance(file, str) for file in places.values()):
        raise WeightsError(f"{path / INDEX} has no weight_map from names to files")
    files = sorted(set(places.values()))
    if outside := [file for file in files if Path(file).name != file]:
        raise WeightsError(f"{path / INDEX} names a file outside its folder: {outside[0]}")
    return [path / file for file in files]


def _json(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise WeightsError(f"{file} is missing") from None
    except ValueError as error:
        raise WeightsError(f"{file} is no JSON: {error}") from error
    if not isinstance(found, dict):
        raise WeightsError(f"{file} must hold a JSON object; got a {type(found).__name__}")
    return found


def _read_config(file: Path) -> GPTConfig:
    try:
        return GPTConfig.from_dict(_json(file))
    except (TypeError, ValueError) as error:
        raise error if isinstance(error, WeightsError) else ValueError(f"{file}: {error}") from error


def _renamed(
    tensors: Mapping[str, Tensor], config: GPTConfig, wanted: Mapping[str, torch.Size], path: Path
) -> dict[str, Tensor]:
    """Our names and layout; everything that is missing, unknown or misshapen in one message."""
    state: dict[str, Tensor] = {}
    for published, tensor in tensors.items():
        name = published.removeprefix(PREFIX)
        if BUFFER.fullmatch(name):
            continue
        if name in state:
            raise WeightsError(f"{path} holds {name} with and without {PREFIX!r} before it")
        state[name] = tensor.t().contiguous() if TRANSPOSED.fullmatch(name) and tensor.ndim == 2 else tensor
    head = state.pop("lm_head.weight", None)
    faults = []
    if head is not None and "wte.weight" not in state:
        state["wte.weight"] = head  # one of two names of the same matrix
    elif head is not None and not torch.equal(head, state["wte.weight"]):
        faults.append("lm_head.weight differs from wte.weight, and this network has one matrix for both")
    if not config.bias:
        _drop_zero_biases(state, wanted, faults)
    if missing := wanted.keys() - state.keys():
        faults.append(f"missing: {_names(missing)}")
    if unknown := state.keys() - wanted.keys():
        faults.append(f"unknown: {_names(unknown)}")
    for name in sorted(wanted.keys() & state.keys()):
        if state[name].shape != wanted[name]:
            stored, shape = (
                tuple(s[::-1]) if TRANSPOSED.fullmatch(name) else tuple(s) for s in (state[name].shape, wanted[name])
            )
            faults.append(f"{name} has shape {stored} in the file, the configuration wants {shape}")
        elif not state[name].is_floating_point():
            faults.append(f"{name} holds {state[name].dtype}, not floating-point numbers")
    if faults:
        more = f"; and {len(faults) - SHOWN} more" if len(faults) > SHOWN else ""
        raise WeightsError(f"{path} does not fit its configuration: {'; '.join(faults[:SHOWN])}{more}")
    return state


def _drop_zero_biases(state: dict[str, Tensor], wanted: Mapping[str, torch.Size], faults: list[str]) -> None:
    for name in [name for name in state if name.endswith(".bias") and name not in wanted]:
        if state.pop(name).any():
            faults.append(f"{name} is not zero, and the configuration says bias = false")


def _published(model: Any) -> Iterable[tuple[str, Tensor]]:
    for name, tensor in model.state_dict().items():
        tensor = tensor.detach().cpu()
        if TRANSPOSED.fullmatch(name):
            yield PREFIX + name, tensor.t().contiguous()
        else:
            yield PREFIX + name, tensor.contiguous()
        if not model.config.bias and not name.startswith(("wte", "wpe")):
            yield PREFIX + name.removesuffix("weight") + "bias", tensor.new_zeros(tensor.shape[0])


def _write(file: Path, tensors: dict[str, Tensor]) -> None:
    try:
        with replacing(file) as temporary:
            save_file(tensors, temporary, {"format": "pt"})
    except (OSError, SafetensorError) as error:
        raise WeightsError(f"{file} cannot be written: {error}") from error


def _bytes(tensors: Iterable[Tensor]) -> int:
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)


def _names(names: Iterable[str]) -> str:
    names = sorted(names)
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
