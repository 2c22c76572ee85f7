"""Byte pair encoding as it is explained on a page: slow, short, and what the fast version is held against.

Training (Sennrich, Haddow and Birch 2016, algorithm 1): count all neighbouring pairs, merge the most frequent one into
a new symbol everywhere, and begin again. Each merge looks at every word, so m merges on n symbols cost O(m n).
The fast version (`_bpe_train_kernels`) looks only where the merged pair occurs.

Encoding a word repeats the training on it: of all neighbouring pairs the one that was learned first is merged, at its
leftmost place, until no pair is known. O(k²) for a word of k bytes.

Ids 0 to 255 are the bytes in GPT-2's order: those that print come first. Pairs with equal counts are merged in the
order of their ids, as Hugging Face's trainer does it.
"""

import itertools
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

__all__ = ["BYTES", "encode_word_plain", "merge_pair", "merge_steps", "spell", "train_plain", "unspell"]

_PRINTABLE = [*range(33, 127), *range(161, 173), *range(174, 256)]
BYTES: tuple[int, ...] = (*_PRINTABLE, *(b for b in range(256) if b not in _PRINTABLE))  # the byte of ids 0 to 255
# a visible character for each byte: itself where it prints in Latin-1, else one from U+0100 on (a space is Ġ)
_LETTER = {byte: chr(byte) if i < len(_PRINTABLE) else chr(256 + i - len(_PRINTABLE)) for i, byte in enumerate(BYTES)}
_BYTE = {letter: byte for byte, letter in _LETTER.items()}

Pair = tuple[int, int]


def spell(token: bytes) -> str:
    """The bytes as visible characters, as vocabulary files write them: b" the" is "Ġthe"."""
    return "".join(_LETTER[byte] for byte in token)


def unspell(spelling: str) -> bytes:
    """The bytes of a spelling; a KeyError for a character that stands for no byte."""
    return bytes(_BYTE[letter] for letter in spelling)


def merge_pair(symbols: Sequence[int], pair: Pair, new: int) -> list[int]:
    """Every occurrence of the pair replaced, from left to right: with (a, a), "aaa" becomes "Xa"."""
    out, i = [], 0
    while i < len(symbols):
        if tuple(symbols[i : i + 2]) == pair:
            out.append(new)
            i += 2
        else:
            out.append(symbols[i])
            i += 1
    return out


def train_plain(words: Mapping[bytes, int], merges: int) -> list[Pair]:
    """The pairs that are merged, in order; merge number i makes id 256 + i.

    Parameters
    ----------
    words : mapping of bytes to int
        How often each word occurs.
    merges : int
        Fewer are returned when no pair is left.
    """
    id_of = {byte: i for i, byte in enumerate(BYTES)}
    symbols = {word: [id_of[byte] for byte in word] for word in words}
    learned: list[Pair] = []
    while len(learned) < merges:
        counts: Counter[Pair] = Counter()
        for word, count in words.items():
            for pair in itertools.pairwise(symbols[word]):
                counts[pair] += count
        if not counts:
            break
        best = min(counts, key=lambda pair: (-counts[pair], pair))
        new = 256 + len(learned)
        learned.append(best)
        symbols = {word: merge_pair(parts, best, new) for word, parts in symbols.items()}
    return learned


def merge_steps(symbols: Sequence[int], ranks: Mapping[Pair, int], results: Mapping[Pair, int]) -> Iterator[list[int]]:
    """The symbols at the start and after each single merge of the pair of lowest rank, leftmost first."""
    now = list(symbols)
    yield now
    while True:
        pairs = list(itertools.pairwise(now))
        known = [i for i, pair in enumerate(pairs) if pair in ranks]
        if not known:
            return
        i = min(known, key=lambda i: (ranks[pairs[i]], i))
        now = [*now[:i], results[pairs[i]], *now[i + 2 :]]
        yield now


def encode_word_plain(word: bytes, merges: Sequence[Pair]) -> list[int]:
    """Ids of one word under merges as `train_plain` returns them."""
    id_of = {byte: i for i, byte in enumerate(BYTES)}
    ranks = {pair: i for i, pair in enumerate(merges)}
    results = {pair: 256 + i for pair, i in ranks.items()}
    *_, last = merge_steps([id_of[byte] for byte in word], ranks, results)
    return last
