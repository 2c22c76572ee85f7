"""What all tokenizers promise: the same calls, files, and special tokens that no text can forge."""

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundup.text.tokenization import (
    BPETokenizer,
    CharTokenizer,
    Tokenizer,
    UnigramTokenizer,
    WordPieceTokenizer,
    load,
    save,
)

TEXT = "the lowest trees, the newer tokens: naïve <end> 12 " * 8
KINDS = ("bpe", "characters", "wordpiece", "unigram")


def made(kind: str) -> Tokenizer:
    """A small tokenizer of each kind; those that have special tokens have one of letters and signs."""
    if kind == "bpe":
        return BPETokenizer.train(TEXT, 300, special_tokens=["<end>"])
    if kind == "characters":
        return CharTokenizer.train(TEXT)
    if kind == "wordpiece":
        return WordPieceTokenizer.train(TEXT, 90, special_tokens=["[UNK]", "<end>"])
    return UnigramTokenizer.train(TEXT, 320, special_tokens=["<end>"], byte_fallback=True)


TOKENIZERS = {kind: made(kind) for kind in KINDS}


@pytest.mark.parametrize("kind", KINDS)
def test_every_call_of_the_interface(kind):
    ours = TOKENIZERS[kind]
    ids = ours.encode("the newest trees")
    assert ids and all(isinstance(k, int) and 0 <= k < ours.vocab_size for k in ids)
    array = ours.encode_array("the newest trees")
    assert array.dtype == "int32" and array.tolist() == ids
    assert ours.encode_batch(["the", "trees"]) == [ours.encode("the"), ours.encode("trees")]
    assert ours.decode(ids) == ours.decode(array) == "the newest trees"
    assert ours.decode_bytes(ids) == b"the newest trees"
    assert ours.encode("") == [] and ours.decode([]) == ""


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_text_and_what_is_no_id_is_told(kind):
    ours = TOKENIZERS[kind]
    for strange in (None, b"the", 3, ["the"]):
        with pytest.raises(TypeError, match=f"text must be a str; got {type(strange).__name__}"):
            ours.encode(strange)
    for strange in ([1.5], ["1"], [None]):
        with pytest.raises(TypeError):
            ours.decode(strange)
    for strange in (-1, ours.vocab_size, 10**9):
        with pytest.raises(ValueError, match=f"token must be .*; got {strange}"):
            ours.decode([strange])


def test_texts_to_train_on_are_text_and_sizes_are_whole_numbers():
    for kind in (WordPieceTokenizer, UnigramTokenizer):
        with pytest.raises(TypeError, match="text must be a str; got bytes"):
            kind.train([b"the newest"], 100)
        with pytest.raises(TypeError, match="vocab_size must be a whole number; got '9'"):
            kind.train("the newest", "9")
    with pytest.raises(ValueError, match="vocab_size must be more than 257, for what comes first; got 257"):
        UnigramTokenizer.train("the newest", 257, byte_fallback=True)


@pytest.mark.parametrize("kind", KINDS)
def test_files(kind, tmp_path):
    ours = TOKENIZERS[kind]
    save(ours, tmp_path / "tokenizer.json")
    again = load(tmp_path / "tokenizer.json")
    assert type(again) is type(ours) and again.encode(TEXT) == ours.encode(TEXT)
    assert again.special_tokens == ours.special_tokens
    if kind != "characters":
        save(ours, tmp_path / "published.json", published=True)
        assert load(tmp_path / "published.json").encode(TEXT) == ours.encode(TEXT)


@pytest.mark.parametrize("kind", [k for k in KINDS if k != "characters"])
@settings(max_examples=60, deadline=None)
@given(st.text(max_size=12), st.text(max_size=12))
def test_no_text_becomes_a_special_token_unless_it_is_allowed(kind, before, after):
    ours = TOKENIZERS[kind]
    special = ours.special_tokens["<end>"]
    text = before + "<end>" + after
    assert special not in ours.encode(text)
    assert ours.encode(text, allowed_special={"<end>"}).count(special) == text.count("<end>")
    if kind == "bpe":
        assert ours.decode(ours.encode(text)) == text


def test_training_takes_a_text_as_one_text():
    """Not as a row of letters."""
    assert WordPieceTokenizer.train(TEXT, 90).pieces == WordPieceTokenizer.train([TEXT], 90).pieces
    assert UnigramTokenizer.train(TEXT, 60).pieces == UnigramTokenizer.train([TEXT], 60).pieces


def test_cutting_without_unigram_or_bpe_loads_no_compiler():
    code = (
        "import sys; from groundup.text.tokenization import WordPieceTokenizer; "
        "WordPieceTokenizer.train('ab ab', 20).encode('ab'); assert 'numba' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
