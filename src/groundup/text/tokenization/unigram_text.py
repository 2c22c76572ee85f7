"""What SentencePiece does to a text before it is cut: characters rewritten by rules, spaces to ▁.

Rules come as a *compiled map*, as .model files and `tokenizer.json` hold it: a number of bytes (uint32), a double-array
trie of that many bytes, and texts that end in zero bytes. At each place of the text in UTF-8 the longest key that fits
is replaced by its text, and a character without one stays. nmt_nfkc, the usual map, is Unicode's form NFKC with
controls dropped and every white space as a space.

Then spaces: at the beginning, at the end and several in a row are taken away (`remove_extra_whitespaces`), one is put
before the text (`add_dummy_prefix`), and each becomes ▁, U+2581.
"""

import re
import struct
import unicodedata
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

__all__ = ["SPACE", "CharsMap", "SentenceText"]

SPACE = "\u2581"
KEPT_RUNS = 1 << 16  # words whose rewriting is remembered


class CharsMap:
    """A compiled map of rules.

    Parameters
    ----------
    data : bytes
        As the files hold it.

    Raises
    ------
    ValueError
        If the bytes are none.
    """

    def __init__(self, data: bytes) -> None:
        size = struct.unpack_from("<I", data)[0] if len(data) >= 4 else 0
        if size < 4 or size % 4 or 4 + size > len(data):
            raise ValueError(f"the compiled map of characters is damaged: {len(data)} bytes, trie of {size}")
        self.data = data
        self._units = np.frombuffer(data, "<u4", size // 4, 4).tolist()
        self._texts = data[4 + size :]
        self._runs = _Kept(self._slowly)
        units = np.frombuffer(data, "<u4", size // 4, 4)
        root = _offset(self._units[0])
        space = np.flatnonzero((units & 0x800000FF) == 0x20)
        # a key with a space within, or a rule for the space itself: then runs between spaces are not independent
        self._whole = bool(np.any(space != (root ^ 0x20))) or self._longest(b" ", 0)[0] not in (None, " ")

    def rewrite(self, text: str) -> str:
        """The text with every rule applied."""
        if self._whole:
            return self._slowly(text)
        return " ".join(map(self._runs.__getitem__, text.split(" ")))

    def _slowly(self, text: str) -> str:
        data = text.encode("utf-8", "surrogatepass")
        made: list[str] = []
        at, characters = 0, 0
        while characters < len(text):
            replaced, length = self._longest(data, at)
            if replaced is None:
                made.append(text[characters])
                length, characters = len(text[characters].encode("utf-8", "surrogatepass")), characters + 1
            else:
                made.append(replaced)
                characters += len(data[at : at + length].decode("utf-8", "surrogatepass"))
            at += length
        return "".join(made)

    def _longest(self, data: bytes, at: int) -> tuple[str | None, int]:
        """What the longest key at a place becomes, and its bytes; (None, 0) when none fits."""
        units, node, found, length = self._units, 0, -1, 0
        node ^= _offset(units[0])
        for k in range(at, len(data)):
            node ^= data[k]
            if node >= len(units) or units[node] & 0x800000FF != data[k]:
                break
            unit = units[node]
            node ^= _offset(unit)
            if unit >> 8 & 1:  # a key ends here
                found, length = units[node] & 0x7FFFFFFF, k + 1 - at
        if found < 0:
            return None, 0
        return self._texts[found : self._texts.index(b"\0", found)].decode("utf-8"), length


class _Kept(dict[str, str]):
    """What a function made of the texts that it was asked about last."""

    def __init__(self, function: Callable[[str], str]) -> None:
        super().__init__()
        self.function = function

    def __missing__(self, text: str) -> str:
        if len(self) >= KEPT_RUNS:
            self.clear()
        self[text] = made = self.function(text)
        return made


def _offset(unit: int) -> int:
    """Where the children of a unit of the double array lie."""
    return unit >> 10 << ((unit & 1 << 9) >> 6)


@dataclass(frozen=True)
class SentenceText:
    """From a text to what is cut into pieces.

    Parameters
    ----------
    rules : bytes
        A compiled map; empty for none.
    form : {"", "NFC", "NFD", "NFKC", "NFKD"}
        Unicode normal form, applied before all else; for tokenizers that have no compiled map.
    lowercase : bool
        Lower each character by itself.
    collapse : bool
        Several spaces become one (`remove_extra_whitespaces`).
    strip : bool
        With `collapse`: spaces at both ends go.
    prefix : bool
        A space is put before the text (`add_dummy_prefix`).
    always : bool
        It is put there even if the text begins with one, or is empty; False as `tokenizers` has it.
    kept : tuple of str
        Symbols that no rule changes.
    """

    rules: bytes = b""
    form: Literal["", "NFC", "NFD", "NFKC", "NFKD"] = "NFKC"
    lowercase: bool = False
    collapse: bool = True
    strip: bool = True
    prefix: bool = True
    always: bool = True
    kept: tuple[str, ...] = ()

    def normalize(self, text: str) -> str:
        """The text as it is cut, spaces as ▁."""
        if self.form:
            text = unicodedata.normalize(self.form, text)
        if self.lowercase:
            text = "".join(map(str.lower, text))
        if self._map is not None:
            text = self._rewritten(text)
        if self.collapse:
            text = re.sub("  +", " ", text.strip(" ") if self.strip else text)
        text = text.replace(" ", SPACE)
        if not text:
            return ""
        if self.prefix and (self.always or not text.startswith(SPACE)):
            text = SPACE + text
        # sentencepiece takes a ▁ that was written in the text for a space, at the end alone
        return text.rstrip(SPACE) if self.collapse and self.strip and self.always else text

    def normalize_all(self, texts: list[str]) -> list[str]:
        """`normalize` of each text.

        Without compiled rules all are done as one, a line each: a line feed composes with nothing and stays as it is.
        """
        joined = "\n".join(texts)
        if self._map is not None or joined.count("\n") != len(texts) - 1:
            return [self.normalize(text) for text in texts]
        if self.form:
            joined = unicodedata.normalize(self.form, joined)
        if self.lowercase:
            joined = "".join(map(str.lower, joined))
        if self.collapse:
            joined = re.sub("  +", " ", joined)
            if self.strip:
                joined = joined.replace(" \n", "\n").replace("\n ", "\n").strip(" ")
        lines = joined.replace(" ", SPACE).split("\n")
        if self.prefix:
            lines = [SPACE + x if x and (self.always or not x.startswith(SPACE)) else x for x in lines]
        return [x.rstrip(SPACE) for x in lines] if self.collapse and self.strip and self.always else lines

    def _rewritten(self, text: str) -> str:
        assert self._map is not None
        if not self.kept:
            return self._map.rewrite(text)
        parts = _around(self.kept).split(text)
        return "".join(part if k % 2 else self._map.rewrite(part) for k, part in enumerate(parts))

    @cached_property
    def _map(self) -> CharsMap | None:
        return CharsMap(self.rules) if self.rules else None


def _around(symbols: Collection[str]) -> re.Pattern[str]:
    return re.compile("(" + "|".join(map(re.escape, sorted(symbols, key=len, reverse=True))) + ")")
