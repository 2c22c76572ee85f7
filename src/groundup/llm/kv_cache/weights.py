"""The weights of a GPT as the compiled step reads them: one array a kind of matrix, in four, two or one byte a number.

bfloat16 is the upper half of a float32. int8 is symmetric and by rows: integer = round(w / scale) with
scale = max |w| / 127 for each output (absmax; Dettmers et al. 2022, section 2.1).
"""

from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from groundup.llm.kv_cache.quantized import quantize_rows

__all__ = ["FORMATS", "Buffers", "Weights", "dense"]

FORMATS = ("float32", "bfloat16", "int8")
Array = np.ndarray


class Weights(NamedTuple):
    """Matrices (layers, outputs, inputs) and their company; the table of tokens counts as one layer.

    A scale (layers, outputs) is None unless the format is int8; `shift` is None unless it is bfloat16, whose arrays
    are uint16. Biases that a model lacks are zeros.
    """

    qkv: Array
    out: Array
    up: Array
    down: Array
    tokens: Array
    qkv_scale: Array | None
    out_scale: Array | None
    up_scale: Array | None
    down_scale: Array | None
    tokens_scale: Array | None
    shift: int | None
    qkv_bias: Array
    out_bias: Array
    up_bias: Array
    down_bias: Array
    no_bias: Array
    positions: Array
    norms: Array  # (layers, 4, E): weight and bias of the first norm, of the second
    last_norm: Array  # (2, E)
    epsilon: np.float32

    @classmethod
    def of(cls, model: Any, kind: str) -> "Weights":
        """Copies of a GPT's weights in one of FORMATS."""
        blocks = list(model.h)
        matrices: dict[str, Any] = {}
        for name, layers in {
            "qkv": [b.attn.c_attn for b in blocks],
            "out": [b.attn.c_proj for b in blocks],
            "up": [b.mlp.c_fc for b in blocks],
            "down": [b.mlp.c_proj for b in blocks],
        }.items():
            stacked = torch.stack([layer.weight.detach().float() for layer in layers])
            matrices[name], matrices[f"{name}_scale"] = _stored(stacked, kind)
            matrices[f"{name}_bias"] = np.stack([_bias(layer, stacked.shape[1]) for layer in layers])
        matrices["tokens"], matrices["tokens_scale"] = _stored(model.wte.weight.detach().float()[None], kind)
        width = model.config.n_embd
        return cls(
            **matrices,
            shift=16 if kind == "bfloat16" else None,
            no_bias=np.zeros((1, model.config.vocab_size), np.float32),
            positions=_floats(model.wpe.weight),
            norms=np.stack([np.stack([*_norm(b.ln_1, width), *_norm(b.ln_2, width)]) for b in blocks]),
            last_norm=np.stack(_norm(model.ln_f, width)),
            epsilon=np.float32(model.config.layer_norm_epsilon),
        )

    @property
    def nbytes(self) -> int:
        """Bytes of all arrays."""
        return sum(part.nbytes for part in self if isinstance(part, np.ndarray))


class Buffers(NamedTuple):
    """What a step writes on its way; made once."""

    h: Array
    y: Array
    integers: Array | None
    heads_out: Array
    inner: Array
    scores: Array

    @classmethod
    def of(cls, config: Any, room: int, integers: bool) -> "Buffers":
        """For a cache of `room` positions; `integers` for activations that are rounded too."""
        E, inner = config.n_embd, max(config.inner, 3 * config.n_embd)
        h, y, heads_out, inner_out, scores = (np.zeros(size, np.float32) for size in (E, E, E, inner, room))
        return cls(h, y, np.zeros(inner, np.int16) if integers else None, heads_out, inner_out, scores)


def dense(weight: Array, scale: Array | None, shift: int | None) -> Tensor:
    """The float32 matrix that a stored one stands for, with the rounding of its format."""
    stored = torch.from_numpy(weight)
    if shift is not None:
        return stored.view(torch.bfloat16).float()
    return stored if scale is None else stored * torch.from_numpy(scale)[..., None]


def _stored(weight: Tensor, kind: str) -> tuple[Array, Array | None]:
    if kind == "int8":
        integers, scale = quantize_rows(weight)
        return integers.numpy(), scale.numpy()
    if kind == "bfloat16":
        return weight.to(torch.bfloat16).view(torch.uint16).numpy(), None
    return weight.contiguous().numpy().copy(), None


def _floats(parameter: Tensor) -> Array:
    return parameter.detach().float().numpy().copy()


def _bias(layer: Any, outputs: int) -> Array:
    return np.zeros(outputs, np.float32) if layer.bias is None else _floats(layer.bias)


def _norm(layer: Any, width: int) -> list[Array]:
    return [_floats(layer.weight), _bias(layer, width)]
