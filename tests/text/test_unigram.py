"""Unigram: the lattice by enumeration, encoding and files beside sentencepiece and tokenizers, training's equations."""

import io
import itertools
import json
import math
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundup.text.tokenization import load, save, sentencepiece_files, unigram_files
from groundup.text.tokenization import unigram_lattice as lattice
from groundup.text.tokenization.unigram import UnigramTokenizer
from groundup.text.tokenization.unigram_text import SentenceText
from groundup.text.tokenization.unigram_training import (
    Words,
    count_words,
    covered,
    maximization,
    seed_pieces,
    train_unigram,
)

SENTENCES = [
    "The quick brown fox jumps over the lazy dog while the other dogs are sleeping.",
    "low lower lowest newer newest wider widest slow slower slowest",
    "naïve café Straße, ½ of it; Привет мир, 東京は日本の首都です。 1234 + 567",
    "tokens are tokenized by tokenizers that tokenize the untokenized tokens",
] * 6


@cache
def trained_by_sentencepiece(byte_fallback: bool):
    sentencepiece = pytest.importorskip("sentencepiece")
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(SENTENCES),
        model_writer=model,
        vocab_size=340 if byte_fallback else 90,
        model_type="unigram",
        byte_fallback=byte_fallback,
        user_defined_symbols=["<sep>"],
        minloglevel=2,
        num_threads=1,
    )
    theirs = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
    return theirs, sentencepiece_files.from_model(model.getvalue())


@cache
def trained(byte_fallback: bool = False) -> UnigramTokenizer:
    return UnigramTokenizer.train(
        SENTENCES, 340 if byte_fallback else 90, special_tokens=["<s>", "</s>"], byte_fallback=byte_fallback
    )


@cache
def by_tokenizers(byte_fallback: bool):
    """The same pieces in `tokenizers`, and ours read back from its file."""
    tokenizers = pytest.importorskip("tokenizers")
    theirs = tokenizers.Tokenizer.from_str(json.dumps(unigram_files.to_published(trained(byte_fallback))))
    return theirs, unigram_files.from_published(json.loads(theirs.to_str()))


TEXTS = st.lists(
    st.one_of(
        st.sampled_from(
            ["token", "low", "est", "ll", "s", " ", "  ", "\t", "\n", "▁", "é", "e\u0301", "½", "ﬁ", "東京"]
        ),
        st.sampled_from(["<sep>", "😀", "\u200b", "\u3000", "가", "ａ", "\x00", "ß", "ǆ", "\ufeff"]),
        st.text(st.characters(exclude_categories=["Cs"]), max_size=4),
    ),
    max_size=12,
).map("".join)


@pytest.mark.parametrize("byte_fallback", [False, True])
@settings(max_examples=400, deadline=None)
@given(TEXTS)
def test_a_model_of_sentencepiece_cuts_as_sentencepiece_does(byte_fallback, text):
    theirs, ours = trained_by_sentencepiece(byte_fallback)
    assert ours.text.normalize(text) == theirs.normalize(text)
    ids = ours.encode(text)
    assert ids == theirs.encode(text)
    assert ours.decode(ids) == theirs.decode(ids)


def test_a_long_text_is_cut_as_sentencepiece_does():
    """Sums fall below -100,000, where counting begins anew."""
    theirs, ours = trained_by_sentencepiece(False)
    text = " ".join(SENTENCES) * 60 + "xlll qlll " * 3000
    assert ours.encode(text) == theirs.encode(text)


@pytest.mark.parametrize("byte_fallback", [False, True])
@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_a_file_of_tokenizers_cuts_as_tokenizers_does(byte_fallback, text):
    theirs, ours = by_tokenizers(byte_fallback)
    assert ours.encode(text, allowed_special="all") == theirs.encode(text).ids


WEIGHTS = st.dictionaries(st.text("abc", min_size=1, max_size=3), st.floats(-8, -0.5), max_size=10)


def every_segmentation(text: str, scores: dict[str, float]) -> list[tuple[tuple[str, ...], float]]:
    """All of them, by all sets of places to cut."""
    found = []
    for cuts in itertools.product([False, True], repeat=max(0, len(text) - 1)):
        places = [0, *(k + 1 for k, cut in enumerate(cuts) if cut), len(text)]
        pieces = tuple(text[a:b] for a, b in itertools.pairwise(places))
        if all(piece in scores for piece in pieces):
            found.append((pieces, sum(scores[piece] for piece in pieces)))
    return found


@settings(max_examples=150, deadline=None)
@given(WEIGHTS, st.text("abc", min_size=1, max_size=8))
def test_the_lattice_is_the_sum_over_all_segmentations(weights, text):
    scores = {"a": -3.0, "b": -2.5, "c": -4.0, **weights}
    paths = every_segmentation(text, scores)
    best, total = lattice.best_path(text, scores)
    assert total == pytest.approx(max(weight for _, weight in paths))
    assert "".join(best) == text

    likelihood = float(np.logaddexp.reduce([weight for _, weight in paths]))
    expected: dict[str, float] = {}
    for pieces, weight in paths:
        for piece in pieces:
            expected[piece] = expected.get(piece, 0.0) + math.exp(weight - likelihood)
    counts, ours = lattice.expected_counts(text, scores)
    assert ours == pytest.approx(likelihood)
    assert counts == pytest.approx(expected)

    ranked = sorted((weight for _, weight in paths), reverse=True)
    assert [weight for _, weight in lattice.n_best(text, scores, 5)] == pytest.approx(ranked[:5])


@settings(max_examples=100, deadline=None)
@given(WEIGHTS, st.dictionaries(st.text("abc", min_size=1, max_size=9), st.integers(1, 9), min_size=1, max_size=6))
def test_the_kernels_are_the_lattice(weights, counts):
    scores = {"a": -3.0, "b": -2.5, "c": -4.0, **weights}
    names = list(scores)
    expected, likelihood, tokens = Words(counts).expectation(names, np.array(list(scores.values())))
    slow = [(lattice.expected_counts(word, scores), count) for word, count in counts.items()]
    assert likelihood == pytest.approx(sum(count * found[1] for found, count in slow))
    for k, name in enumerate(names):
        want = sum(count * found[0].get(name, 0.0) for found, count in slow)
        assert expected[k] == pytest.approx(want, abs=1e-12)
    assert tokens <= sum(count * len(word) for word, count in counts.items())
    ours = UnigramTokenizer([("<unk>", 0.0), *scores.items()], text=SentenceText(prefix=False))
    for word in counts:
        cut = [ours.pieces[k] for k in ours.encode(word)]
        assert sum(scores[p] for p in cut) == pytest.approx(lattice.best_path(word, scores)[1], abs=1e-5)


def test_words_that_cannot_be_cut_are_said():
    with pytest.raises(ValueError, match="1 of 2 words cannot be cut into the 1 pieces"):
        Words({"aa": 1, "ab": 2}).expectation(["a"], np.array([0.0]))
    with pytest.raises(ValueError, match="'ab' cannot be cut"):
        lattice.best_path("ab", {"a": -1.0})
    with pytest.raises(ValueError, match="'ab' cannot be cut"):
        lattice.expected_counts("ab", {"a": -1.0})


def test_by_hand():
    scores = {"a": -1.0, "b": -2.0, "c": -2.0, "ab": -2.5, "bc": -4.5}
    assert lattice.best_path("abc", scores) == (["ab", "c"], -4.5)
    assert [total for _, total in lattice.n_best("abc", scores, 9)] == [-4.5, -5.0, -5.5]
    counts, _ = lattice.expected_counts("abc", scores)
    weights = np.exp([-4.5, -5.0, -5.5])
    assert counts["ab"] == pytest.approx(weights[0] / weights.sum())
    assert counts["bc"] == pytest.approx(weights[2] / weights.sum())


def test_drawn_segmentations_come_as_often_as_they_weigh():
    ours = UnigramTokenizer(
        [("<unk>", 0.0), ("a", -1.0), ("b", -2.0), ("c", -2.0), ("ab", -2.5), ("bc", -4.5)],
        text=SentenceText(prefix=False),
    )
    rng = np.random.default_rng(0)
    for alpha in (0.0, 0.5, 1.0):
        drawn = [tuple(ours.sample("abc", rng, alpha)) for _ in range(3000)]
        share = np.array([drawn.count(path) for path in [(4, 3), (1, 2, 3), (1, 5)]]) / 3000
        weights = np.exp(alpha * np.array([-4.5, -5.0, -5.5]))
        assert np.abs(share - weights / weights.sum()).max() < 5 * 0.5 / math.sqrt(3000)
    assert tuple(ours.sample("abc", rng, 1e3)) == (4, 3)
    assert ours.n_best("abc", 2) == [([4, 3], -4.5), ([1, 2, 3], -5.0)]


def test_em_never_lowers_the_likelihood():
    """With log c - log sum in place of digamma this is a theorem."""
    counts = count_words(SENTENCES, SentenceText())
    words, seed = Words(counts), seed_pieces(counts, 10_000, 16)
    pieces, scores, before = list(seed), np.array(list(seed.values())), -np.inf
    for _ in range(8):
        expected, likelihood, _ = words.expectation(pieces, scores)
        assert likelihood >= before - 1e-9
        before = likelihood
        with np.errstate(divide="ignore"):
            scores = np.log(expected) - math.log(expected.sum())


def test_the_m_step():
    pieces, scores = maximization(["a", "ab", "abc"], np.array([0.1, 0.3, 4.0]))
    assert pieces == ["a", "abc"]  # a character stays, with half an occurrence
    from scipy.special import digamma

    assert scores == pytest.approx(digamma([0.5, 4.0]) - digamma(4.5))


def test_seeds_are_counted_and_what_says_nothing_is_left_out():
    seed = seed_pieces({"abab": 3, "ab": 1, "b": 2}, 100, 16)
    # a 7, b 9; ab 7 times (2 letters) = 14; bab always goes on from abab; "aba" always goes on to "abab"
    want = {"a": 7, "b": 9, "ab": 14, "abab": 12, "bab": 9}
    total = sum(want.values())
    assert {k: math.exp(v) * total for k, v in seed.items()} == pytest.approx(want)
    assert set(seed_pieces({"abab": 3}, 3, 16)) == {"a", "b", "ab"}
    assert max(map(len, seed_pieces({"abcdefgh": 5}, 99, 4))) == 4


def test_the_rarest_characters_are_left_out():
    counts = {"aaaa": 100, "aba": 1, "azz": 2}
    assert covered(counts, 1.0) == counts
    assert covered(counts, 0.98) == {"aaaa": 100, "a": 2 + 2}


def test_training_beats_that_of_tokenizers_on_its_own_objective():
    tokenizers = pytest.importorskip("tokenizers")
    theirs = tokenizers.Tokenizer(tokenizers.models.Unigram())
    theirs.normalizer = tokenizers.normalizers.NFKC()
    theirs.pre_tokenizer = tokenizers.pre_tokenizers.Metaspace()
    trainer = tokenizers.trainers.UnigramTrainer(
        vocab_size=80, unk_token="<unk>", special_tokens=["<unk>"], show_progress=False
    )
    theirs.train_from_iterator(SENTENCES, trainer)
    vocabulary = [entry for entry in json.loads(theirs.to_str())["model"]["vocab"] if entry[0] != "<unk>"]
    counts = count_words(SENTENCES, SentenceText())
    words = Words(counts)
    lacking = {c for word in counts for c in word} - {piece for piece, _ in vocabulary}
    vocabulary += [[c, min(score for _, score in vocabulary)] for c in sorted(lacking)]
    learned = train_unigram(counts, len(vocabulary), character_coverage=1.0)
    assert len(learned.pieces) == len(vocabulary)
    (ours, reference) = (
        words.expectation([p for p, _ in found], np.array([s for _, s in found]))[1]
        for found in (learned.pieces, vocabulary)
    )
    assert ours >= reference


def test_training_keeps_what_it_promises():
    ours = trained()
    assert ours.vocab_size == 90
    assert ours.pieces[:3] == ["<unk>", "<s>", "</s>"]
    text = SENTENCES[0]
    assert ours.decode(ours.encode(text)) == text
    learned = train_unigram(count_words(SENTENCES, SentenceText()), 80)
    assert np.exp([s for _, s in learned.pieces]).sum() < 1.0
    assert [s for _, s in learned.pieces] == sorted((s for _, s in learned.pieces), reverse=True)
    sizes = [size for size, _, _ in learned.rounds]
    assert sizes == sorted(sizes, reverse=True)


def test_byte_fallback_loses_nothing_that_the_normal_form_keeps():
    ours = trained(True)
    for text in ("naïve 😀 \u0416\U0001f9d1 x", "日本語", "a<s>b"):
        assert ours.decode(ours.encode(text)) == text
    assert ours.unknown not in ours.encode("😀")
    assert len(ours.encode("😀")) == 5  # ▁ and four bytes


def test_unknown_neighbours_are_one_token():
    ours = trained()
    assert ours.encode("😀😀 low").count(ours.unknown) == 1
    assert ours.decode(ours.encode("😀")) == " \u2047 "


def test_control_tokens_only_when_allowed():
    ours = trained()
    assert ours.special_tokens == {"<s>": 1, "</s>": 2}
    assert 1 not in ours.encode("<s>low")
    assert ours.encode("<s>low", allowed_special="all")[0] == 1
    assert ours.encode("", allowed_special="all") == []


def test_files_give_the_same_tokenizer_back(tmp_path):
    for ours in (trained(), trained(True), trained_by_sentencepiece(True)[1]):
        save(ours, tmp_path / "ours.json")
        assert load(tmp_path / "ours.json").to_json() == ours.to_json()
    theirs, ours = trained_by_sentencepiece(True)
    import sentencepiece

    sentencepiece_files.write_model(ours, tmp_path / "again.model")
    assert sentencepiece_files.read_model(tmp_path / "again.model").to_json() == ours.to_json()
    again = sentencepiece.SentencePieceProcessor(model_file=str(tmp_path / "again.model"))
    assert [again.encode(s) for s in SENTENCES[:4]] == [theirs.encode(s) for s in SENTENCES[:4]]
    save(trained(), tmp_path / "tokenizer.json", published=True)
    assert load(tmp_path / "tokenizer.json").encode(SENTENCES[0]) == trained().encode(SENTENCES[0])


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_damaged_model_is_refused_or_read_but_never_worse(data):
    good = sentencepiece_files.to_model(
        UnigramTokenizer([("<unk>", 0.0), ("a", -1.0), ("ab", -2.0)], text=SentenceText(form=""))
    )
    bad = bytearray(good)
    for _ in range(data.draw(st.integers(1, 3))):
        bad[data.draw(st.integers(0, len(bad) - 1))] = data.draw(st.integers(0, 255))
    bad = bytes(bad[: data.draw(st.integers(0, len(bad)))])
    try:
        sentencepiece_files.from_model(bad).encode("ab a")
    except ValueError:  # of which UnicodeDecodeError is one
        return


def test_what_is_not_supported_is_said():
    with pytest.raises(ValueError, match="the model must be Unigram; got BPE"):
        sentencepiece_files.from_model(b"\x0a\x03\x0a\x01a\x12\x02\x18\x02")
    with pytest.raises(ValueError, match="no SentencePiece model: it has no piece"):
        sentencepiece_files.from_model(b"")
    with pytest.raises(ValueError, match="holds a compiled map of characters; this tokenizer has the form NFKC"):
        sentencepiece_files.to_model(trained())
    published = unigram_files.to_published(trained())
    with pytest.raises(ValueError, match="pre_tokenizer must be Metaspace"):
        unigram_files.from_published({**published, "pre_tokenizer": {"type": "Whitespace"}})
    with pytest.raises(ValueError, match="normalizer has the step 'BertNormalizer'"):
        unigram_files.from_published({**published, "normalizer": {"type": "BertNormalizer"}})
    with pytest.raises(ValueError, match="the piece 'a' stands twice"):
        UnigramTokenizer([("<unk>", 0.0), ("a", -1.0), ("a", -2.0)])
    with pytest.raises(ValueError, match="the score of piece 'a' must be finite; got nan"):
        UnigramTokenizer([("<unk>", 0.0), ("a", math.nan)])
    with pytest.raises(ValueError, match="byte_fallback needs the piece <0x00>, which is missing"):
        UnigramTokenizer([("<unk>", 0.0), ("a", -1.0)], byte_fallback=True)
    with pytest.raises(ValueError, match="size must be at least 3"):
        train_unigram({"abc": 2}, 2, character_coverage=1.0)
    with pytest.raises(ValueError, match="counts must hold at least one word"):
        train_unigram({}, 5)
    with pytest.raises(ValueError, match="token must be from 0 to 89; got 200"):
        trained().token_bytes(200)
    with pytest.raises(ValueError, match="damaged"):
        SentenceText(rules=b"\x08\x00\x00\x00abc", form="").normalize("a")


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=30))
def test_any_text_at_all_is_cut(text):
    for ours in (trained(), trained(True)):
        assert all(0 <= k < ours.vocab_size for k in ours.encode(text))


SPACED = st.text(st.sampled_from(" \u3000\u2581\u0301e\u00e9\u1100\u1161\uff21Il\u0130ow\t\n\r\x85\u2028"), max_size=8)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(SPACED | TEXTS, max_size=6),
    st.sampled_from(["", "NFC", "NFD", "NFKC", "NFKD"]),
    st.lists(st.booleans(), min_size=5, max_size=5),
)
def test_texts_are_normalized_together_as_one_by_one(texts, form, flags):
    names = ("lowercase", "collapse", "strip", "prefix", "always")
    text = SentenceText(form=form, **dict(zip(names, flags, strict=True)))
    assert text.normalize_all(texts) == [text.normalize(one) for one in texts]


@settings(max_examples=200, deadline=None)
@given(st.lists(TEXTS | SPACED | st.text(max_size=6), max_size=8))
def test_many_texts_are_cut_as_each_alone(texts):
    for ours in (trained(), trained(True), trained_by_sentencepiece(True)[1], by_tokenizers(False)[1]):
        assert ours.encode_batch(texts) == [ours.encode(text) for text in texts]
        special = ours.encode_batch(texts, allowed_special="all")
        assert special == [ours.encode(text, allowed_special="all") for text in texts]


def test_a_batch_refuses_what_is_no_text_and_what_is_no_special_token():
    with pytest.raises(TypeError, match="text must be a str; got int"):
        trained().encode_batch(["low", 3])
    with pytest.raises(ValueError, match=r"allowed_special names \['<x>'\]"):
        trained().encode_batch(["low"], allowed_special=["<x>"])
    assert trained().encode_batch(iter(["low", "", "low"])) == [trained().encode("low"), [], trained().encode("low")]
