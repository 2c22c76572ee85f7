"""Learning a Unigram vocabulary: far too many pieces, EM for their probabilities, and the least needed pruned away.

Kudo 2018, section 3.2, as the published trainer does it:

1. *Seed*: all characters, and the substrings of words with the largest count times length.
2. *EM*, twice in each round. E: c(x), how often piece x is expected over all segmentations of all words. M: pieces
   expected less than half a time go, and log p(x) = digamma(c(x)) - digamma(sum of c). Maximum likelihood would be
   log c(x) - log sum; digamma, from a Dirichlet prior over the probabilities, takes more from what is rare.
3. *Prune*: the loss of a piece is the log-likelihood that goes when its occurrences are spelled by the next best
   segmentation. Keep the three quarters with the largest loss, and all characters.
4. Rounds until there are 1.1 times as many pieces as wanted; the most probable of these stay.

It differs from the trainers of `sentencepiece` and `tokenizers` in that substrings are counted within words as they
are (no suffix array), and that characters keep at least half an expected occurrence instead of being put back at last.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from groundup.checks import check_count, check_number
from groundup.math.information_theory import digamma
from groundup.text.tokenization._unigram_kernels import alternatives, best_counts, build_trie, expectation
from groundup.text.tokenization.base import check_text
from groundup.text.tokenization.unigram_text import SPACE, SentenceText

__all__ = ["Learned", "Trie", "Words", "count_words", "losses", "maximization", "seed_pieces", "train_unigram"]

LEAST_EXPECTED = 0.5


def flat(texts: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Code points of all texts one behind the other, and where each begins."""
    codes = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), np.uint32)
    return codes, np.cumsum([0, *map(len, texts)])


class Trie:
    """Pieces by their beginnings, as `_unigram_kernels` reads them; an empty piece cannot be found."""

    def __init__(self, pieces: list[str]) -> None:
        self.codes, self.starts = flat(pieces)
        slots = 1 << max(4, math.ceil(math.log2(2 * len(self.codes) + 2)))
        self.arrays = build_trie(self.codes, self.starts, slots)


class Words:
    """Words with their counts, as arrays."""

    def __init__(self, counts: Mapping[str, int]) -> None:
        self.codes, self.starts = flat(list(counts))
        self.counts = np.array(list(counts.values()), np.float64)

    def expectation(self, pieces: list[str], scores: np.ndarray) -> tuple[np.ndarray, float, float]:
        """Expected count of each piece, log-likelihood, and pieces in the best segmentations.

        Raises
        ------
        ValueError
            If a word cannot be cut into the pieces.
        """
        expected = np.zeros(len(pieces))
        trie = Trie(pieces).arrays
        likelihood, tokens, lost = expectation(self.codes, self.starts, self.counts, *trie, scores, expected)
        if lost:
            raise ValueError(f"{lost} of {len(self.counts)} words cannot be cut into the {len(pieces)} pieces")
        return expected, float(likelihood), float(tokens)


@dataclass(frozen=True)
class Learned:
    """What training found.

    Attributes
    ----------
    pieces : list of (str, float)
        Pieces and log-probabilities, the most probable first.
    rounds : list of (int, float, float)
        At the beginning of each step of EM: pieces, log-likelihood per word, tokens per word. After a pruning the
        probabilities do not sum to 1 until the next M step.
    """

    pieces: list[tuple[str, float]]
    rounds: list[tuple[int, float, float]]


def count_words(texts: str | Iterable[str], text: SentenceText) -> dict[str, int]:
    """Words of the texts after `text` has normalized them, each with its ▁ in front."""
    counts: dict[str, int] = {}
    for part in [texts] if isinstance(texts, str) else texts:
        for line in check_text(part).split("\n"):
            for word in text.normalize(line).split(SPACE):
                if word:
                    counts[SPACE + word] = counts.get(SPACE + word, 0) + 1
    return counts


def covered(counts: Mapping[str, int], coverage: float) -> dict[str, int]:
    """Words cut at the rarest characters, those that lie outside the share `coverage` of all occurrences."""
    often: dict[str, int] = {}
    for word, count in counts.items():
        for character in word:
            often[character] = often.get(character, 0) + count
    ranked = sorted(often, key=lambda c: (-often[c], c))
    sums = np.cumsum([often[c] for c in ranked])
    kept = (
        {c for c, before in zip(ranked, [0, *sums[:-1]], strict=True) if before < coverage * sums[-1]}
        if ranked
        else set()
    )
    if len(kept) == len(often):
        return dict(counts)
    parts: dict[str, int] = {}
    for word, count in counts.items():
        for part in "".join(c if c in kept else "\0" for c in word).split("\0"):
            if part:
                parts[part] = parts.get(part, 0) + count
    return parts


def seed_pieces(counts: Mapping[str, int], size: int, longest: int) -> dict[str, float]:
    """Characters, and substrings by count times length; log-probabilities in proportion to that.

    A substring that always goes on in the same way is left out, since a longer one says the same.
    """
    single: dict[str, int] = {}
    for word, count in counts.items():
        for character in word:
            single[character] = single.get(character, 0) + count
    weights: dict[str, int] = {}
    shorter: dict[str, int] = {}
    places = [(word, start, count) for word, count in counts.items() for start in range(len(word))]
    for length in range(2, longest + 1):  # what occurs once goes on to nothing that occurs twice
        places = [place for place in places if place[1] + length <= len(place[0])]
        found: dict[str, int] = {}
        for word, start, count in places:
            part = word[start : start + length]
            found[part] = found.get(part, 0) + count
        for part, count in found.items():
            if shorter.get(part[:-1]) == count:
                weights.pop(part[:-1], None)
        shorter = {part: count for part, count in found.items() if count > 1}
        weights |= {part: count * length for part, count in shorter.items()}
        places = [place for place in places if place[0][place[1] : place[1] + length] in shorter]
    best = sorted(weights, key=lambda part: (-weights[part], part))[: max(0, size - len(single))]
    chosen = {**single, **{part: weights[part] for part in best}}
    total = math.log(sum(chosen.values()))
    return {part: math.log(weight) - total for part, weight in chosen.items()}


def maximization(pieces: list[str], expected: np.ndarray) -> tuple[list[str], np.ndarray]:
    """The M step: pieces that are left, and their log-probabilities."""
    kept = [k for k, piece in enumerate(pieces) if expected[k] >= LEAST_EXPECTED or len(piece) == 1]
    count = np.maximum(expected[kept], LEAST_EXPECTED)
    return [pieces[k] for k in kept], digamma(count) - digamma(count.sum())


def losses(words: Words, pieces: list[str], scores: np.ndarray) -> np.ndarray:
    """What the log-likelihood of a word loses on average when a piece goes and its parts stand in its place.

    A piece that stands c times in the best segmentations becomes m parts of counts c_1 ... c_m, so that c more of each
    are among n + c (m - 1) tokens in place of n:

        loss = share of the words that have it * (log c / n - sum over j of log (c_j + c) / (n + c (m - 1)))

    Infinite for characters and what cannot be replaced, minus infinity for what is not used.
    """
    trie = Trie(pieces)
    spelled, begins, totals = alternatives(trie.codes, trie.starts, *trie.arrays, scores)
    often, within = np.zeros(len(pieces)), np.zeros(len(pieces))
    best_counts(words.codes, words.starts, words.counts, *trie.arrays, scores, scores.min() - 10, often, within)
    total, sentences = often.sum(), words.counts.sum()
    found = np.full(len(pieces), -np.inf)
    for k, piece in enumerate(pieces):
        if len(piece) == 1 or totals[k] == -np.inf:
            found[k] = np.inf
        elif totals[k] < scores[k] and often[k]:  # else its parts would be taken anyway
            parts = spelled[begins[k] : begins[k + 1]]
            after = math.log(total + often[k] * (len(parts) - 1))
            by_parts = float(np.log(often[parts] + often[k]).sum()) - len(parts) * after
            found[k] = within[k] / sentences * (math.log(often[k]) - math.log(total) - by_parts)
    return found


def prune(words: Words, pieces: list[str], scores: np.ndarray, size: int) -> tuple[list[str], np.ndarray]:
    """The `size` pieces whose loss is largest; characters always stay."""
    loss = losses(words, pieces, scores)
    always = np.flatnonzero(loss == np.inf).tolist()
    ranked = sorted(np.flatnonzero(np.isfinite(loss)).tolist(), key=lambda k: (-loss[k], pieces[k]))
    chosen = sorted(always + ranked[: max(0, size - len(always))])
    return [pieces[k] for k in chosen], scores[chosen]


def train_unigram(
    counts: Mapping[str, int],
    size: int,
    *,
    character_coverage: float = 0.9995,
    longest_piece: int = 16,
    seed_size: int = 1_000_000,
    shrink: float = 0.75,
    iterations: int = 2,
) -> Learned:
    """Learn pieces from words and their counts.

    Parameters
    ----------
    counts : mapping
        Words, and how often each occurs.
    size : int
        Pieces to end with; fewer when there are not so many.
    character_coverage : float
        Share of all characters' occurrences whose characters must become pieces; the rarest beyond it are left out.
    longest_piece : int
        Characters of the longest piece.
    seed_size : int
        Pieces to begin with.
    shrink : float
        Share of the pieces that a round keeps.
    iterations : int
        Steps of EM in a round.

    Raises
    ------
    ValueError
        If `counts` is empty, or the characters alone are more than `size`.
    """
    check_count("size", size)
    check_count("longest_piece", longest_piece)
    check_count("iterations", iterations)
    check_number("character_coverage", character_coverage, 0.0, 1.0 + 1e-12, open_low=True)
    check_number("shrink", shrink, 0.0, 1.0, open_low=True)
    counts = covered({word: count for word, count in counts.items() if word}, character_coverage)
    if not counts:
        raise ValueError("counts must hold at least one word; got none")
    seed = seed_pieces(counts, seed_size, longest_piece)
    single = sum(len(piece) == 1 for piece in seed)
    if single > size:
        raise ValueError(f"size must be at least {single}, the characters that there are; got {size}")
    words, pieces, scores = Words(counts), list(seed), np.array(list(seed.values()))
    rounds: list[tuple[int, float, float]] = []
    occurrences = float(words.counts.sum())
    while True:
        for _ in range(iterations):
            expected, likelihood, tokens = words.expectation(pieces, scores)
            rounds.append((len(pieces), likelihood / occurrences, tokens / occurrences))
            pieces, scores = maximization(pieces, expected)
        if len(pieces) <= int(1.1 * size):
            break
        before = len(pieces)
        pieces, scores = prune(words, pieces, scores, max(int(1.1 * size), int(shrink * len(pieces))))
        if len(pieces) == before:
            break
    return Learned(_final(pieces, scores, size), rounds)


def _final(pieces: list[str], scores: np.ndarray, size: int) -> list[tuple[str, float]]:
    """Characters and the most probable others, `size` together, the most probable first."""
    order = sorted(range(len(pieces)), key=lambda k: (-scores[k], pieces[k]))
    room = size - sum(len(piece) == 1 for piece in pieces)
    kept = []
    for k in order:
        if len(pieces[k]) > 1:
            room -= 1
        if len(pieces[k]) == 1 or room >= 0:
            kept.append((pieces[k], float(scores[k])))
    return kept
