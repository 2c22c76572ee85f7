"""Pruning of a Unigram vocabulary held against its definition, written out piece by piece."""

import math

import numpy as np
import pytest

from groundup.text.tokenization import unigram_lattice as lattice
from groundup.text.tokenization.unigram import UnigramTokenizer
from groundup.text.tokenization.unigram_text import SentenceText
from groundup.text.tokenization.unigram_training import Words, count_words, losses, maximization, prune, seed_pieces

TEXTS = [
    "low lower lowest newer newest wider widest slow slower slowest",
    "tokens are tokenized by tokenizers that tokenize the untokenized tokens",
    "the low tokens are the slowest tokens and the lower are slower",
] * 3


def by_definition(counts: dict[str, int], scores: dict[str, float]) -> dict[str, float]:
    """What the log-likelihood of a word loses on average when a piece goes; infinite where nothing can replace it."""
    best = {word: lattice.best_path(word, scores)[0] for word in counts}
    often = {piece: sum(counts[w] * cut.count(piece) for w, cut in best.items()) for piece in scores}
    total, words = sum(often.values()), sum(counts.values())
    found = {}
    for piece, score in scores.items():
        others = {other: s for other, s in scores.items() if other != piece}
        if len(piece) == 1:
            found[piece] = math.inf
            continue
        parts, instead = lattice.best_path(piece, others)
        if instead >= score or not often[piece]:
            continue  # it is not used
        with_parts = total + often[piece] * (len(parts) - 1)
        before = math.log(often[piece] / total)
        after = sum(math.log((often[part] + often[piece]) / with_parts) for part in parts)
        share = sum(counts[w] for w, cut in best.items() if piece in cut) / words
        found[piece] = share * (before - after)
    return found


@pytest.mark.parametrize("size", [25, 40, 60, 80, 1000])
def test_the_pieces_with_the_largest_loss_stay(size):
    counts = count_words(TEXTS, SentenceText())
    words, seed = Words(counts), seed_pieces(counts, 10_000, 8)
    expected, _, _ = words.expectation(list(seed), np.array(list(seed.values())))
    pieces, scores = maximization(list(seed), expected)
    loss = by_definition(counts, dict(zip(pieces, scores.tolist(), strict=True)))
    wanted = sorted(loss, key=lambda piece: (-loss[piece], piece))[:size]
    kept, weights = prune(words, pieces, scores, size)
    assert set(kept) == set(wanted) and kept == [piece for piece in pieces if piece in set(kept)]
    assert weights.tolist() == [scores[pieces.index(piece)] for piece in kept]


def test_the_loss_of_each_piece_is_its_definition():
    counts = count_words(TEXTS, SentenceText())
    words, seed = Words(counts), seed_pieces(counts, 10_000, 8)
    pieces, scores = maximization(list(seed), words.expectation(list(seed), np.array(list(seed.values())))[0])
    wanted = by_definition(counts, dict(zip(pieces, scores.tolist(), strict=True)))
    found = losses(words, pieces, scores)
    assert found == pytest.approx([wanted.get(piece, -math.inf) for piece in pieces], rel=1e-9)
    assert np.isfinite(found).sum() > 10


def test_the_loss_by_hand():
    """ab twice and c once are 3 tokens of 3 words; without ab there are a, b (twice each) and c, 5 tokens."""
    loss = losses(Words({"ab": 2, "c": 1}), ["a", "b", "c", "ab"], np.log([0.1, 0.1, 0.1, 0.7]))
    assert loss.tolist() == [math.inf] * 3 + [pytest.approx(2 / 3 * (math.log(2 / 3) - 2 * math.log(2 / 5)))]


def test_an_unknown_character_weighs_ten_less_than_the_least_piece():
    ours = UnigramTokenizer([("<unk>", 0.0), ("a", -1.0), ("b", -3.0)], text=SentenceText(prefix=False))
    assert ours.n_best("axa", 1) == [([1, 0, 1], -2.0 - 13.0)]
    assert ours.encode("axxa") == [1, 0, 1]
