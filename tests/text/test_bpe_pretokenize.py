"""Words: the scanners cut as the regular expressions do."""

import unicodedata

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundup.proofs.text._tokenization_bpe import corpus, strange
from groundup.text.tokenization.pretokenize import PATTERNS, split
from groundup.text.tokenization.pretokenize_table import LETTER, NUMBER, OTHER, SPACE, UNICODE, character_classes

regex = pytest.importorskip("regex")
NAMES = sorted(PATTERNS)
# the characters that mean the same in the table and in any later version of Unicode
STABLE = "".join(chr(c) for c in range(0x110000) if unicodedata.category(chr(c)) not in ("Cn", "Cs"))
pieces = st.sampled_from(
    [*"aZé5½１ \n\r\t\u3000\x1c\x85.-'_\u0301中", "'s", "'S", "'ſ", "'ll", "'Ve", "\r\n", "123", "  ", "\U0001f600"]
)  # fmt: skip


def words(text: str, pattern: str) -> list[str]:
    return [word.decode() for word in split(text, pattern)]  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("pattern", NAMES)
@given(parts=st.lists(pieces, max_size=14))
@settings(max_examples=400, deadline=None)
def test_words_are_those_of_the_regular_expression(pattern, parts):
    text = "".join(parts)
    assert words(text, pattern) == regex.findall(PATTERNS[pattern], text)


@pytest.mark.parametrize("pattern", NAMES)
@given(text=st.text(alphabet=st.sampled_from(STABLE), max_size=30))
@settings(deadline=None)
def test_words_are_those_of_the_regular_expression_for_any_letters(pattern, text):
    assert words(text, pattern) == regex.findall(PATTERNS[pattern], text)


@pytest.mark.parametrize("pattern", NAMES)
def test_words_of_code_and_strange_text(pattern):
    assigned = {c for c in strange(40_000) if unicodedata.category(c) != "Cn"}
    text = corpus(100_000) + "".join(c for c in strange(40_000) if c in assigned)
    assert words(text, pattern) == regex.findall(PATTERNS[pattern], text)


@pytest.mark.parametrize("pattern", NAMES)
def test_every_character_after_and_before_a_letter_and_an_apostrophe(pattern):
    text = "".join(f"'{c}a{c}'{c} " for c in STABLE if ord(c) < 0x3000 or ord(c) % 97 == 0)
    assert words(text, pattern) == regex.findall(PATTERNS[pattern], text)


@given(st.binary(max_size=60))
@settings(deadline=None)
def test_joined_words_are_the_text_even_if_it_is_no_utf8(data):
    for pattern in (*NAMES, None):
        found = split(data, pattern)
        assert b"".join(found) == data and all(found)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"a\xff\xfeb", [b"a", b"\xff\xfe", b"b"]),  # no first byte of any character
        (b"a\xc3", [b"a", b"\xc3"]),  # cut off
        (b"a\xc3b", [b"a", b"\xc3", b"b"]),  # the second byte is missing
        (b"a\xc1\xa1b", [b"a", b"\xc1\xa1", b"b"]),  # a letter a, spelled too long
        (b"a\xe0\x81\xa1b", [b"a", b"\xe0\x81\xa1", b"b"]),
        (b"a\xf4\x90\x80\x80b", [b"a", b"\xf4\x90\x80\x80", b"b"]),  # above U+10FFFF
        (b"a\xed\xa0\x80b", [b"a", b"\xed\xa0\x80", b"b"]),  # a surrogate is no letter
    ],
)
def test_broken_utf8_counts_as_signs(data, words):
    assert split(data, "gpt2") == words


def test_a_text_is_one_word_without_a_pattern():
    assert split("it is one", None) == [b"it is one"] and split("", None) == [] == split("", "gpt2")


def test_the_two_spellings_of_cl100k_differ_at_the_end_of_a_text_only():
    assert split("a\n  ", "cl100k") == [b"a", b"\n  "]
    assert split("a\n  ", "llama3") == [b"a", b"\n", b"  "]
    assert split("a\n  b", "cl100k") == split("a\n  b", "llama3") == [b"a", b"\n", b" ", b" b"]


def test_classes_are_those_of_unicodedata_for_what_it_knows():
    names = {"L": LETTER, "N": NUMBER}
    table = character_classes()
    for c in range(0x110000):
        category = unicodedata.category(chr(c))
        if category == "Cn" or (category != "Cn" and unicodedata.unidata_version > UNICODE and table[c] == OTHER):
            continue
        if not chr(c).isspace():
            assert table[c] == names.get(category[0], OTHER), hex(c)
    assert "".join(map(chr, np.flatnonzero(table == SPACE))) == "".join(
        c for c in map(chr, range(0x3001)) if c.isspace() and c not in "\x1c\x1d\x1e\x1f"
    )


def test_classes_are_those_of_tiktoken_and_tokenizers():
    tokenizers = pytest.importorskip("tokenizers")
    table = character_classes()
    everything = "".join(chr(c) for c in range(0x110000) if not 0xD800 <= c < 0xE000)
    for name, expression in ((LETTER, r"\p{L}"), (NUMBER, r"\p{N}"), (SPACE, r"\s")):
        cut = tokenizers.pre_tokenizers.Split(tokenizers.Regex(expression), "removed")
        rest = set("".join(part for part, _ in cut.pre_tokenize_str(everything)))
        assert {chr(c) for c in np.flatnonzero(table == name)} == set(everything) - rest
        assert _kept_by_tiktoken(expression, everything) == set(everything) - rest


def _kept_by_tiktoken(expression: str, text: str) -> set[str]:
    """tiktoken encodes what its pattern finds and nothing else."""
    tiktoken = pytest.importorskip("tiktoken")
    ranks = {bytes([b]): b for b in range(256)}
    encoding = tiktoken.Encoding("bytes", pat_str=expression, mergeable_ranks=ranks, special_tokens={})
    return set(bytes(encoding.encode_ordinary(text)).decode())
