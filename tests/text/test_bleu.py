"""BLEU: its definition by hand, properties, smoothing, edge cases, errors. Equality with sacrebleu is the proof's."""

import math
import os
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundup.proofs.text.bleu import noisy, ordinary
from groundup.text import bleu
from groundup.text.bleu import corpus_bleu, sentence_bleu, tokenize_13a

WORDS = st.lists(st.sampled_from([*"abcdefgh", ",", "."]), max_size=12).map(" ".join)


def test_papinenis_example_is_clipped():
    score = corpus_bleu(
        ["the the the the the the the"], [["The cat is on the mat.", "There is a cat on the mat."]], order=1
    )
    assert score.matches == (1,) and score.totals == (7,)  # in the paper's example, with case folded, it is 2 of 7
    folded = corpus_bleu(
        ["the " * 7], [["The cat is on the mat.", "There is a cat on the mat."]], order=1, lowercase=True
    )
    assert folded.matches == (2,) and folded.totals == (7,)


def test_by_hand():
    score = corpus_bleu(["the cat sat on a mat"], ["the cat sat on the mat"])
    assert score.matches == (5, 3, 2, 1) and score.totals == (6, 5, 4, 3)
    assert math.isclose(score.score, 100 * (5 / 6 * 3 / 5 * 2 / 4 * 1 / 3) ** 0.25)
    shorter = corpus_bleu(["the cat sat on"], ["the cat sat on the mat"])
    assert math.isclose(shorter.score, 100 * math.exp(1 - 6 / 4)) and shorter.precisions == (100.0,) * 4


def test_the_corpus_is_no_mean_of_sentences():
    hypotheses, references = ["a b c d", "x y z w"], ["a b c d", "a b c d"]
    assert corpus_bleu(hypotheses, references).score == pytest.approx(50)
    hypotheses, references = ["a b c d e f g h", "x"], ["a b c d e f g h", "y"]
    assert corpus_bleu(hypotheses, references).score != pytest.approx(50)


@given(WORDS.filter(lambda text: len(text.split()) >= 4), st.lists(WORDS, max_size=3))
@settings(max_examples=60, deadline=None)
def test_the_reference_itself_has_100(text, others):
    assert sentence_bleu(text, [*others, text]).score == pytest.approx(100)


@given(st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=6), WORDS, st.randoms())
@settings(max_examples=80, deadline=None)
def test_bounds_order_and_more_references(pairs, more, rng):
    hypotheses, references = [h for h, _ in pairs], [r for _, r in pairs]
    score = corpus_bleu(hypotheses, references)
    assert 0 <= score.score <= 100 + 1e-9 and 0 <= score.brevity_penalty <= 1
    order = list(range(len(pairs)))
    rng.shuffle(order)
    again = corpus_bleu([hypotheses[i] for i in order], [references[i] for i in order])
    assert again.score == pytest.approx(score.score)
    richer = corpus_bleu(hypotheses, [[r, more] for r in references])
    assert all(b >= a for a, b in zip(score.matches, richer.matches, strict=True)) and richer.totals == score.totals


def test_worse_translations_have_less():
    texts = [text for text in ordinary() if len(text.split()) > 5]
    rng, scores, hypotheses = random.Random(0), [], texts
    for _ in range(4):
        scores.append(corpus_bleu(hypotheses, texts).score)
        hypotheses = [noisy(text, rng) for text in hypotheses]
    assert scores[0] == pytest.approx(100) and scores == sorted(scores, reverse=True) and scores[-1] < 50


def test_smoothing_of_a_sentence_without_long_matches():
    pair = "a b x c", "a b y c"  # matches 3, 1, 0, 0 of 4, 3, 2, 1
    known = 3 / 4 * 1 / 3
    wanted = {
        "none": 0.0,
        "exp": known * (1 / 2 / 2) * (1 / 4 / 1),
        "floor": known * (0.1 / 2) * (0.1 / 1),
        "add-k": 3 / 4 * 2 / 4 * 1 / 3 * 1 / 2,
    }
    for smoothing, product in wanted.items():
        score = sentence_bleu(*pair, smoothing=smoothing, effective_order=False)
        assert math.isclose(score.score, 100 * product**0.25), smoothing
    assert math.isclose(sentence_bleu(*pair, smoothing="floor", value=0.5).score, 100 * (known * 0.25 * 0.5) ** 0.25)


def test_closest_length():
    assert bleu.closest_length(4, [[0] * 5, [0] * 3, [0] * 9]) == 3  # as near, and shorter
    assert bleu.closest_length(0, [[], [0]]) == 0


def test_short_and_empty():
    assert (
        sentence_bleu("", "a b").score == 0 and sentence_bleu("", "").score == 0 and sentence_bleu("a", "").score == 0
    )
    assert sentence_bleu("a b", "a b").score == pytest.approx(100)  # of its own two orders
    assert corpus_bleu(["a b"], ["a b"]).score == 0  # of four, as in every corpus
    assert sentence_bleu("x y", "a b", smoothing="add-k").score == 0  # nothing matches: no smoothing helps
    assert corpus_bleu(["", "a b c d"], ["a", "a b c d"]).hypothesis_length == 4


def test_tokenisation():
    assert tokenize_13a("it's 3.5, no?") == ["it's", "3.5", ",", "no", "?"]
    assert tokenize_13a("1,000-2 U.S.") == ["1,000", "-", "2", "U", ".", "S", "."]
    assert tokenize_13a("&quot;A&amp;B&quot;") == ['"', "A", "&", "B", '"']
    assert tokenize_13a("Straße (groß)\n") == ["Straße", "(", "groß", ")"]


@pytest.mark.parametrize(
    "call, error, words",
    [
        (lambda: corpus_bleu("a b", ["a b"]), TypeError, "hypotheses must be a sequence of texts; got one text"),
        (lambda: corpus_bleu(["a b"], "a b"), TypeError, "references must be a sequence"),
        (lambda: corpus_bleu(["a"], ["a", "b"]), ValueError, "got 2 references and 1 hypotheses"),
        (lambda: corpus_bleu([], []), ValueError, "at least one; got 0"),
        (lambda: corpus_bleu(["a", "b"], ["a", []]), ValueError, r"references\[1\] must hold at least one text"),
        (lambda: corpus_bleu([None], ["a"]), TypeError, "number 0 has a NoneType"),
        (lambda: corpus_bleu(["a"], [[3]]), TypeError, "number 0 has a int"),
        (lambda: corpus_bleu(["a"], ["a"], smoothing="exponential"), ValueError, "smoothing must be one of"),
        (lambda: corpus_bleu(["a"], ["a"], tokenize="intl"), ValueError, "tokenize must be one of '13a', 'none'"),
        (lambda: corpus_bleu(["a"], ["a"], order=0), ValueError, "order must be at least 1; got 0"),
        (lambda: corpus_bleu(["a"], ["a"], value=-1), ValueError, "value must be at least 0; got -1"),
    ],
)
def test_what_is_refused(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_it_says_what_it_is_made_of():
    assert str(corpus_bleu(["the cat sat on a mat"], ["the cat sat on the mat"])) == (
        "BLEU 53.73 (83.3/60.0/50.0/33.3, brevity penalty 1.000, 6 tokens for 6)"
    )


@pytest.mark.skipif("GROUNDUP_DATA" not in os.environ, reason="needs the data sets")
def test_real_sentences_beside_sacrebleu():
    import gzip

    sacrebleu = pytest.importorskip("sacrebleu")
    folder = Path(os.environ["GROUNDUP_DATA"]) / "multi30k-en-de"
    sides = [
        gzip.decompress((folder / f"{name}.de.gz").read_bytes()).decode().splitlines()[:1000]
        for name in ("test_2016_flickr", "val")
    ]
    rng = random.Random(4)
    hypotheses = [noisy(text, rng) for text in sides[0]]
    theirs = sacrebleu.corpus_bleu(hypotheses, sides)
    assert abs(corpus_bleu(hypotheses, list(zip(*sides, strict=True))).score - theirs.score) < 1e-9
