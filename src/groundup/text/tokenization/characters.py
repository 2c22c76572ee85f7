"""One token a character: the smallest tokenizer, for small corpora and first models."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from groundup.text.tokenization.base import Allowed, Tokenizer, check_text

__all__ = ["CharTokenizer"]


class CharTokenizer(Tokenizer):
    """Every character of an alphabet is a token; ids follow the order of code points.

    Parameters
    ----------
    characters : str
        The alphabet; repeats count once.

    Raises
    ------
    ValueError
        If there is no character.
    """

    def __init__(self, characters: str) -> None:
        self.alphabet = "".join(sorted(set(characters)))
        if not self.alphabet:
            raise ValueError("characters must hold at least one character; got an empty text")
        self.special_tokens: dict[str, int] = {}
        self._codes = np.array([ord(c) for c in self.alphabet], np.uint32)

    @classmethod
    def train(cls, text: str) -> "CharTokenizer":
        """The alphabet of a text."""
        return cls(text)

    @property
    def vocab_size(self) -> int:
        """Characters of the alphabet."""
        return len(self.alphabet)

    def encode_array(self, text: str, *, allowed_special: Allowed = ()) -> np.ndarray:
        """Ids as int32; a character outside the alphabet is a ValueError that names it and its place."""
        codes = np.frombuffer(check_text(text).encode("utf-32-le", "surrogatepass"), np.uint32)
        ids = np.searchsorted(self._codes, codes)
        strange = np.flatnonzero(self._codes[np.minimum(ids, len(self._codes) - 1)] != codes)
        if strange.size:
            where = int(strange[0])
            raise ValueError(f"text has {text[where]!r} at {where}, which is none of the {self.vocab_size} characters")
        return ids.astype(np.int32)

    def encode(self, text: str, *, allowed_special: Allowed = ()) -> list[int]:
        """Ids of the text."""
        return self.encode_array(text).tolist()

    def token_bytes(self, token: int) -> bytes:
        """The character in UTF-8."""
        if not 0 <= token < self.vocab_size:
            raise ValueError(f"token must be from 0 to {self.vocab_size - 1}; got {token}")
        return self.alphabet[token].encode("utf-8", "surrogatepass")

    def to_json(self) -> dict[str, Any]:
        """All that makes the tokenizer, for `groundup.text.tokenization.load`."""
        return {"type": "characters", "alphabet": self.alphabet}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "CharTokenizer":
        """The tokenizer that `to_json` described."""
        if not isinstance(data.get("alphabet"), str):
            raise ValueError(f"alphabet must be a text; got {data.get('alphabet')!r}")
        return cls(data["alphabet"])
