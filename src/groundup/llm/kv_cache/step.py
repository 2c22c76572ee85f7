"""One token through a GPT in plain NumPy: each line is one equation. The oracle of the compiled step, and slow.

x = wte[token] + wpe[position]; in each block x = x + attention(norm(x)) and x = x + feed_forward(norm(x)); the logits
are norm(x) times the table of tokens (Radford et al. 2019). Only the keys and values of the new position are computed.
"""

import math
from typing import Any

import numpy as np

__all__ = ["Past", "decode_step"]

Past = list[tuple[np.ndarray, np.ndarray]]  # keys and values of each layer, (heads, S, D)


def decode_step(state: dict[str, np.ndarray], config: Any, token: int, position: int, past: Past | None = None):
    """Logits of the token after `token`.

    Parameters
    ----------
    state : dict of arrays
        A GPT's state dict. The dtype of its arrays is that of the computation.
    config : groundup.transformers.gpt.GPTConfig
    token, position : int
    past : list of (keys, values), optional
        Of each layer, (heads, S, D), for the positions before; none by default.

    Returns
    -------
    logits : array of shape (vocab_size,)
    past : the same list with one position more
    """
    x = state["wte.weight"][token] + state["wpe.weight"][position]
    now: Past = []
    for layer in range(config.n_layer):
        name = f"h.{layer}."
        y = _norm(state, name + "ln_1", x, config.layer_norm_epsilon)
        q, k, v = _linear(state, name + "attn.c_attn", y).reshape(3, config.n_head, 1, -1)
        if past is not None:
            k, v = (np.concatenate((old, new), axis=1) for old, new in zip(past[layer], (k, v), strict=True))
        now.append((k, v))
        scores = q @ k.swapaxes(1, 2) / math.sqrt(k.shape[-1])  # (heads, 1, S)
        weights = np.exp(scores - scores.max(-1, keepdims=True))
        weights /= weights.sum(-1, keepdims=True)
        x = x + _linear(state, name + "attn.c_proj", (weights @ v).reshape(-1))
        y = _norm(state, name + "ln_2", x, config.layer_norm_epsilon)
        inner = ACTIVATIONS[config.activation_function](_linear(state, name + "mlp.c_fc", y))
        x = x + _linear(state, name + "mlp.c_proj", inner)
    return state["wte.weight"] @ _norm(state, "ln_f", x, config.layer_norm_epsilon), now


def _linear(state: dict[str, np.ndarray], name: str, x: np.ndarray) -> np.ndarray:
    return state[name + ".weight"] @ x + state.get(name + ".bias", 0)


def _norm(state: dict[str, np.ndarray], name: str, x: np.ndarray, epsilon: float) -> np.ndarray:
    centred = x - x.mean()
    return centred / np.sqrt((centred**2).mean() + epsilon) * state[name + ".weight"] + state.get(name + ".bias", 0)


def _gelu_new(x: np.ndarray) -> np.ndarray:
    return x / 2 * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


def _gelu(x: np.ndarray) -> np.ndarray:
    return x * np.array([math.erfc(-v / math.sqrt(2)) / 2 for v in x], x.dtype)


def _relu(x: np.ndarray) -> np.ndarray:
    return np.maximum(x, 0)


ACTIVATIONS = {"gelu_new": _gelu_new, "gelu": _gelu, "relu": _relu}
