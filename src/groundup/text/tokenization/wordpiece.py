"""WordPiece, BERT's tokenizer: each word is cut greedily into the longest pieces of a vocabulary.

A piece that begins a word is written as it is, one that goes on with a prefix: "unlucky" -> "un", "##luck", "##y".
From the left, take the longest piece that fits and go on behind it; a word that cannot be cut to its end becomes one
[UNK]. For a word of n characters and pieces of at most m that takes O(n m) look-ups.

The vocabulary is learned by `wordpiece_training`. Sources: Schuster and Nakajima 2012, "Japanese and Korean voice
search"; Devlin et al. 2018, arXiv:1810.04805.

What is lost: case and accents (unless switched off), the kind and number of spaces, control characters, and every word
that became [UNK]. `decode` gives the words back with one space between them, punctuation marks count as words.

Left out: [CLS] and [SEP] are not added around a text; a model that wants them adds their ids.
"""

from collections.abc import Iterable, Mapping, Sequence
from operator import index
from typing import Any

import numpy as np

from groundup.checks import check_count
from groundup.text.tokenization.base import Allowed, Tokenizer, check_text
from groundup.text.tokenization.special import split_special
from groundup.text.tokenization.wordpiece_text import BertText
from groundup.text.tokenization.wordpiece_training import train_wordpiece

__all__ = ["WordPieceTokenizer", "longest_match"]

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
KEPT_WORDS = 1 << 17  # words whose pieces are remembered


def longest_match(word: str, pieces: Mapping[str, int], prefix: str = "##", longest: int = 100) -> list[str] | None:
    """Cut a word greedily.

    Parameters
    ----------
    word : str
    pieces : mapping
        Its keys are the pieces; those that go on within a word begin with `prefix`.
    prefix : str
    longest : int
        No piece has more characters, prefix included.

    Returns
    -------
    list of str or None
        The pieces, None when at some place none fits.

    Examples
    --------
    >>> longest_match("unlucky", {"un": 0, "unl": 1, "##luck": 2, "##y": 3, "##u": 4})
    >>> longest_match("unlucky", {"un": 0, "##luck": 2, "##y": 3, "##l": 4})
    ['un', '##luck', '##y']
    """
    cut: list[str] = []
    start, end = 0, len(word)
    while start < end:
        mark = prefix if start else ""
        for stop in range(min(end, start + longest), start, -1):
            piece = mark + word[start:stop]
            if piece in pieces:
                break
        else:
            return None
        cut.append(piece)
        start = stop
    return cut


class WordPieceTokenizer(Tokenizer):
    """Greedy longest match over BERT's words.

    Parameters
    ----------
    vocabulary : mapping of str to int
        Piece and id; ids are 0, 1, ... without a gap.
    text : BertText, optional
        How a text becomes words; BERT's uncased way by default.
    unknown : str
        The piece of a word that cannot be cut; it must be in the vocabulary.
    prefix : str
        Marks pieces that go on within a word.
    longest_word : int
        A word with more characters is unknown.
    special_tokens : iterable of str, optional
        Pieces that no text becomes unless it is allowed; those of BERT's five that are there by default.

    Attributes
    ----------
    vocabulary : dict of str to int
    pieces : list of str
        By id.

    Raises
    ------
    ValueError
        If ids have gaps, or `unknown` or a special token is no piece.
    """

    def __init__(
        self,
        vocabulary: Mapping[str, int],
        *,
        text: BertText | None = None,
        unknown: str = "[UNK]",
        prefix: str = "##",
        longest_word: int = 100,
        special_tokens: Iterable[str] | None = None,
    ) -> None:
        check_count("longest_word", longest_word)
        self.vocabulary = dict(vocabulary)
        self.pieces = sorted(self.vocabulary, key=self.vocabulary.__getitem__)
        if sorted(self.vocabulary.values()) != list(range(len(self.vocabulary))):
            raise ValueError(f"vocabulary must have the ids 0 to {len(self.vocabulary) - 1}, each once")
        named = [t for t in SPECIAL if t in self.vocabulary] if special_tokens is None else list(special_tokens)
        for token in (unknown, *named):
            if token not in self.vocabulary:
                raise ValueError(f"vocabulary must hold {token!r}")
        self.text, self.unknown, self.prefix, self.longest_word = text or BertText(), unknown, prefix, longest_word
        self.special_tokens = {token: self.vocabulary[token] for token in named}
        # no text becomes a special token by being spelled like one
        self._ordinary = {p: k for p, k in self.vocabulary.items() if p != unknown and p not in self.special_tokens}
        self._longest = max(map(len, self.pieces))
        self._known: dict[str, list[int]] = {}

    @classmethod
    def train(
        cls,
        texts: str | Iterable[str],
        vocab_size: int,
        *,
        special_tokens: Sequence[str] = SPECIAL,
        text: BertText | None = None,
        score: str = "count",
        min_frequency: int = 2,
        limit_alphabet: int = 1000,
    ) -> "WordPieceTokenizer":
        """Learn a vocabulary; see `train_wordpiece` for what the parameters mean.

        Raises
        ------
        ValueError
            If `special_tokens` lacks [UNK], or `vocab_size` has no room for them and the alphabet.
        """
        text = text or BertText()
        counts: dict[str, int] = {}
        for part in [texts] if isinstance(texts, str) else texts:
            for word in text.words(check_text(part)):
                counts[word] = counts.get(word, 0) + 1
        pieces = train_wordpiece(
            counts,
            vocab_size,
            special_tokens=special_tokens,
            score=score,
            min_frequency=min_frequency,
            limit_alphabet=limit_alphabet,
        )
        return cls({piece: k for k, piece in enumerate(pieces)}, text=text, special_tokens=special_tokens)

    @property
    def vocab_size(self) -> int:
        """Pieces, special tokens included."""
        return len(self.pieces)

    def encode(self, text: str, *, allowed_special: Allowed = ()) -> list[int]:
        """Ids of the text."""
        ids: list[int] = []
        for part, special in split_special(text, self.special_tokens, allowed_special):
            if special is not None:
                ids.append(special)
                continue
            known = self._known
            for word in self.text.words(part):
                ids += known.get(word) or self._cut(word)
        return ids

    def encode_with_offsets(
        self, text: str, *, allowed_special: Allowed = ()
    ) -> tuple[list[int], list[tuple[int, int]]]:
        """Ids, and for each the part ``text[start:end]`` that it came from; [UNK] comes from a whole word."""
        ids: list[int] = []
        offsets: list[tuple[int, int]] = []
        begin = 0
        for part, special in split_special(text, self.special_tokens, allowed_special):
            if special is not None:
                ids.append(special)
                offsets.append((begin, begin + len(part)))
            else:
                for word, places in self.text.words_with_places(part):
                    start = 0
                    for token in self._cut(word):
                        end = start + self._width(token, start, len(word))
                        ids.append(token)
                        offsets.append((begin + places[start], begin + places[end - 1] + 1))
                        start = end
            begin += len(part)
        return ids, offsets

    def token_bytes(self, token: int) -> bytes:
        """The piece in UTF-8, without its prefix."""
        if not 0 <= token < self.vocab_size:
            raise ValueError(f"token must be from 0 to {self.vocab_size - 1}; got {token}")
        return self.pieces[token].removeprefix(self.prefix).encode("utf-8", "surrogatepass")

    def decode_bytes(self, ids: Sequence[int] | np.ndarray) -> bytes:
        """The pieces joined, a space before each that begins a word."""
        made = b""
        for place, token in enumerate(ids):
            piece = self.token_bytes(index(token))
            within = self.pieces[token].startswith(self.prefix)
            made += (b"" if within or not place else b" ") + piece
        return made

    def to_json(self) -> dict[str, Any]:
        """All that makes the tokenizer, for `groundup.text.tokenization.load`."""
        text = self.text
        return {
            "type": "wordpiece",
            "pieces": self.pieces,
            "unknown": self.unknown,
            "prefix": self.prefix,
            "longest_word": self.longest_word,
            "special_tokens": list(self.special_tokens),
            "lowercase": text.lowercase,
            "strip_accents": text.strip_accents,
            "clean_text": text.clean_text,
            "handle_chinese_chars": text.handle_chinese_chars,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "WordPieceTokenizer":
        """The tokenizer whose `to_json` this is."""
        names = ("lowercase", "strip_accents", "clean_text", "handle_chinese_chars")
        return cls(
            {piece: k for k, piece in enumerate(data["pieces"])},
            text=BertText(**{name: data[name] for name in names}),
            unknown=data["unknown"],
            prefix=data["prefix"],
            longest_word=data["longest_word"],
            special_tokens=data["special_tokens"],
        )

    def _cut(self, word: str) -> list[int]:
        """Ids of a word."""
        found = self._known.get(word)
        if found is None:
            cut = None
            if len(word) <= self.longest_word:
                cut = longest_match(word, self._ordinary, self.prefix, self._longest)
            found = [self.vocabulary[piece] for piece in (cut or [self.unknown])]
            if len(self._known) >= KEPT_WORDS:
                self._known.clear()
            self._known[word] = found
        return found

    def _width(self, token: int, start: int, length: int) -> int:
        """Characters of a word that a token covers."""
        piece = self.pieces[token]
        if piece == self.unknown and not start:
            return length
        return len(piece) - (len(self.prefix) if start else 0)
