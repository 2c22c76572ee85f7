"""From a distribution over the next token to a text: sampling, search, stop strings, constraints.

    >>> import torch
    >>> from groundup.llm.decoding import top_p
    >>> top_p(torch.tensor([[3.0, 2.0, 1.0, 0.0]]), 0.8)
    tensor([[3., 2., -inf, -inf]])

| file | holds |
|---|---|
| `processors` | what is done to logits: temperature, top-k, top-p, min-p, typical, penalties, bans |
| `rules` | all of them in their order, and the draw |
| `windows` | what a model is shown: rows of different length, a cache, the end of the context |
| `generation` | `generate` and `stream` |
| `text` | whole characters and stop strings while tokens come |
| `beam` | `beam_search` |
| `constraint`, `grammar`, `regular`, `json_schema` | only texts of a given form |
| `scoring` | log-probabilities of a text, perplexity |

Left out: sampling within a beam, diverse and contrastive search, constraints on several texts at once.

Lesson: decoding
"""

from groundup.llm.decoding.beam import Beam, beam_search
from groundup.llm.decoding.constraint import Constraint, json_constraint, regex_constraint
from groundup.llm.decoding.generation import Completion, generate, stream
from groundup.llm.decoding.processors import (
    bias,
    forbid,
    min_p,
    no_repeat_ngram,
    presence_penalty,
    repetition_penalty,
    temperature,
    top_k,
    top_p,
    typical,
)
from groundup.llm.decoding.rules import Rules, draw
from groundup.llm.decoding.scoring import perplexity, token_logprobs
from groundup.llm.decoding.text import TextStream

__all__ = [
    "Beam",
    "Completion",
    "Constraint",
    "Rules",
    "TextStream",
    "beam_search",
    "bias",
    "draw",
    "forbid",
    "generate",
    "json_constraint",
    "min_p",
    "no_repeat_ngram",
    "perplexity",
    "presence_penalty",
    "regex_constraint",
    "repetition_penalty",
    "stream",
    "temperature",
    "token_logprobs",
    "top_k",
    "top_p",
    "typical",
]
