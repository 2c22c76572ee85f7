"""What BERT does to a text before it looks for word pieces: clean, space out, strip, lower, split.

Steps in their order (Devlin et al. 2018 describe the vocabulary only; this is what their published code does, in the
order in which the library `tokenizers` does it):

1. drop NUL, U+FFFD and control characters; every white space becomes a space;
2. put spaces around each Chinese, Japanese or Korean ideograph, so that it becomes a word of its own;
3. decompose letters (NFD) and drop what is then a combining mark: é becomes e;
4. lower each character by itself (a Greek sigma at the end of a word stays σ);
5. split at spaces, and around every punctuation mark, which becomes a word of its own.

Categories are those of Python's `unicodedata`. `tokenizers` has older tables: marks and punctuation that were assigned
since then stay in its words, and it leaves out step 2 for U+2B820 to U+2B91F.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

__all__ = ["BertText", "Word", "is_ideograph", "is_punctuation"]

Word = tuple[str, list[int]]  # the word, and the place in the text from which each of its characters comes

# The blocks of step 2: unified ideographs with their extensions A to E, and compatibility ideographs.
IDEOGRAPHS = (
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0x20000, 0x2A6DF),
    (0x2A700, 0x2CEAF),
    (0x2F800, 0x2FA1F),
)
# White space by Unicode; `str.isspace` also takes the separators U+001C to U+001F, which are controls here.
WHITE = frozenset("\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B))))
ASCII_PUNCTUATION = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")


def is_punctuation(character: str) -> bool:
    """All of ASCII that is neither letter, digit, space nor control ($ and + as well), and Unicode's categories P*."""
    return character in ASCII_PUNCTUATION or unicodedata.category(character).startswith("P")


def is_ideograph(character: str) -> bool:
    """Whether a character stands in one of the blocks of ideographs."""
    code = ord(character)
    return any(low <= code <= high for low, high in IDEOGRAPHS)


class _Table(dict[int, str]):
    """For `str.translate`: what becomes of a character, worked out when it is first met."""

    def __init__(self, rule: Callable[[str], str]) -> None:
        super().__init__()
        self.rule = rule

    def __missing__(self, code: int) -> str:
        self[code] = made = self.rule(chr(code))
        return made


@dataclass(frozen=True)
class BertText:
    """BERT's basic tokenizer.

    Parameters
    ----------
    lowercase : bool
        Step 4.
    strip_accents : bool or None
        Step 3; None: as `lowercase`.
    clean_text, handle_chinese_chars : bool
        Steps 1 and 2.
    """

    lowercase: bool = True
    strip_accents: bool | None = None
    clean_text: bool = True
    handle_chinese_chars: bool = True

    @property
    def strips(self) -> bool:
        """Whether accents are stripped."""
        return self.lowercase if self.strip_accents is None else self.strip_accents

    def normalize(self, text: str) -> str:
        """Steps 1 to 4."""
        return self._decomposed(text.translate(self._first)).translate(self._second)

    def words(self, text: str) -> list[str]:
        """Steps 1 to 5."""
        spaced = self._decomposed(text.translate(self._first)).translate(self._spaced)
        return [word for word in spaced.split(" ") if word]

    def words_with_places(self, text: str) -> list[Word]:
        """Words as `words` gives them, with the places of their characters in the text."""
        places: list[int] = []
        for place, character in enumerate(text):
            places += [place] * len(self._decomposed(self._first[ord(character)]).translate(self._spaced))
        # Decomposing character by character gives the same characters; two marks may come in another order.
        spaced = self._decomposed(text.translate(self._first)).translate(self._spaced)
        return [(m.group(), places[m.start() : m.end()]) for m in re.finditer(r"[^ ]+", spaced)]

    def _decomposed(self, text: str) -> str:
        return unicodedata.normalize("NFD", text) if self.strips and not text.isascii() else text

    @cached_property
    def _first(self) -> _Table:
        return _Table(self._clean)

    @cached_property
    def _second(self) -> _Table:
        return _Table(self._plain)

    @cached_property
    def _spaced(self) -> _Table:
        return _Table(self._set_apart)

    def _clean(self, character: str) -> str:
        white = character in WHITE and character not in "\v\f\x85"  # these three are controls first
        if self.clean_text and white:
            return " "
        if self.clean_text and (character == "\ufffd" or unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co")):
            return ""
        return f" {character} " if self.handle_chinese_chars and is_ideograph(character) else character

    def _plain(self, character: str) -> str:
        if self.strips and unicodedata.category(character) == "Mn":
            return ""
        return character.lower() if self.lowercase else character

    def _set_apart(self, character: str) -> str:
        pieces = (" " if c in WHITE else f" {c} " if is_punctuation(c) else c for c in self._plain(character))
        return "".join(pieces)
