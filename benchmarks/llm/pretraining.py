"""Pretraining: reading batches, finding copies, and what the trainer costs beside a bare loop."""

from collections.abc import Callable
from typing import Any

import numpy as np

from groundup.bench import Benchmark

STEPS = 40


def _texts() -> list[str]:
    """2,000 texts of 300 words, a tenth of them near copies."""
    rng = np.random.default_rng(0)
    words = np.array([f"word{i}" for i in range(3000)])
    texts = [list(rng.choice(words, 300)) for _ in range(1800)]
    for i in range(200):
        copy = list(texts[i])
        copy[int(rng.integers(300))] = "changed"
        texts.append(copy)
    return [" ".join(text) for text in texts]


def _copies() -> dict[str, Callable[[], Any]]:
    from groundup.llm.pretraining import near_copies

    texts = _texts()

    def all_pairs() -> int:
        """The definition, over a tenth of the texts: sets of tuples, every pair."""
        sets = []
        for text in [*texts[:180], *texts[1800:1820]]:
            found = text.split()
            sets.append({tuple(found[i : i + 5]) for i in range(len(found) - 4)})
        return 10 * sum(len(a & b) / len(a | b) >= 0.8 for i, a in enumerate(sets) for b in sets[:i])

    return {"ours": lambda: len(near_copies(texts, 0.8)), "python sets, all pairs": all_pairs}


class _Memory:
    """A million tokens in memory."""

    ids = np.random.default_rng(0).integers(0, 65, 10**6)

    def __len__(self) -> int:
        return len(self.ids)

    def read(self, start: int, length: int) -> np.ndarray:
        return self.ids[start : start + length]


def _parts() -> Any:
    import torch

    from groundup.transformers.gpt import CONFIGS, GPT

    torch.manual_seed(0)
    model = GPT(CONFIGS["nano"])
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    return model


def _loop() -> dict[str, Callable[[], Any]]:
    import torch

    from groundup.llm.pretraining import NextTokenTrainer, TokenWindows

    def settings(model: Any) -> Any:
        return torch.optim.AdamW(model.decay_groups(0.1), lr=1e-3, betas=(0.9, 0.95), fused=True)

    def ours() -> float:
        model = _parts().eval()
        trainer = NextTokenTrainer(model, settings(model), TokenWindows(_Memory(), 64, 12), clip=1.0)
        return trainer.fit(steps=STEPS).rows[-1]["loss"]

    def bare() -> float:
        model, total = _parts().eval(), 0.0
        optimizer = settings(model)
        batches = iter(TokenWindows(_Memory(), 64, 12))
        model.train()
        for _ in range(STEPS):
            ids, targets = next(batches)
            optimizer.zero_grad()
            loss = torch.nn.functional.cross_entropy(model(ids).flatten(0, 1), targets.flatten())
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            total += float(loss.detach())
        return total / STEPS

    return {"ours": ours, "bare loop": bare}


BENCHMARKS = [
    Benchmark("llm.pretraining/near-copies", "near copies among 2,000 texts of 300 words", _copies,
              "python sets, all pairs", 0.05, float, "pairs", per={"python sets, all pairs": 100.0}, rounds=3),
    Benchmark("llm.pretraining/trainer", "40 steps of the nano GPT, 12 x 64 tokens, float32, fused AdamW", _loop,
              "bare loop", 1.05, lambda loss: loss, "mean loss"),
]  # fmt: skip
