"""Codes: what entropy means in bits that are really sent.

A prefix code gives each symbol a word of bits, none the beginning of another, so that a stream needs no separators.
Word lengths l_i are possible exactly if sum 2^-l_i <= 1 (Kraft). Then

    H(p) <= mean length of the best code < H(p) + 1                (Shannon 1948, theorem 9)

Shannon's lengths, -log2 p rounded up, prove the right side. Huffman's code (1952) is the best: the two rarest symbols
get words that differ in their last bit, are merged, and so on; K log K steps.

Lesson: information-theory
"""

import heapq
import math
from collections.abc import Hashable, Iterable, Mapping
from typing import Any

__all__ = ["decode", "encode", "huffman_code", "kraft_sum", "mean_length", "shannon_lengths"]


def _plain(weights: Mapping[Any, float]) -> dict[Any, Any]:
    """The weights as numbers of Python, whose sums do not overflow as those of NumPy's small integers do."""
    if not isinstance(weights, Mapping):
        raise TypeError(f"weights must be a mapping of symbol to weight, got {type(weights).__name__}")
    if not weights:
        raise ValueError("weights must name at least one symbol")
    plain = {symbol: getattr(weight, "item", lambda w=weight: w)() for symbol, weight in weights.items()}
    for symbol, weight in plain.items():
        if not (isinstance(weight, (int, float)) and 0 < weight < math.inf):
            raise ValueError(f"weights must be positive and finite, got {weight!r} for {symbol!r}")
    return plain


def huffman_code(weights: Mapping[Any, float]) -> dict[Any, str]:
    """The prefix code of least mean length.

    Parameters
    ----------
    weights : mapping of symbol to positive number
        Probabilities or counts.

    Returns
    -------
    dict of symbol to a string of "0" and "1", in the order given
        A single symbol gets "0": even certainty costs a bit when every symbol needs a word.

    Raises
    ------
    ValueError
        If there is no symbol, or a weight is not positive and finite.

    Examples
    --------
    >>> from groundup.math.information_theory import huffman_code
    >>> huffman_code({"a": 0.5, "b": 0.25, "c": 0.25})
    {'a': '0', 'b': '10', 'c': '11'}
    """
    weights = _plain(weights)
    if len(weights) == 1:
        return dict.fromkeys(weights, "0")
    # entries: weight, number (the older of two equals goes first), symbols below this node
    heap = [(weight, i, [symbol]) for i, (symbol, weight) in enumerate(weights.items())]
    heapq.heapify(heap)
    backwards: dict[Any, list[str]] = {symbol: [] for symbol in weights}
    for number in range(len(weights), 2 * len(weights) - 1):
        rare, also_rare = heapq.heappop(heap), heapq.heappop(heap)
        for bit, node in (("0", rare), ("1", also_rare)):
            for symbol in node[2]:
                backwards[symbol].append(bit)
        heapq.heappush(heap, (rare[0] + also_rare[0], number, rare[2] + also_rare[2]))
    return {symbol: "".join(reversed(bits)) for symbol, bits in backwards.items()}


def shannon_lengths(weights: Mapping[Any, float]) -> dict[Any, int]:
    """-log2 p rounded up for each symbol (at least 1): lengths that are always possible, and within one bit of H."""
    weights = _plain(weights)
    total = math.fsum(weights.values())
    return {symbol: max(1, math.ceil(math.log2(total) - math.log2(w))) for symbol, w in weights.items()}


def mean_length(code: Mapping[Any, str], weights: Mapping[Any, float]) -> float:
    """Expected number of bits a symbol."""
    weights = _plain(weights)
    total = math.fsum(weights.values())
    return math.fsum(len(code[symbol]) * weight for symbol, weight in weights.items()) / total


def kraft_sum(lengths: Iterable[int]) -> float:
    """sum 2^-l: at most 1 for every prefix code, exactly 1 when no word could be added."""
    return math.fsum(2.0**-length for length in lengths)


def encode(symbols: Iterable[Hashable], code: Mapping[Any, str]) -> str:
    """The words of all symbols behind one another."""
    return "".join(code[symbol] for symbol in symbols)


def decode(bits: str, code: Mapping[Any, str]) -> list[Any]:
    """The symbols of a stream that `encode` wrote.

    Raises
    ------
    ValueError
        If the stream ends within a word, or begins none.
    """
    symbol_of, longest = {word: symbol for symbol, word in code.items()}, max(map(len, code.values()), default=0)
    out, start = [], 0
    for stop in range(1, len(bits) + 1):
        if bits[start:stop] in symbol_of:
            out.append(symbol_of[bits[start:stop]])
            start = stop
        elif stop - start > longest:
            raise ValueError(f"bits must be words of the code, none begins at bit {start}")
    if start != len(bits):
        raise ValueError(f"bits must end with a whole word, {len(bits) - start} bits are left over")
    return out
