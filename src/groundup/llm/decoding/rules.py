"""All that stands between a model's logits and the next token, in one fixed order."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf, isfinite
from typing import Any

import numpy as np
import torch
from torch import Tensor

from groundup.checks import check_count, check_number
from groundup.llm.decoding import processors

__all__ = ["Rules", "draw"]


@dataclass(frozen=True)
class Rules:
    """How the next token is chosen. What is left at its default does nothing.

    The order is that of the transformers library: first what depends on the text so far, then temperature, top_k,
    top_p, min_p and typical_p. So top_p counts probabilities after the temperature, among what top_k left.

    Parameters
    ----------
    temperature : float
        0 is greedy: the likeliest token of those that are allowed.
    top_k, top_p, min_p, typical_p : optional
        Not used when greedy.
    repetition_penalty, presence_penalty, frequency_penalty, no_repeat_ngram : optional
        The first and last look at prompt and text, the other two at the text alone, as hosted models define them.
    bias, forbidden : mapping of token to number, collection of tokens
    min_new_tokens : int
        Before so many tokens, those in `ends` are ruled out.
    ends : tuple of int
        Tokens that end a text.
    """

    temperature: float = 1.0
    top_k: int | None = None
    top_p: float | None = None
    min_p: float | None = None
    typical_p: float | None = None
    repetition_penalty: float = 1.0
    presence_penalty: float = 0.0
    frequency_penalty: float = 0.0
    no_repeat_ngram: int = 0
    bias: Mapping[int, float] = field(default_factory=dict)
    forbidden: Collection[int] = ()
    min_new_tokens: int = 0
    ends: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "forbidden", tuple(self.forbidden))  # an iterator would be used up by one token
        check_number("temperature", self.temperature, 0)
        check_number("repetition_penalty", self.repetition_penalty, 0, open_low=True)
        check_count("no_repeat_ngram", self.no_repeat_ngram, 0)
        check_count("min_new_tokens", self.min_new_tokens, 0)
        if self.top_k is not None:
            check_count("top_k", self.top_k)
        for name in ("top_p", "min_p", "typical_p"):
            if (share := getattr(self, name)) is not None:
                check_number(name, share, 0)
                if share > 1:
                    raise ValueError(f"{name} must be at most 1; got {share!r}")
        for name in ("presence_penalty", "frequency_penalty"):
            check_number(name, getattr(self, name), -inf)
        if self.min_new_tokens and not self.ends:
            raise ValueError("min_new_tokens needs eos: without a token that ends a text there is nothing to hold back")

    @property
    def greedy(self) -> bool:
        """Whether nothing is drawn."""
        return self.temperature == 0

    def penalize(self, logits: Tensor, history: Sequence[Sequence[int]], new: Sequence[int]) -> Tensor:
        """What depends on the text so far; `new` says how many tokens at the end of each history were generated."""
        if self.bias:
            logits = processors.bias(logits, self.bias)
        if self.repetition_penalty != 1:
            logits = processors.repetition_penalty(logits, history, self.repetition_penalty)
        if self.presence_penalty or self.frequency_penalty:
            own = [ids[len(ids) - n :] for ids, n in zip(history, new, strict=True)]
            logits = processors.presence_penalty(logits, own, self.presence_penalty, self.frequency_penalty)
        if self.no_repeat_ngram:
            logits = processors.no_repeat_ngram(logits, history, self.no_repeat_ngram)
        if self.forbidden:
            logits = processors.forbid(logits, self.forbidden)
        early = [row for row, n in enumerate(new) if n < self.min_new_tokens]
        if early:
            logits = logits.clone()
            logits[torch.tensor(early)[:, None], torch.tensor(self.ends)] = -inf
        return logits

    def narrow(self, logits: Tensor) -> Tensor:
        """Temperature, and the ways to cut off the tail."""
        if self.greedy:
            return logits
        if self.temperature != 1:
            logits = processors.temperature(logits, self.temperature)
        if self.top_k is not None:
            logits = processors.top_k(logits, self.top_k)
        if self.top_p is not None and self.top_p < 1:
            logits = processors.top_p(logits, self.top_p)
        if self.min_p is not None:
            logits = processors.min_p(logits, self.min_p)
        if self.typical_p is not None and self.typical_p < 1:
            logits = processors.typical(logits, self.typical_p)
        return logits


def draw(logits: Tensor, uniforms: Any) -> Tensor:
    """One token a row: the first whose cumulative probability exceeds the row's number in [0, 1).

    Parameters
    ----------
    logits : tensor of shape (B, V)
    uniforms : B numbers, drawn uniformly

    Returns
    -------
    int64 tensor of shape (B,)

    Notes
    -----
    In float64, so that a cumulative sum over 50,000 tokens does not round small ones away. A token of probability 0
    is never drawn: the sum does not rise there.

    Raises
    ------
    ValueError
        If a row is all -inf, or holds NaN or infinity.
    """
    summed = logits.double().softmax(1).cumsum(1)
    for row, whole in enumerate(summed[:, -1].tolist()):
        if not isfinite(whole):
            nothing = bool((logits[row] == -inf).all())
            why = "every token is ruled out" if nothing else "the logits hold NaN or infinity"
            raise ValueError(f"nothing can be drawn in row {row}: {why}")
    wanted = torch.as_tensor(np.asarray(uniforms, np.float64)).to(summed.device)[:, None] * summed[:, -1:]
    return torch.searchsorted(summed, wanted, right=True)[:, 0]
