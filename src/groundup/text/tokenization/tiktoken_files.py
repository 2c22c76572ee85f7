"""tiktoken's rank files: a token in base64 and its rank on each line. The rank is the id and the order of merging."""

import base64
import os
from collections.abc import Mapping
from pathlib import Path

from groundup.files import write_whole
from groundup.text.tokenization.bpe import BPETokenizer
from groundup.text.tokenization.pretokenize import Pattern

__all__ = ["read_ranks", "read_tiktoken", "write_tiktoken"]


def read_tiktoken(
    path: str | os.PathLike[str], *, pattern: Pattern, special_tokens: Mapping[str, int] | None = None
) -> BPETokenizer:
    """The tokenizer of a rank file, which tells neither the pattern nor the special tokens.

    Parameters
    ----------
    path : path
    pattern : {"gpt2", "cl100k", "llama3", "qwen2"} or None
        "gpt2" for r50k_base and p50k_base, "cl100k" for cl100k_base.
    special_tokens : mapping of str to int
        For r50k_base ``{"<|endoftext|>": 50256}``.

    Raises
    ------
    ValueError
        If a line is no token with a rank, a token or rank comes twice, or a byte is missing.
    """
    try:
        return BPETokenizer(read_ranks(path), pattern=pattern, special_tokens=special_tokens)
    except ValueError as fault:
        raise ValueError(f"{path}: {fault}") from fault


def read_ranks(path: str | os.PathLike[str]) -> dict[bytes, int]:
    """Tokens and ranks of a rank file."""
    ranks: dict[bytes, int] = {}
    for number, line in enumerate(Path(path).read_bytes().splitlines(), 1):
        if not line:
            continue
        try:
            encoded, rank = line.split()
            token, i = base64.b64decode(encoded, validate=True), int(rank)
        except ValueError:  # of the base64 as well
            raise ValueError(f"line {number} must hold a token in base64 and its rank; got {line!r}") from None
        if token in ranks:
            raise ValueError(f"line {number} has the token {token!r} a second time")
        ranks[token] = i
    return ranks


def write_tiktoken(tokenizer: BPETokenizer, path: str | os.PathLike[str]) -> None:
    """Write a rank file; pattern and special tokens are lost.

    Raises
    ------
    ValueError
        If ranks cannot say what the tokenizer does: its merges are not in the order of ids, a token of several bytes
        is made by no merge, or it puts a space before texts.
    """
    if tokenizer.prefix_space:
        raise ValueError("prefix_space must be False for a rank file, which cannot say that; got True")
    if not tokenizer.by_rank:
        token = tokenizer.token_bytes
        made = [tokenizer.vocab[token(left) + token(right)] for left, right in tokenizer.merges]
        long = [i for text, i in tokenizer.vocab.items() if len(text) > 1]
        if made != sorted(long):
            raise ValueError("merges must make the tokens of several bytes in the order of their ids for a rank file")
    ranks = sorted(tokenizer.vocab.items(), key=lambda item: item[1])
    write_whole(path, "".join(f"{base64.b64encode(token).decode()} {i}\n" for token, i in ranks))
