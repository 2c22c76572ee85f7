"""Byte-level byte pair encoding: any text as a few tokens, none of them unknown (Sennrich 2016; Radford 2019).

Training starts from the 256 bytes and merges the most frequent pair of neighbours into a new token, again and again.
Encoding cuts a text into words (`pretokenize`) and applies the merges in the order in which they were learned. Since
every byte is a token, there is nothing that cannot be encoded, and decoding gives back the very bytes.

`bpe_plain` has both algorithms as one would write them down; the kernels here give the same ids faster.
Left out: encoding that drops merges at random (BPE-dropout), and patterns beyond those of `pretokenize`.
"""

from array import array
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from groundup.checks import check_count
from groundup.text.tokenization import _bpe_encode_kernels as encoding
from groundup.text.tokenization import _bpe_train_kernels as training
from groundup.text.tokenization.base import Allowed, Tokenizer, check_text
from groundup.text.tokenization.bpe_memory import Memory
from groundup.text.tokenization.bpe_plain import BYTES, merge_steps, spell, unspell
from groundup.text.tokenization.pretokenize import Pattern, code_of
from groundup.text.tokenization.pretokenize_table import character_classes
from groundup.text.tokenization.special import check_special, split_special

__all__ = ["BPETokenizer"]

_LARGEST_ID = 2**31 - 1


class BPETokenizer(Tokenizer):
    """Byte pair encoding over UTF-8.

    Parameters
    ----------
    vocab : mapping of bytes to int
        Tokens and their ids, the 256 single bytes among them.
    merges : sequence of (int, int), optional
        Pairs of ids in the order of merging. Left out, the ids themselves are the order: of all neighbours whose bytes
        together are a token, those with the lowest id are merged. This is how tiktoken reads its rank files; for a
        trained vocabulary both mean the same.
    pattern : {"gpt2", "cl100k", "llama3", "qwen2"} or None
        How text is cut into words, see `pretokenize`.
    special_tokens : mapping of str to int
        Not in `vocab`.
    whole_words : bool, optional
        A word that is a token is taken as it is, even if the merges would not lead there (`ignore_merges` of published
        files, and tiktoken's way). By default as without `merges`.
    prefix_space : bool
        Put a space before a text that has none (`add_prefix_space` of published files); decoding keeps it.

    Raises
    ------
    ValueError
        If a byte is missing, ids are not unique, or a merge names or makes something that is no token.

    Examples
    --------
    >>> tokenizer = BPETokenizer.train("low lower lowest newer newest", 266)
    >>> [tokenizer.token_bytes(i) for i in tokenizer.encode("the newest low")]
    [b't', b'h', b'e', b' newe', b'st', b' lo', b'w']
    """

    def __init__(
        self,
        vocab: Mapping[bytes, int],
        merges: Sequence[tuple[int, int]] | None = None,
        *,
        pattern: Pattern = "gpt2",
        special_tokens: Mapping[str, int] | None = None,
        whole_words: bool | None = None,
        prefix_space: bool = False,
    ) -> None:
        self.pattern = pattern
        self.special_tokens = check_special(special_tokens or {})
        self.whole_words = merges is None if whole_words is None else whole_words
        self.prefix_space = prefix_space
        self._code = code_of(pattern)
        self._ids = _check_vocab(vocab, self.special_tokens)
        self._tokens: dict[int, bytes] = {i: token for token, i in self._ids.items()}
        self._tokens |= {i: spelling.encode() for spelling, i in self.special_tokens.items()}
        self._size = max(self._tokens) + 1
        self._merges = None if merges is None else _check_merges(merges, self._tokens, self._ids)
        self._memory: Memory | None = None
        self._joined: tuple[np.ndarray, np.ndarray] | None = None

    @classmethod
    def train(
        cls,
        texts: str | bytes | Iterable[str | bytes],
        vocab_size: int,
        *,
        pattern: Pattern = "gpt2",
        special_tokens: Sequence[str] = (),
        least: int = 1,
    ) -> "BPETokenizer":
        """Learn merges from texts.

        Parameters
        ----------
        texts : str, bytes, or an iterable of them
            Words never reach from one text into the next. Spellings of special tokens are text like any other.
        vocab_size : int
            Tokens at most: 256 bytes, merges, special tokens, in this order. There are fewer when no pair is left.
        pattern : {"gpt2", "cl100k", "llama3", "qwen2"} or None
        special_tokens : sequence of str
        least : int
            A pair that occurs less often is not merged.

        Raises
        ------
        ValueError
            If `vocab_size` has no room for bytes and special tokens, or merges are wanted and the texts are empty.

        Notes
        -----
        Ids 0 to 255 are the bytes in GPT-2's order, and pairs with equal counts are merged in the order of their ids:
        the merges are those of Hugging Face's trainer.
        """
        check_count("vocab_size", vocab_size)
        check_count("least", least)
        special = list(special_tokens)
        if isinstance(special_tokens, str) or len(set(special)) < len(special):
            raise ValueError(f"special_tokens must be a sequence of different texts; got {special_tokens!r}")
        wanted = vocab_size - 256 - len(special)
        if wanted < 0:
            room = f"256 bytes and {len(special)} special tokens" if special else "the 256 bytes"
            raise ValueError(f"vocab_size must leave room for {room}; got {vocab_size}")
        merges = _learn(texts, wanted, pattern, least)
        tokens = [bytes([b]) for b in BYTES]
        for left, right in merges:
            tokens.append(tokens[left] + tokens[right])
        vocab = {token: i for i, token in enumerate(tokens)}
        specials = {spelling: len(tokens) + i for i, spelling in enumerate(special)}
        return cls(vocab, merges, pattern=pattern, special_tokens=specials)

    @property
    def vocab_size(self) -> int:
        """One more than the largest id."""
        return self._size

    @property
    def vocab(self) -> dict[bytes, int]:
        """Tokens and ids, without the special ones, in the order of ids."""
        return dict(sorted(self._ids.items(), key=lambda item: item[1]))

    @property
    def by_rank(self) -> bool:
        """Whether ids alone decide what is merged first, as in tiktoken."""
        return self._merges is None

    @property
    def merges(self) -> list[tuple[int, int]]:
        """Pairs of ids in the order of merging; by rank, every two tokens that make a third."""
        if self._merges is None:
            left, right, _, _ = self._pairs()
            return list(zip(left.tolist(), right.tolist(), strict=True))
        return list(self._merges)

    def token_to_id(self, token: bytes) -> int | None:
        """The id of some bytes, None when they are no token."""
        return self._ids.get(token)

    def token_bytes(self, token: int) -> bytes:
        """What a token stands for in UTF-8; a token may hold a part of a character only."""
        found = self._tokens.get(token)
        if found is None:
            raise ValueError(f"token must be an id of the vocabulary, below {self._size}; got {token!r}")
        return found

    def encode(self, text: str, *, allowed_special: Allowed = ()) -> list[int]:
        """Ids of the text; spellings in `allowed_special` ("all": of every special token) become special tokens.

        Lone surrogates, which are no UTF-8, keep their three bytes (tiktoken puts U+FFFD in their place):
        ``decode(ids, errors="surrogatepass")`` gives them back.
        """
        return self.encode_array(text, allowed_special=allowed_special).tolist()

    def encode_array(self, text: str, *, allowed_special: Allowed = ()) -> np.ndarray:
        """As `encode`, an array of int32: for whole corpora."""
        if not self.special_tokens or not allowed_special:
            if allowed_special and allowed_special != "all":
                list(split_special(text, self.special_tokens, allowed_special))  # names that do not exist
            return self._encode_text(text)
        parts = [
            self._encode_text(piece) if token is None else np.array([token], np.int32)
            for piece, token in split_special(text, self.special_tokens, allowed_special)
        ]
        return np.concatenate(parts) if parts else np.empty(0, np.int32)

    def encode_bytes(self, data: bytes) -> np.ndarray:
        """Ids of bytes that need not be UTF-8, int32; `decode_bytes` gives them back.

        A byte that is no part of a well-formed character counts as a sign when words are cut.
        """
        memory = self._ready()
        if self.prefix_space and not data.startswith(b" "):
            data = b" " + data
        return memory.encode(np.frombuffer(data, np.uint8))

    def _encode_text(self, text: str) -> np.ndarray:
        return self.encode_bytes(check_text(text).encode("utf-8", "surrogatepass"))

    def decode_bytes(self, ids: Sequence[int] | np.ndarray) -> bytes:
        """The bytes of the ids, joined.

        Raises
        ------
        ValueError
            If an id is no token's.
        """
        if len(ids) < 64:
            return super().decode_bytes(ids)
        numbers = _whole_numbers(ids)
        starts, data = self._ready_to_join()
        joined, wrong = encoding.join(numbers, starts, data)
        if wrong >= 0:
            self.token_bytes(int(numbers[wrong]))  # which says what is wrong with it
        return joined.tobytes()

    def steps(self, word: str | bytes) -> list[list[bytes]]:
        """How one word is merged: its bytes, the parts after each single merge, at last its tokens.

        The word is not cut by the pattern, whatever it holds.
        """
        data = word.encode("utf-8", "surrogatepass") if isinstance(word, str) else bytes(word)
        parts = [data[i : i + 1] for i in range(len(data))]
        if self.whole_words and data in self._ids:
            return [parts, [data]] if len(parts) > 1 else [parts]
        left, right, priority, result = (column.tolist() for column in self._pairs())
        pairs = list(zip(left, right, strict=True))
        ranks, results = dict(zip(pairs, priority, strict=True)), dict(zip(pairs, result, strict=True))
        found = merge_steps([self._ids[part] for part in parts], ranks, results)
        return [[self._tokens[i] for i in symbols] for symbols in found]

    def to_json(self) -> dict[str, Any]:
        """All that makes the tokenizer, for `groundup.text.tokenization.load`."""
        return {
            "type": "bpe",
            "pattern": self.pattern,
            "whole_words": self.whole_words,
            "prefix_space": self.prefix_space,
            "special_tokens": self.special_tokens,
            "merges": None if self._merges is None else [list(pair) for pair in self._merges],
            "vocab": {spell(token): i for token, i in self.vocab.items()},
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "BPETokenizer":
        """The tokenizer that `to_json` described.

        Raises
        ------
        ValueError
            If a field is missing or makes no sense.
        """
        try:
            for field in ("whole_words", "prefix_space"):
                if not isinstance(data[field], bool):
                    raise ValueError(f"{field} must be true or false; got {data[field]!r}")
            merges = data["merges"]
            if merges is not None and any(len(pair) != 2 for pair in merges):
                raise ValueError(f"merges must be pairs of ids; got {next(p for p in merges if len(p) != 2)!r}")
            return cls(
                {unspell(token): i for token, i in data["vocab"].items()},
                None if merges is None else [(left, right) for left, right in merges],
                pattern=data["pattern"],
                special_tokens=data["special_tokens"],
                whole_words=data["whole_words"],
                prefix_space=data["prefix_space"],
            )
        except KeyError as fault:
            raise ValueError(f"the description of a BPE tokenizer lacks {fault} or spells a token with it") from None
        except (TypeError, AttributeError) as fault:
            raise ValueError(f"the description of a BPE tokenizer has a field of the wrong kind: {fault}") from None

    def _pairs(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Left, right, priority and result of every pair that is merged."""
        if self._merges is None:
            rows = [
                (self._ids[token[:cut]], self._ids[token[cut:]], i, i)
                for token, i in sorted(self._ids.items(), key=lambda item: item[1])
                for cut in range(1, len(token))
                if token[:cut] in self._ids and token[cut:] in self._ids
            ]
        else:
            rows = [
                (left, right, rank, self._ids[self._tokens[left] + self._tokens[right]])
                for rank, (left, right) in enumerate(self._merges)
            ]
        columns = np.array(rows, np.int64).reshape(-1, 4).T
        return columns[0], columns[1], columns[2], columns[3]

    def _ready(self) -> Memory:
        if self._memory is None:
            self._memory = Memory(self._ids, self._pairs(), self._code, whole_words=self.whole_words)
        return self._memory

    def _ready_to_join(self) -> tuple[np.ndarray, np.ndarray]:
        if self._joined is None:
            tokens = [self._tokens.get(i, b"") for i in range(self._size)]
            starts = np.cumsum([0, *map(len, tokens)])
            self._joined = starts, np.frombuffer(b"".join([*tokens, bytes(8)]), np.uint8)
        return self._joined


def _whole_numbers(ids: Sequence[int] | np.ndarray) -> np.ndarray:
    """The ids as int64."""
    if isinstance(ids, list):
        try:
            return np.frombuffer(array("q", ids), np.int64)  # takes two thirds of the time of np.asarray
        except (TypeError, OverflowError):
            pass
    found = np.asarray(ids)
    if found.dtype.kind not in "iu":
        raise TypeError(f"ids must be whole numbers; got {found.dtype}")
    return found.astype(np.int64)


def _learn(
    texts: str | bytes | Iterable[str | bytes], merges: int, pattern: Pattern, least: int
) -> list[tuple[int, int]]:
    """Count the words of the texts and find the merges."""
    table, store, used, filled = np.zeros(4 << 12, np.uint64), np.empty(1 << 12, np.uint8), 0, 0
    code, classes = code_of(pattern), character_classes()
    for text in [texts] if isinstance(texts, (str, bytes)) else texts:
        if not isinstance(text, (str, bytes)):
            raise TypeError(f"texts must hold str or bytes; got {type(text).__name__}")
        data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
        table, store, used, filled = training.count_words(
            np.frombuffer(data, np.uint8), classes, code, table, store, used, filled
        )
    if merges and not used:
        raise ValueError("texts must hold some text to learn merges from; all were empty, or there was none")
    id_of = np.argsort(np.array(BYTES)).astype(np.int32)
    chain = training.lay_out(table, store, id_of)
    found = training.train(chain, merges, 256, least)
    return [(left, right) for left, right in found.tolist()]


def _check_vocab(vocab: Mapping[bytes, int], special_tokens: Mapping[str, int]) -> dict[bytes, int]:
    ids = dict(vocab)
    lacking = [bytes([b]) for b in range(256) if bytes([b]) not in ids]
    if lacking:
        raise ValueError(f"vocab must hold all 256 bytes; {len(lacking)} are missing, first {lacking[0]!r}")
    for token, i in ids.items():
        if not isinstance(token, bytes) or not token:
            raise ValueError(f"vocab must hold tokens of at least one byte; got {token!r}")
        if not isinstance(i, int) or isinstance(i, bool) or not 0 <= i <= _LARGEST_ID:
            raise ValueError(f"vocab must have ids from 0 to {_LARGEST_ID}; got {i!r} for {token!r}")
    if len(set(ids.values())) < len(ids):
        seen: dict[int, bytes] = {}
        token, i = next((t, i) for t, i in ids.items() if seen.setdefault(i, t) != t)
        raise ValueError(f"vocab must have different ids; {i} stands for {seen[i]!r} and {token!r}")
    taken = set(ids.values())
    for spelling, i in special_tokens.items():
        if i in taken:
            raise ValueError(f"special_tokens must have ids of their own; {i} of {spelling!r} is in vocab")
    return ids


def _check_merges(
    merges: Sequence[tuple[int, int]], tokens: Mapping[int, bytes], ids: Mapping[bytes, int]
) -> list[tuple[int, int]]:
    checked, seen = [], set()
    for rank, (left, right) in enumerate(merges):
        for i in (left, right):
            if tokens.get(i) is None or tokens[i] not in ids:
                raise ValueError(f"merges must name ids of the vocabulary; merge {rank} names {i!r}")
        if tokens[left] + tokens[right] not in ids:
            raise ValueError(f"merges must make tokens; merge {rank} makes {tokens[left] + tokens[right]!r}")
        if (left, right) in seen:
            raise ValueError(f"merges must differ; merge {rank} repeats {(left, right)}")
        seen.add((left, right))
        checked.append((int(left), int(right)))
    return checked
