"""What encoding keeps between calls: the rules, the vocabulary's words, and the words met so far with their tokens."""

from collections.abc import Mapping

import numpy as np

from groundup.text.tokenization import _bpe_encode_kernels as kernels
from groundup.text.tokenization._bpe_words_kernels import FIELDS, enlarge
from groundup.text.tokenization.pretokenize_table import character_classes

__all__ = ["Memory"]

_FIRST, _LARGEST = 1 << 10, 1 << 18  # records of the table of words: 32 kB at first, 8 MB at most
_PIECE = 1 << 24  # bytes that are encoded into one array


class Memory:
    """Encodes bytes; remembers words, and forgets all of them when there are too many.

    Parameters
    ----------
    vocab : mapping of bytes to int
    pairs : four arrays
        Left, right, priority and result of each merge.
    code : tuple of int
        The pattern, see `pretokenize.code_of`.
    whole_words : bool
        Look a word up in the vocabulary before merging.
    """

    def __init__(
        self,
        vocab: Mapping[bytes, int],
        pairs: tuple[np.ndarray, ...],
        code: tuple[int, int, int],
        *,
        whole_words: bool,
    ) -> None:
        self._code, self._classes = code, character_classes()
        self._id_of = np.array([vocab[bytes([b])] for b in range(256)], np.int32)
        self._rules = kernels.make_rules(*pairs, _power(2 * len(pairs[0]) + 2))
        self._whole_words = whole_words
        self._whole, self._whole_store = _word_table(vocab if whole_words else {})
        self._make(_FIRST)

    def encode(self, text: np.ndarray) -> np.ndarray:
        """Ids of the bytes, int32."""
        parts, start, room = [], 0, _PIECE
        while start < len(text):
            out = np.empty(min(room, len(text) - start), np.int32)
            stop, written, full = kernels.encode(
                text, start, self._classes, self._code, self._id_of, self._rules, self._whole, self._whole_store,
                self._whole_words, self._table, self._store, self._tokens, self._state, out,
            )  # fmt: skip
            parts.append(out[:written].copy())
            if full:
                self._grow()
            elif stop == start:
                room *= 4  # one word that is longer than that
            start = stop
        return parts[0] if len(parts) == 1 else np.concatenate([np.empty(0, np.int32), *parts])

    def _grow(self) -> None:
        capacity = len(self._table) // FIELDS
        if capacity >= _LARGEST:
            self._make(_FIRST)
            return
        old = self._table, self._store, self._tokens, self._state
        self._make(4 * capacity)
        self._table = enlarge(old[0], 4 * capacity)
        self._store[: len(old[1])], self._tokens[: len(old[2])] = old[1], old[2]
        self._state[:] = old[3]

    def _make(self, capacity: int) -> None:
        """An empty memory of so many records, at most half of which are used."""
        self._table = np.zeros(FIELDS * capacity, np.uint64)
        self._store = np.empty(4 * capacity, np.uint8)
        self._tokens = np.empty(4 * capacity, np.int32)
        self._state = np.zeros(3, np.int64)  # records, bytes and tokens used


def _word_table(vocab: Mapping[bytes, int]) -> tuple[np.ndarray, np.ndarray]:
    """A table of words whose values are ids, and the bytes of the long ones."""
    words = list(vocab)
    data = np.frombuffer(b"".join(words), np.uint8)
    starts = np.cumsum([0, *map(len, words)])
    ids = np.array(list(vocab.values()), np.int64)
    return kernels.make_words(data, starts, ids, np.zeros(FIELDS * _power(2 * len(words) + 2), np.uint64)), data


def _power(least: int) -> int:
    """The next power of two."""
    return 1 << (least - 1).bit_length()
