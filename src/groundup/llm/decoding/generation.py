"""The loop: read, choose, append, until there is a reason to end."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from math import inf, isfinite
from typing import Any

import numpy as np
import torch
from torch import Tensor

from groundup.checks import check_choice, check_count
from groundup.llm.decoding.rules import Rules, draw
from groundup.llm.decoding.text import TextStream
from groundup.llm.decoding.windows import OVERFLOW, Reader

__all__ = ["Completion", "generate", "stream"]


@dataclass(frozen=True)
class Completion:
    """What was generated for one prompt.

    Parameters
    ----------
    ids : list of int
        The tokens, an `eos` and those of a stop string included.
    logprobs : list of float
        Log-probability of each under the model itself, before temperature, filters and penalties.
    finish : {"length", "eos", "stop", "complete", "context"}
        As many tokens as wanted, a token that ends, a stop string, nothing more that the constraint allows, or the
        end of the context.
    text : str or None
        Without `eos` and stop string; None without a tokenizer.
    """

    ids: list[int]
    logprobs: list[float]
    finish: str
    text: str | None = None


def generate(
    model: Any,
    prompts: Any,
    max_new_tokens: int,
    *,
    tokenizer: Any = None,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    min_p: float | None = None,
    repetition_penalty: float = 1.0,
    stop: str | Sequence[str] = (),
    eos: int | Collection[int] | None = None,
    seed: int | Sequence[int] | None = None,
    samples: int = 1,
    cache: bool = True,
    overflow: str = "stop",
    start: int | None = None,
    constraint: Any = None,
    **more_rules: Any,
) -> list[Completion]:
    """Continue each prompt.

    Parameters
    ----------
    model : callable
        A `groundup.transformers.gpt.GPT`, or anything with the same call and `config`.
    prompts : str, sequence of str, sequence of int, tensor, or sequence of those
        One prompt or several, of any lengths; each row of a tensor is one.
    max_new_tokens : int
    tokenizer : groundup.text.tokenization.Tokenizer, optional
        Needed for texts, `stop` and `Completion.text`.
    temperature, top_k, top_p, min_p, repetition_penalty
        See `Rules`; temperature 0 is greedy.
    stop : str or sequence of str
        The text ends before the first of these.
    eos : int or collection of int, optional
        Tokens that end a text.
    seed : int or sequence of int, optional
        A text depends on its prompt, its seed and its number among the samples alone, not on what else is in the
        batch. One for all prompts (equal prompts then have equal texts) or one each; drawn afresh by default.
    samples : int
        Texts for each prompt, one after the other in the answer.
    cache : bool
        Keep keys and values; without, each token costs the whole window.
    overflow : {"stop", "slide", "halve"}
        At the end of the context: end (and refuse longer prompts), go on with the last ``n_positions`` tokens, or
        forget the older half. "slide" costs the whole context for each token.
    start : int, optional
        The token that an empty prompt begins with; without it an empty prompt is refused.
    constraint : optional
        See `groundup.llm.decoding.json_constraint`; what comes within `max_new_tokens` is whole.
    **more_rules
        The other fields of `Rules`: typical_p, presence_penalty, frequency_penalty, no_repeat_ngram, bias, forbidden,
        min_new_tokens.

    Returns
    -------
    list of Completion

    Notes
    -----
    With and without a cache, alone and in a batch, the same sums are made in another order. Logits then differ by
    rounding, and a text only where two tokens were equally good to within that.

    Raises
    ------
    ValueError
        If a prompt is empty or too long, an id is outside of the vocabulary, or nothing is allowed.
    """
    ends = ends_of(eos)
    rules = Rules(temperature, top_k, top_p, min_p, repetition_penalty=repetition_penalty, ends=ends, **more_rules)
    loop = _Loop(model, max_new_tokens, rules, tokenizer, stop, cache, overflow, constraint)
    rows = loop.rows(prompts_ids(prompts, tokenizer, start), seed, samples)
    while any(row.finish is None for row in rows):
        loop.step([row for row in rows if row.finish is None])
    for row in rows:
        if row.stream is not None:
            row.stream.finish()
    return [row.completion() for row in rows]


def stream(model: Any, prompt: Any, max_new_tokens: int, *, tokenizer: Any, **options: Any) -> Iterator[str]:
    """The text of one prompt piece by piece, as it becomes certain.

    A piece never ends within a character and never shows the beginning of a stop string. The pieces joined are the
    text that `generate` gives with the same arguments.

    Parameters
    ----------
    model, prompt, max_new_tokens, tokenizer
        As for `generate`; one prompt.
    **options
        As for `generate`, without `samples`.

    Yields
    ------
    str, not empty
    """
    known = {
        "stop": (),
        "cache": True,
        "overflow": "stop",
        "constraint": None,
        "eos": None,
        "seed": None,
        "start": None,
    }
    stop, cache, overflow, constraint, eos, seed, start = (options.pop(name, value) for name, value in known.items())
    rules = Rules(ends=ends_of(eos), **options)
    loop = _Loop(model, max_new_tokens, rules, tokenizer, stop, cache, overflow, constraint)
    if tokenizer is None:
        raise ValueError("tokenizer must be given: pieces are text")
    rows = loop.rows([prompt_ids(prompt, tokenizer, start)], seed, 1)
    return _pieces(loop, rows[0])


def _pieces(loop: "_Loop", row: "_Row") -> Iterator[str]:
    while row.finish is None:
        loop.step([row])
        if row.piece:
            yield row.piece
    rest = row.stream.finish() if row.stream is not None else ""
    if rest:
        yield rest


class _Row:
    """One text in the making."""

    def __init__(self, name: int, prompt: list[int], seed: Any, stream: TextStream | None, state: Any) -> None:
        self.name, self.ids, self.prompt, self.stream, self.state = name, list(prompt), len(prompt), stream, state
        self.logprobs: list[float] = []
        self.finish: str | None = None
        self.piece = ""  # of text, from the last token
        self.random = np.random.default_rng(seed)

    @property
    def new(self) -> int:
        return len(self.ids) - self.prompt

    def completion(self) -> Completion:
        text = None if self.stream is None else self.stream.text
        return Completion(self.ids[self.prompt :], self.logprobs, self.finish or "length", text)


class _Loop:
    """What all rows share."""

    def __init__(
        self,
        model: Any,
        max_new_tokens: int,
        rules: Rules,
        tokenizer: Any,
        stop: str | Sequence[str],
        cache: bool,
        overflow: str,
        constraint: Any,
    ) -> None:
        check_count("max_new_tokens", max_new_tokens, 0)
        check_choice("overflow", overflow, OVERFLOW)
        self.stops = [stop] if isinstance(stop, str) else list(stop)
        if self.stops and tokenizer is None:
            raise ValueError("tokenizer must be given with stop: tokens are compared as text")
        if self.stops and constraint is not None:
            raise ValueError("stop and constraint exclude each other: a text that is cut need not fit")
        vocabulary: int = model.config.vocab_size
        self.tokens = vocabulary if tokenizer is None else tokenizer.vocab_size  # a model may have spare ones
        if self.tokens > vocabulary:
            raise ValueError(f"tokenizer has {self.tokens} tokens, the model {vocabulary}")
        for end in rules.ends:
            if not 0 <= end < self.tokens:
                raise ValueError(f"eos must be from 0 to {self.tokens - 1}; got {end}")
        self.reader = Reader(model, cache, overflow)
        self.most, self.rules, self.tokenizer = max_new_tokens, rules, tokenizer
        self.constraint: Any = constraint

    def rows(self, prompts: list[list[int]], seed: int | Sequence[int] | None, samples: int) -> list[_Row]:
        check_count("samples", samples)
        seeds = _seeds(seed, len(prompts))
        made = []
        for number, (prompt, own) in enumerate(zip(prompts, seeds, strict=True)):
            if prompt and (min(prompt) < 0 or max(prompt) >= self.tokens):
                raise ValueError(f"prompt {number} must hold ids from 0 to {self.tokens - 1}; got {prompt}")
            if len(prompt) > self.reader.context and self.reader.overflow == "stop":
                raise ValueError(
                    f"prompt {number} has {len(prompt)} tokens, the context {self.reader.context}; "
                    "overflow='slide' or 'halve' keeps its end"
                )
            for sample in range(samples):
                text = None if self.tokenizer is None else TextStream(self.tokenizer.token_bytes, self.stops)
                state = None if self.constraint is None else self.constraint.start
                row = _Row(len(made), prompt, None if own is None else [own, sample], text, state)
                row.finish = "length" if self.most == 0 else None
                if self.constraint is not None and (need := self.constraint.shortest(state)) > self._left(row):
                    raise ValueError(f"max_new_tokens leaves {self._left(row)}; what is allowed may need {need}")
                made.append(row)
        return made

    def _left(self, row: _Row) -> int:
        """Tokens that may still come."""
        left = self.most - row.new
        if self.reader.overflow == "stop":
            left = min(left, self.reader.context + 1 - len(row.ids))
        return left

    def step(self, rows: list[_Row]) -> None:
        """One more token for each of the rows."""
        more = self.most - min(row.new for row in rows)
        raw = self.reader.logits({row.name: row.ids for row in rows}, more)
        raw = raw if raw.dtype == torch.float64 else raw.float()
        logits = self.rules.penalize(raw[:, : self.tokens], [row.ids for row in rows], [row.new for row in rows])
        if self.constraint is not None:
            logits = self._constrain(logits, rows)
        if self.rules.greedy:
            chosen = _largest(logits)
        else:
            chosen = draw(self.rules.narrow(logits), [row.random.random() for row in rows])
        logprobs = raw.gather(1, chosen[:, None])[:, 0] - raw.logsumexp(1)
        for row, token, logprob in zip(rows, chosen.tolist(), logprobs.tolist(), strict=True):
            self._append(row, token, logprob)

    def _constrain(self, logits: Tensor, rows: list[_Row]) -> Tensor:
        """Rule out what cannot become whole in the tokens that are left."""
        allowed = np.zeros(logits.shape, bool)
        for place, row in enumerate(rows):
            needs = self.constraint.needs(row.state)
            allowed[place, : len(needs)] = needs < self._left(row)
            if self.constraint.complete(row.state):
                allowed[place, list(self.rules.ends)] = True
        return torch.where(torch.from_numpy(allowed).to(logits.device), logits, -torch.inf)

    def _append(self, row: _Row, token: int, logprob: float) -> None:
        row.ids.append(token)
        row.logprobs.append(logprob)
        row.piece = ""
        if token in self.rules.ends:
            row.finish = "eos"
            return
        if row.stream is not None:
            row.piece = row.stream.push(token)
        left = self._left(row)
        if row.stream is not None and row.stream.stopped:
            row.finish = "stop"
        elif self.constraint is not None:
            row.state = self.constraint.advance(row.state, token)
            if self.constraint.complete(row.state) and (
                not (self.constraint.needs(row.state) < left).any() and not self.rules.ends
            ):
                row.finish = "complete"
        if row.finish is None and left <= 0:
            row.finish = "length" if row.new == self.most else "context"


def _largest(logits: Tensor) -> Tensor:
    """The likeliest token of each row."""
    largest, chosen = logits.max(1)
    for row, value in enumerate(largest.tolist()):
        if not isfinite(value):
            why = "every token is ruled out" if value == -inf else "the logits hold NaN or infinity"
            raise ValueError(f"nothing can be chosen in row {row}: {why}")
    return chosen


def ends_of(eos: int | Collection[int] | None) -> tuple[int, ...]:
    if eos is None:
        return ()
    several = (eos,) if isinstance(eos, int | np.integer) else tuple(eos)
    if not all(isinstance(token, int | np.integer) for token in several):
        raise TypeError(f"eos must be a token or several; got {eos!r}")
    return tuple(map(int, several))


def _seeds(seed: int | Sequence[int] | None, prompts: int) -> list[Any]:
    if seed is None or isinstance(seed, int | np.integer):
        if seed is not None:
            check_count("seed", seed, 0)
        return [seed] * prompts
    seeds = _listed(seed)
    if not isinstance(seeds, Sequence):
        raise TypeError(f"seed must be a whole number or several; got {seed!r}")
    if len(seeds) != prompts:
        raise ValueError(f"seed must be one number or one for each of the {prompts} prompts; got {len(seeds)}")
    for one in seeds:
        check_count("seed", one, 0)
    return list(seeds)


def _listed(values: Any) -> Any:
    """Tensors, arrays and pandas' columns as lists; anything else as it is."""
    return values.tolist() if hasattr(values, "tolist") else values


def prompt_ids(prompt: Any, tokenizer: Any, start: int | None) -> list[int]:
    """One prompt as ids."""
    listed = prompts_ids(prompt, tokenizer, start)
    if len(listed) != 1:
        raise ValueError(f"prompt must be one; got {len(listed)}")
    return listed[0]


def prompts_ids(prompts: Any, tokenizer: Any, start: int | None) -> list[list[int]]:
    """Every form of a prompt as lists of ids."""
    prompts, whole = _listed(prompts), (int, np.integer)
    if not isinstance(prompts, Sequence):
        raise TypeError(f"prompts must be text, whole numbers, or a list of such; got {prompts!r}")
    if isinstance(prompts, str) or not prompts or isinstance(prompts[0], whole):
        prompts = [prompts]
    listed: list[list[int]] = []
    for number, prompt in enumerate(prompts):
        if isinstance(prompt, str):
            if tokenizer is None:
                raise ValueError("tokenizer must be given: a prompt is text")
            prompt = tokenizer.encode(prompt)
        ids = _listed(prompt)
        if not isinstance(ids, Sequence) or not all(
            isinstance(token, whole) and not isinstance(token, bool) for token in ids
        ):
            raise TypeError(f"prompt {number} must be text or whole numbers; got {prompt!r}")
        if not ids and start is None:
            raise ValueError(f"prompt {number} is empty: a model continues something; `start` may name a first token")
        listed.append(list(ids) or [int(start)])  # pyright: ignore[reportArgumentType]  # start is there when ids are not
    return listed
