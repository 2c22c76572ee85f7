"""Unigram: a vocabulary of pieces with probabilities, and the most probable way to cut a text into them.

A segmentation x_1 ... x_m of a text weighs p(x_1) ... p(x_m); the best is found by Viterbi's algorithm in one pass
(`unigram_lattice` has it in plain Python), and the probabilities are learned by `unigram_training`. Since every
segmentation has a probability, one may also ask for the n best or draw one (`n_best`, `sample`): training on drawn
ones is subword regularization. Source: Kudo 2018, arXiv:1804.10959; SentencePiece: Kudo and Richardson 2018,
arXiv:1808.06226.

Two libraries cut in nearly the same way, and `style` says which is followed to the last bit:

``"sentencepiece"``
    the whole text is one path, sums are float32 and counted from 0 again below -100,000 (as its version 0.2.3 does),
    unknown characters beside each other are one token;
``"tokenizers"``
    each word, from one ▁ to the next, is a path of its own, sums are float64; unknown neighbours in a word are one.

They differ where two paths weigh nearly the same, and where a piece has a ▁ that is not its first character.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from groundup.checks import check_choice, check_count, check_number
from groundup.text.tokenization import unigram_lattice as lattice
from groundup.text.tokenization.base import Allowed, Tokenizer, check_text
from groundup.text.tokenization.special import allowed_tokens, split_special
from groundup.text.tokenization.unigram_text import SPACE, SentenceText

__all__ = ["KINDS", "UnigramTokenizer"]

KINDS = ("normal", "unknown", "control", "user_defined", "unused", "byte")  # in the order of the .model format, from 1
UNKNOWN_PENALTY = 10.0  # an unknown character weighs so much less than the least probable piece
UNKNOWN_TEXT = " \u2047 "  # what sentencepiece writes for an unknown token


class UnigramTokenizer(Tokenizer):
    """The most probable segmentation.

    Parameters
    ----------
    pieces : sequence of (str, float)
        Pieces by id, with log-probabilities (of control and byte pieces it does not matter).
    kinds : sequence of str, optional
        Of each piece one of `KINDS`; by default the first is the unknown token and all others are normal.
        *user_defined* pieces are cut out wherever they stand, *control* ones are never found in a text, *byte* pieces
        ``<0x00>`` to ``<0xFF>`` spell out what is unknown.
    text : SentenceText, optional
        What happens to a text before it is cut: NFKC, spaces collapsed and one put in front by default.
    byte_fallback : bool
        Unknown characters become byte pieces; all 256 must then be there.
    style : {"sentencepiece", "tokenizers"}
        Which library's answers are wanted where they differ.

    Attributes
    ----------
    pieces : list of str
    scores : ndarray of float64, shape (vocab_size,)
    kinds : list of str
    unknown : int
        Id of the unknown token.

    Raises
    ------
    ValueError
        If there is not one unknown piece, a piece stands twice, a score is no number, or a byte is missing.
    """

    def __init__(
        self,
        pieces: Sequence[tuple[str, float]],
        *,
        kinds: Sequence[str] | None = None,
        text: SentenceText | None = None,
        byte_fallback: bool = False,
        style: str = "sentencepiece",
    ) -> None:
        check_choice("style", style, ("sentencepiece", "tokenizers"))
        self.pieces = [piece for piece, _ in pieces]
        self.scores = np.array([score for _, score in pieces], np.float64)
        self.kinds = ["unknown", *["normal"] * (len(pieces) - 1)] if kinds is None else list(kinds)
        self.text, self.byte_fallback, self.style = text or SentenceText(), byte_fallback, style
        self._check()
        self.unknown = self.kinds.index("unknown")
        self.special_tokens = {p: k for k, p in enumerate(self.pieces) if self.kinds[k] == "control"}
        self._bytes = {f"<0x{b:02X}>": b for b in range(256)}
        ids = {p: k for k, p in enumerate(self.pieces)}
        self._byte_ids = [ids.get(name, -1) for name in self._bytes]
        if byte_fallback and min(self._byte_ids) < 0:
            raise ValueError(f"byte_fallback needs the piece <0x{self._byte_ids.index(-1):02X}>, which is missing")
        self._weigh()

    def _check(self) -> None:
        for kind in self.kinds:
            check_choice("kinds", kind, KINDS)
        if len(self.kinds) != len(self.pieces) or self.kinds.count("unknown") != 1:
            raise ValueError(
                f"kinds must have one entry for each of the {len(self.pieces)} pieces, one of them 'unknown'; got "
                f"{len(self.kinds)} entries, {self.kinds.count('unknown')} unknown"
            )
        if not np.isfinite(self.scores).all():
            place = int(np.flatnonzero(~np.isfinite(self.scores))[0])
            raise ValueError(f"the score of piece {self.pieces[place]!r} must be finite; got {self.scores[place]}")
        seen: set[str] = set()
        for piece in self.pieces:
            if piece in seen:
                raise ValueError(f"the piece {piece!r} stands twice")
            seen.add(piece)

    def _weigh(self) -> None:
        """Scores as paths use them, by the piece: only normal and user-defined ones are found in a text."""
        single = self.style == "sentencepiece"
        scores = self.scores.astype(np.float32).astype(np.float64) if single else self.scores
        normal = [k for k, kind in enumerate(self.kinds) if kind == "normal"]
        least, most = (float(f(scores[normal])) if normal else 0.0 for f in (np.min, np.max))
        self._unknown_score = least - UNKNOWN_PENALTY
        if single:
            self._unknown_score = float(np.float32(self._unknown_score))
        self._weights = scores.copy()
        for k, kind in enumerate(self.kinds):
            if kind == "user_defined":  # above all that could stand in its place
                length = len(self.pieces[k].encode())
                self._weights[k] = float(np.float32(length * most - 0.1))
        self._found = {p: k for k, p in enumerate(self.pieces) if self.kinds[k] in ("normal", "user_defined")}
        self._plain = {p: float(self._weights[k]) for p, k in self._found.items()}
        self._trie: Any = None

    @classmethod
    def train(
        cls,
        texts: str | Iterable[str],
        vocab_size: int,
        *,
        special_tokens: Sequence[str] = (),
        text: SentenceText | None = None,
        byte_fallback: bool = False,
        **options: Any,
    ) -> "UnigramTokenizer":
        """Learn pieces and probabilities; `options` are those of `train_unigram`.

        The vocabulary is ``<unk>``, the special tokens, the 256 bytes with `byte_fallback`, and then the learned
        pieces by falling probability.
        """
        from groundup.text.tokenization.unigram_training import count_words, train_unigram

        check_count("vocab_size", vocab_size)
        text = text or SentenceText()
        byte_pieces = [f"<0x{b:02X}>" for b in range(256)] if byte_fallback else []
        first = ["<unk>", *special_tokens, *byte_pieces]
        kinds = ["unknown", *["control"] * len(special_tokens), *["byte"] * len(byte_pieces)]
        if vocab_size <= len(first):
            raise ValueError(f"vocab_size must be more than {len(first)}, for what comes first; got {vocab_size}")
        counts = count_words(texts, text)
        learned = train_unigram(counts, vocab_size - len(first), **options).pieces
        learned = [(piece, score) for piece, score in learned if piece not in first]
        return cls(
            [*((piece, 0.0) for piece in first), *learned],
            kinds=[*kinds, *["normal"] * len(learned)],
            text=text,
            byte_fallback=byte_fallback,
        )

    @property
    def vocab_size(self) -> int:
        """All pieces."""
        return len(self.pieces)

    def encode(self, text: str, *, allowed_special: Allowed = ()) -> list[int]:
        """Ids of the most probable segmentation."""
        ids: list[int] = []
        for part, special in split_special(text, self.special_tokens, allowed_special):
            if special is None:
                ids += self._encoded([self.text.normalize(part)])[0]
            else:
                ids.append(special)
        return ids

    def encode_batch(self, texts: Iterable[str], *, allowed_special: Allowed = ()) -> list[list[int]]:
        """`encode` of each text; without special tokens all of them are cut at once."""
        if allowed_tokens(self.special_tokens, allowed_special):
            return super().encode_batch(texts, allowed_special=allowed_special)
        return self._encoded(self.text.normalize_all([check_text(text) for text in texts]))

    def segment(self, text: str) -> list[str]:
        """The most probable segmentation, as the pieces of the text; the plain algorithm, for comparison."""
        return lattice.best_path(self.text.normalize(text), self._plain, self._unknown_score)[0]

    def n_best(self, text: str, n: int) -> list[tuple[list[int], float]]:
        """The n most probable segmentations with their log-probabilities, the best first."""
        check_count("n", n)
        paths = lattice.n_best(self.text.normalize(text), self._plain, n, self._unknown_score)
        return [(self._ids([e.piece for e in path]), total) for path, total in paths]

    def sample(self, text: str, rng: np.random.Generator, alpha: float = 1.0) -> list[int]:
        """A segmentation drawn with probability proportional to p(x)^alpha: 0 all alike, large the best alone."""
        check_number("alpha", alpha, 0.0)
        path = lattice.sample_path(self.text.normalize(text), self._plain, rng, alpha, self._unknown_score)
        return self._ids([e.piece for e in path])

    def token_bytes(self, token: int) -> bytes:
        """The piece in UTF-8 with spaces for ▁; of a byte piece its byte, of the unknown token " \u2047 "."""
        if not 0 <= token < self.vocab_size:
            raise ValueError(f"token must be from 0 to {self.vocab_size - 1}; got {token}")
        piece, kind = self.pieces[token], self.kinds[token]
        if kind == "byte":
            return bytes([self._bytes[piece]])
        if kind == "unknown":
            return UNKNOWN_TEXT.encode()
        return piece.replace(SPACE, " ").encode() if kind in ("normal", "unused") else piece.encode()

    def decode_bytes(self, ids: Sequence[int] | np.ndarray) -> bytes:
        """The tokens' bytes, without the space that was put in front."""
        ids = list(ids)
        joined = super().decode_bytes(ids)
        spaced = joined.startswith(b" ") and self.kinds[ids[0]] == "normal"
        return joined[1:] if self.text.prefix and spaced else joined

    def to_json(self) -> dict[str, Any]:
        """All that makes the tokenizer, for `groundup.text.tokenization.load`."""
        import base64

        text = self.text
        return {
            "type": "unigram",
            "pieces": [[p, float(s), k] for p, s, k in zip(self.pieces, self.scores, self.kinds, strict=True)],
            "byte_fallback": self.byte_fallback,
            "style": self.style,
            "text": {
                "rules": base64.b64encode(text.rules).decode(),
                "form": text.form,
                "lowercase": text.lowercase,
                "collapse": text.collapse,
                "strip": text.strip,
                "prefix": text.prefix,
                "always": text.always,
                "kept": list(text.kept),
            },
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "UnigramTokenizer":
        """The tokenizer whose `to_json` this is."""
        import base64

        text = dict(data["text"])
        text |= {"rules": base64.b64decode(text["rules"]), "kept": tuple(text["kept"])}
        return cls(
            [(piece, score) for piece, score, _ in data["pieces"]],
            kinds=[kind for _, _, kind in data["pieces"]],
            text=SentenceText(**text),
            byte_fallback=data["byte_fallback"],
            style=data["style"],
        )

    def _encoded(self, lines: list[str]) -> list[list[int]]:
        """Ids of each of some texts that are normalized, by one call of the kernel."""
        from groundup.text.tokenization._unigram_kernels import viterbi_lines
        from groundup.text.tokenization.unigram_training import Trie, flat

        if self._trie is None:
            self._trie = Trie([p if p in self._found else "" for p in self.pieces])
        by_word = self.style == "tokenizers"
        boundary = ord(SPACE) if by_word else -1
        found, places, ends = viterbi_lines(
            *flat(lines), *self._trie.arrays, self._weights, self._unknown_score, not by_word, boundary
        )
        flat_ids, borders = found.tolist(), ends.tolist()
        ids = [flat_ids[a:b] for a, b in pairwise(borders)]
        strange = np.flatnonzero(found < 0)
        for k in np.unique(np.searchsorted(ends, strange, "right") - 1).tolist():
            here = slice(borders[k], borders[k + 1])
            ids[k] = self._spelled(lines[k], found[here], places[here], np.flatnonzero(found[here] < 0))
        return ids

    def _spelled(self, text: str, found: np.ndarray, places: np.ndarray, strange: np.ndarray) -> list[int]:
        """Ids where `strange` says which pieces are unknown characters."""
        ids: list[int] = []
        after, last = 0, -2
        for at in strange.tolist():
            ids += found[after:at].tolist()
            character = text[places[at]]
            if self.byte_fallback:
                ids += [self._byte_ids[b] for b in character.encode("utf-8", "surrogatepass")]
            elif last != at - 1 or (self.style == "tokenizers" and character == SPACE):
                ids.append(self.unknown)
            after, last = at + 1, at
        return ids + found[after:].tolist()

    def _ids(self, cut: list[str]) -> list[int]:
        """Ids of a segmentation: what is unknown as bytes, or neighbours of that kind as one token."""
        ids: list[int] = []
        after_unknown = False
        for piece in cut:
            known = self._found.get(piece)
            if known is not None:
                ids.append(known)
            elif self.byte_fallback:
                ids += [self._byte_ids[b] for b in piece.encode("utf-8", "surrogatepass")]
            elif not after_unknown or (self.style == "tokenizers" and piece == SPACE):
                ids.append(self.unknown)
            after_unknown = known is None
        return ids
