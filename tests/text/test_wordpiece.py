"""WordPiece: BERT's text, greedy cutting, training, files; beside `tokenizers` on whatever hypothesis finds."""

import itertools
import json
import unicodedata
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundup.text.tokenization import wordpiece_files as files
from groundup.text.tokenization.wordpiece import SPECIAL, WordPieceTokenizer, longest_match
from groundup.text.tokenization.wordpiece_text import BertText
from groundup.text.tokenization.wordpiece_training import Pairs, train_wordpiece

CORPUS = [
    "The hugging of trees, the hugger's tree, and trees that were hugged.",
    "Straße, naïve café; Ελληνικά; 東京は日本の首都です。 Привет, мир! 1234 + 567 = 1801",
    "low lower lowest newer newest wider widest low low lower newest",
] * 3


@cache
def trained(lowercase: bool = True) -> WordPieceTokenizer:
    return WordPieceTokenizer.train(CORPUS, 220, text=BertText(lowercase=lowercase))


@cache
def reference(lowercase: bool = True):
    tokenizers = pytest.importorskip("tokenizers")
    return tokenizers.Tokenizer.from_str(json.dumps(files.to_published(trained(lowercase))))


@cache
def newer(character: str) -> bool:
    """Whether the older tables of `tokenizers` treat a character in another way (see `wordpiece_text`)."""
    tokenizers = pytest.importorskip("tokenizers")
    normal = tokenizers.normalizers.BertNormalizer().normalize_str(character)
    words = [w for w, _ in tokenizers.pre_tokenizers.BertPreTokenizer().pre_tokenize_str(f"a{normal}b")]
    return BertText().normalize(character) != normal or BertText(lowercase=False).words(f"a{normal}b") != words


# Letters of the corpus often, anything at times.
CHARACTERS = st.one_of(
    st.sampled_from("thelowrsg ,.'-éßΣσς東京\t\n\r\x00\ufffd\u200d\u0301İ\u00a0ąﬁ가"),
    st.characters(exclude_categories=["Cs", "Cn"]),
)
TEXTS = st.text(CHARACTERS, max_size=40)


def test_only_what_came_after_the_tables_of_tokenizers_is_treated_in_another_way():
    """All characters that Unicode 3.2 had, but for ideographs and Hangul; four changed their category later."""
    old = unicodedata.ucd_3_2_0
    codes = [*range(0x3400), *range(0xA000, 0xAC00), *range(0xE000, 0xE010), *range(0xF900, 0x20000)]
    assigned = [c for c in map(chr, codes) if old.category(c) != "Cn"]
    assert len(assigned) > 10_000
    assert {c for c in assigned if newer(c)} <= set("\u166d\u1734\u1885\u1886")
    assert [c for c in "\u3400\u4e00\u9fff\uf900\U00020000\U0002b81f\uac00\ud7a3" if newer(c)] == []
    assert newer("\U0002b820")  # an ideograph that tokenizers does not set apart


def test_text_becomes_words_as_in_bert():
    assert BertText().words(" Caf\u00e9\tna\u0308ive!! \x00\ufffd东京x\u200d ") == [
        "cafe",
        "naive",
        "!",
        "!",
        "东",
        "京",
        "x",
    ]
    assert BertText(lowercase=False).words("Café $5") == ["Café", "$", "5"]
    assert BertText(lowercase=False, strip_accents=True).words("Café") == ["Cafe"]
    assert BertText(strip_accents=False).words("CAFÉ") == ["café"]
    assert BertText(handle_chinese_chars=False).words("东京x") == ["东京x"]
    assert BertText(clean_text=False).words("a\x00b\u3000c") == ["a\x00b", "c"]
    assert BertText().words("ΟΔΟΣ") == ["οδοσ"]  # character by character: no final sigma
    assert BertText().words("") == BertText().words(" \n\t") == []


@pytest.mark.parametrize("lowercase", [True, False])
@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_normalisation_is_that_of_tokenizers(lowercase, text):
    tokenizers = pytest.importorskip("tokenizers")
    text = "".join(c for c in text if not newer(c))
    theirs = tokenizers.normalizers.BertNormalizer(lowercase=lowercase).normalize_str(text)
    assert BertText(lowercase=lowercase).normalize(text) == theirs


@pytest.mark.parametrize("lowercase", [True, False])
@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_ids_offsets_and_text_are_those_of_tokenizers(lowercase, text):
    text = "".join(c for c in text if not newer(c))
    ours, theirs = trained(lowercase), reference(lowercase).encode(text)
    ids, offsets = ours.encode_with_offsets(text, allowed_special="all")  # theirs cannot do otherwise
    assert ids == theirs.ids == ours.encode(text, allowed_special="all")
    assert offsets == theirs.offsets
    assert ours.decode(ids) == reference(lowercase).decode(ids, skip_special_tokens=False)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60))
def test_any_text_at_all_is_cut_in_order(text):
    ours = trained()
    ids, offsets = ours.encode_with_offsets(text)
    assert ids == ours.encode(text)
    assert all(0 <= start < end <= len(text) for start, end in offsets)
    assert all(a[0] <= b[0] for a, b in itertools.pairwise(offsets))
    assert all(0 <= k < ours.vocab_size for k in ids)


def test_a_surrogate_alone_is_dropped_as_other_controls_are():
    assert trained().encode("low\ud800er") == trained().encode("lower")


def test_greedy_cutting():
    pieces = dict.fromkeys(["un", "unl", "##luck", "##y", "##l"], 0)
    assert longest_match("unlucky", pieces) is None  # "unl" is longer, and "ucky" then has no beginning
    del pieces["unl"]
    assert longest_match("unlucky", pieces) == ["un", "##luck", "##y"]
    assert longest_match("", pieces) == []
    assert longest_match("abc", {"abc": 0, "ab": 1, "##c": 2}, longest=3) == ["abc"]
    assert longest_match("luck", pieces) is None  # within a word only
    assert longest_match("unluck", pieces, longest=3) is None


def test_long_words_are_unknown():
    vocabulary = {"[UNK]": 0, "a": 1, "##a": 2}
    ours = WordPieceTokenizer(vocabulary, longest_word=4)
    assert ours.encode("aaaa") == [1, 2, 2, 2]
    assert ours.encode("aaaaa") == [0]
    assert ours.encode_with_offsets("x aaaaa")[1] == [(0, 1), (2, 7)]


def test_decode_loses_what_it_says():
    ours = trained()
    assert ours.decode(ours.encode("The LOWEST  trees,\nhugged")) == "the lowest trees , hugged"
    assert ours.decode([]) == ""
    assert ours.decode_bytes(ours.encode("low")) == b"low"
    with pytest.raises(ValueError, match=f"token must be from 0 to {ours.vocab_size - 1}; got -1"):
        ours.decode([-1])


def test_special_tokens_only_when_allowed():
    ours = trained()
    text = "low [SEP] lower"
    assert ours.special_tokens["[SEP]"] not in ours.encode(text)
    ids, offsets = ours.encode_with_offsets(text, allowed_special={"[SEP]"})
    assert ids[1] == ours.special_tokens["[SEP]"]
    assert offsets[:2] == [(0, 3), (4, 9)]
    assert ids == ours.encode(text, allowed_special="all")
    with pytest.raises(ValueError, match=r"allowed_special names \['\[END\]'\]"):
        ours.encode(text, allowed_special=["[END]"])
    with pytest.raises(ValueError, match='allowed_special must be "all"'):
        ours.encode(text, allowed_special="[SEP]")


def test_a_special_token_of_letters_is_not_reached_by_spelling_it():
    ours = WordPieceTokenizer({"[UNK]": 0, "end": 1, "##d": 2, "en": 3}, special_tokens=["[UNK]", "end"])
    assert ours.encode("end") == [3, 2]
    assert ours.encode("end", allowed_special="all") == [1]


def test_first_merges_by_hand():
    # pairs: l ##o 8, ##o ##w 8 (and once more in slow), s ##l 1, ##l ##o 1, ##w ##e 3, ##e ##r 3
    counts = {"low": 5, "lower": 3, "slow": 1}
    alphabet = ["e", "l", "o", "r", "s", "w", "##e", "##l", "##o", "##r", "##w"]
    assert train_wordpiece(counts, 13) == [*alphabet, "##ow", "low"]
    # by likelihood: ##e ##r has 3 / (3 * 3) = 0.33, ##o ##w 9 / 81 = 0.11, l ##o 8 / (8 * 9) = 0.11
    assert train_wordpiece(counts, 12, score="likelihood")[-1] == "##er"


def test_likelihood_takes_rare_letters_unless_forbidden():
    counts = {"qz": 1, "the": 100, "then": 50, "hen": 20}
    assert train_wordpiece(counts, 50, score="likelihood", min_frequency=1)[10] == "qz"
    assert "qz" not in train_wordpiece(counts, 50, score="likelihood")


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(st.text("abc", min_size=1, max_size=8), st.integers(1, 9), min_size=1, max_size=12),
    st.sampled_from(["count", "likelihood"]),
)
def test_training_is_the_slow_rule(counts, score):
    """Counted anew in every step."""
    ours = train_wordpiece(counts, 30, score=score)
    pieces = train_wordpiece(counts, len({c for w in counts for c in w}) + len({c for w in counts for c in w[1:]}))
    words = {w: [c if not k else "##" + c for k, c in enumerate(w)] for w in counts}
    rank = {p: k for k, p in enumerate(pieces)}
    while len(pieces) < 30:
        pairs: dict = {}
        single: dict = {}
        for w, symbols in words.items():
            for s in symbols:
                single[s] = single.get(s, 0) + counts[w]
            for pair in itertools.pairwise(symbols):
                pairs[pair] = pairs.get(pair, 0) + counts[w]
        value = {
            p: n / (single[p[0]] * single[p[1]]) if score == "likelihood" else n for p, n in pairs.items() if n >= 2
        }
        if not value:
            break
        a, b = min(value, key=lambda p: (-value[p], rank[p[0]], rank[p[1]]))
        new = a + b.removeprefix("##")
        if new not in rank:
            rank[new] = len(pieces)
            pieces.append(new)
        for symbols in words.values():
            k = 0
            while k < len(symbols) - 1:
                if (symbols[k], symbols[k + 1]) == (a, b):
                    symbols[k : k + 2] = [new]
                k += 1
    assert ours == pieces


def test_training_learns_the_vocabulary_of_tokenizers():
    tokenizers = pytest.importorskip("tokenizers")
    theirs = tokenizers.Tokenizer(tokenizers.models.WordPiece(unk_token="[UNK]"))
    theirs.normalizer = tokenizers.normalizers.BertNormalizer()
    theirs.pre_tokenizer = tokenizers.pre_tokenizers.BertPreTokenizer()
    # every pair of words has a count of its own, so that no tie is decided by chance
    words = [w for k, w in enumerate(("low", "lower", "newest", "widest", "slowly", "renew")) for _ in range(3**k)]
    size = 40
    trainer = tokenizers.trainers.WordPieceTrainer(
        vocab_size=size, min_frequency=2, special_tokens=list(SPECIAL), show_progress=False
    )
    theirs.train_from_iterator([" ".join(words)], trainer)
    ours = WordPieceTokenizer.train([" ".join(words)], size)
    assert set(ours.vocabulary) == set(theirs.get_vocab())


def test_pairs_count_as_the_words_say():
    pairs = Pairs([[0, 0, 0], [0, 1]], [2, 5], 2)
    assert pairs.best("count", 1) == (0, 1)
    pairs.merge((0, 0), 2)
    assert pairs.words == [[2, 0], [0, 1]]  # from the left
    assert pairs.of_symbol[:3].tolist() == [2 + 5, 5, 2]
    assert pairs.best("count", 6) is None


def test_training_refuses_what_cannot_be():
    with pytest.raises(ValueError, match="vocab_size must be at least 8, for special tokens and alphabet; got 7"):
        WordPieceTokenizer.train(["abab"], 7, special_tokens=["[UNK]", "x", "y", "z"])
    with pytest.raises(ValueError, match="vocabulary must hold '\\[UNK\\]'"):
        WordPieceTokenizer.train(["abab"], 70, special_tokens=[])
    with pytest.raises(ValueError, match="score must be one of 'count', 'likelihood'; got 'best'"):
        WordPieceTokenizer.train(["abab"], 70, score="best")
    with pytest.raises(ValueError, match="vocabulary must have the ids 0 to 1, each once"):
        WordPieceTokenizer({"[UNK]": 0, "a": 3})


def test_a_small_alphabet_leaves_rare_letters_unknown():
    ours = WordPieceTokenizer.train(["aaa aab zb"], 50, limit_alphabet=2)
    assert [p for p in ours.pieces if len(p) == 1] == ["a", "b"]
    assert ours.encode("zb") == [ours.vocabulary["[UNK]"]]


def test_files_give_the_same_tokenizer_back(tmp_path):
    ours = trained()
    files.write_vocab(ours, tmp_path / "vocab.txt")
    assert files.read_vocab(tmp_path / "vocab.txt").pieces == ours.pieces
    (tmp_path / "vocab.txt").write_bytes(b"[UNK]\r\na\r\nb\r\n")
    assert files.read_vocab(tmp_path / "vocab.txt").pieces == ["[UNK]", "a", "b"]
    (tmp_path / "vocab.txt").write_text("[UNK]\na\na\n")
    with pytest.raises(ValueError, match="has the piece 'a' twice"):
        files.read_vocab(tmp_path / "vocab.txt")
    for kept in (trained(), trained(False)):
        again = WordPieceTokenizer.from_json(json.loads(json.dumps(kept.to_json())))
        assert again.to_json() == kept.to_json()
        published = files.from_published(json.loads(reference(kept.text.lowercase).to_str()))
        assert published.to_json() == kept.to_json()


def test_files_of_another_kind_are_refused():
    data = files.to_published(trained())
    with pytest.raises(ValueError, match="normalizer must be BertNormalizer for WordPiece; got 'NFC'"):
        files.from_published({**data, "normalizer": {"type": "NFC"}})
    with pytest.raises(ValueError, match="pre_tokenizer must be BertPreTokenizer for WordPiece; got None"):
        files.from_published({**data, "pre_tokenizer": None})


def test_accents_decompose_in_any_order():
    text = "q\u0323\u0307 q\u0307\u0323 \u1e69"
    assert BertText().words(text) == ["q", "q", "s"]
    assert [w for w, _ in BertText().words_with_places(text)] == ["q", "q", "s"]
    assert unicodedata.normalize("NFD", "\u1e69") == "s\u0323\u0307"
