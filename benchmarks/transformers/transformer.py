"""The encoder-decoder: a training step beside torch.nn.Transformer, and translation with and without a cache."""

from collections.abc import Callable
from typing import Any

from groundup.bench import Benchmark

SENTENCES, LENGTH, VOCABULARY = 64, 18, 8000


def _inputs() -> tuple[Any, Any]:
    """Source and target of ordinary lengths, padded."""
    import torch

    generator = torch.Generator().manual_seed(0)
    sides = []
    for width in (LENGTH, LENGTH + 1):
        ids = torch.randint(3, VOCABULARY, (SENTENCES, width), generator=generator)
        lengths = torch.randint(width - 5, width + 1, (SENTENCES, 1), generator=generator)
        sides.append(ids.masked_fill(torch.arange(width) >= lengths, 0))
    sides[1][:, 0] = 1
    return sides[0], sides[1]


def _step() -> dict[str, Callable[[], Any]]:
    """Forward, loss and all gradients from the same weights, no dropout; the loss comes back."""
    import math

    import torch
    from torch.nn import functional as F

    from groundup.proofs.transformers.transformer import torch_model
    from groundup.transformers.self_attention import sinusoidal
    from groundup.transformers.transformer import Transformer, TransformerConfig, teacher_forced, translation_loss

    torch.manual_seed(0)
    config = TransformerConfig(
        vocab_size=VOCABULARY, d_model=128, heads=4, d_ff=256, encoder_layers=4, decoder_layers=4, dropout=0.0
    )
    model, (source, target) = Transformer(config), _inputs()
    theirs, table = torch_model(model).train(), model.embedding.weight.detach().clone().requires_grad_(True)
    waves = sinusoidal(LENGTH + 1, 128, like=table.detach())
    ahead = torch.ones(LENGTH, LENGTH, dtype=torch.bool).triu(1)

    def ours(half: bool) -> float:
        model.zero_grad()
        with torch.autocast("cpu", torch.bfloat16, enabled=half):
            loss = translation_loss(*teacher_forced(model, source, target))
        loss.backward()
        return float(loss.detach())

    def reference() -> float:
        theirs.zero_grad()
        table.grad = None
        given, labels = target[:, :-1], target[:, 1:]
        x, y = (F.embedding(ids, table) * math.sqrt(128) + waves[: ids.shape[1]] for ids in (source, given))
        out = theirs(
            x, y, tgt_mask=ahead, src_key_padding_mask=source == 0, tgt_key_padding_mask=given == 0,
            memory_key_padding_mask=source == 0,
        )  # fmt: skip
        loss = F.cross_entropy((out @ table.T).flatten(0, 1), labels.flatten(), ignore_index=0, label_smoothing=0.1)
        loss.backward()
        return float(loss.detach())

    return {"ours": lambda: ours(False), "ours, bfloat16": lambda: ours(True), "torch.nn.Transformer": reference}


def _translate() -> dict[str, Callable[[], Any]]:
    """32 tokens for each of 16 sentences; how many tokens came out is the score."""
    import torch

    from groundup.transformers.transformer import Transformer, TransformerConfig, greedy

    torch.manual_seed(0)
    config = TransformerConfig(
        vocab_size=VOCABULARY, d_model=128, heads=4, d_ff=256, encoder_layers=4, decoder_layers=4, dropout=0.0
    )
    model, source = Transformer(config).eval(), _inputs()[0][:16]
    with torch.no_grad():
        model.embedding.weight[config.eos_id] = 0  # it never ends by itself

    def count(cached: bool) -> int:
        return sum(map(len, greedy(model, source, 32, cached=cached)))

    return {"ours": lambda: count(True), "without a cache": lambda: count(False)}


BENCHMARKS = [
    Benchmark(
        name="transformers.transformer/step",
        work=f"forward, loss and all gradients of {SENTENCES} x {LENGTH} tokens, 4 + 4 blocks of width 128, float32",
        setup=_step,
        reference="torch.nn.Transformer",
        reach=1.0,
        score=float,
        score_name="loss",
        rounds=9,
    ),
    Benchmark(
        name="transformers.transformer/translate",
        work="greedy translation of 16 sentences into 32 tokens each, 4 + 4 blocks of width 128, float32",
        setup=_translate,
        reference="without a cache",
        reach=0.6,
        score=float,
        score_name="tokens",
        rounds=5,
    ),
]
