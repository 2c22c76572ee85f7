"""How likely a text is: log-probabilities of its tokens, and perplexity."""

from math import exp
from typing import Any

import numpy as np
import torch

from groundup.checks import check_count
from groundup.llm.decoding.windows import device_of, evaluation

__all__ = ["perplexity", "token_logprobs"]


def token_logprobs(model: Any, ids: Any, stride: int | None = None) -> np.ndarray:
    """Log-probability of every token but the first, given the tokens before it.

    A text longer than the context is read in windows. Each begins `stride` tokens after the one before it, and
    counts only the tokens that no earlier one has counted; so all but the first window's have at least
    ``n_positions - stride`` tokens before them. Stride 1 gives each token the whole context it can have, at the cost
    of one window a token.

    Parameters
    ----------
    model : callable
    ids : sequence of int, array or tensor
        At least two.
    stride : int, optional
        From 1 to n_positions; half of n_positions by default.

    Returns
    -------
    float64 array of length len(ids) - 1
    """
    device = device_of(model)
    context: int = model.config.n_positions
    text = torch.as_tensor(ids, dtype=torch.int64, device=device).reshape(-1)
    step = max(context // 2, 1) if stride is None else stride
    check_count("stride", step)
    if step > context:
        raise ValueError(f"stride must be at most the context, {context}; got {step}")
    if len(text) < 2:
        raise ValueError(f"ids must hold at least two tokens, one to predict another from; got {len(text)}")
    found, counted = [], 1
    for begin in range(0, len(text) - 1, step):
        window = text[begin : begin + context]
        targets = text[begin + 1 : begin + context + 1]
        with evaluation(model):
            logits = model(window[None])[0, : len(targets)]
            logp = logits[counted - begin - 1 :].double().log_softmax(1)
        found.append(logp.gather(1, targets[counted - begin - 1 :, None])[:, 0].cpu().numpy())
        counted = begin + 1 + len(targets)
        if counted == len(text):
            break
    return np.concatenate(found)


def perplexity(model: Any, ids: Any, stride: int | None = None) -> float:
    """exp of the mean surprise: among how many equally likely tokens the model seems to choose at each place.

    As `token_logprobs` for the arguments; the first token has nothing before it and is not counted.
    """
    return exp(-float(token_logprobs(model, ids, stride).mean()))
