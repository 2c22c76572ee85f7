r"""Cutting text into words before merging: the patterns of published tokenizers, without regular expressions.

Byte pair encoding never merges across the border of two words, so the pattern decides what a token can be at all: GPT-2
keeps a space with the word that follows it, cl100k moreover cuts numbers into threes and lets one sign join a word.

==========  ==================================================================================================
``gpt2``    ``'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+``
``cl100k``  ``'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|
            \s*[\r\n]|\s+(?!\S)|\s``, as tiktoken has it
``llama3``  ``(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|
            \s*[\r\n]+|\s+(?!\S)|\s+``: the spelling that published ``tokenizer.json`` files use
``qwen2``   the same with ``\p{N}`` for ``\p{N}{1,3}``
``None``    no cutting: a text is one word
==========  ==================================================================================================

cl100k and llama3 differ in one case: a text that *ends* in white space after a line break. ``"a\n  "`` is ``a``,
``\n  `` for the first and ``a``, ``\n``, two spaces for the second.
"""

from typing import Literal, get_args

import numpy as np

from groundup.text.tokenization import _pretokenize_kernels as kernels
from groundup.text.tokenization.pretokenize_table import character_classes

__all__ = ["PATTERNS", "Pattern", "code_of", "split"]

Pattern = Literal["gpt2", "cl100k", "llama3", "qwen2"] | None

# for the Python package regex and, but for cl100k, tokenizers; tiktoken reads all
PATTERNS: dict[str, str] = {
    "gpt2": r"'(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s",
    "cl100k": (
        r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+"
        r"|\s++$|\s*[\r\n]|\s+(?!\S)|\s"
    ),
    "llama3": (
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
        r"|\s*[\r\n]+|\s+(?!\S)|\s+"
    ),
    "qwen2": (
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
        r"|\s*[\r\n]+|\s+(?!\S)|\s+"
    ),
}
_CODES = {
    None: (kernels.WHOLE, 0, 0),
    "gpt2": (kernels.GPT2, 0, 0),
    "cl100k": (kernels.CL100K, 3, 1),
    "llama3": (kernels.CL100K, 3, 0),
    "qwen2": (kernels.CL100K, 1, 0),
}


def code_of(pattern: Pattern) -> tuple[int, int, int]:
    """What the kernels need to know of a pattern.

    Raises
    ------
    ValueError
        If there is no such pattern.
    """
    if pattern not in _CODES:
        names = ", ".join(repr(name) for name in get_args(get_args(Pattern)[0]))
        raise ValueError(f"pattern must be one of {names} or None; got {pattern!r}")
    return _CODES[pattern]


def split(text: str | bytes, pattern: Pattern = "gpt2") -> list[bytes]:
    """The words of a text in UTF-8; joined they are the text again.

    Parameters
    ----------
    text : str or bytes
        Bytes need not be valid UTF-8.
    pattern : {"gpt2", "cl100k", "llama3", "qwen2"} or None

    Examples
    --------
    >>> split("It's 12345 o'clock", "cl100k")
    [b'It', b"'s", b' ', b'123', b'45', b' o', b"'clock"]
    """
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else bytes(text)
    ends = kernels.word_ends(np.frombuffer(data, np.uint8), character_classes(), code_of(pattern)).tolist()
    return [data[a:b] for a, b in zip([0, *ends], ends, strict=False)]
