"""Special tokens in text: found only where the caller allows them, the longest first.

``<|endoftext|>`` typed by a user must not end the document, so a spelling in ordinary text is ordinary text. Who builds
a prompt and knows where its special tokens are allows them by name.
"""

import functools
import re
from collections.abc import Iterator, Mapping

from groundup.text.tokenization.base import Allowed, check_text

__all__ = ["allowed_tokens", "check_special", "split_special"]


def check_special(special_tokens: Mapping[str, int]) -> dict[str, int]:
    """A copy; raises when a spelling is empty or no text, or two share an id."""
    for spelling, token in special_tokens.items():
        if not isinstance(spelling, str) or not spelling:
            raise ValueError(f"special_tokens must be texts of at least one character; got {spelling!r}")
        if not isinstance(token, int) or isinstance(token, bool) or token < 0:
            raise ValueError(f"special_tokens must have ids of at least 0; got {token!r} for {spelling!r}")
    if len(set(special_tokens.values())) < len(special_tokens):
        raise ValueError(f"special_tokens must have different ids; got {dict(special_tokens)}")
    return dict(special_tokens)


def allowed_tokens(special_tokens: Mapping[str, int], allowed: Allowed) -> dict[str, int]:
    """Those of the special tokens that are allowed.

    Raises
    ------
    ValueError
        If `allowed` names one that the tokenizer does not have: it would be read as text without a word.
    """
    if allowed == "all":
        return dict(special_tokens)
    if isinstance(allowed, str):
        raise ValueError(f'allowed_special must be "all" or a collection of special tokens; got {allowed!r}')
    unknown = sorted(set(allowed) - set(special_tokens))
    if unknown:
        raise ValueError(f"allowed_special names {unknown}; the special tokens are {sorted(special_tokens)}")
    return {spelling: special_tokens[spelling] for spelling in allowed}


def split_special(text: str, special_tokens: Mapping[str, int], allowed: Allowed) -> Iterator[tuple[str, int | None]]:
    """Pieces of the text between allowed special tokens: (text, None), and (spelling, id) for these.

    At each place the longest spelling that fits is taken, and the search goes on behind it. Empty pieces are left out.
    """
    check_text(text)
    wanted = allowed_tokens(special_tokens, allowed)
    start = 0
    if wanted:
        for match in _expression(tuple(sorted(wanted, key=len, reverse=True))).finditer(text):
            if match.start() > start:
                yield text[start : match.start()], None
            yield match.group(), wanted[match.group()]
            start = match.end()
    if start < len(text):
        yield text[start:], None


@functools.lru_cache(maxsize=64)
def _expression(spellings: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, spellings)))
