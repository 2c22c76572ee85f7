"""Porter's stemmer: five steps of suffixes, each guarded by how much of a word would remain (Porter 1980).

A word is [C](VC)ᵐ[V], with C and V runs of consonants and vowels; its measure m counts the syllables that a suffix may
be taken from. Rules are "(condition) suffix → replacement"; within a step the longest suffix that fits decides, also
when its condition then fails.
"""

from itertools import pairwise

__all__ = ["measure", "stem"]

VOWELS = "aeiou"

# Steps 2 and 3 ask for m > 0 before the suffix, step 4 for m > 1.
STEP_2 = {
    "ational": "ate", "tional": "tion", "enci": "ence", "anci": "ance", "izer": "ize", "bli": "ble", "alli": "al",
    "entli": "ent", "eli": "e", "ousli": "ous", "ization": "ize", "ation": "ate", "ator": "ate", "alism": "al",
    "iveness": "ive", "fulness": "ful", "ousness": "ous", "aliti": "al", "iviti": "ive", "biliti": "ble",
    "logi": "log",
}  # fmt: skip
STEP_3 = {"icate": "ic", "ative": "", "alize": "al", "iciti": "ic", "ical": "ic", "ful": "", "ness": ""}
STEP_4 = ("al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent", "ion", "ou", "ism", "ate",
          "iti", "ous", "ive", "ize")  # fmt: skip
# What the paper has where its author's own program, which made the published vocabulary, departs from it.
PAPER = {"abli": "able", "bli": None, "logi": None}


def _kinds(word: str) -> list[bool]:
    """Which letters are consonants."""
    kinds: list[bool] = []
    for letter in word:
        kinds.append(letter not in VOWELS and (letter != "y" or not kinds or not kinds[-1]))
    return kinds


def measure(word: str) -> int:
    """m of [C](VC)ᵐ[V]: how often a vowel is followed by a consonant.

    >>> [measure(word) for word in ("tree", "trouble", "troubles")]
    [0, 1, 2]
    """
    kinds = _kinds(word)
    return sum(after and not before for before, after in pairwise(kinds))


def _has_vowel(word: str) -> bool:
    return not all(_kinds(word))


def _double(word: str) -> bool:
    """Ends with two equal consonants."""
    return len(word) > 1 and word[-1] == word[-2] and _kinds(word)[-1]


def _short(word: str) -> bool:
    """Ends with consonant, vowel, consonant, the last none of w, x, y: hop, but not snow."""
    if len(word) < 3 or word[-1] in "wxy":
        return False
    first, second, third = _kinds(word)[-3:]
    return first and not second and third


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
    second = {**STEP_2, **PAPER} if paper else STEP_2
    word = _replaced(word, {suffix: to for suffix, to in second.items() if to is not None})
    word = _replaced(word, STEP_3)
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


def _replaced(word: str, rules: dict[str, str]) -> str:
    """Steps 2 and 3: the longest suffix is replaced, if m > 0 before it."""
    suffix = max((suffix for suffix in rules if word.endswith(suffix)), key=len, default=None)
    if suffix is None or measure(word.removesuffix(suffix)) == 0:
        return word
    return word.removesuffix(suffix) + rules[suffix]


def _step_4(word: str) -> str:
    """The longest suffix falls, if m > 1 before it; -ion only after s or t."""
    suffix = max((suffix for suffix in STEP_4 if word.endswith(suffix)), key=len, default=None)
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
