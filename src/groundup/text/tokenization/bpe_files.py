r"""Byte pair encoding in published files: ``tokenizer.json``, and GPT-2's ``vocab.json`` with ``merges.txt``.

A ``tokenizer.json`` is a chain of parts with many options. Those of byte-level BPE are followed exactly; any other is
refused with its name, since a tokenizer that is nearly right spoils a model silently. With ``allowed_special="all"``
the ids are those of Hugging Face's library, which always looks for special tokens.

Its regular expressions are Oniguruma's. There ``{1,3}+`` is a repeated repetition and ``$`` the end of a line, so that
tiktoken's spellings mean something else: they are refused, and cl100k is written in a spelling of its own.
"""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from groundup.files import write_whole
from groundup.text.tokenization.bpe import BPETokenizer
from groundup.text.tokenization.bpe_plain import spell, unspell
from groundup.text.tokenization.pretokenize import PATTERNS, Pattern

__all__ = ["from_published", "read_vocab_merges", "to_published", "write_vocab_merges"]

_SPLITS: dict[str, Pattern] = {
    PATTERNS["llama3"]: "llama3",
    PATTERNS["qwen2"]: "qwen2",
    r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+": "gpt2",
    (
        r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*+"
        r"|\s++\z|\s*[\r\n]|\s+(?!\S)|\s"
    ): "cl100k",
}
# field of the model: the values that change nothing
_HARMLESS: dict[str, tuple[Any, ...]] = {
    "dropout": (None, 0.0),
    "continuing_subword_prefix": (None, ""),
    "end_of_word_suffix": (None, ""),
    "byte_fallback": (None, False),
}


def from_published(data: Mapping[str, Any]) -> BPETokenizer:
    """The tokenizer of a ``tokenizer.json`` with a model of type BPE, already parsed.

    Raises
    ------
    ValueError
        If an option cannot be followed exactly, or something is damaged; the message names the field.
    """
    for field in ("normalizer", "truncation", "padding"):
        _expect(data.get(field) is None, field, "null", data.get(field))
    for field in ("decoder", "post_processor"):
        kind = _object(data.get(field) or {"type": "ByteLevel"}, field).get("type")
        _expect(kind == "ByteLevel", f"{field}.type", "'ByteLevel'", kind)
    model = _object(data.get("model"), "model")
    for field, harmless in _HARMLESS.items():
        _expect(model.get(field) in harmless, f"model.{field}", f"{harmless[0]} or {harmless[1]}", model.get(field))
    pattern, prefix_space = _splitting(data.get("pre_tokenizer"))
    added = _added_tokens(data.get("added_tokens") or [])
    merges = [_merge(entry, rank) for rank, entry in enumerate(_list(model.get("merges"), "model.merges"))]
    vocab = _vocabulary(_object(model.get("vocab"), "model.vocab"), added, merges)
    ids = [_merge_ids(vocab, left, right, rank) for rank, (left, right) in enumerate(merges)]
    return BPETokenizer(
        vocab,
        ids,
        pattern=pattern,
        special_tokens=added,
        whole_words=bool(model.get("ignore_merges")),
        prefix_space=prefix_space,
    )


def to_published(tokenizer: BPETokenizer) -> dict[str, Any]:
    """What a ``tokenizer.json`` of this tokenizer holds.

    Without merges of its own (tiktoken's ranks) every way to put a token together of two becomes a merge, and
    `ignore_merges` is set.
    """
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    special = sorted(tokenizer.special_tokens.items(), key=lambda item: item[1])
    level = {"type": "ByteLevel", "add_prefix_space": tokenizer.prefix_space, "trim_offsets": True, "use_regex": True}
    if tokenizer.pattern == "gpt2":
        splitting: dict[str, Any] = level
    elif tokenizer.pattern is None:
        splitting = {**level, "use_regex": False}
    else:
        _expect(not tokenizer.prefix_space, "prefix_space", "False with this pattern", tokenizer.prefix_space)
        expression = next(text for text, name in _SPLITS.items() if name == tokenizer.pattern)
        split = {"type": "Split", "pattern": {"Regex": expression}, "behavior": "Isolated", "invert": False}
        splitting = {"type": "Sequence", "pretokenizers": [split, {**level, "use_regex": False}]}
    token = tokenizer.token_bytes
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [{"id": i, "content": spelling, **flags} for spelling, i in special],
        "normalizer": None,
        "pre_tokenizer": splitting,
        "post_processor": None,
        "decoder": {**level, "add_prefix_space": True},
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": None,
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": False,
            "byte_fallback": False,
            "ignore_merges": tokenizer.whole_words,
            "vocab": {spell(text): i for text, i in tokenizer.vocab.items()},
            "merges": [[spell(token(left)), spell(token(right))] for left, right in tokenizer.merges],
        },
    }


def read_vocab_merges(
    vocab: str | os.PathLike[str],
    merges: str | os.PathLike[str],
    *,
    special_tokens: Sequence[str] = ("<|endoftext|>",),
    pattern: Pattern = "gpt2",
) -> BPETokenizer:
    """GPT-2's two files: ids of spelled tokens as JSON, and merges, one a line.

    Parameters
    ----------
    vocab, merges : path
    special_tokens : sequence of str
        Which tokens of the vocabulary are no bytes but special; the files do not say so. One that is not there is
        left out.
    pattern : {"gpt2", "cl100k", "llama3", "qwen2"} or None
    """
    vocab, merges = Path(vocab), Path(merges)
    try:
        spelled = _object(json.loads(vocab.read_bytes()), "the vocabulary")
        special = {token: spelled[token] for token in special_tokens if token in spelled}
    except ValueError as fault:
        raise ValueError(f"{vocab}: {fault}") from fault
    try:
        lines = merges.read_bytes().decode().replace("\r\n", "\n").split("\n")
        start = 1 if lines[0].startswith("#version") else 0
        pairs = [_merge(line, rank) for rank, line in enumerate(line for line in lines[start:] if line)]
        tokens = _vocabulary(spelled, special, pairs)
        ids = [_merge_ids(tokens, left, right, rank) for rank, (left, right) in enumerate(pairs)]
        return BPETokenizer(tokens, ids, pattern=pattern, special_tokens=special)
    except ValueError as fault:
        raise ValueError(f"{merges} with {vocab}: {fault}") from fault


def write_vocab_merges(tokenizer: BPETokenizer, vocab: str | os.PathLike[str], merges: str | os.PathLike[str]) -> None:
    """Write GPT-2's two files; they keep neither the pattern nor which tokens are special."""
    _expect(not tokenizer.whole_words, "whole_words", "False, for which these files have no place", True)
    token = tokenizer.token_bytes
    spelled = {spell(text): i for text, i in tokenizer.vocab.items()} | tokenizer.special_tokens
    lines = [f"{spell(token(left))} {spell(token(right))}\n" for left, right in tokenizer.merges]
    write_whole(vocab, json.dumps(spelled, ensure_ascii=False))
    write_whole(merges, "".join(["#version: 0.2\n", *lines]))


def _splitting(part: Any) -> tuple[Pattern, bool]:
    """Pattern and prefix space of a pre-tokenizer."""
    part = _object(part, "pre_tokenizer")
    if part.get("type") == "ByteLevel":
        return ("gpt2" if part.get("use_regex", True) else None), bool(part.get("add_prefix_space", True))
    _expect(part.get("type") == "Sequence", "pre_tokenizer.type", "'ByteLevel' or 'Sequence'", part.get("type"))
    parts = _list(part.get("pretokenizers"), "pre_tokenizer.pretokenizers")
    kinds = [_object(one, "pre_tokenizer.pretokenizers").get("type") for one in parts]
    _expect(kinds == ["Split", "ByteLevel"], "pre_tokenizer.pretokenizers", "Split and ByteLevel", kinds)
    split, level = parts
    for field, value in (("behavior", "Isolated"), ("invert", False)):
        _expect(split.get(field) == value, f"pre_tokenizer Split.{field}", repr(value), split.get(field))
    for field in ("use_regex", "add_prefix_space"):
        _expect(level.get(field, True) is False, f"pre_tokenizer ByteLevel.{field}", "False", level.get(field, True))
    expression = _object(split.get("pattern"), "pre_tokenizer Split.pattern").get("Regex")
    _expect(expression in _SPLITS, "pre_tokenizer Split.pattern", "a pattern of pretokenize", split.get("pattern"))
    return _SPLITS[str(expression)], False


def _added_tokens(entries: Any) -> dict[str, int]:
    """Spelling and id of the added tokens."""
    found: dict[str, int] = {}
    letters: dict[bool, set[str]] = {True: set(), False: set()}
    for entry in _list(entries, "added_tokens"):
        entry = _object(entry, "added_tokens")
        content: Any = entry.get("content")
        for field in ("single_word", "lstrip", "rstrip"):
            _expect(not entry.get(field), f"added_tokens.{field}", f"false for {content!r}", entry.get(field))
        _expect(isinstance(content, str), "added_tokens.content", "a text", content)
        _expect(content not in found, "added_tokens", "different contents", content)
        found[content] = entry.get("id")  # pyright: ignore[reportArgumentType]  # BPETokenizer checks ids
        letters[bool(entry.get("normalized"))] |= set(content)
    # the library looks for those with normalized: false first; the order tells nothing if they have no letter in common
    both = letters[True] & letters[False]
    _expect(not both, "added_tokens.normalized", "the same for tokens that could overlap", sorted(both))
    return found


def _vocabulary(
    spelled: Mapping[str, Any], special: Mapping[str, int], merges: Sequence[tuple[bytes, bytes]]
) -> dict[bytes, int]:
    """Bytes and ids of the tokens that are not special."""
    made = {left + right for left, right in merges}
    vocab: dict[bytes, int] = {}
    for spelling, i in spelled.items():
        if spelling in special:
            _expect(special[spelling] == i, "added_tokens.id", f"{i} for {spelling!r} as in vocab", special[spelling])
            if not _spells(spelling) or _unspell(spelling) not in made:
                continue
        vocab[_unspell(spelling)] = i
    return vocab


def _spells(text: str) -> bool:
    try:
        unspell(text)
    except KeyError:
        return False
    return True


def _unspell(text: str) -> bytes:
    try:
        return unspell(text)
    except KeyError as fault:
        raise ValueError(f"tokens must be spelled in GPT-2's characters for bytes; got {text!r} with {fault}") from None


def _merge(entry: Any, rank: int) -> tuple[bytes, bytes]:
    """Both halves of a merge, written "a b" or ["a", "b"]."""
    parts = entry.split(" ") if isinstance(entry, str) else entry
    right = isinstance(parts, list) and len(parts) == 2 and all(isinstance(part, str) and part for part in parts)
    _expect(right, f"merge {rank}", "two tokens", entry)
    return _unspell(parts[0]), _unspell(parts[1])


def _merge_ids(vocab: Mapping[bytes, int], left: bytes, right: bytes, rank: int) -> tuple[int, int]:
    for token in (left, right, left + right):
        _expect(token in vocab, f"merge {rank}", "tokens of the vocabulary", token)
    return vocab[left], vocab[right]


def _expect(right: bool, field: str, expected: str, came: Any) -> None:
    if not right:
        raise ValueError(f"{field} must be {expected}; got {came!r}")


def _object(value: Any, field: str) -> dict[str, Any]:
    _expect(isinstance(value, dict), field, "a JSON object", value)
    return value


def _list(value: Any, field: str) -> list[Any]:
    _expect(isinstance(value, list), field, "a list", value)
    return value
