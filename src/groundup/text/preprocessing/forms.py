"""Unicode normal forms: one spelling for texts that look the same (Unicode Standard Annex 15).

"é" can be one code point or two, "e" and an accent, and a program sees different texts. NFD takes characters apart and
puts accents into a fixed order; NFC then joins what can be joined; the forms with K also undo differences of
appearance, such as ligatures and full-width letters, and so lose something.
"""

import unicodedata
from functools import cache
from typing import Any

from groundup.checks import check_choice

__all__ = ["FORMS", "checked_text", "compose", "decompose", "normalize", "reorder", "without_accents"]

FORMS = ("NFC", "NFD", "NFKC", "NFKD")
# Hangul syllables are composed by arithmetic (The Unicode Standard, section 3.12): leading, vowel, trailing.
S_BASE, L_BASE, V_BASE, T_BASE = 0xAC00, 0x1100, 0x1161, 0x11A7
L_COUNT, V_COUNT, T_COUNT = 19, 21, 28
# Pairs that are taken apart but never joined, from the closed list of the annex, section 5.1: ranges of code points.
# The other exclusions follow from a rule: single characters, and those that begin with an accent.
EXCLUDED = [
    (0x0958, 0x095F), (0x09DC, 0x09DD), (0x09DF, 0x09DF), (0x0A33, 0x0A33), (0x0A36, 0x0A36), (0x0A59, 0x0A5B),
    (0x0A5E, 0x0A5E), (0x0B5C, 0x0B5D), (0x0F43, 0x0F43), (0x0F4D, 0x0F4D), (0x0F52, 0x0F52), (0x0F57, 0x0F57),
    (0x0F5C, 0x0F5C), (0x0F69, 0x0F69), (0x0F76, 0x0F76), (0x0F78, 0x0F78), (0x0F93, 0x0F93), (0x0F9D, 0x0F9D),
    (0x0FA2, 0x0FA2), (0x0FA7, 0x0FA7), (0x0FAC, 0x0FAC), (0x0FB9, 0x0FB9), (0x2ADC, 0x2ADC), (0xFB1D, 0xFB1D),
    (0xFB1F, 0xFB1F), (0xFB2A, 0xFB4E), (0x1D15E, 0x1D164), (0x1D1BB, 0x1D1C0),
]  # fmt: skip


@cache
def _parts(character: str, compatible: bool) -> str:
    """Full decomposition of a character, from the Unicode Character Database, which the standard library holds."""
    code = ord(character)
    if 0 <= (index := code - S_BASE) < L_COUNT * V_COUNT * T_COUNT:
        leading, rest = divmod(index, V_COUNT * T_COUNT)
        vowel, trailing = divmod(rest, T_COUNT)
        return chr(L_BASE + leading) + chr(V_BASE + vowel) + (chr(T_BASE + trailing) if trailing else "")
    mapping = unicodedata.decomposition(character).split()
    if mapping and mapping[0].startswith("<"):  # <compat>, <font>, <wide>, ...: not the same character
        mapping = mapping[1:] if compatible else []
    return "".join(_parts(chr(int(part, 16)), compatible) for part in mapping) or character


def decompose(text: str, compatible: bool = False) -> str:
    """Each character taken apart as far as it goes; accents in the order in which they come."""
    return "".join(_parts(character, compatible) for character in text)


def reorder(text: str) -> str:
    """Accents sorted by their combining class, within each run of them; equal classes keep their order.

    Classes say where an accent goes (below, above); two in different places may be typed in either order.
    """
    out: list[str] = []
    run: list[str] = []
    for character in text:
        if unicodedata.combining(character):
            run.append(character)
            continue
        out += sorted(run, key=unicodedata.combining)
        run = []
        out.append(character)
    return "".join(out + sorted(run, key=unicodedata.combining))


@cache
def _pairs() -> dict[tuple[str, str], str]:
    """(first, second) -> the one character that they make."""
    excluded = {chr(code) for low, high in EXCLUDED for code in range(low, high + 1)}
    pairs = {}
    for character in map(chr, range(0x110000)):
        mapping = unicodedata.decomposition(character).split()
        if len(mapping) == 2 and not mapping[0].startswith("<") and character not in excluded:
            first, second = (chr(int(part, 16)) for part in mapping)
            if not unicodedata.combining(first) and not unicodedata.combining(character):
                pairs[first, second] = character
    return pairs


def _joined(first: str, second: str) -> str | None:
    """The character that two make together, if any."""
    a, b = ord(first), ord(second)
    if 0 <= a - L_BASE < L_COUNT and 0 <= b - V_BASE < V_COUNT:
        return chr(S_BASE + ((a - L_BASE) * V_COUNT + b - V_BASE) * T_COUNT)
    syllable = a - S_BASE
    if 0 <= syllable < L_COUNT * V_COUNT * T_COUNT and syllable % T_COUNT == 0 and 0 < b - T_BASE < T_COUNT:
        return chr(a + b - T_BASE)
    return _pairs().get((first, second))


def compose(text: str) -> str:
    """Join each accent to the letter before it where one character exists for both; `text` is decomposed and ordered.

    An accent is blocked by another of the same or a higher class between it and its letter (annex 15, D115).
    """
    out: list[str] = []
    starter, last = -1, 0  # place of the last letter; class of what was kept after it
    for character in text:
        kind = unicodedata.combining(character)
        if starter >= 0 and (len(out) == starter + 1 or 0 < last < kind):
            joined = _joined(out[starter], character)
            if joined is not None:
                out[starter] = joined
                continue
        if kind == 0:
            starter = len(out)
        last = kind
        out.append(character)
    return "".join(out)


def checked_text(text: Any) -> str:
    """The text; a TypeError for anything else."""
    if not isinstance(text, str):
        hint = " (decode it: text.decode('utf-8'))" if isinstance(text, bytes) else ""
        raise TypeError(f"text must be a str; got {type(text).__name__}{hint}")
    return text


def normalize(text: str, form: str = "NFC") -> str:
    """A text in one of the four normal forms.

    Parameters
    ----------
    text : str
    form : {"NFC", "NFD", "NFKC", "NFKD"}
        D: apart; C: joined again; K: differences of appearance undone as well.

    Returns
    -------
    str

    Examples
    --------
    >>> len("e\\u0301"), len(normalize("e\\u0301")), normalize("ﬁve ２", "NFKC")
    (2, 1, 'five 2')
    """
    check_choice("form", form, FORMS)
    checked_text(text)
    if text.isascii():
        return text
    apart = reorder(decompose(text, compatible="K" in form))
    return compose(apart) if form.endswith("C") else apart


def without_accents(text: str) -> str:
    """Letters without the accents that can be taken off: résumé becomes resume; ø and ß, which are letters, stay."""
    return compose("".join(c for c in reorder(decompose(text)) if unicodedata.category(c) != "Mn"))
