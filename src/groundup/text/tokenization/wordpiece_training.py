"""Learning WordPiece's vocabulary: start with characters, merge one pair after the other.

Every word begins as its characters, the first as it is and the others with the prefix ("##"). In each step the pair of
neighbours with the largest score becomes a piece. Two scores are in use:

``count``
    c(ab), how often the pair occurs. That is byte-pair encoding, and what the trainer of the library `tokenizers`
    does under the name of WordPiece.
``likelihood``
    c(ab) / (c(a) c(b)). Schuster and Nakajima (2012) add the piece that raises the likelihood of the text most, under
    their language model. If pieces are drawn one by one, merging replaces the draws of a and of b by one draw, and one
    merged occurrence gains log p(ab) - log p(a) - log p(b): the logarithm of this score, up to a constant. The whole
    text gains c(ab) times that; the score that is usually given, and this one, leaves the factor out.

The second asks whether a and b belong together, not whether they are frequent, and picks rare pairs of rare letters
unless `min_frequency` forbids it. Scores that are equal: the pair with the smaller ids, the left one's first.

Each step looks at all pairs that there are, as arrays, and rewrites the words in which the chosen one stands.
"""

import itertools
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from groundup.checks import check_choice, check_count

__all__ = ["Pairs", "train_wordpiece"]

PREFIX = "##"


class Pairs:
    """Words as lists of symbols, and how often each pair of neighbours occurs in them.

    Parameters
    ----------
    words : list of list of int
        Symbols of each word; changed by `merge`.
    counts : list of int
        How often each word occurs.
    symbols : int
        Symbols that there are.
    """

    def __init__(self, words: list[list[int]], counts: list[int], symbols: int) -> None:
        self.words, self.counts = words, counts
        self.slot: dict[tuple[int, int], int] = {}  # pair -> its place in the arrays
        self.where: list[set[int]] = []  # words in which a pair stands, or stood
        self.left, self.right, self.count = (np.zeros(1024, np.int64) for _ in range(3))
        self.of_symbol = np.zeros(max(1024, 2 * symbols), np.int64)
        for place, (word, count) in enumerate(zip(words, counts, strict=True)):
            for symbol in word:
                self.of_symbol[symbol] += count
            self._add(place, word, count)

    def best(self, score: str, least: int) -> tuple[int, int] | None:
        """The pair of the largest score that occurs at least `least` times; None when there is none."""
        used = len(self.slot)
        left, right, count = self.left[:used], self.right[:used], self.count[:used]
        open_ = np.flatnonzero(count >= least)
        if not open_.size:
            return None
        value = count[open_].astype(float)
        if score == "likelihood":
            value /= self.of_symbol[left[open_]] * self.of_symbol[right[open_]].astype(float)
        ties = open_[value == value.max()]
        first = ties[np.lexsort((right[ties], left[ties]))[0]]
        return int(left[first]), int(right[first])

    def merge(self, pair: tuple[int, int], new: int) -> None:
        """Replace each occurrence, from the left of a word to its right, by the symbol `new`."""
        if new >= len(self.of_symbol):
            self.of_symbol = np.concatenate([self.of_symbol, np.zeros_like(self.of_symbol)])
        for place in sorted(self.where[self.slot[pair]]):
            word, count = self.words[place], self.counts[place]
            merged = _merged(word, pair, new)
            if len(merged) == len(word):
                continue
            times = len(word) - len(merged)
            self._add(place, word, -count)
            self._add(place, merged, count)
            self.of_symbol[pair[0]] -= times * count
            self.of_symbol[pair[1]] -= times * count
            self.of_symbol[new] += times * count
            self.words[place] = merged

    def _add(self, place: int, word: list[int], count: int) -> None:
        for pair in itertools.pairwise(word):
            slot = self.slot.get(pair)
            if slot is None:
                slot = self._new(pair)
            self.count[slot] += count
            if count > 0:
                self.where[slot].add(place)

    def _new(self, pair: tuple[int, int]) -> int:
        slot = self.slot[pair] = len(self.slot)
        if slot == len(self.count):
            self.left, self.right, self.count = (
                np.concatenate([a, np.zeros_like(a)]) for a in (self.left, self.right, self.count)
            )
        self.left[slot], self.right[slot] = pair
        self.where.append(set())
        return slot


def _merged(word: list[int], pair: tuple[int, int], new: int) -> list[int]:
    made, k, last = [], 0, len(word) - 1
    while k <= last:
        if k < last and word[k] == pair[0] and word[k + 1] == pair[1]:
            made.append(new)
            k += 2
        else:
            made.append(word[k])
            k += 1
    return made


def alphabet_of(counts: Mapping[str, int], limit: int) -> list[str]:
    """The `limit` most frequent characters, in the order of their code points."""
    often: Counter[str] = Counter()
    for word, count in counts.items():
        for character in word:
            often[character] += count
    kept = sorted(often, key=lambda c: (-often[c], c))[:limit]
    return sorted(kept)


def train_wordpiece(
    counts: Mapping[str, int],
    vocab_size: int,
    *,
    special_tokens: Sequence[str] = (),
    score: str = "count",
    min_frequency: int = 2,
    limit_alphabet: int = 1000,
) -> list[str]:
    """Learn the pieces.

    Parameters
    ----------
    counts : mapping
        Words and how often each occurs.
    vocab_size : int
        Pieces to end with, special tokens included; fewer when no pair is left.
    special_tokens : sequence of str
        They come first.
    score : {"count", "likelihood"}
    min_frequency : int
        A pair that occurs less often is never merged.
    limit_alphabet : int
        Only so many characters are kept, the most frequent; words with others take no part.

    Returns
    -------
    list of str
        Special tokens; characters in the order of their code points, which begin words; those that go on within a
        word; merged pieces in the order in which they were found.

    Raises
    ------
    ValueError
        If `vocab_size` has no room for the special tokens and the alphabet.
    """
    check_choice("score", score, ("count", "likelihood"))
    check_count("vocab_size", vocab_size)
    check_count("min_frequency", min_frequency)
    check_count("limit_alphabet", limit_alphabet)
    kept = set(alphabet_of(counts, limit_alphabet))
    usable = {word: count for word, count in counts.items() if word and kept.issuperset(word)}
    within = sorted({character for word in usable for character in word[1:]})
    pieces = _distinct([*special_tokens, *sorted(kept), *(PREFIX + character for character in within)])
    if len(pieces) > vocab_size:
        raise ValueError(
            f"vocab_size must be at least {len(pieces)}, for special tokens and alphabet; got {vocab_size}"
        )
    ids = {piece: k for k, piece in enumerate(pieces)}
    words = [[ids[c if not k else PREFIX + c] for k, c in enumerate(word)] for word in usable]
    pairs = Pairs(words, list(usable.values()), len(pieces))
    while len(pieces) < vocab_size and (pair := pairs.best(score, min_frequency)):
        piece = pieces[pair[0]] + pieces[pair[1]].removeprefix(PREFIX)
        if piece not in ids:  # two pairs may spell the same piece
            ids[piece] = len(pieces)
            pieces.append(piece)
        pairs.merge(pair, ids[piece])
    return pieces


def _distinct(pieces: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(pieces))
