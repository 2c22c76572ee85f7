"""Words, sentences and n-grams."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain, repeat
from math import exp, log

from groundup.checks import check_count

__all__ = ["ABBREVIATIONS", "everygrams", "learn_abbreviations", "ngrams", "sentences", "word_types", "words"]

# A word is letters and digits, with the marks that stand inside of it: don't, 3.14, well-known; MARKS are those that
# are drawn around letters, which \w leaves out: accents, the vowels of Hindi and Thai. The joiners of Persian join.
WORD = r"\d+(?:[.,]\d+)+|[^\W_](?:[\wMARKS]*(?:['’\-\u200c\u200d](?=[^\W_]))?)*"
# Ends of sentences are followed by what may close a quotation, then by white space, then by what may begin a sentence.
END = re.compile(r"""[.!?…]+["'”’»)\]]*(?=\s+["'“‘«(\[]*[A-ZÀ-ÖØ-Þ0-9"'“‘«(\[]|\s*$)""")
# A word for the statistics of abbreviations: letters, with marks inside, and its full stop if it has one.
TYPE = re.compile(r"[^\W\d_]+(?:[.'’\-][^\W\d_]+)*\.?")
_SHORT = """
    mr mrs ms dr prof sr jr st rev gen col capt lt sgt gov sen rep hon mt vs etc eg ie cf al fig figs eq eqs no nos vol
    vols ch sec pp ed eds approx dept est inc ltd co corp bros jan feb mar apr jun jul aug sep sept oct nov dec mon tue
    wed thu fri sat sun a.m p.m u.s u.k e.g i.e ph.d
"""
ABBREVIATIONS = frozenset(_SHORT.split())


def words(text: str) -> list[str]:
    """Words as people count them, without punctuation; numbers keep their points and commas.

    >>> words("Don't pay 3,000.50 for a well-known fix!")
    ["Don't", 'pay', '3,000.50', 'for', 'a', 'well-known', 'fix']
    """
    marks = "" if text.isascii() else "".join(sorted(c for c in set(text) if unicodedata.category(c)[0] == "M"))
    return _word(marks).findall(text)


@lru_cache(maxsize=256)
def _word(marks: str) -> re.Pattern[str]:
    """What a word is in a text with these marks."""
    return re.compile(WORD.replace("MARKS", marks))


def sentences(text: str, abbreviations: Iterable[str] = ABBREVIATIONS) -> list[str]:
    """Cut a text after full stops, question and exclamation marks that end a sentence.

    A full stop does not end one after a known abbreviation, after a single capital (J. Smith), or when a small letter
    follows. An empty line always does. What rules cannot know: "I met Dr. Who." and "He is in the U.S. Army." need the
    meaning, and are cut by the abbreviation alone.

    Parameters
    ----------
    text : str
    abbreviations : iterable of str
        In small letters, without the last full stop; see `learn_abbreviations`.

    Returns
    -------
    list of str
        Without surrounding white space; joined by spaces they are the text again, white space aside.
    """
    if isinstance(abbreviations, str):
        raise TypeError(f"abbreviations must be a collection of texts; got the text {abbreviations!r}")
    known = frozenset(abbreviations)
    longest = max(map(len, known), default=1)
    found = []
    for paragraph in re.split(r"\n\s*\n", text):
        start, last = 0, len(paragraph.rstrip())
        for end in END.finditer(paragraph):
            stop = end.group().startswith(".") and not end.group().startswith("..") and end.end() < last
            if stop and _shortened(paragraph[max(0, end.start() - longest - 1) : end.start()], known):
                continue
            found.append(paragraph[start : end.end()])
            start = end.end()
        found.append(paragraph[start:])
    return [stripped for sentence in found if (stripped := sentence.strip())]


def _shortened(before: str, known: frozenset[str]) -> bool:
    """Whether a full stop belongs to an abbreviation or an initial, from the characters before it."""
    found = re.search(r"[\w.]*$", before)
    word = found.group() if found else ""
    initial = len(word) == 1 and word.isupper() and word != "I"
    return initial or word.lower() in known


def word_types(text: str) -> list[str]:
    """Words in small letters, each with its full stop if one follows: what abbreviations are counted over."""
    return TYPE.findall(text.casefold())


def learn_abbreviations(text: str, least: float = 0.3) -> dict[str, float]:
    """Abbreviations of a text, found without a list: short words that hardly ever stand without a full stop.

    A word a was seen C(a) times, C(a, •) times with a full stop behind it, and a share p of all words has one. Were the
    stop independent of the word, its count would be binomial with p; were the two one unit, with 0.99. Their
    log-likelihood ratio is weighed by the word's length n (without stops inside, of which there are s) and by its
    occurrences without a stop: score = ratio · e⁻ⁿ · (s + 1) · n^(-C(a, ¬•))  (Kiss & Strunk 2006, sections 3.1, 4.1).

    Parameters
    ----------
    text : str
        Long enough that an abbreviation occurs several times.
    least : float
        Score from which a word counts as an abbreviation; 0.3 as published.

    Returns
    -------
    dict of str to float
        In small letters without the last stop, the surest first.
    """
    counts = Counter(word_types(text))
    total, stops = counts.total(), sum(n for token, n in counts.items() if token.endswith("."))
    scores = {}
    for token, together in counts.items():
        word = token[:-1]
        if token.endswith("."):
            alone, inside = counts[word], word.count(".")
            letters = len(word) - inside
            ratio = _ratio(together + alone, stops, together, total)
            scores[word] = ratio * exp(-letters) * (inside + 1) * letters ** -float(alone)
    ranked = sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))
    return {word: score for word, score in ranked if score >= least}


def _ratio(word: int, stops: int, together: int, total: int) -> float:
    """Twice the log-likelihood of "one unit" (0.99) over that of "independent" (the share of stops)."""
    p, alone = stops / total, word - together
    independent = together * log(p + 1e-8) + alone * log(1 - p + 1e-8)
    unit = together * log(0.99) + alone * log(0.01)
    return 2 * (unit - independent)


def ngrams(items: Sequence, n: int, *, left: object = None, right: object = None) -> list[tuple]:
    """All runs of n neighbours.

    Parameters
    ----------
    items : sequence
        Words, characters, tokens.
    n : int
    left, right : object, optional
        Put n - 1 times before the first and after the last, so that beginnings and ends are seen too.

    Returns
    -------
    list of tuple
        ``len(items) - n + 1`` of them without padding, none if there are fewer items.

    Examples
    --------
    >>> ngrams("to be or not".split(), 2)
    [('to', 'be'), ('be', 'or'), ('or', 'not')]
    """
    check_count("n", n)
    before = repeat(left, n - 1 if left is not None else 0)
    after = repeat(right, n - 1 if right is not None else 0)
    padded = list(chain(before, items, after))
    return list(zip(*(padded[i:] for i in range(n)), strict=False))


def everygrams(items: Sequence, longest: int, shortest: int = 1) -> Iterator[tuple]:
    """n-grams of all lengths in a range, those of one length together.

    Parameters
    ----------
    items : sequence
    longest, shortest : int
        Lengths, both included.

    Returns
    -------
    iterator of tuple
    """
    check_count("shortest", shortest)
    check_count("longest", longest, shortest)
    return chain.from_iterable(ngrams(items, n) for n in range(shortest, longest + 1))
