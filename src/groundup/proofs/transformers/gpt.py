"""groundup.transformers.gpt beside transformers.GPT2LMHeadModel: logits, gradients, masks, files, and the NumPy twin.

The weights of both are copies of one state that our file format carried over. GPT-2's own published file cannot be had
while testing; these models are drawn at random, larger than its start, so that every part of the network matters.
"""

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from groundup.proofs.core import Case, Proof
from groundup.transformers.gpt import GPTConfig

__all__ = ["CONFIGS", "pair", "proof"]

proof = Proof("groundup.transformers.gpt", reference="transformers.GPT2LMHeadModel", needs=("torch", "safetensors"))

BASE = GPTConfig(vocab_size=211, n_positions=64, n_embd=48, n_layer=3, n_head=4)
CONFIGS = {
    "GPT-2's blocks": BASE,
    "exact gelu, narrow feed-forward": replace(BASE, activation_function="gelu", n_inner=20),
    "relu, twelve heads": replace(BASE, activation_function="relu", n_head=12, layer_norm_epsilon=1e-3),
    "one block, one head": replace(BASE, n_layer=1, n_head=1),
}


def pair(config: GPTConfig, dtype: str = "float32") -> tuple[Any, Any]:
    """Our model and transformers' with the same weights, which went through a folder."""
    import torch
    from transformers.utils import logging

    from groundup.transformers.gpt import GPT
    from transformers import GPT2LMHeadModel

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    torch.manual_seed(7)
    model = GPT(config)
    with torch.no_grad():
        for p in model.parameters():
            p.add_(torch.randn(p.shape) * (0.1 if p.ndim > 1 else 0.3))
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        theirs = GPT2LMHeadModel.from_pretrained(folder, attn_implementation="eager")
    kind = getattr(torch, dtype)
    return model.to(kind).eval(), theirs.to(kind).eval()


def _ids(config: GPTConfig, batch: int = 2, length: int = 40) -> Any:
    import torch

    return torch.tensor(np.random.default_rng(3).integers(0, config.vocab_size, (batch, length)))


def _gradients(model: Any, call: Callable[[Any], Any], ids: Any) -> list[np.ndarray]:
    """Loss and gradients by name, matrices of linear layers as (outputs, inputs)."""
    import torch

    model.zero_grad()
    logits = call(ids[:, :-1])
    loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten())
    loss.backward()
    named = {n.removeprefix("transformer."): p for n, p in model.named_parameters()}
    conv = type(model).__name__ != "GPT"
    out = [logits.detach().numpy(), loss.detach().numpy()]
    for name in sorted(named):
        g = named[name].grad.numpy()
        turned = conv and g.ndim == 2 and name.startswith("h.")
        out.append(g.T.copy() if turned else g.copy())
    return out


def _compared(dtype: str) -> Iterator[Case]:
    for name, config in CONFIGS.items():
        ours, theirs = pair(config, dtype)
        ids = _ids(config)
        yield Case(
            name,
            partial(_gradients, ours, ours, ids),
            partial(_gradients, theirs, lambda x, theirs=theirs: theirs(x).logits, ids),
        )


@proof.check(
    "logits, loss and all gradients, float32",
    tolerance=1e-5,
    reason="roundings of 6e-8 through three blocks; measured against the largest entry of each array",
)
def _float32() -> Iterator[Case]:
    return _compared("float32")


@proof.check("logits, loss and all gradients, float64", tolerance=1e-12, reason="the same with roundings of 1e-16")
def _float64() -> Iterator[Case]:
    return _compared("float64")


@proof.check(
    "padding: masks and positions, float32",
    tolerance=1e-5,
    reason="as above, at the positions that are not padding; what stands at padding is nobody's business",
)
def _padding() -> Iterator[Case]:
    import torch

    config = CONFIGS["GPT-2's blocks"]
    ours, theirs = pair(config)
    for side in ("left", "right"):
        ids = _ids(config, 3, 20)
        lengths = torch.tensor([20, 13, 6])[:, None]
        places = torch.arange(20)[None]
        real = places >= 20 - lengths if side == "left" else places < lengths
        positions = (real.long().cumsum(1) - 1).clamp(0)
        mask = torch.ones(20, 20, dtype=torch.bool).tril() & real[:, None, None]

        def mine(ids: Any = ids, mask: Any = mask, positions: Any = positions, real: Any = real) -> np.ndarray:
            with torch.no_grad():
                return ours(ids, mask, positions)[real].numpy()

        def other(ids: Any = ids, positions: Any = positions, real: Any = real) -> np.ndarray:
            with torch.no_grad():
                return theirs(ids, attention_mask=real.long(), position_ids=positions).logits[real].numpy()

        yield Case(f"padding on the {side}", mine, other)


@proof.check(
    "GPT-2 small's shape, 124 million numbers",
    tolerance=2e-5,
    reason="twelve blocks of width 768 in float32, sums of 3072 terms",
)
def _small() -> Iterator[Case]:
    import torch

    from groundup.transformers.gpt import GPT
    from groundup.transformers.gpt.published import TRANSPOSED
    from transformers import GPT2Config, GPT2LMHeadModel

    torch.manual_seed(0)
    theirs = GPT2LMHeadModel(GPT2Config()).eval()
    named = {n.removeprefix("transformer."): t for n, t in theirs.state_dict().items() if n != "lm_head.weight"}
    with torch.device("meta"):
        ours = GPT(GPTConfig()).eval()
    ours.load_state_dict({n: t.T if TRANSPOSED.fullmatch(n) else t for n, t in named.items()}, assign=True)
    ids = _ids(ours.config, 1, 64)

    def logits(model: Any, attribute: bool) -> np.ndarray:
        with torch.no_grad():
            return (model(ids).logits if attribute else model(ids)).numpy()

    yield Case("64 tokens", partial(logits, ours, False), partial(logits, theirs, True))


def _plain_gradients(config: GPTConfig, state: Any, ids: np.ndarray) -> list[np.ndarray]:
    from groundup.transformers.gpt import PlainGPT

    plain = PlainGPT(config, state)
    loss = plain.loss(ids[:, :-1], ids[:, 1:])
    loss.backward()
    grads = [np.asarray(plain.weights[name].grad) for name in sorted(plain.weights)]
    return [plain(ids[:, :-1]).data, loss.data, *grads]


@proof.check(
    "in NumPy: logits, loss and all gradients", tolerance=1e-12, reason="roundings of 1e-16 through three blocks"
)
def _plain() -> Iterator[Case]:
    for name, config in CONFIGS.items():
        ours, theirs = pair(config, "float64")
        ids = _ids(config)

        mine = partial(_plain_gradients, config, ours.state_dict(), ids.numpy())
        yield Case(name, mine, partial(_gradients, theirs, lambda x, theirs=theirs: theirs(x).logits, ids))
