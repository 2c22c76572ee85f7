"""What every tokenizer can do: cut text into ids and put ids together again.

Special tokens stand for what is not text: the end of a document, a role in a conversation. Text that merely *spells*
one is text, unless the caller allows it by name: otherwise whoever writes the text could end the document.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Sequence
from operator import index
from typing import Any, Literal

import numpy as np

__all__ = ["Allowed", "Tokenizer", "check_text"]

Allowed = Collection[str] | Literal["all"]


def check_text(text: Any) -> str:
    """The text; a TypeError for anything else."""
    if not isinstance(text, str):
        raise TypeError(f"text must be a str; got {type(text).__name__}")
    return text


class Tokenizer(ABC):
    """Text to ids and back.

    Attributes
    ----------
    vocab_size : int
        Ids lie in ``range(vocab_size)``, those of special tokens included.
    special_tokens : dict of str to int
        Spelling and id.
    """

    special_tokens: dict[str, int]

    @property
    @abstractmethod
    def vocab_size(self) -> int: ...

    @abstractmethod
    def encode(self, text: str, *, allowed_special: Allowed = ()) -> list[int]:
        """Ids of the text; spellings in `allowed_special` ("all": of every special token) become special tokens."""

    def encode_array(self, text: str, *, allowed_special: Allowed = ()) -> np.ndarray:
        """As `encode`, an array of int32: for whole corpora."""
        return np.asarray(self.encode(text, allowed_special=allowed_special), dtype=np.int32)

    def encode_batch(self, texts: Iterable[str], *, allowed_special: Allowed = ()) -> list[list[int]]:
        """`encode` of each text."""
        return [self.encode(text, allowed_special=allowed_special) for text in texts]

    @abstractmethod
    def token_bytes(self, token: int) -> bytes:
        """What a token stands for in UTF-8; a token may hold a part of a character only."""

    def decode_bytes(self, ids: Sequence[int] | np.ndarray) -> bytes:
        """The bytes of the ids, joined."""
        return b"".join([self.token_bytes(index(token)) for token in ids])

    def decode(self, ids: Sequence[int] | np.ndarray, *, errors: str = "replace") -> str:
        """The text of the ids; `errors` says what becomes of bytes that are no UTF-8, as in `bytes.decode`."""
        return self.decode_bytes(ids).decode("utf-8", errors)
