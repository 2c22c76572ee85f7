"""Tokens per word, character and byte."""

import math

import pytest

from groundup.text.tokenization import BPETokenizer, CharTokenizer
from groundup.text.tokenization.fertility import Fertility, cost, fertility


def test_counts_and_ratios():
    found = fertility(CharTokenizer("aé "), ["aé a", "é"])
    assert found == Fertility(tokens=5, words=3, characters=5, bytes=7)
    assert (found.tokens_per_word, found.tokens_per_character, found.bytes_per_token) == (5 / 3, 1.0, 1.4)
    assert fertility(CharTokenizer("aé "), "aé a") == fertility(CharTokenizer("aé "), ["aé a"])


def test_nothing_has_no_ratio():
    assert math.isnan(fertility(CharTokenizer("a"), "").tokens_per_word)
    assert math.isnan(fertility(CharTokenizer("a"), []).bytes_per_token)


def test_what_was_not_trained_on_costs_more():
    english = "the weather is fine today and the children play in the garden " * 20
    tokenizer = BPETokenizer.train(english, 400)
    there, elsewhere = fertility(tokenizer, english), fertility(tokenizer, "погода сегодня хорошая")
    assert there.tokens_per_word < 1.2 < 1.8 < elsewhere.tokens_per_character <= 2.1


def test_cost():
    assert cost(CharTokenizer("ab"), ["ab" * 500], 3.0) == pytest.approx(0.003)
    with pytest.raises(ValueError, match="price must be at least 0; got -1"):
        cost(CharTokenizer("ab"), "a", -1)
