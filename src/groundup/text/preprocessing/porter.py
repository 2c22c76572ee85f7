"""Porter's stemmer: five steps of suffixes, each guarded by how much of a word would remain (Porter 1980).

A word is [C](VC)ᵐ[V], with C and V runs of consonants and vowels; its measure m counts the syllables that a suffix may
be taken from. Rules are "(condition) suffix → replacement"; within a step the longest suffix that fits decides, also
when its condition then fails.
"""

from collections.abc import Collection

__all__ = ["measure", "stem"]


class _Kinds(dict):
    """A table for str.translate: a, e, i, o, u are vowels, y is decided later, everything else a consonant."""

    def __missing__(self, code: int) -> str:
        return "c"


KINDS = _Kinds({ord(vowel): "v" for vowel in "aeiou"} | {ord("y"): "y"})

# Steps 2 and 3 ask for m > 0 before the suffix, step 4 for m > 1.
STEP_2 = {
    "ational": "ate", "tional": "tion", "enci": "ence", "anci": "ance", "izer": "ize", "bli": "ble", "alli": "al",
    "entli": "ent", "eli": "e", "ousli": "ous", "ization": "ize", "ation": "ate", "ator": "ate", "alism": "al",
    "iveness": "ive", "fulness": "ful", "ousness": "ous", "aliti": "al", "iviti": "ive", "biliti": "ble",
    "logi": "log",
}  # fmt: skip
STEP_3 = {"icate": "ic", "ative": "", "alize": "al", "iciti": "ic", "ical": "ic", "ful": "", "ness": ""}
STEP_4 = frozenset(
    "al ance ence er ic able ible ant ement ment ent ion ou ism ate iti ous ive ize".split()  # noqa: SIM905
)
# As printed, where the author's own program, which made the published vocabulary, departs from it.
PAPER_2 = {suffix: to for suffix, to in STEP_2.items() if suffix not in ("bli", "logi")} | {"abli": "able"}


def _pattern(word: str) -> str:
    """The word as v and c: vowels, and consonants; y is a vowel after a consonant, else a consonant."""
    pattern = word.translate(KINDS)
    while (y := pattern.find("y")) >= 0:
        pattern = pattern[:y] + ("v" if pattern[y - 1 : y] == "c" else "c") + pattern[y + 1 :]
    return pattern


def measure(word: str) -> int:
    """m of [C](VC)ᵐ[V]: how often a vowel is followed by a consonant.

    >>> [measure(word) for word in ("tree", "trouble", "troubles")]
    [0, 1, 2]
    """
    return _pattern(word).count("vc")


def _has_vowel(word: str) -> bool:
    return "v" in _pattern(word)


def _double(word: str) -> bool:
    """Ends with a letter twice, the last a consonant (in yy the first y may be a vowel)."""
    return word[-1:] == word[-2:-1] and _pattern(word).endswith("c")


def _short(word: str) -> bool:
    """Ends with consonant, vowel, consonant, the last none of w, x, y: hop, but not snow."""
    return not word.endswith(("w", "x", "y")) and _pattern(word).endswith("cvc")


def stem(word: str, *, paper: bool = False) -> str:
    """The stem of an English word, which need not be a word itself.

    Parameters
    ----------
    word : str
        In lower case. Words of one or two letters stay, as in the author's program.
    paper : bool
        The rules as printed in 1980, without the three departures of the author's own program.

    Returns
    -------
    str

    Examples
    --------
    >>> [stem(word) for word in ("caresses", "relational", "hopping", "university", "universe")]
    ['caress', 'relat', 'hop', 'univers', 'univers']
    """
    if len(word) <= 2 and not paper:
        return word
    word = _step_1(word)
    word = _replaced(_replaced(word, PAPER_2 if paper else STEP_2), STEP_3)
    return _step_5(_step_4(word))


def _step_1(word: str) -> str:
    """Plurals, -ed and -ing, then -y."""
    if word.endswith(("sses", "ies")):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith("ss"):
        word = word[:-1]
    if word.endswith("eed"):
        word = word[:-1] if measure(word[:-3]) > 0 else word
    else:
        for suffix in ("ed", "ing"):
            if word.endswith(suffix):
                word = _tidied(word.removesuffix(suffix)) if _has_vowel(word.removesuffix(suffix)) else word
                break
    if word.endswith("y") and _has_vowel(word[:-1]):
        word = word[:-1] + "i"
    return word


def _tidied(word: str) -> str:
    """What is left of a word without -ed or -ing, as it is written: conflat(e), hop(p), fil(e)."""
    if word.endswith(("at", "bl", "iz")):
        return word + "e"
    if _double(word) and word[-1] not in "lsz":
        return word[:-1]
    return word + "e" if measure(word) == 1 and _short(word) else word


def _longest(word: str, suffixes: Collection[str]) -> str | None:
    """The longest of the suffixes that the word ends with."""
    return next((word[-n:] for n in range(min(len(word), 7), 1, -1) if word[-n:] in suffixes), None)


def _replaced(word: str, rules: dict[str, str]) -> str:
    """Steps 2 and 3: the longest suffix is replaced, if m > 0 before it."""
    suffix = _longest(word, rules)
    if suffix is None or measure(word.removesuffix(suffix)) == 0:
        return word
    return word.removesuffix(suffix) + rules[suffix]


def _step_4(word: str) -> str:
    """The longest suffix falls, if m > 1 before it; -ion only after s or t."""
    suffix = _longest(word, STEP_4)
    if suffix is None:
        return word
    rest = word.removesuffix(suffix)
    if measure(rest) <= 1 or (suffix == "ion" and not rest.endswith(("s", "t"))):
        return word
    return rest


def _step_5(word: str) -> str:
    """A last -e, and one l of -ll."""
    if word.endswith("e"):
        m = measure(word[:-1])
        if m > 1 or (m == 1 and not _short(word[:-1])):
            word = word[:-1]
    return word[:-1] if word.endswith("ll") and measure(word) > 1 else word
