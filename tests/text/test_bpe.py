"""Byte pair encoding: the fast version is the plain one, nothing is lost, special tokens are not injected."""

import itertools
import pickle
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundup.proofs.text._tokenization_bpe import corpus, strange
from groundup.text.tokenization import BPETokenizer
from groundup.text.tokenization import _bpe_train_kernels as kernels
from groundup.text.tokenization import bpe_memory as memory
from groundup.text.tokenization.bpe_plain import BYTES, encode_word_plain, merge_pair, spell, train_plain, unspell
from groundup.text.tokenization.pretokenize import split

TEXT = corpus(60_000)
SPECIAL = ["<|end|>", "<|end|><|end|>", "<|user|>"]
TRAINED = BPETokenizer.train(TEXT, 700, special_tokens=SPECIAL)
RANKED = BPETokenizer(TRAINED.vocab, special_tokens=TRAINED.special_tokens)
few_letters = st.text(alphabet="ab \n'sé\U0001f600", max_size=60)
any_text = st.text(alphabet=st.characters(codec="utf-8"), max_size=80) | few_letters


@given(st.lists(few_letters | st.text(alphabet="a", max_size=40), min_size=1), st.integers(0, 25))
@settings(max_examples=150, deadline=None)
def test_training_is_the_textbook_algorithm(texts, merges):
    words = Counter(word for text in texts for word in split(text))
    if not words:
        return
    assert BPETokenizer.train(texts, 256 + merges).merges == train_plain(words, merges)


def test_training_is_the_textbook_algorithm_on_code():
    assert train_plain(Counter(split(TEXT)), 100) == TRAINED.merges[:100]


@given(st.text(alphabet="ab", min_size=1, max_size=80), st.text(alphabet="ab", max_size=300))
@settings(max_examples=100, deadline=None)
def test_encoding_is_the_textbook_algorithm(text, word):
    tokenizer = BPETokenizer.train(text, 280, pattern=None)
    expected = encode_word_plain(word.encode(), tokenizer.merges) if word else []
    assert tokenizer.encode(word) == expected  # words of 96 bytes and more go through the heap


def test_counts_weigh_more_than_order_and_ties_go_to_the_smaller_ids():
    assert BPETokenizer.train(["ab", "cd", "cd"], 258).merges == [(66, 67), (64, 65)]
    assert BPETokenizer.train(["cd ab"], 257, pattern=None).merges == [(64, 65)]


def test_runs_merge_from_left_to_right():
    assert merge_pair([5, 5, 5], (5, 5), 9) == [9, 5]
    assert BPETokenizer.train("aaaaa", 258).merges == [(64, 64), (256, 64)]
    tokenizer = BPETokenizer.train("aaaaa", 257)
    assert [tokenizer.token_bytes(i) for i in tokenizer.encode("aaa")] == [b"aa", b"a"]


@pytest.mark.parametrize("order", list(itertools.permutations([0, 2, 4])))
def test_the_order_of_merging_does_not_matter_to_the_pairs(order):
    """ababab with ab = 2: a new symbol may come to stand before another or behind one, and (2, 2) stays one pair."""
    chain = np.zeros(6, kernels.PLACE)
    chain["symbol"], chain["pair"], chain["weight"] = [0, 1, 0, 1, 0, 1], [0, 1, 0, 1, 0, -1], 7
    chain["before"], chain["after"] = [-1, 0, 1, 2, 3, 4], [1, 2, 3, 4, 5, -1]
    keys, counts, heads = np.array([1, 1 << 32] + [-1] * 8), np.array([21, 14] + [0] * 8), np.full(10, -1, np.int32)
    entries, state, partners = np.zeros(20, kernels.ENTRY), np.array([2, 0]), np.full(6, -1, np.int32)
    for place in order:
        kernels.merge_at(place, 2, 2, chain, partners, keys, counts, heads, entries, state)
    assert chain["symbol"][[0, 2, 4]].tolist() == [2, 2, 2] and chain["after"][[0, 2, 4]].tolist() == [2, 4, -1]
    made = keys[2 : state[0]].tolist()
    assert len(set(made)) == len(made)
    assert {pair: count for pair, count in zip(made, counts[2:].tolist(), strict=False) if count} == {(2 << 32) | 2: 14}
    assert counts[1] == 0 and chain["pair"][[0, 2]].tolist() == [2 + made.index((2 << 32) | 2)] * 2


def test_training_ends_when_no_pair_is_left_or_none_is_frequent_enough():
    assert BPETokenizer.train("abc", 1000).vocab_size == 258
    assert BPETokenizer.train("abab cd", 1000, least=2).merges == [(64, 65)]
    assert BPETokenizer.train("abc", 256).merges == []


def test_words_do_not_reach_from_text_to_text():
    assert BPETokenizer.train(["a", "b"], 300).merges == []
    assert BPETokenizer.train("ab", 300).merges == BPETokenizer.train([b"ab"], 300).merges == [(64, 65)]


def test_long_words_are_counted_as_themselves():
    texts = ["x" * 20 + "y", "x" * 20 + "z"] * 3 + ["x" * 15, "x" * 16]
    assert BPETokenizer.train(texts, 290).merges == train_plain(Counter(t.encode() for t in texts), 34)


@pytest.mark.parametrize("tokenizer", [TRAINED, RANKED], ids=["merges", "ranks"])
@given(text=any_text)
@settings(deadline=None)
def test_nothing_is_lost(tokenizer, text):
    ids = tokenizer.encode(text)
    assert tokenizer.decode(ids) == text and tokenizer.decode(tokenizer.encode_array(text)) == text
    assert tokenizer.decode(tokenizer.encode(text, allowed_special="all")) == text


@given(st.binary(max_size=80))
@settings(deadline=None)
def test_no_byte_is_lost(data):
    assert TRAINED.decode_bytes(TRAINED.encode_bytes(data)) == data
    assert TRAINED.decode_bytes(TRAINED.encode_bytes(data * 20)) == data * 20


@given(st.text(alphabet=st.characters(), max_size=40))
@settings(deadline=None)
def test_lone_surrogates_come_back_when_asked_for(text):
    assert TRAINED.decode(TRAINED.encode(text), errors="surrogatepass") == text


def test_surrogates_are_replaced_when_not_asked_for():
    assert TRAINED.decode(TRAINED.encode("a\ud800")) == "a\ufffd\ufffd\ufffd"
    with pytest.raises(UnicodeDecodeError):
        TRAINED.decode(TRAINED.encode("a\ud800"), errors="strict")


@given(few_letters, few_letters)
@settings(deadline=None)
def test_the_ids_of_a_text_do_not_depend_on_what_was_encoded_before(first, second):
    fresh = BPETokenizer(TRAINED.vocab, TRAINED.merges)
    expected = fresh.encode(second)
    assert [TRAINED.encode(first), TRAINED.encode(second)][1] == expected
    assert TRAINED.encode_batch([first, second])[1] == expected


def test_a_full_memory_is_emptied_and_a_long_text_cut(monkeypatch):
    text = strange(30_000) + TEXT
    expected = TRAINED.encode(text)
    monkeypatch.setattr(memory, "_FIRST", 16)
    monkeypatch.setattr(memory, "_LARGEST", 64)
    monkeypatch.setattr(memory, "_PIECE", 100)
    assert BPETokenizer(TRAINED.vocab, TRAINED.merges).encode(text) == expected


@pytest.mark.parametrize("letter", ["a", " ", "\n", "é", "-"])
@pytest.mark.parametrize("pattern", ["gpt2", "cl100k", None])
def test_a_megabyte_of_one_letter_is_no_trap(letter, pattern):
    tokenizer = BPETokenizer.train(letter * 1000 + " b", 264, pattern=pattern)
    ids = tokenizer.encode_array(letter * 1_000_000)
    assert tokenizer.decode(ids) == letter * 1_000_000
    assert 1000 < len(ids) < 20_000


def test_special_tokens_are_text_unless_allowed():
    text = "hi <|end|> there<|user|>"
    assert not set(TRAINED.special_tokens.values()) & set(TRAINED.encode(text))
    assert TRAINED.encode(text, allowed_special=["<|user|>"]) == [
        *TRAINED.encode("hi <|end|> there"),
        TRAINED.special_tokens["<|user|>"],
    ]
    everything = TRAINED.encode(text, allowed_special="all")
    assert [i for i in everything if i in TRAINED.special_tokens.values()] == [
        TRAINED.special_tokens["<|end|>"],
        TRAINED.special_tokens["<|user|>"],
    ]
    assert TRAINED.decode(everything) == text


def test_the_longest_special_token_wins():
    double = TRAINED.special_tokens["<|end|><|end|>"]
    assert TRAINED.encode("<|end|><|end|>", allowed_special="all") == [double]
    assert TRAINED.encode("<|end|><|end|>", allowed_special=["<|end|>"]) == [TRAINED.special_tokens["<|end|>"]] * 2
    assert TRAINED.encode("", allowed_special="all") == []


def test_a_special_token_that_does_not_exist_is_named():
    for tokenizer in (TRAINED, BPETokenizer.train("ab", 257)):
        with pytest.raises(ValueError, match=r"allowed_special names \['<\|pad\|>'\]"):
            tokenizer.encode("x", allowed_special=["<|pad|>"])
        with pytest.raises(ValueError, match='must be "all" or a collection'):
            tokenizer.encode("x", allowed_special="<|end|>")


def test_steps_tell_each_merge():
    tokenizer = BPETokenizer.train("low lower lowest newer newest", 266)
    steps = tokenizer.steps(" lowest")
    assert steps[0] == [b" ", b"l", b"o", b"w", b"e", b"s", b"t"]
    assert all(len(a) == len(b) + 1 for a, b in itertools.pairwise(steps))
    assert [tokenizer.token_to_id(part) for part in steps[-1]] == tokenizer.encode(" lowest")
    assert tokenizer.steps("") == [[]] and tokenizer.steps("x") == [[b"x"]]


def test_ranks_take_whole_words_first_and_merges_do_not():
    vocab = {bytes([b]): i for i, b in enumerate(BYTES)} | {b"abc": 256}  # nothing leads to abc
    assert BPETokenizer(vocab).encode("abc") == [256]
    assert BPETokenizer(vocab).steps("abc") == [[b"a", b"b", b"c"], [b"abc"]]
    assert BPETokenizer(vocab).encode("abcd") == [64, 65, 66, 67]
    assert BPETokenizer(vocab, whole_words=False).encode("abc") == [64, 65, 66]
    assert BPETokenizer(vocab, []).encode("abc") == [64, 65, 66]
    assert BPETokenizer(vocab, [], whole_words=True).encode("abc") == [256]


def test_ranks_merge_by_joined_bytes_and_merges_by_pair():
    base = {bytes([b]): i for i, b in enumerate(BYTES)}
    vocab = base | {b"ab": 256, b"bc": 257, b"abc": 258}
    assert BPETokenizer(vocab, [(64, 65), (65, 66), (64, 257)]).encode("abcabc") == [256, 66, 256, 66]  # no (ab, c)
    assert BPETokenizer(vocab, whole_words=False).encode("abc") == [258]


def test_ids_with_gaps_are_allowed_and_gaps_are_no_tokens():
    vocab = {bytes([b]): 2 * b for b in range(256)}
    tokenizer = BPETokenizer(vocab, special_tokens={"<|end|>": 1001})
    assert tokenizer.vocab_size == 1002 and tokenizer.encode("\x01") == [2]
    for ids in ([1], [1000], [-1], [1002], [2] * 100 + [3], [2] * 100 + [-1], [2] * 100 + [5000]):
        with pytest.raises(ValueError, match="token must be an id of the vocabulary, below 1002"):
            tokenizer.decode(ids)


def test_decoding_asks_for_whole_numbers():
    with pytest.raises(TypeError, match="ids must be whole numbers"):
        TRAINED.decode(np.zeros(100))
    assert TRAINED.decode([]) == "" and TRAINED.decode(np.array([], int)) == ""


def test_lists_arrays_and_tuples_are_decoded_alike():
    """Long ones go through a kernel, which copies eight bytes at a time and must find so many behind the last token."""
    vocab = {bytes([b]): b for b in range(256)} | {b"abcdefgh": 256, b"abcdefghi": 257, b"abcdefghijklmnopq": 258}
    tokenizer = BPETokenizer(vocab)
    rng = np.random.default_rng(0)
    for size in (63, 64, 500):
        ids = rng.integers(200, 259, size)
        expected = b"".join(tokenizer.token_bytes(int(i)) for i in ids)
        for form in (ids, ids.astype(np.uint16), ids.tolist(), list(ids), tuple(ids.tolist())):
            assert tokenizer.decode_bytes(form) == expected
    starts, data = tokenizer._ready_to_join()
    assert len(data) == starts[-1] + 8
    for wrong in ([1.0] * 100, ["a"] * 100, [2**70] * 100):
        with pytest.raises(TypeError, match="ids must be whole numbers"):
            tokenizer.decode(wrong)


BASE = {bytes([b]): b for b in range(256)}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"vocab": {}}, "all 256 bytes; 256 are missing, first b'.x00'"),
        ({"vocab": BASE | {b"ab": 97}}, "different ids; 97 stands for b'a' and b'ab'"),
        ({"vocab": BASE | {b"ab": -1}}, "ids from 0"),
        ({"vocab": BASE | {b"ab": 2**31}}, "ids from 0"),
        ({"vocab": BASE | {b"ab": True}}, "ids from 0"),
        ({"vocab": BASE | {b"": 256}}, "at least one byte"),
        ({"vocab": BASE | {"ab": 256}}, "at least one byte"),
        ({"vocab": BASE, "merges": [(97, 98)]}, "merge 0 makes b'ab'"),
        ({"vocab": BASE, "merges": [(97, 300)]}, "merge 0 names 300"),
        ({"vocab": BASE | {b"ab": 256}, "merges": [(97, 98), (97, 98)]}, "merge 1 repeats"),
        ({"vocab": BASE, "special_tokens": {"x": 5}}, "ids of their own; 5"),
        ({"vocab": BASE, "special_tokens": {"": 256}}, "at least one character"),
        ({"vocab": BASE, "special_tokens": {"x": 256, "y": 256}}, "different ids"),
        ({"vocab": BASE, "pattern": "gpt-2"}, "pattern must be one of 'gpt2'"),
    ],
)  # fmt: skip
def test_what_is_no_vocabulary_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        BPETokenizer(**arguments)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"texts": "ab", "vocab_size": 255}, ValueError, "the 256 bytes; got 255"),
        ({"texts": "ab", "vocab_size": 256, "special_tokens": ["x"]}, ValueError, "1 special tokens; got 256"),
        ({"texts": "ab", "vocab_size": 300, "special_tokens": ["x", "x"]}, ValueError, "different texts"),
        ({"texts": "ab", "vocab_size": 300, "special_tokens": "xy"}, ValueError, "sequence of different texts"),
        ({"texts": "", "vocab_size": 300}, ValueError, "texts must hold some text"),
        ({"texts": [], "vocab_size": 300}, ValueError, "texts must hold some text"),
        ({"texts": [1], "vocab_size": 300}, TypeError, "str or bytes; got int"),
        ({"texts": "ab", "vocab_size": 300.0}, TypeError, "whole number"),
        ({"texts": "ab", "vocab_size": 300, "least": 0}, ValueError, "least"),
        ({"texts": "ab", "vocab_size": 300, "pattern": "x"}, ValueError, "pattern must be"),
    ],
)
def test_what_cannot_be_trained_is_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        BPETokenizer.train(**arguments)


def test_spelling_is_reversible():
    assert unspell(spell(bytes(range(256)))) == bytes(range(256))
    assert spell(b" the\n") == "ĠtheĊ" and len(set(spell(bytes(range(256))))) == 256
    assert sorted(BYTES) == list(range(256)) and BYTES[0] == ord("!")


def test_a_space_is_put_before_a_text_that_has_none():
    tokenizer = BPETokenizer(TRAINED.vocab, TRAINED.merges, prefix_space=True)
    assert tokenizer.encode("the") == TRAINED.encode(" the") == tokenizer.encode(" the")


def test_a_tokenizer_survives_the_way_to_another_process():
    assert pickle.loads(pickle.dumps(TRAINED)).encode(TEXT[:1000]) == TRAINED.encode(TEXT[:1000])
