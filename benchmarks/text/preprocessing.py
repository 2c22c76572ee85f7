"""Text preprocessing beside NLTK and the standard library."""

from collections.abc import Callable
from typing import Any

from groundup.bench import Benchmark


def _words() -> list[str]:
    """Words of the documentation of NumPy and of Python's modules, repeated as they are in a text."""
    import re

    import numpy as np

    from groundup.proofs.text.preprocessing import documentation

    text = documentation() + "\n".join(doc for name in np.__all__ if (doc := getattr(np, name).__doc__))
    return re.findall("[a-z]+", text.lower())


def _stems() -> dict[str, Callable[[], Any]]:
    from nltk.stem.porter import PorterStemmer

    from groundup.text.preprocessing import stem

    words, theirs = sorted(set(_words())), PorterStemmer("MARTIN_EXTENSIONS")  # pyright: ignore[reportArgumentType]
    return {
        "ours": lambda: [stem(word) for word in words],
        "nltk": lambda: [theirs.stem(word, to_lowercase=False) for word in words],
    }


def _ngrams() -> dict[str, Callable[[], Any]]:
    from nltk.util import ngrams as theirs

    from groundup.text.preprocessing import ngrams

    words = _words()
    return {"ours": lambda: ngrams(words, 3), "nltk": lambda: list(theirs(words, 3))}


def _forms() -> dict[str, Callable[[], Any]]:
    import unicodedata

    from groundup.text.preprocessing import normalize

    text = "Dvořák, Ångström, naïve: 한국어 ﬁve “quotes” 日本語 " * 500
    return {"ours": lambda: normalize(text, "NFKC"), "unicodedata": lambda: unicodedata.normalize("NFKC", text)}


BENCHMARKS = [
    Benchmark("text.preprocessing/porter", "stems of all different words of two documentations", _stems, "nltk", 0.7,
              lambda stems: float(len(set(stems))), "different stems"),
    Benchmark("text.preprocessing/trigrams", "trigrams of two documentations", _ngrams, "nltk", 1.0, len, "trigrams"),
    # unicodedata is written in C; ours is the rules of the annex in Python
    Benchmark("text.preprocessing/nfkc", "NFKC of 20,000 characters of many scripts", _forms, "unicodedata", 40.0, len,
              "characters"),
]  # fmt: skip
