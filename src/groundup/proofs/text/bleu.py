"""groundup.text.bleu beside sacrebleu: scores, precisions, penalties and words, of random and of ordinary text."""

import random
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from groundup.proofs.core import Case, Proof
from groundup.text import bleu

__all__ = ["ALPHABET", "noisy", "ordinary", "proof", "random_text"]

proof = Proof("groundup.text.bleu", reference="sacrebleu")

ALPHABET = "ab.,-'1 2&;/?!\n\u00e4{ ab"


def random_text(rng: random.Random, longest: int = 30) -> str:
    """Characters on which tokenisations stumble."""
    return "".join(rng.choice(ALPHABET) for _ in range(rng.randrange(longest + 1)))


def ordinary() -> list[str]:
    """Sentences: the docstrings of the standard library's modules, cut at full stops."""
    import argparse
    import collections
    import decimal
    import email.message
    import heapq
    import pickle
    import statistics

    modules: tuple[Any, ...] = (argparse, collections, decimal, email.message, heapq, pickle, statistics)
    text = " ".join(filter(None, (module.__doc__ for module in modules)))
    return [sentence.strip() for sentence in text.split(". ") if sentence.strip()]


def noisy(text: str, rng: random.Random) -> str:
    """Words left out, doubled and in another order, as a poor translation has them."""
    words = [word for word in text.split() for _ in range(rng.choice((0, 1, 1, 1, 1, 1, 2)))]
    for _ in range(len(words) // 8):
        i = rng.randrange(len(words))
        words[i : i + 3] = reversed(words[i : i + 3])
    return " ".join(words)


def _numbers(score: Any) -> list[float]:
    """Score, precisions, penalty and lengths, of ours or of sacrebleu's."""
    if isinstance(score, bleu.BLEU):
        lengths = (score.hypothesis_length, score.reference_length)
        return [score.score, *score.precisions, score.brevity_penalty, *lengths]
    return [score.score, *score.precisions, score.bp, score.sys_len, score.ref_len]


def _ours(hypotheses: Sequence[str], references: Sequence[Sequence[str]], **settings: Any) -> list[float]:
    return _numbers(bleu.corpus_bleu(hypotheses, references, **settings))


def _theirs(hypotheses: Sequence[str], references: Sequence[Sequence[str]], **settings: Any) -> list[float]:
    from sacrebleu.metrics.bleu import BLEU

    names = {"smoothing": "smooth_method", "value": "smooth_value", "order": "max_ngram_order"}
    metric = BLEU(force=True, **{names.get(name, name): value for name, value in settings.items()})
    return _numbers(metric.corpus_score(list(hypotheses), [list(column) for column in zip(*references, strict=True)]))


REASON = "the same numbers in another order of multiplications"


@proof.check("a corpus of ordinary sentences, three references", tolerance=1e-12, reason=REASON)
def _corpus() -> Iterator[Case]:
    rng, texts = random.Random(1), ordinary()
    hypotheses = [noisy(text, rng) for text in texts]
    references = [(text, noisy(text, rng), noisy(text, rng)) for text in texts]
    for settings in ({}, {"lowercase": True}, {"tokenize": "none"}, {"order": 2}, {"order": 6}):
        for count in (1, 3):
            some = [each[:count] for each in references]
            yield Case(
                f"{count} reference{'s' * (count > 1)}, {settings or 'defaults'}",
                partial(_ours, hypotheses, some, **settings),
                partial(_theirs, hypotheses, some, **settings),
            )


@proof.check("2000 random sentences, every smoothing", tolerance=1e-12, reason=REASON)
def _sentences() -> Iterator[Case]:
    rng = random.Random(2)
    cases = []
    for _ in range(2000):
        settings: dict[str, Any] = {
            "smoothing": rng.choice(tuple(bleu.SMOOTHING)),
            "effective_order": rng.random() < 0.5,
            "order": rng.randrange(1, 6),
        }
        if settings["smoothing"] in ("floor", "add-k") and rng.random() < 0.5:
            settings["value"] = rng.choice((0.01, 0.5, 2.0))
        hypothesis = random_text(rng)
        close = noisy(hypothesis, rng) if rng.random() < 0.5 else random_text(rng)
        references = [close, *(random_text(rng) for _ in range(rng.randrange(3)))]
        cases.append(([hypothesis], [references], settings))
    yield Case(
        "score, precisions, penalty, lengths",
        lambda: [_ours(h, r, **s) for h, r, s in cases],
        lambda: [_theirs(h, r, **s) for h, r, s in cases],
    )


@proof.check("tokenisation 13a", tolerance=0, reason="the same words")
def _words() -> Iterator[Case]:
    from sacrebleu.tokenizers.tokenizer_13a import Tokenizer13a

    rng, theirs = random.Random(3), Tokenizer13a()
    texts = ["", " ", "-\n", "&quot;A&amp;B&quot; &lt;3", "1,000.5-2", "x<skipped>y", "U.S.-based, no?", *ordinary()]
    texts += [random_text(rng) for _ in range(2000)]
    yield Case(
        f"{len(texts)} texts",
        lambda: [" ".join(bleu.tokenize_13a(text)) for text in texts],
        lambda: [theirs(text.rstrip()) for text in texts],
    )
