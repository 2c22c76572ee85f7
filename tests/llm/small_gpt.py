"""A small GPT and what the tests of generation do with it."""

import numpy as np
import torch

from groundup.transformers.gpt import GPT, GPTConfig

SMALL = GPTConfig(vocab_size=61, n_positions=48, n_embd=36, n_layer=2, n_head=3)


def gpt(config=SMALL, seed=0):
    """A GPT whose next tokens are far from a tie."""
    torch.manual_seed(seed)
    model = GPT(config).eval().requires_grad_(False)
    for weight in model.parameters():
        if weight.ndim == 2:
            weight.mul_(5)
    return model


def tokens(n, batch=1, seed=1, vocabulary=61):
    return torch.from_numpy(np.random.default_rng(seed).integers(0, vocabulary, (batch, n)))


def greedy(model, ids, n, cache=None):
    """n tokens more, with a cache or from the start each time."""
    new = ids
    for _ in range(n):
        logits = model(ids) if cache is None else model(new, cache=cache)
        new = logits[:, -1].argmax(-1, keepdim=True)
        ids = torch.cat((ids, new), 1)
    return ids


MODEL = gpt()
