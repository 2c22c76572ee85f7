"""What rounding the weights costs a model that has learned something: its perplexity on text that it has not seen."""

import itertools
import math
import os
from pathlib import Path

import pytest
import torch
from torch.nn import functional as F

from groundup.llm.kv_cache import CompiledGPT
from groundup.transformers.gpt import GPT, GPTConfig

FILE = Path(os.environ.get("GROUNDUP_DATA", "")) / "tinyshakespeare" / "input.txt"
STEPS, HELD = 250, 768


def trained(ids, vocabulary, steps=STEPS):
    """A GPT of 0.8M parameters after some hundred steps."""
    torch.manual_seed(0)
    model = GPT(GPTConfig(vocabulary, 128, 128, 4, 4, resid_pdrop=0, embd_pdrop=0, attn_pdrop=0))
    optimizer = torch.optim.AdamW(model.parameters(), 2e-3, weight_decay=0.1)
    random = torch.Generator().manual_seed(1)
    for step in range(steps):
        rows = torch.randint(0, len(ids) - 129, (16,), generator=random)
        batch = torch.stack([ids[row : row + 129] for row in rows.tolist()])
        loss = F.cross_entropy(model(batch[:, :-1]).flatten(0, 1), batch[:, 1:].flatten())
        optimizer.param_groups[0]["lr"] = 2e-3 * min(1, step / 30, (steps - step) / 100)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model.eval().requires_grad_(False)


def perplexity(model, ids):
    """Token by token, as the model generates."""
    total, n = 0.0, 0
    for part in ids.split(128):
        cache = model.new_cache(room=128)
        for now, after in itertools.pairwise(part):
            logits = model(now.view(1, 1), cache=cache)[0, 0]
            total += F.cross_entropy(logits, after).item()
            n += 1
    return math.exp(total / n)


@pytest.mark.slow
@pytest.mark.skipif(not FILE.is_file(), reason="GROUNDUP_DATA has no tinyshakespeare/input.txt")
def test_int8_weights_cost_a_trained_model_less_than_one_per_cent():
    text = FILE.read_text(encoding="utf-8")
    letters = sorted(set(text))
    ids = torch.tensor([letters.index(letter) for letter in text])
    model = trained(ids[:-100_000], len(letters))
    held = ids[-100_000 : -100_000 + HELD]
    kinds = {"float32": ("float32", "float32"), "bfloat16": ("bfloat16", "float32"),
             "int8": ("int8", "float32"), "int8, activations too": ("int8", "integers")}  # fmt: skip
    found = {name: perplexity(CompiledGPT(model, *kind), held) for name, kind in kinds.items()}
    print({name: round(value, 4) for name, value in found.items()})
    assert found["float32"] < 12  # it has learned: 65 letters, and 27 for a model of single letters
    for name, value in found.items():
        assert abs(value / found["float32"] - 1) < 0.01, (name, found)
