"""groundup.transformers.transformer beside torch.nn.Transformer: outputs and gradients from copied weights."""

import math
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from groundup.proofs.core import Case, Proof

__all__ = ["VOCABULARY", "proof", "sentences", "small", "torch_model", "torch_state"]

proof = Proof("groundup.transformers.transformer", reference="torch.nn.Transformer", needs=("torch",))

VOCABULARY, WIDTH = 29, 24
# one part of a block: its name in torch's layers
HALVES = {
    "attention.": "self_attn.",
    "cross.": "multihead_attn.",
    "feed_forward.wide.": "linear1.",
    "feed_forward.narrow.": "linear2.",
}
NORMS = {
    "encoder": {"attention_residual.norm.": "norm1.", "feed_forward_residual.norm.": "norm2."},
    "decoder": {
        "attention_residual.norm.": "norm1.",
        "cross_residual.norm.": "norm2.",
        "feed_forward_residual.norm.": "norm3.",
    },
}


def torch_state(state: dict[str, Any]) -> dict[str, Any]:
    """The state of a `Transformer` under the names of torch.nn.Transformer; embeddings left out."""
    found = {}
    for name, tensor in state.items():
        stack, _, rest = name.partition(".")
        if stack not in NORMS:
            continue
        rest = rest.replace("blocks.", "layers.", 1)
        for ours, theirs in (NORMS[stack] | HALVES).items():
            rest = rest.replace(f".{ours}", f".{theirs}")
        found[f"{stack}.{rest}"] = tensor
    return found


def torch_model(model: Any) -> Any:
    """A torch.nn.Transformer of a `Transformer`'s sizes and weights.

    torch ends both stacks with a layer norm whatever `norm_first` says; the published network does so in neither, and
    pre-norm in both. So the stacks are made one by one.
    """
    from torch import nn

    c = model.config
    sizes = {
        "d_model": c.d_model, "nhead": c.heads, "dim_feedforward": c.d_ff, "dropout": c.dropout,
        "activation": c.activation, "layer_norm_eps": c.eps, "batch_first": True, "norm_first": c.norm == "pre",
    }  # fmt: skip
    last = [nn.LayerNorm(c.d_model, c.eps) if c.norm == "pre" else None for _ in range(2)]
    encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(**sizes), c.encoder_layers, last[0], False)
    decoder = nn.TransformerDecoder(nn.TransformerDecoderLayer(**sizes), c.decoder_layers, last[1])
    theirs = nn.Transformer(c.d_model, c.heads, custom_encoder=encoder, custom_decoder=decoder, batch_first=True)
    theirs = theirs.to(next(model.parameters()).dtype)
    theirs.load_state_dict(torch_state(model.state_dict()))
    return theirs.train(model.training)


def small(dtype: Any, norm: str = "post", **settings: Any) -> Any:
    """A small model from a fixed seed, whose intercepts are not 0."""
    import torch

    from groundup.transformers.transformer import Transformer, TransformerConfig

    sizes: dict[str, Any] = {
        "vocab_size": VOCABULARY,
        "d_model": WIDTH,
        "heads": 4,
        "d_ff": 40,
        "encoder_layers": 3,
        "decoder_layers": 2,
    }
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(8)
        model = Transformer(TransformerConfig(**(sizes | settings), norm=norm)).to(dtype).eval()
        with torch.no_grad():
            for parameter in model.parameters():
                if parameter.ndim == 1:
                    parameter.add_(torch.randn(parameter.shape, dtype=dtype), alpha=0.3)
    return model


def sentences() -> tuple[Any, Any]:
    """Source (4, 7) and target (4, 6), padded at the end, one source also in its middle."""
    import torch

    generator = torch.Generator().manual_seed(9)
    source = torch.randint(3, VOCABULARY, (4, 7), generator=generator)
    target = torch.randint(3, VOCABULARY, (4, 6), generator=generator)
    target[:, 0] = 1
    for row, length in ((1, 4), (2, 1)):
        source[row, length:] = 0
    for row, length in ((0, 3), (3, 5)):
        target[row, length:] = 0
    source[3, 2:4] = 0
    return source, target


def _waves(length: int, width: int, dtype: Any) -> Any:
    """Positions, number by number, from section 3.5."""
    import torch

    rows = [
        [(math.sin if k % 2 == 0 else math.cos)(p / 10000 ** (2 * (k // 2) / width)) for k in range(width)]
        for p in range(length)
    ]
    return torch.tensor(rows, dtype=torch.float64).to(dtype)


def _reference_logits(theirs: Any, table: Any, source: Any, target: Any) -> Any:
    """Embeddings, torch's network, and the embedding's table once more; logits of real target positions."""
    import torch

    width, dtype = table.shape[1], table.dtype
    embedded = [
        torch.nn.functional.embedding(ids, table) * math.sqrt(width) + _waves(ids.shape[1], width, dtype)
        for ids in (source, target)
    ]
    ahead = torch.ones(target.shape[1], target.shape[1], dtype=torch.bool).triu(1)
    out = theirs(
        *embedded, tgt_mask=ahead, src_key_padding_mask=source == 0, tgt_key_padding_mask=target == 0,
        memory_key_padding_mask=source == 0,
    )  # fmt: skip
    return (out @ table.T)[target != 0]


def _arrays(logits: Any, named: dict[str, Any], table: Any) -> dict[str, np.ndarray]:
    """Logits, and the gradient of a weighted sum of them for every weight."""
    import torch

    upstream = torch.randn(logits.shape, generator=torch.Generator().manual_seed(3)).to(logits.dtype)
    names = sorted(named)
    gradients = torch.autograd.grad(logits, [named[name] for name in names] + [table], upstream)
    arrays = [logits.detach(), *gradients]
    return dict(zip(["logits", *names, "embedding"], (a.numpy() for a in arrays), strict=True))


def _ours(model: Any) -> dict[str, np.ndarray]:
    source, target = sentences()
    table = model.embedding.weight
    return _arrays(model(source, target, where=target != 0), torch_state(dict(model.named_parameters())), table)


def _theirs(model: Any) -> dict[str, np.ndarray]:
    theirs, table = torch_model(model), model.embedding.weight.detach().clone().requires_grad_(True)
    logits = _reference_logits(theirs, table, *sentences())
    return _arrays(logits, dict(theirs.named_parameters()), table)


def _both_norms(dtype: str) -> Iterator[Case]:
    import torch

    for norm in ("post", "pre"):
        for activation in ("relu", "gelu"):
            model = small(getattr(torch, dtype), norm, activation=activation)
            yield Case(f"{norm}-norm, {activation}", partial(_ours, model), partial(_theirs, model))


@proof.check(
    "logits and all gradients, float64",
    tolerance=1e-12,
    reason="roundings of 1e-16 through five blocks and their norms",
)
def _float64() -> Iterator[Case]:
    return _both_norms("float64")


@proof.check(
    "logits and all gradients, float32", tolerance=1e-5, reason="roundings of 6e-8 through five blocks and their norms"
)
def _float32() -> Iterator[Case]:
    return _both_norms("float32")


def _token_by_token(model: Any) -> np.ndarray:
    """Logits of each position from a cache, (B, T, V), where the target is real."""
    import torch

    from groundup.transformers.transformer import DecoderCache

    source, target = sentences()
    with torch.no_grad():
        memory, mask = model.encode(source)
        cache = DecoderCache()
        steps = [model.decode(target[:, t : t + 1], memory, mask, cache) for t in range(target.shape[1])]
    return torch.cat(steps, 1)[target != 0].numpy()


def _at_once(model: Any) -> np.ndarray:
    import torch

    with torch.no_grad():
        return _reference_logits(torch_model(model), model.embedding.weight, *sentences()).numpy()


@proof.check(
    "token by token with a cache, beside all at once", tolerance=1e-12, reason="the same sums, grouped differently"
)
def _cached() -> Iterator[Case]:
    import torch

    for norm in ("post", "pre"):
        model = small(torch.float64, norm)
        yield Case(f"{norm}-norm", partial(_token_by_token, model), partial(_at_once, model))


def _loss(kind: str, smoothing: float, dtype: Any) -> list[np.ndarray]:
    """Value and gradient of the smoothed loss."""
    import torch

    from groundup.neural.losses import cross_entropy
    from groundup.transformers.transformer import translation_loss

    generator = torch.Generator().manual_seed(4)
    logits = (3 * torch.randn(40, VOCABULARY, generator=generator)).to(dtype).requires_grad_(True)
    labels = torch.randint(0, VOCABULARY, (40,), generator=generator)
    call = {
        "ours": lambda: translation_loss(logits, labels, smoothing),
        "torch": lambda: torch.nn.functional.cross_entropy(logits.float(), labels, label_smoothing=smoothing),
        "losses": lambda: cross_entropy(logits.float(), labels, label_smoothing=smoothing),
    }[kind]
    value = call()
    (gradient,) = torch.autograd.grad(3 * value, logits)
    return [value.detach().float().numpy(), gradient.float().numpy()]


@proof.check("label smoothing", tolerance=1e-6, reason="roundings of float32", reference="torch.nn.functional")
def _smoothing() -> Iterator[Case]:
    import torch

    for smoothing in (0.0, 0.1, 0.6):
        for other in ("torch", "losses"):
            ours, reference = (partial(_loss, kind, smoothing, torch.float32) for kind in ("ours", other))
            yield Case(f"{smoothing}, beside {other}", ours, reference)


def _counted(name: str) -> int:
    """Numbers in torch's network and in one table of embeddings, made without memory."""
    import torch

    from groundup.transformers.transformer import CONFIGS

    with torch.device("meta"):
        c = CONFIGS[name]
        theirs = torch.nn.Transformer(c.d_model, c.heads, c.encoder_layers, c.decoder_layers, c.d_ff)
    last = 2 * 2 * c.d_model  # the norms that end torch's stacks
    return sum(p.numel() for p in theirs.parameters()) - last + c.vocab_size * c.d_model


@proof.check("number of weights", tolerance=0, reason="whole numbers")
def _count() -> Iterator[Case]:
    from groundup.transformers.transformer import CONFIGS, count_parameters

    for name in CONFIGS:
        yield Case(name, lambda name=name: count_parameters(CONFIGS[name])["all"], partial(_counted, name))
