"""Writing a translation: the likeliest token each time (greedy), or the likeliest text that a beam finds.

A text's score is the logarithm of its probability over a penalty of its length n, eos included,

    log P(y | x) / ((5 + n) / 6)^α            Wu et al. 2016, equation 14; α = 0.6 in Vaswani et al. 2017, section 6.1

without which short texts win, each token costing something. Beams of all sentences are rows of one batch; keys of the
source are computed once, keys of the target when their token is written.
"""

from dataclasses import dataclass, field

import torch
from torch import Tensor

from groundup.checks import check_count, check_number
from groundup.transformers.transformer.cache import DecoderCache
from groundup.transformers.transformer.model import Transformer

__all__ = ["Hypothesis", "beam_search", "greedy"]


@dataclass(frozen=True)
class Hypothesis:
    """A translation.

    Attributes
    ----------
    tokens : list of int
        Without bos and eos.
    log_probability : float
    score : float
        Log-probability over the length penalty.
    complete : bool
        Whether it ended by itself, and not because there was no more room.
    """

    tokens: list[int]
    log_probability: float
    score: float
    complete: bool = True


def room(source: Tensor, max_length: int | None) -> int:
    """How many tokens a translation may have: 50 more than the source by default, as in the paper."""
    if max_length is None:
        return source.shape[1] + 50
    check_count("max_length", max_length)
    return max_length


@torch.inference_mode()
def greedy(
    model: Transformer, source: Tensor, max_length: int | None = None, *, cached: bool = True
) -> list[list[int]]:
    """The likeliest next token, again and again.

    Parameters
    ----------
    model : Transformer
        In evaluation mode.
    source : int64 tensor of shape (B, S)
    max_length : int, optional
        Tokens that are written at most, eos included.
    cached : bool
        False computes everything anew for every token, for comparison.

    Returns
    -------
    list of B lists of tokens, without bos and eos
    """
    config = model.config
    memory, mask = model.encode(source)
    steps = room(source, max_length)
    target = source.new_full((len(source), 1), config.bos_id)
    cache = DecoderCache() if cached else None
    written: list[list[int]] = [[] for _ in range(len(source))]
    live = torch.arange(len(source), device=source.device)  # sentences that have not ended
    for _ in range(steps):
        if not len(live):
            break
        logits = model.decode(target[:, -1:] if cached else target, memory, mask, cache, last_only=True)
        token = _allowed(model, logits[:, -1]).argmax(-1)
        goes_on = token != config.eos_id
        for sentence, one in zip(live[goes_on].tolist(), token[goes_on].tolist(), strict=True):
            written[sentence].append(one)
        target = torch.cat((target, token[:, None]), 1)
        if not bool(goes_on.all()):
            rows = goes_on.nonzero()[:, 0]
            live, target, memory, mask = live[rows], target[rows], memory[rows], mask[rows]
            if cache is not None:
                cache.select(rows)
    return written


def _allowed(model: Transformer, logits: Tensor) -> Tensor:
    """Logits of at least 32 bits, with padding and bos impossible: they are never written. NaN is refused."""
    logits = logits.float() if logits.dtype.itemsize < 4 else logits
    if bool(logits.isnan().any()):
        raise ValueError("the model's logits must be numbers; it gives NaN")
    logits[:, [model.config.pad_id, model.config.bos_id]] = -torch.inf
    return logits


@dataclass
class _Beams:
    """The hypotheses of one sentence that have ended."""

    ended: list[Hypothesis] = field(default_factory=list)

    def best(self) -> float:
        return max((hypothesis.score for hypothesis in self.ended), default=-float("inf"))


def penalty(length: int, alpha: float) -> float:
    """((5 + length) / 6)^alpha."""
    return ((5 + length) / 6) ** alpha


@torch.inference_mode()
def beam_search(
    model: Transformer, source: Tensor, beams: int = 4, *, alpha: float = 0.6, max_length: int | None = None
) -> list[list[Hypothesis]]:
    """The best translations that are found with a number of open texts a sentence.

    Every step extends each open text by every token, keeps the best of those that go on, and lays those aside that
    end. A sentence is done when no open text can overtake the best that ended. (Stopping when `beams` texts have ended,
    as is often done, gives bad answers where a model is sure: the other beams hold unlikely texts, which end first.)

    Parameters
    ----------
    model : Transformer
        In evaluation mode.
    source : int64 tensor of shape (B, S)
    beams : int
        Open texts a sentence. 1 is greedy.
    alpha : float
        Of the length penalty; 0 compares probabilities.
    max_length : int, optional
        Tokens that are written at most, eos included; 50 more than the source by default.

    Returns
    -------
    list of B lists of Hypothesis
        The best first, at least one and at most `beams`. A text that had no room to end is given only where none ended.
    """
    check_count("beams", beams)
    check_number("alpha", alpha, 0)
    memory, mask = model.encode(source)
    steps, B = room(source, max_length), len(source)
    if not B:
        return []
    found, live = [_Beams() for _ in range(B)], list(range(B))
    rows = torch.arange(B, device=source.device).repeat_interleave(beams)
    memory, mask, cache = memory[rows], mask[rows], DecoderCache()
    texts = source.new_full((B * beams, 1), model.config.bos_id)
    scores = memory.new_full((B, beams), -torch.inf, dtype=torch.promote_types(memory.dtype, torch.float32))
    scores[:, 0] = 0.0  # all beams are equal at first: one is enough
    for length in range(1, steps + 1):
        log_p = _allowed(model, model.decode(texts[:, -1:], memory, mask, cache, last_only=True)[:, -1]).log_softmax(-1)
        V = log_p.shape[-1]
        total = (scores[:, :, None] + log_p.view(len(live), beams, V)).flatten(1)
        top, where = total.topk(min(2 * beams, total.shape[1]))  # at most `beams` of them end
        parent, token = where // V, where % V
        ends = (token == model.config.eos_id) & top.isfinite()
        _lay_aside(found, live, texts, top, parent, ends, beams, penalty(length, alpha))
        best, order = top.masked_fill(token == model.config.eos_id, -torch.inf).topk(beams)
        parent, token = parent.gather(1, order), token.gather(1, order)
        if length == steps:
            _close(found, live, texts, best, parent, token, penalty(length, alpha))
            break
        bound = (best[:, 0] / penalty(steps, alpha)).tolist()  # what an open text can reach at most
        kept = [i for i, sentence in enumerate(live) if bound[i] > found[sentence].best()]
        if not kept:
            break
        keep = torch.tensor(kept, device=source.device)
        rows = (keep[:, None] * beams + parent[keep]).flatten()
        texts = torch.cat((texts[rows], token[keep].flatten()[:, None]), 1)
        fewer = len(kept) < len(live)
        if fewer:
            memory, mask = memory[rows], mask[rows]
        cache.select(rows, source=fewer)
        scores, live = best[keep], [live[i] for i in kept]
    return [sorted(each.ended, key=lambda h: -h.score)[:beams] for each in found]


def _lay_aside(
    found: list[_Beams],
    live: list[int],
    texts: Tensor,
    top: Tensor,
    parent: Tensor,
    ends: Tensor,
    beams: int,
    over: float,
) -> None:
    """Keep the texts that end here, among each sentence's best `beams` candidates."""
    for i, j in ends[:, :beams].nonzero().tolist():
        log_p, row = float(top[i, j]), i * beams + int(parent[i, j])
        found[live[i]].ended.append(Hypothesis(texts[row, 1:].tolist(), log_p, log_p / over))


def _close(
    found: list[_Beams], live: list[int], texts: Tensor, best: Tensor, parent: Tensor, token: Tensor, over: float
) -> None:
    """There is no more room: a sentence without a translation gets its best open text."""
    beams = best.shape[1]
    for i, sentence in enumerate(live):
        if not found[sentence].ended:
            tokens = [*texts[i * beams + int(parent[i, 0]), 1:].tolist(), int(token[i, 0])]
            log_p = float(best[i, 0])
            found[sentence].ended.append(Hypothesis(tokens, log_p, log_p / over, complete=False))
