"""BLEU: how many n-grams of a translation occur in a reference (Papineni et al. 2002, doi 10.3115/1073083.1073135).

For each order n = 1 ... N (N = 4), over all sentences of a corpus,

    p_n = Σ matches / Σ n-grams of the hypotheses        matches: min(count in hypothesis, largest count in a reference)
    BP  = min(1, e^{1 - r/c})                            c, r: length of the hypotheses and of their closest references
    BLEU = 100 · BP · exp( (1/N) Σ ln p_n )              equations of section 2.3

Matches are *clipped* so that "the the the" earns one "the". The penalty BP stands in for recall: short answers have
few wrong n-grams. Numerators and denominators are summed over the corpus before they are divided, so the BLEU of a
corpus is not the mean of its sentences'.

A score depends on how words are cut. `tokenize_13a` is the tokenisation of mteval-v13a, which sacrebleu (Post 2018)
made the standard: with it, and "exp" smoothing, scores are comparable between publications.

Leaves out: tokenisations of languages without spaces, confidence intervals.

Lesson: transformer
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from groundup.checks import check_choice, check_count, check_number

__all__ = ["BLEU", "closest_length", "combine", "corpus_bleu", "matches", "ngrams", "sentence_bleu", "tokenize_13a"]

SMOOTHING = {"none": 0.0, "floor": 0.1, "add-k": 1.0, "exp": 0.0}  # method: default value


@dataclass(frozen=True)
class BLEU:
    """A score and what it was made of.

    Attributes
    ----------
    score : float
        Between 0 and 100.
    precisions : tuple of float
        Of the orders 1 to N, in percent, smoothed.
    brevity_penalty : float
    hypothesis_length, reference_length : int
        Tokens; of several references, the one of the closest length counts.
    matches, totals : tuple of float
        Clipped matches and n-grams of the hypotheses, before smoothing.
    """

    score: float
    precisions: tuple[float, ...]
    brevity_penalty: float
    hypothesis_length: int
    reference_length: int
    matches: tuple[float, ...]
    totals: tuple[float, ...]

    def __str__(self) -> str:
        each = "/".join(f"{p:.1f}" for p in self.precisions)
        return (
            f"BLEU {self.score:.2f} ({each}, brevity penalty {self.brevity_penalty:.3f}, "
            f"{self.hypothesis_length} tokens for {self.reference_length})"
        )


# ------------------------------------------------------------------------------------------- words

ENTITIES = (("&quot;", '"'), ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">"))
CUTS = (
    (re.compile(r"([{-~\[-` -&(-+:-@/])"), r" \1 "),  # punctuation and symbols of ASCII, but for . , - '
    (re.compile(r"([^0-9])([.,])"), r"\1 \2 "),  # . and , unless behind a digit
    (re.compile(r"([.,])([^0-9])"), r" \1 \2"),  # and unless before one
    (re.compile(r"([0-9])(-)"), r"\1 \2 "),  # - behind a digit
)


def tokenize_13a(text: str) -> list[str]:
    """Words and punctuation, cut as mteval-v13a cuts: "it's 3.5, no?" -> it's 3.5 , no ?"""
    text = text.rstrip().replace("<skipped>", "").replace("-\n", "").replace("\n", " ")
    if "&" in text:
        for entity, character in ENTITIES:
            text = text.replace(entity, character)
    text = f" {text} "
    for pattern, replacement in CUTS:
        text = pattern.sub(replacement, text)
    return text.split()


TOKENIZERS: dict[str, Callable[[str], list[str]]] = {"13a": tokenize_13a, "none": str.split}


# ------------------------------------------------------------------------------------------- counts


def ngrams(tokens: Sequence[str], n: int) -> Counter[tuple[str, ...]]:
    """How often each run of n tokens occurs."""
    return Counter(zip(*(tokens[k:] for k in range(n)), strict=False))


def matches(hypothesis: Sequence[str], references: Sequence[Sequence[str]], n: int) -> int:
    """n-grams of the hypothesis that are in a reference, each at most as often as in the one that has most of it.

    Parameters
    ----------
    hypothesis : sequence of tokens
    references : sequence of such sequences
    n : int
    """
    found = ngrams(hypothesis, n)
    counted = [ngrams(reference, n) for reference in references]
    return sum(min(count, max(reference[gram] for reference in counted)) for gram, count in found.items())


def closest_length(length: int, references: Sequence[Sequence[str]]) -> int:
    """Length of the reference whose length is closest; of two equally close ones the shorter."""
    return min((len(reference) for reference in references), key=lambda size: (abs(size - length), size))


# ------------------------------------------------------------------------------------------- the score


def combine(
    matched: Sequence[float],
    totals: Sequence[float],
    length: int,
    reference_length: int,
    smoothing: str = "exp",
    value: float | None = None,
    effective_order: bool = False,
) -> BLEU:
    """BLEU from its counts.

    Parameters
    ----------
    matched, totals : sequences of N numbers
        Clipped matches and n-grams of each order.
    length, reference_length : int
        Tokens of the hypotheses and of their references.
    smoothing : {"exp", "floor", "add-k", "none"}
        What becomes of an order without a match, whose logarithm is -∞ (Chen and Cherry 2014, W14-3346). "floor"
        counts `value` matches (0.1), "add-k" adds `value` (1) to matches and totals of the orders from 2 on, "exp"
        counts 1/2 for the first such order, 1/4 for the next, and so on.
    value : float, optional
    effective_order : bool
        Average over the orders that the hypothesis is long enough to have, for single sentences.

    Notes
    -----
    Without any match the score is 0 whatever the smoothing.
    """
    check_choice("smoothing", smoothing, tuple(SMOOTHING))
    value = SMOOTHING[smoothing] if value is None else value
    check_number("value", value, 0)
    penalty = 1.0 if length >= reference_length else math.exp(1 - reference_length / length) if length else 0.0
    precisions, orders, missing = [0.0] * len(matched), len(matched), 0
    if any(matched):
        for k, (hits, total) in enumerate(zip(matched, totals, strict=True)):
            if smoothing == "add-k" and k > 0:
                hits, total = hits + value, total + value
            if not total:  # no n-grams of this order, and so of no longer one
                break
            orders = k + 1 if effective_order else len(matched)
            if not hits and smoothing == "exp":
                missing += 1
                hits = 0.5**missing
            elif not hits and smoothing == "floor":
                hits = value
            precisions[k] = 100 * hits / total
    used = precisions[:orders]
    score = penalty * math.exp(sum(map(math.log, used)) / orders) if min(used) > 0 else 0.0
    return BLEU(score, tuple(precisions), penalty, length, reference_length, tuple(matched), tuple(totals))


def corpus_bleu(
    hypotheses: Sequence[str],
    references: Sequence[str | Sequence[str]],
    *,
    order: int = 4,
    smoothing: str = "exp",
    value: float | None = None,
    tokenize: str = "13a",
    lowercase: bool = False,
    effective_order: bool = False,
) -> BLEU:
    """BLEU of a corpus.

    Parameters
    ----------
    hypotheses : sequence of n texts
    references : sequence of n texts, or of n sequences of texts
        What each hypothesis is held against.
    order : int
        N, the longest n-grams.
    smoothing, value, effective_order
        As for `combine`.
    tokenize : {"13a", "none"}
        "none" cuts at spaces alone, for text that is tokenised already.
    lowercase : bool

    Returns
    -------
    BLEU

    Raises
    ------
    TypeError, ValueError
        If texts are no texts, there are none, or there are not as many references as hypotheses.

    Examples
    --------
    >>> print(corpus_bleu(["the cat sat on a mat"], ["the cat sat on the mat"]))
    BLEU 53.73 (83.3/60.0/50.0/33.3, brevity penalty 1.000, 6 tokens for 6)
    """
    check_count("order", order)
    check_choice("tokenize", tokenize, tuple(TOKENIZERS))
    if isinstance(hypotheses, str):
        raise TypeError("hypotheses must be a sequence of texts; got one text (sentence_bleu takes one)")
    if isinstance(references, str):
        raise TypeError("references must be a sequence, an entry for each hypothesis; got one text")
    if len(hypotheses) != len(references) or not len(hypotheses):
        raise ValueError(
            f"references must have an entry for each hypothesis, at least one; got {len(references)} references and "
            f"{len(hypotheses)} hypotheses"
        )
    cut, matched, totals, length, reference_length = TOKENIZERS[tokenize], [0] * order, [0] * order, 0, 0
    for i, (hypothesis, reference) in enumerate(zip(hypotheses, references, strict=True)):
        texts = [hypothesis, *([reference] if isinstance(reference, str) else reference)]
        _check_texts(i, texts)
        tokens, *allowed = [cut(text.lower() if lowercase else text) for text in texts]
        length += len(tokens)
        reference_length += closest_length(len(tokens), allowed)
        for n in range(1, min(order, len(tokens)) + 1):
            matched[n - 1] += matches(tokens, allowed, n)
            totals[n - 1] += len(tokens) - n + 1
    return combine(matched, totals, length, reference_length, smoothing, value, effective_order)


def _check_texts(i: int, texts: list[str]) -> None:
    if len(texts) < 2:
        raise ValueError(f"references[{i}] must hold at least one text; it is empty")
    for text in texts:
        if not isinstance(text, str):
            raise TypeError(f"hypotheses and references must be texts; number {i} has a {type(text).__name__}")


def sentence_bleu(
    hypothesis: str,
    references: str | Sequence[str],
    *,
    order: int = 4,
    smoothing: str = "exp",
    value: float | None = None,
    tokenize: str = "13a",
    lowercase: bool = False,
    effective_order: bool = True,
) -> BLEU:
    """BLEU of one text.

    Four-grams of one sentence are few: the score is a rough sign at best, and depends on the smoothing.

    Parameters
    ----------
    hypothesis : str
    references : str or sequence of str
    order, smoothing, value, tokenize, lowercase, effective_order
        As for `corpus_bleu`.
    """
    return corpus_bleu(
        [hypothesis], [references], order=order, smoothing=smoothing, value=value, tokenize=tokenize,
        lowercase=lowercase, effective_order=effective_order,
    )  # fmt: skip
