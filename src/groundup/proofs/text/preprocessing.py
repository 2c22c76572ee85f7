"""groundup.text.preprocessing beside unicodedata and NLTK."""

import random
import re
import unicodedata
from collections.abc import Iterator
from functools import partial
from itertools import pairwise
from typing import Any

from groundup.proofs.core import Case, Proof
from groundup.text import preprocessing as ours

__all__ = ["documentation", "proof", "vocabulary"]

proof = Proof("groundup.text.preprocessing", reference="nltk and unicodedata")


def documentation() -> str:
    """English prose that every Python has: documentation of its modules."""
    import argparse
    import collections
    import decimal
    import email.message
    import heapq
    import pickle
    import statistics
    import turtle

    modules: tuple[Any, ...] = (argparse, collections, decimal, email.message, heapq, pickle, statistics, turtle)
    members = [member for module in modules for member in (module, *vars(module).values())]
    return "\n\n".join(doc for member in members if isinstance(doc := getattr(member, "__doc__", None), str))


def vocabulary() -> list[str]:
    """Words of that prose with endings put on, and letters at random on which rules stumble."""
    found = sorted(set(re.findall("[a-z']+", documentation().lower())))
    endings = (
        "",
        "s",
        "es",
        "ed",
        "ing",
        "ly",
        "ational",
        "fulness",
        "iviti",
        "ement",
        "eed",
        "ies",
        "izer",
        "ll",
        "e",
    )
    rng = random.Random(0)
    letters = ("".join(rng.choices("aeiouybtlsz", k=rng.randint(1, 9))) for _ in range(1000))
    return [word + ending for word in found[::2] for ending in endings] + [
        word + ending for word in letters for ending in endings
    ]


def _accented(seed: int) -> str:
    """Letters and accents in any order, Hangul, and everything that has a decomposition."""
    rng = random.Random(seed)
    pool = [c for c in map(chr, range(0x110000)) if unicodedata.decomposition(c) or unicodedata.combining(c)]
    pool += [
        *map(chr, range(0x1100, 0x1200)),
        *map(chr, range(0xAC00, 0xD7A4, 5)),
        *"aeiouAEIOU",
        *map(chr, range(256)),
    ]
    return "".join(rng.choices(pool, k=20_000)) + "".join(pool)


@proof.check("the four normal forms", tolerance=0.0, reason="the same text or another")
def _forms() -> Iterator[Case]:
    for seed in (0, 1):
        text = _accented(seed)
        for form in ours.FORMS:
            yield Case(
                f"{form}, {len(text)} characters",
                partial(ours.normalize, text, form),
                partial(unicodedata.normalize, form, text),
            )


@proof.check("Porter's stemmer, the author's program and the paper", tolerance=0.0, reason="the same stem or another")
def _stems() -> Iterator[Case]:
    from nltk.stem.porter import PorterStemmer

    words = vocabulary()
    for mode, paper in (("MARTIN_EXTENSIONS", False), ("ORIGINAL_ALGORITHM", True)):
        theirs = PorterStemmer(mode)  # pyright: ignore[reportArgumentType]
        yield Case(
            f"{mode.lower()}, {len(words)} words",
            lambda paper=paper: [ours.stem(word, paper=paper) for word in words],
            lambda theirs=theirs: [theirs.stem(word, to_lowercase=False) for word in words],
        )


@proof.check("lemmas, with equal exceptions and vocabulary", tolerance=0.0, reason="the same lemmas or others")
def _lemmas() -> Iterator[Case]:
    from nltk.corpus.reader.wordnet import WordNetCorpusReader

    words = vocabulary()
    known = set(random.Random(1).sample(words, len(words) // 3)) | set(ours.IRREGULAR["verb"].values())
    forms = [*words, *(form for table in ours.IRREGULAR.values() for form in table)]
    lemmatizer = ours.Lemmatizer(known)
    for part, letter in (("noun", "n"), ("verb", "v"), ("adjective", "a"), ("adverb", "r")):
        theirs: Any = WordNetCorpusReader.__new__(WordNetCorpusReader)  # without its files, which are not at hand
        theirs._exception_map = {letter: {form: [lemma] for form, lemma in ours.IRREGULAR[part].items()}}
        theirs._lemma_pos_offset_map = {word: {letter: [0]} for word in known}
        yield Case(
            f"{part}, {len(forms)} words",
            lambda part=part: [lemmatizer.lemmas(form, part) for form in forms],
            lambda theirs=theirs, letter=letter: [theirs._morphy(form, letter) for form in forms],
        )


@proof.check("scores of abbreviations", tolerance=1e-12, reason="sums and products of eight numbers, in another order")
def _abbreviations() -> Iterator[Case]:
    from nltk.probability import FreqDist
    from nltk.tokenize.punkt import PunktTrainer

    text = documentation()
    types = ours.word_types(text)

    def theirs() -> dict[str, float]:
        trainer: Any = PunktTrainer()
        trainer._type_fdist, trainer._num_period_toks = FreqDist(types), sum(t.endswith(".") for t in types)
        return {word: score for word, score, _ in trainer._reclassify_abbrev_types(set(types)) if score >= 0.01}

    def mine() -> dict[str, float]:
        return ours.learn_abbreviations(text, 0.01)

    yield Case(f"documentation of the standard library, {len(types)} words", mine, theirs)


@proof.check("n-grams, with and without padding", tolerance=0.0, reason="the same tuples or others")
def _ngrams() -> Iterator[Case]:
    from nltk.util import everygrams, ngrams

    words = ours.words(documentation())[:2000]
    padding: dict[str, Any] = {
        "pad_left": True,
        "pad_right": True,
        "left_pad_symbol": "<s>",
        "right_pad_symbol": "</s>",
    }
    for n in (1, 2, 5):
        yield Case(f"n = {n}", partial(ours.ngrams, words, n), lambda n=n: list(ngrams(words, n)))
        yield Case(
            f"n = {n}, padded",
            partial(ours.ngrams, words, n, left="<s>", right="</s>"),
            lambda n=n: list(ngrams(words, n, **padding)),
        )
    yield Case(
        "lengths 1 to 3",
        lambda: sorted(ours.everygrams(words, 3)),
        lambda: sorted(everygrams(words, max_len=3)),
    )
    yield Case("pairs", partial(ours.ngrams, words, 2), lambda: list(pairwise(words)))
