"""The same GPT with nothing hidden: NumPy, our autograd, our attention, norms, activations and loss.

It takes a `GPT`'s parameters by their names and gives the same logits, the same loss and the same gradients, to
rounding; training it with our optimizers makes the same steps. It exists to be read: nothing is fused, nothing cached,
and dropout is left out.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np

from groundup.neural._backend import is_torch
from groundup.neural.activations import gelu, relu
from groundup.neural.autograd import Tensor, cross_entropy
from groundup.neural.normalization import layer_norm
from groundup.transformers.attention import attention
from groundup.transformers.gpt.config import GPTConfig
from groundup.transformers.gpt.start import start

__all__ = ["PlainGPT"]

ACTIVATE = {
    "gelu_new": partial(gelu, approximate="tanh"),
    "gelu_pytorch_tanh": partial(gelu, approximate="tanh"),
    "gelu": gelu,
    "relu": relu,
}


class PlainGPT:
    """A GPT on our `Tensor`s.

    Parameters
    ----------
    config : GPTConfig
    state : mapping of str to array or torch tensor, optional
        A `GPT`'s `state_dict()`, copied. By default GPT-2's start, drawn with `random_state`.
    random_state : int
    dtype : NumPy dtype, optional
        In place of the state's own.

    Attributes
    ----------
    weights : dict of str to Tensor
        Under the names of `GPT`; matrices of linear layers have shape (outputs, inputs).

    Raises
    ------
    ValueError
        If names or shapes are not the configuration's.
    """

    def __init__(
        self, config: GPTConfig, state: Mapping[str, Any] | None = None, *, random_state: int = 0, dtype: Any = None
    ) -> None:
        self.config = config
        fresh = start(config, np.random.default_rng(random_state))
        given = fresh if state is None else {name: _array(value) for name, value in state.items()}
        if given.keys() != fresh.keys():
            raise ValueError(
                f"these names are in one only, the state or the model: {sorted(given.keys() ^ fresh.keys())}"
            )
        for name, value in given.items():
            if value.shape != fresh[name].shape:
                raise ValueError(f"{name} must have shape {fresh[name].shape}; got {value.shape}")
        self.weights = {
            name: Tensor(value.astype(dtype or value.dtype), requires_grad=True) for name, value in given.items()
        }

    def parameters(self) -> list[Tensor]:
        """For an optimizer, in the order of `GPT.parameters()`."""
        return list(self.weights.values())

    def state_dict(self) -> dict[str, np.ndarray]:
        """Copies of the weights, for `GPT.load_state_dict` after `torch.from_numpy` of each."""
        return {name: weight.data.copy() for name, weight in self.weights.items()}

    def __call__(self, ids: Any, mask: Any = None, maps: list[np.ndarray] | None = None) -> Tensor:
        """Logits of the token after each position.

        Parameters
        ----------
        ids : integer array of shape (B, T)
        mask : bool array broadcastable to (B, heads, T, T), optional
            True where a position may look; causal by default.
        maps : list, optional
            Takes the attention weights of each block, (B, heads, T, T).

        Returns
        -------
        Tensor of shape (B, T, vocab_size)
        """
        ids = np.asarray(ids)
        if ids.ndim != 2 or ids.dtype.kind not in "iu" or not 0 < ids.shape[1] <= self.config.n_positions:
            raise ValueError(
                f"ids must be whole numbers of shape (B, T), T from 1 to {self.config.n_positions}; "
                f"got {ids.dtype} of shape {ids.shape}"
            )
        if ids.size and not 0 <= ids.min() <= ids.max() < self.config.vocab_size:
            raise IndexError(f"ids must lie in 0 ... {self.config.vocab_size - 1}; got {ids.min()} ... {ids.max()}")
        x = self.weights["wte.weight"][ids] + self.weights["wpe.weight"][: ids.shape[1]]  # (B, T, d)
        for layer in range(self.config.n_layer):
            x = self._block(x, f"h.{layer}.", mask, maps)
        return self._norm(x, "ln_f") @ self.weights["wte.weight"].transpose()

    def loss(self, ids: Any, targets: Any) -> Tensor:
        """Mean surprise at the targets, (B, T) as ids, in nats."""
        logits = self(ids)
        return cross_entropy(logits.reshape(-1, self.config.vocab_size), np.asarray(targets).reshape(-1))

    def _block(self, x: Tensor, at: str, mask: Any, maps: list[np.ndarray] | None) -> Tensor:
        x = x + self._attention(self._norm(x, at + "ln_1"), at + "attn.", mask, maps)
        wide = ACTIVATE[self.config.activation_function](self._linear(self._norm(x, at + "ln_2"), at + "mlp.c_fc"))
        return x + self._linear(wide, at + "mlp.c_proj")

    def _attention(self, x: Tensor, at: str, mask: Any, maps: list[np.ndarray] | None) -> Tensor:
        B, T, d = x.shape
        heads = self.config.n_head
        qkv = self._linear(x, at + "c_attn").reshape(B, T, 3, heads, d // heads).permute(2, 0, 3, 1, 4)
        out, weights = attention(qkv[0], qkv[1], qkv[2], mask, causal=mask is None)  # (B, heads, T, width), (..., T, T)
        if maps is not None:
            maps.append(weights.data)
        return self._linear(out.permute(0, 2, 1, 3).reshape(B, T, d), at + "c_proj")

    def _linear(self, x: Tensor, at: str) -> Tensor:
        y = x @ self.weights[at + ".weight"].transpose()
        return y + self.weights[at + ".bias"] if self.config.bias else y

    def _norm(self, x: Tensor, at: str) -> Tensor:
        bias = self.weights[at + ".bias"] if self.config.bias else None
        return layer_norm(x, self.config.n_embd, self.weights[at + ".weight"], bias, self.config.layer_norm_epsilon)


def _array(value: Any) -> np.ndarray:
    return value.detach().cpu().numpy() if is_torch(value) else np.asarray(value)
