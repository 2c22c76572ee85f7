"""The ids of tiktoken and of tokenizers on megabytes of varied text, and on what hypothesis finds."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundup.proofs.text._tokenization_bpe import corpus, hugging_face, strange, tiktoken_encoding, varied
from groundup.text.tokenization import BPETokenizer

pytest.importorskip("tiktoken")
pytest.importorskip("tokenizers")
NAMES = ["gpt2", "cl100k", "llama3", "qwen2"]
OURS = {p: BPETokenizer.train([corpus(100_000), strange(50_000, 3)], 2000, pattern=p) for p in NAMES}
TIKTOKEN = {p: tiktoken_encoding(OURS[p]) for p in NAMES}
TOKENIZERS = {p: hugging_face(OURS[p]) for p in NAMES}
PIECE = 1_000_000  # characters; tokenizers takes more than its share of time for a longer text
letters = st.text(alphabet=st.sampled_from("aeZ \n\r\t'sS1½.\u3000é中\u0301ſ\U0001f600-=")) | st.text(
    alphabet=st.characters(codec="utf-8")
)


@pytest.mark.parametrize("pattern", NAMES)
@given(parts=st.lists(letters | st.sampled_from([" " * 9, "'ll", "import ", "self."]), max_size=8))
@settings(max_examples=200, deadline=None)
def test_any_text(pattern, parts):
    text = "".join(parts)
    ids = OURS[pattern].encode(text)
    assert ids == TIKTOKEN[pattern].encode_ordinary(text)
    assert ids == TOKENIZERS[pattern].encode(text).ids


@pytest.mark.parametrize("pattern", ["gpt2", "cl100k"])
@pytest.mark.parametrize("size", [2_000_000, pytest.param(20_000_000, marks=pytest.mark.slow)])
def test_megabytes(pattern, size):
    text = varied(size)
    ids = OURS[pattern].encode(text)
    assert ids == TIKTOKEN[pattern].encode_ordinary(text)
    assert OURS[pattern].decode(ids) == text
    for low in range(0, len(text), PIECE):
        piece = text[low : low + PIECE]
        assert OURS[pattern].encode(piece) == TOKENIZERS[pattern].encode(piece).ids
    ranks = BPETokenizer(OURS[pattern].vocab, pattern=pattern)
    assert ranks.encode(text) == ids


@pytest.mark.parametrize("seed", range(3))
def test_ranks_that_no_training_gives(seed):
    """Random tokens: many ways to put one together, in an order that no merges have."""
    import numpy as np

    rng = np.random.default_rng(seed)
    vocab = {bytes([b]): i for i, b in enumerate(rng.permutation(256))}
    while len(vocab) < 600:
        vocab.setdefault(bytes(rng.choice(list(b"ab -"), int(rng.integers(2, 7)))), len(vocab))
    ours = BPETokenizer(vocab)
    theirs = tiktoken_encoding(ours)
    for _ in range(200):
        text = "".join(rng.choice(list("ab -"), int(rng.integers(1, 150))))
        assert ours.encode(text) == theirs.encode_ordinary(text)


def test_special_tokens_as_tiktoken_finds_them():
    special = {"<|end|>": 3000, "<|user|>": 3001}
    ours = BPETokenizer(OURS["gpt2"].vocab, special_tokens=special)
    theirs = tiktoken_encoding(ours)
    for text in ("<|end|>", "<|end<|user|>|>", "a<|end b", "x end|> y", "<|user|>" * 3):
        for allowed in ({"<|end|>", "<|user|>"}, {"<|user|>"}, set()):
            expected = theirs.encode(text, allowed_special=allowed, disallowed_special=())
            assert ours.encode(text, allowed_special=allowed) == expected
