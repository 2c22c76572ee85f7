"""groundup.llm.pretraining beside transformers with torch's AdamW, SciPy, and sets."""

import re
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from groundup.proofs.core import Case, Proof

__all__ = ["proof"]

proof = Proof("groundup.llm.pretraining", reference="transformers and scipy")

STEPS = 15


def _tokens() -> Any:
    """2,000 ids in memory."""

    class Tokens:
        ids = np.random.default_rng(0).integers(0, 50, 2000)

        def __len__(self) -> int:
            return len(self.ids)

        def read(self, start: int, length: int) -> np.ndarray:
            return self.ids[start : start + length]

    return Tokens()


def _model() -> Any:
    import torch

    from groundup.transformers.gpt import GPT, GPTConfig

    torch.manual_seed(0)
    sizes: dict[str, Any] = {"vocab_size": 50, "n_positions": 16, "n_embd": 32, "n_layer": 2, "n_head": 2}
    return GPT(GPTConfig(**sizes, resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0)).double()


def _ours(accumulate: int, clip: float | None) -> list[float]:
    from groundup.llm.pretraining import NextTokenTrainer, TokenWindows, optimizer_of
    from groundup.neural.optim import LRScheduler, cosine, with_warmup

    model = _model()
    optimizer = optimizer_of(model, "adamw", 1e-2)
    schedule = LRScheduler(optimizer, with_warmup(cosine, 4, start=0.01), total=STEPS - 4, floor=0.1)
    data = TokenWindows(_tokens(), 16, 4, seed=1)
    trainer = NextTokenTrainer(
        model, optimizer, data, scheduler=schedule, accumulate=accumulate, clip=clip, log_every=1
    )
    return trainer.fit(steps=STEPS).column("loss")[1].tolist()


def _theirs(accumulate: int, clip: float | None) -> list[float]:
    """The textbook loop over transformers' model with the same weights, torch's optimizer, schedule and clipping."""
    import tempfile

    import torch
    from transformers.utils import logging

    from groundup.llm.pretraining import TokenWindows
    from transformers import GPT2LMHeadModel

    logging.disable_progress_bar()
    with tempfile.TemporaryDirectory() as folder:
        _model().save_pretrained(folder)
        model = GPT2LMHeadModel.from_pretrained(folder, dtype=torch.float64)
    model.train()
    groups = [
        {"params": [p for p in model.parameters() if p.ndim >= 2], "weight_decay": 0.1},
        {"params": [p for p in model.parameters() if p.ndim < 2], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups, lr=1e-2, betas=(0.9, 0.95))

    def factor(t: int) -> float:
        rise = min(0.01 + 0.99 * t / 4, 1.0)
        return rise * (0.1 + 0.9 * (1 + np.cos(np.pi * min(max(t - 4, 0) / (STEPS - 4), 1))) / 2)

    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, factor)
    batches, losses = iter(TokenWindows(_tokens(), 16, 4, seed=1)), []
    for _ in range(STEPS):
        optimizer.zero_grad()
        total = 0.0
        for _ in range(accumulate):
            ids, targets = next(batches)
            logits = model(ids).logits
            loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten()) / accumulate
            loss.backward()
            total += float(loss.detach())
        if clip is not None:
            torch.nn.utils.clip_grad_norm_(model.parameters(), clip)
        optimizer.step()
        schedule.step()
        losses.append(total)
    return losses


@proof.check(
    "losses of 15 steps of training", tolerance=1e-9, reason="float64, steps magnify the rounding of those before"
)
def _training() -> Iterator[Case]:
    for accumulate, clip in ((1, None), (1, 0.5), (2, 0.5)):
        name = (
            f"{accumulate} batch{'es' * (accumulate > 1)} a step, {'no clipping' if clip is None else f'clip {clip}'}"
        )
        yield Case(name, partial(_ours, accumulate, clip), partial(_theirs, accumulate, clip))


@proof.check("the scaling law's fit", tolerance=1e-4, reason="two minimizers, each to its own tolerance")
def _law() -> Iterator[Case]:
    from scipy.optimize import minimize

    from groundup.llm.pretraining import ScalingLaw, fit_scaling_law

    rng = np.random.default_rng(0)
    N, D = 10 ** rng.uniform(7, 10, 60), 10 ** rng.uniform(9, 11.5, 60)
    for noise in (0.0, 0.002):
        L = ScalingLaw(1.69, 406.4, 410.7, 0.34, 0.28).loss(N, D) * np.exp(noise * rng.standard_normal(60))

        def objective(x: np.ndarray, L: np.ndarray = L) -> float:
            predicted = np.logaddexp(np.logaddexp(x[0] - x[3] * np.log(N), x[1] - x[4] * np.log(D)), x[2])
            away = np.abs(predicted - np.log(L))
            return float(np.where(away <= 1e-3, away**2 / 2e-3, away - 5e-4).sum())

        def theirs(objective: Any = objective, L: np.ndarray = L) -> np.ndarray:
            start = np.array([6.0, 6.0, np.log(0.8 * L.min()), 0.35, 0.3])
            options = {"maxiter": 20000, "maxfev": 20000, "xatol": 1e-11, "fatol": 1e-14}
            for _ in range(4):  # Nelder-Mead knows no gradient; begun again it leaves a simplex that has collapsed
                start = minimize(objective, start, method="Nelder-Mead", options=options).x
            return np.array([np.exp(start[2]), start[3], start[4]])

        def ours(L: np.ndarray = L) -> np.ndarray:
            law = fit_scaling_law(N, D, L)
            return np.array([law.E, law.alpha, law.beta])

        yield Case(f"60 runs, noise {noise}", ours, theirs)


@proof.check("overlap of word runs", tolerance=0.0, reason="the same fraction of whole numbers")
def _overlap() -> Iterator[Case]:
    from groundup.llm.pretraining.deduplication import jaccard, shingles

    rng = np.random.default_rng(3)
    words = ["data", "model", "the", "Loss", "x1", "größe"]
    texts = [" ".join(rng.choice(words, 400)) for _ in range(4)]
    pairs = [(a, b) for a in texts for b in texts]

    def sets(text: str) -> set[tuple[str, ...]]:
        found = [word.lower() for word in re.findall(r"\w+", text)]
        return {tuple(found[i : i + 5]) for i in range(len(found) - 4)}

    yield Case(
        "16 pairs of texts",
        lambda: [jaccard(shingles(a), shingles(b)) for a, b in pairs],
        lambda: [len(sets(a) & sets(b)) / len(sets(a) | sets(b)) for a, b in pairs],
    )
