"""Beam search: the likeliest text, looked for with a few candidates at a time.

A score is the sum of log-probabilities divided by (number of tokens)^length_penalty: with 0 the probability of the
whole text decides, and every further token costs; with 1 the mean a token. Follows the transformers library step for
step (``GenerationMixin._beam_search``), so that scores and sequences are equal.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from groundup.checks import check_choice, check_count, check_number
from groundup.llm.decoding.generation import ends_of, prompt_ids
from groundup.llm.decoding.rules import Rules
from groundup.llm.decoding.windows import device_of, evaluation

__all__ = ["Beam", "beam_search"]


@dataclass(frozen=True)
class Beam:
    """A text and its score.

    Parameters
    ----------
    ids : list of int
        The tokens, an `eos` included.
    score : float
        Sum of the log-probabilities over len(ids)^length_penalty.
    text : str or None
        Without `eos`; None without a tokenizer.
    """

    ids: list[int]
    score: float
    text: str | None = None


def beam_search(
    model: Any,
    prompt: Any,
    max_new_tokens: int,
    *,
    beams: int = 4,
    n_best: int = 1,
    length_penalty: float = 1.0,
    early_stopping: str = "estimate",
    eos: int | Collection[int] | None = None,
    tokenizer: Any = None,
    cache: bool = True,
    start: int | None = None,
    **rules: Any,
) -> list[Beam]:
    """The best texts that a beam of candidates finds, best first.

    Parameters
    ----------
    model, prompt, max_new_tokens, eos, tokenizer, cache, start
        As for `generate`; one prompt. The prompt and all new tokens but the last have to fit into the context.
    beams : int
        Candidates that are kept; 1 is greedy decoding.
    n_best : int
        At most `beams`.
    length_penalty : float
        Above 0 longer texts are preferred to what 0 would give; below 0 shorter ones.
    early_stopping : {"estimate", "full", "never"}
        When to stop while candidates are left. "full": as soon as `beams` texts have ended. "estimate": when also the
        best candidate, scored as it stands, is below all of them. "never": when it could not come above even at
        full length.
    **rules
        Of `Rules`: repetition_penalty, no_repeat_ngram, bias, forbidden, min_new_tokens. They change the scores.

    Returns
    -------
    list of Beam

    Raises
    ------
    ValueError
        If prompt and text do not fit into the context, or nothing is allowed.
    """
    check_count("max_new_tokens", max_new_tokens)
    check_count("beams", beams)
    check_count("n_best", n_best)
    check_number("length_penalty", length_penalty, -float("inf"))
    check_choice("early_stopping", early_stopping, ("estimate", "full", "never"))
    if n_best > beams:
        raise ValueError(f"n_best must be at most beams, {beams}; got {n_best}")
    ids, ends = prompt_ids(prompt, tokenizer, start), ends_of(eos)
    context, needed = model.config.n_positions, len(ids) + max_new_tokens - 1
    if needed > context:
        raise ValueError(f"prompt and max_new_tokens need a context of {needed} tokens; the model has {context}")
    search = _Search(model, ids, max_new_tokens, beams, length_penalty, Rules(temperature=0, ends=ends, **rules), cache)
    while not search.over(early_stopping):
        search.step()
    if not search.finished:
        raise ValueError("nothing can be chosen: every text is ruled out")
    return [Beam(new, score, _text(new, ends, tokenizer)) for score, new in search.finished[:n_best]]


def _text(new: list[int], ends: tuple[int, ...], tokenizer: Any) -> str | None:
    if tokenizer is None:
        return None
    return tokenizer.decode(new[:-1] if new and new[-1] in ends else new)


class _Search:
    """Candidates that go on, `running`, and texts that have ended, `finished`; both best first."""

    def __init__(
        self, model: Any, prompt: list[int], most: int, beams: int, length_penalty: float, rules: Rules, cache: bool
    ) -> None:
        self.model, self.prompt, self.most, self.beams = model, prompt, most, beams
        self.length_penalty, self.rules = length_penalty, rules
        self.running: list[tuple[float, list[int]]] = [(0.0, [])]
        self.finished: list[tuple[float, list[int]]] = []
        self.cache = _BeamCache() if cache else None
        self.length = 0

    def over(self, early_stopping: str) -> bool:
        """Whether no candidate is left, or none is wanted."""
        if not self.running or self.length == self.most:
            return True
        if len(self.finished) < self.beams:
            return False
        if early_stopping == "full":
            return True
        length = self.most if early_stopping == "never" and self.length_penalty > 0 else max(self.length, 1)
        return self.running[0][0] / length**self.length_penalty <= self.finished[-1][0]

    def step(self) -> None:
        """Every candidate with every token; the best of all of them."""
        logp = self._logprobs()  # (n, V)
        summed = logp.double() + torch.tensor([score for score, _ in self.running], dtype=torch.float64)[:, None]
        # so many that `beams` remain even if the best all end
        wanted = max(2, 1 + len(self.rules.ends)) * self.beams
        scores, places = summed.flatten().topk(min(wanted, summed.numel()))
        if not scores[0] < float("inf"):  # NaN comes first
            raise ValueError("nothing can be chosen: the logits hold NaN or infinity")
        self.length += 1
        running, parents = [], []
        for rank, (score, place) in enumerate(zip(scores.tolist(), places.tolist(), strict=True)):
            parent, token = divmod(place, logp.shape[1])
            new = [*self.running[parent][1], token]
            if token in self.rules.ends or self.length == self.most:
                if rank < self.beams and score > -float("inf"):
                    self.finished.append((score / self.length**self.length_penalty, new))
            elif len(running) < self.beams and score > -float("inf"):
                running.append((score, new))
                parents.append(parent)
        self.finished = sorted(self.finished, key=lambda beam: -beam[0])[: self.beams]
        self.running = running
        if self.cache is not None and parents:
            self.cache.keep(torch.tensor(parents, device=device_of(self.model)))

    def _logprobs(self) -> Tensor:
        """Log-probabilities of the next token after each candidate, with the rules applied, in float32 at least."""
        rows = [self.prompt + new for _, new in self.running]
        shown = [row[self.cache.length :] for row in rows] if self.cache is not None else rows
        with evaluation(self.model):
            ids = torch.tensor(shown, device=device_of(self.model))
            logits = self.model(ids, cache=self.cache, last_only=True)[:, -1].cpu()
        logp = (logits if logits.dtype == torch.float64 else logits.float()).log_softmax(1)
        return self.rules.penalize(logp, rows, [self.length] * len(rows))


class _BeamCache:
    """Keys and values that can be copied from one candidate to another: what a fixed cache would do in place."""

    def __init__(self) -> None:
        self.length = 0
        self.layers: dict[int, tuple[Tensor, Tensor]] = {}

    def update(self, layer: int, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        if layer in self.layers:
            before = self.layers[layer]
            k, v = torch.cat((before[0], k), 2), torch.cat((before[1], v), 2)
        self.layers[layer] = k, v
        return k, v

    def advance(self, positions: int) -> None:
        self.length += positions

    def keep(self, parents: Tensor) -> None:
        """Candidate i goes on from what was candidate parents[i]."""
        self.layers = {n: (k[parents], v[parents]) for n, (k, v) in self.layers.items()}
