"""Training a GPT: tokens a second at equal settings, and seconds to a validation loss, beside nanoGPT and transformers.

nanoGPT's checkout lies in the folder that GROUNDUP_PEERS names, tinyshakespeare in the one of GROUNDUP_DATA; without
them their part is not run. nanoGPT's own model and optimizer are used as they are, in the loop of its train.py.
"""

import argparse
import contextlib
import importlib.util
import io
import math
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any

from groundup.bench import Benchmark

BATCH, CONTEXT, STEPS = 8, 256, 2
ADAMW: dict[str, Any] = {"lr": 1e-3, "betas": (0.9, 0.99)}
NO_DROPOUT = {"resid_pdrop": 0.0, "embd_pdrop": 0.0, "attn_pdrop": 0.0}
PEER = Path(os.environ.get("GROUNDUP_PEERS", "/nowhere")) / "nanoGPT"
TEXT = Path(os.environ.get("GROUNDUP_DATA", "/nowhere")) / "tinyshakespeare" / "input.txt"


def _commit() -> str:
    """The commit of nanoGPT's checkout."""
    head = (PEER / ".git" / "HEAD").read_text().strip()
    ref = PEER / ".git" / head.removeprefix("ref: ")
    return (ref.read_text().strip() if head.startswith("ref: ") and ref.is_file() else head)[:10]


@cache
def _nanogpt() -> Any:
    spec = importlib.util.spec_from_file_location("nanogpt_of_the_gpt_benchmark", PEER / "model.py")
    assert spec and spec.loader
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _peer(config: Any) -> tuple[Any, Any]:
    """nanoGPT's model of a configuration, and its optimizer."""
    module = _nanogpt()
    sizes = {k: getattr(config, k) for k in ("vocab_size", "n_layer", "n_head", "n_embd", "bias")}
    with contextlib.redirect_stdout(io.StringIO()):
        model = module.GPT(module.GPTConfig(block_size=config.n_positions, dropout=0.0, **sizes))
        optimizer = model.configure_optimizers(0.1, ADAMW["lr"], ADAMW["betas"], "cpu")
    return model, optimizer


def _text() -> Any:
    """Bytes of a file of the standard library, folded to 65 symbols."""
    import torch

    return torch.tensor([b % 65 for b in Path(argparse.__file__).read_bytes()])


def _windows(ids: Any, batch: int, context: int, generator: Any) -> tuple[Any, Any]:
    import torch

    at = torch.randint(len(ids) - context, (batch,), generator=generator)[:, None] + torch.arange(context)
    return ids[at], ids[at + 1]


def _trainer(loss: Callable, model: Any, optimizer: Any, clip: Callable, narrow: bool) -> Callable[[], float]:
    """A call makes STEPS steps and returns the last loss; the next call goes on."""
    import torch

    ids, generator = _text(), torch.Generator().manual_seed(1)

    def run() -> float:
        value = math.nan
        for _ in range(STEPS):
            x, y = _windows(ids, BATCH, CONTEXT, generator)
            with torch.autocast("cpu", torch.bfloat16, enabled=narrow):
                out = loss(x, y)
            out.backward()
            clip(model.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            value = out.item()
        return value

    return run


def _clip(parameters: Any, max_norm: float) -> None:
    """As the trainer does it."""
    from groundup.neural.training import clip_gradients

    clip_gradients([p.grad for p in parameters], max_norm)


def _mini(best: bool) -> dict[str, Callable[[], float]]:
    """All from one start: nanoGPT's, in float32; ours in float32 or in the best that the processor has."""
    import torch

    from groundup.neural.optim import AdamW
    from groundup.transformers.gpt import CONFIGS, GPT
    from transformers import GPT2Config, GPT2LMHeadModel

    torch.manual_seed(0)
    config = replace(CONFIGS["mini"], activation_function="gelu", **NO_DROPOUT)  # nanoGPT's exact form
    narrow = best and bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
    ours = GPT(config)
    state = {name: value.clone() for name, value in ours.state_dict().items()}
    optimizer = AdamW(ours.decay_groups(0.1), **ADAMW)
    made = {"ours": _trainer(ours.loss, ours, optimizer, _clip, narrow)}
    fixed = {k: v for k, v in config.to_dict().items() if k not in ("model_type", "architectures", "bias")}
    theirs = GPT2LMHeadModel(GPT2Config(**fixed)).train()
    theirs.load_state_dict(_as_published(state), strict=False)
    groups = [
        {"params": [p for p in theirs.parameters() if p.ndim > 1], "weight_decay": 0.1},
        {"params": [p for p in theirs.parameters() if p.ndim < 2], "weight_decay": 0.0},
    ]

    def published(x: Any, y: Any) -> Any:
        return torch.nn.functional.cross_entropy(theirs(x).logits.flatten(0, 1), y.flatten())

    clip = torch.nn.utils.clip_grad_norm_
    made["transformers"] = _trainer(published, theirs, torch.optim.AdamW(groups, **ADAMW), clip, False)
    if PEER.is_dir():
        peer, peers_optimizer = _peer(config)
        peer.load_state_dict(
            {**{f"transformer.{n}": v for n, v in state.items()}, "lm_head.weight": state["wte.weight"]}
        )
        made["nanoGPT"] = _trainer(lambda x, y: peer(x, y)[1], peer, peers_optimizer, clip, False)
    return made


def _as_published(state: dict[str, Any]) -> dict[str, Any]:
    from groundup.transformers.gpt.published import PREFIX, TRANSPOSED

    return {PREFIX + n: v.t() if TRANSPOSED.fullmatch(n) else v for n, v in state.items()}


@cache
def _shakespeare() -> tuple[Any, Any, int]:
    import torch

    text = TEXT.read_text(encoding="utf-8")
    number = {c: i for i, c in enumerate(sorted(set(text)))}
    ids = torch.tensor([number[c] for c in text])
    cut = int(0.9 * len(ids))
    return ids[:cut], ids[cut:], len(number)


def _validation(logits: Callable[[Any], Any]) -> float:
    """Mean surprise over the whole validation set, in windows that follow each other."""
    import torch

    _, ids, _ = _shakespeare()
    rows = (len(ids) - 1) // 64
    x, y = (ids[k : k + rows * 64].view(rows, 64) for k in (0, 1))
    with torch.no_grad():
        pieces = [
            torch.nn.functional.cross_entropy(logits(a).flatten(0, 1), b.flatten(), reduction="sum")
            for a, b in zip(x.split(128), y.split(128), strict=True)
        ]
    return float(sum(pieces)) / y.numel()


def _small_by_nanogpt(config: Any) -> Callable[[Any], Any]:
    """config/train_shakespeare_char.py with the arguments that its README gives for a CPU."""
    import torch

    ids, _, _ = _shakespeare()
    torch.manual_seed(1337)
    model, optimizer = _peer(config)
    generator, steps = torch.Generator().manual_seed(1), 2000
    for step in range(steps):
        falling = 1e-4 + 0.5 * (1 + math.cos(math.pi * (step - 100) / (steps - 100))) * 9e-4
        for group in optimizer.param_groups:
            group["lr"] = 1e-3 * (step + 1) / 101 if step < 100 else falling
        x, y = _windows(ids, 12, 64, generator)
        model(x, y)[1].backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
    return lambda x: model(x, x)[0]


def _small_by_ours(config: Any, steps: int = 540) -> Callable[[Any], Any]:
    """The same network and batches; Muon for the matrices, a larger rate for the tables, a rate that falls to 0."""
    import torch

    from groundup.neural.optim import AdamW, Muon, Together
    from groundup.transformers.gpt import GPT

    ids, _, _ = _shakespeare()
    torch.manual_seed(1)
    model, generator = GPT(config), torch.Generator().manual_seed(1)
    matrices = [p for name, p in model.named_parameters() if p.ndim == 2 and name.startswith("h.")]
    rest = [p for name, p in model.named_parameters() if p.ndim < 2 or not name.startswith("h.")]
    muon = Muon(matrices, 0.03, 0.1, ns_dtype="bfloat16")
    optimizer = Together(muon, AdamW(rest, 0.01, (0.9, 0.95), weight_decay=0.0))
    rates = [group["lr"] for group in optimizer.param_groups]
    for step in range(steps):
        for group, rate in zip(optimizer.param_groups, rates, strict=True):
            group["lr"] = rate * min(1.0, (step + 1) / 20) * (1 - step / steps)
        x, y = _windows(ids, 12, 64, generator)
        model.loss(x, y).backward()
        _clip(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
    return model


def _small() -> dict[str, Callable[[], Any]]:
    from groundup.transformers.gpt import CONFIGS

    config = replace(CONFIGS["nano"], vocab_size=_shakespeare()[2], bias=False, **NO_DROPOUT)
    return {"ours": partial(_small_by_ours, config), "nanoGPT": partial(_small_by_nanogpt, config)}


REFERENCE = "nanoGPT" if PEER.is_dir() else "transformers"
BESIDE = f"nanoGPT at {_commit()}" if PEER.is_dir() else "transformers"
SHAPE = f"10.7M parameters, {BATCH} x {CONTEXT} tokens, AdamW and clipping: {STEPS} steps; {BESIDE}"

BENCHMARKS = [
    Benchmark(
        name="transformers.gpt/train-mini-float32",
        work=f"{SHAPE}, all in float32",
        setup=partial(_mini, best=False),
        reference=REFERENCE,
        reach=0.95,
        score=float,
        score_name=f"loss after {STEPS} steps",
    ),
    Benchmark(
        name="transformers.gpt/train-mini-best",
        work=f"{SHAPE} and transformers in float32, ours in bfloat16 where the processor has it",
        setup=partial(_mini, best=True),
        reference=REFERENCE,
        reach=0.37,
        score=float,
        score_name=f"loss after {STEPS} steps",
    ),
]
if PEER.is_dir() and TEXT.is_file():
    BENCHMARKS.append(
        Benchmark(
            name="transformers.gpt/shakespeare-small",
            work=f"tinyshakespeare, 0.8M parameters, 12 x 64 characters: nanoGPT's 2000 steps ({_commit()}), ours 540",
            setup=_small,
            reference="nanoGPT",
            reach=0.5,
            score=_validation,
            score_name="loss over the whole validation set",
            rounds=1,
        )
    )
