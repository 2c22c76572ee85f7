"""A GPT whose next token is computed by one compiled function: the same call as the model, several times as fast.

At one token a step nearly all time goes into fetching weights and into the overhead of some hundred small operations.
The compiled step has no such overhead, and stored weights of two bytes or one halve or quarter what is fetched. Blocks
(prompts, many sequences at once) use every weight many times: they are left to torch's matrix products.
"""

from threading import Lock
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from groundup.checks import check_choice
from groundup.llm.kv_cache import _decoder_kernels as kernels
from groundup.llm.kv_cache.cache import KVCache
from groundup.llm.kv_cache.weights import FORMATS, Buffers, Weights, dense
from groundup.transformers.gpt.attend import attend

__all__ = ["CompiledGPT"]

ACTIVATIONS = {"gelu_new": 0, "gelu_pytorch_tanh": 0, "gelu": 1, "relu": 2}  # as the kernels number them
FEW = {"float32": 2, "bfloat16": 4, "int8": 6}  # rows up to which steps one after the other beat a block


class CompiledGPT:
    """A model for inference, made of a copy of a GPT's weights.

    Parameters
    ----------
    model : groundup.transformers.gpt.GPT
        On any device, of any float dtype; dropout is left out.
    weights : {"float32", "bfloat16", "int8"}
        How the matrices are stored. "int8" rounds each row of a matrix to 255 steps.
    activations : {"integers", "float32"}
        With int8 weights: round the activations too, to up to 16 bits so that sums of products just fit 32 bits
        (faster, and an error far below the weights'), or widen the weights.

    Notes
    -----
    The step runs on one core and lets other threads run; calls of several threads on one model wait for each other.
    Keys and values are float32. A query that may look at nothing reads zeros. Left out: training, `output_attentions`.

    Examples
    --------
    >>> import torch
    >>> from groundup.llm.kv_cache import CompiledGPT
    >>> from groundup.transformers.gpt import GPT, GPTConfig
    >>> model = CompiledGPT(GPT(GPTConfig(65, 32, 48, 2, 3)), weights="int8")
    >>> cache = model.new_cache()
    >>> model(torch.tensor([[1, 2, 3]]), cache=cache, last_only=True).shape
    torch.Size([1, 1, 65])
    >>> cache.length
    3
    """

    training = False

    def __init__(self, model: Any, weights: str = "float32", activations: str = "integers") -> None:
        check_choice("weights", weights, FORMATS)
        check_choice("activations", activations, ("integers", "float32"))
        check_choice("model.config.activation_function", model.config.activation_function, tuple(ACTIVATIONS))
        self.config, self.format = model.config, weights
        self.weights = Weights.of(model, weights)
        self._integers = weights == "int8" and activations == "integers"
        self._buffers, self._lock = Buffers.of(model.config, model.config.n_positions, self._integers), Lock()
        self._activation = ACTIVATIONS[model.config.activation_function]

    @property
    def nbytes(self) -> int:
        """Bytes of the weights."""
        return self.weights.nbytes

    def eval(self) -> "CompiledGPT":
        """Itself, as a model in evaluation mode."""
        return self

    def new_cache(self, batch: int = 1, room: int | None = None) -> KVCache:
        """Room for keys and values of `batch` sequences."""
        return KVCache.of(self, batch, room)

    def __call__(
        self,
        ids: Tensor,
        mask: Tensor | None = None,
        positions: Tensor | None = None,
        cache: Any = None,
        last_only: bool = False,
    ) -> Tensor:
        """Logits of the token after each position, as `GPT.forward` gives them.

        Parameters
        ----------
        ids : int64 tensor of shape (B, T)
        mask : bool tensor broadcastable to (B, heads, T, S), optional
            True where a position may look; the causal mask by default.
        positions : int64 tensor of shape (T,) or (B, T), optional
            Those that follow the cache by default.
        cache : KVCache, optional
        last_only : bool

        Returns
        -------
        float32 tensor of shape (B, T or 1, vocab_size)

        Raises
        ------
        ValueError
            If a shape does not fit, or there is no room in the context or the cache.
        IndexError
            If a token or a position is outside its table.
        """
        past = 0 if cache is None else cache.length
        if positions is None:
            positions = torch.arange(past, past + ids.shape[-1])
        self._check(ids, positions, cache, past)
        if mask is not None and mask.dtype != torch.bool:
            raise TypeError(f"mask must be bool, True where a position may look; got {mask.dtype}")
        if mask is None and ids.shape[1] == 1 and len(ids) <= FEW[self.format] and isinstance(cache, KVCache):
            place = cache.place() if cache.dtype == torch.float32 else None
            if place is not None:
                return self._steps(ids, positions, cache, *place)
        with torch.no_grad():
            return self._block(ids, mask, positions, cache, past, last_only)

    def _steps(self, ids: Tensor, positions: Tensor, cache: KVCache, slot: int, visible: int) -> Tensor:
        """The next token of each of a few sequences."""
        logits = torch.empty(len(ids), 1, self.config.vocab_size)
        keys, values, out = cache.keys.numpy(), cache.values.numpy(), logits.numpy()
        places = positions.expand(len(ids), 1)
        with self._lock:
            for b in range(len(ids)):
                kernels.step(
                    int(ids[b, 0]), int(places[b, 0]), slot, visible, self.weights, keys[:, b], values[:, b],
                    self.config.n_head, self._activation, self._buffers, out[b, 0],
                )  # fmt: skip
        cache.advance(1)
        return logits

    def _block(
        self, ids: Tensor, mask: Tensor | None, positions: Tensor, cache: Any, past: int, last_only: bool
    ) -> Tensor:
        """Any number of rows, by torch, with the same weights."""
        w, c = self.weights, self.config
        (B, T), E, H = ids.shape, c.n_embd, c.n_head
        if mask is None and past and T > 1:
            mask = torch.ones(T, past + T, dtype=torch.bool).tril(past)
        x = self._rows(ids) + torch.from_numpy(w.positions)[positions]
        for layer, norms in enumerate(torch.from_numpy(w.norms)):
            y = F.layer_norm(x, (E,), norms[0], norms[1], c.layer_norm_epsilon)
            q, k, v = self._linear("qkv", layer, y).view(B, T, 3, H, E // H).permute(2, 0, 3, 1, 4)
            if cache is not None:
                k, v = cache.update(layer, k, v)
            y = attend(q, k, v, mask)
            x = x + self._linear("out", layer, y.transpose(1, 2).reshape(B, T, E))
            y = F.layer_norm(x, (E,), norms[2], norms[3], c.layer_norm_epsilon)
            x = x + self._linear("down", layer, self._activate(self._linear("up", layer, y)))
        if cache is not None:
            cache.advance(T)
        last = torch.from_numpy(w.last_norm)
        return self._logits(F.layer_norm(x[:, -1:] if last_only else x, (E,), last[0], last[1], c.layer_norm_epsilon))

    def _linear(self, name: str, layer: int, x: Tensor) -> Tensor:
        w = self.weights
        weight, scale, bias = (getattr(w, name + end) for end in ("", "_scale", "_bias"))
        matrix = dense(weight[layer], None if scale is None else scale[layer], w.shift)
        return F.linear(x, matrix, torch.from_numpy(bias[layer]))

    def _activate(self, x: Tensor) -> Tensor:
        return F.relu(x) if self._activation == 2 else F.gelu(x, approximate=("tanh", "none")[self._activation])

    def _rows(self, ids: Tensor) -> Tensor:
        """The tokens' rows of the table, widened."""
        w, at = self.weights, ids.numpy()
        return dense(w.tokens[0][at], None if w.tokens_scale is None else w.tokens_scale[0][at], w.shift)

    def _logits(self, x: Tensor) -> Tensor:
        w, rows = self.weights, x.shape[0] * x.shape[1]
        if rows > FEW[self.format]:
            scale = None if w.tokens_scale is None else w.tokens_scale[0]
            return F.linear(x, dense(w.tokens[0], scale, w.shift))
        flat, out = x.reshape(rows, -1).contiguous().numpy(), np.empty((rows, self.config.vocab_size), np.float32)
        with self._lock:
            for row in range(rows):
                kernels.product(
                    w.tokens, w.tokens_scale, w.shift, w.no_bias, 0, flat[row], self._buffers.integers, out[row]
                )
        return torch.from_numpy(out).view(*x.shape[:2], -1)

    def _check(self, ids: Tensor, positions: Tensor, cache: Any, past: int) -> None:
        c = self.config
        if ids.ndim != 2 or not ids.numel():
            raise ValueError(f"ids must have shape (B, T) with B and T at least 1; got {tuple(ids.shape)}")
        if past + ids.shape[1] > c.n_positions:
            cached = f" after {past} in the cache" if past else ""
            raise ValueError(f"the context has room for {c.n_positions} positions; got {ids.shape[1]}{cached}")
        if tuple(positions.shape) not in ((ids.shape[1],), tuple(ids.shape)):
            wanted = f"{(ids.shape[1],)} or {tuple(ids.shape)}"
            raise ValueError(f"positions must have shape {wanted}; got {tuple(positions.shape)}")
        for name, given, end in (("ids", ids, c.vocab_size), ("positions", positions, c.n_positions)):
            if given.dtype not in (torch.int64, torch.int32):
                raise TypeError(f"{name} must be whole numbers, such as torch.int64; got {given.dtype}")
            low, high = (int(given),) * 2 if given.numel() == 1 else map(int, given.aminmax())
            if low < 0 or high >= end:
                raise IndexError(f"{name} must lie in 0 ... {end - 1}; got {low} ... {high}")
        if not isinstance(cache, KVCache):
            return
        if cache.batch != len(ids):
            raise ValueError(f"the cache is for {cache.batch} sequences; got ids of {len(ids)}")
        held = len(cache.keys), cache.keys.shape[2], cache.width
        wanted = c.n_layer, c.n_head, c.n_embd // c.n_head
        if held != wanted:  # the compiled step would write beside it
            raise ValueError(f"the cache must have layers, heads and width {wanted}; got {held}")
