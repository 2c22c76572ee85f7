RULES = [
    ("ies", "y", ("eies", "aies")),
    ("es", "e", ("aes", "ees", "oes")),
    ("s", "", ("us", "ss")),
]


def s_stems(words: list[str]) -> list[str]:
    """Take the s of plurals off, by three rules."""
    return [_stem(word) for word in words]


def _stem(word: str) -> str:
    if len(word) <= 3:
        return word
    for ending, replacement, exceptions in RULES:
        if word.endswith(ending):
            return word if word.endswith(exceptions) else word.removesuffix(ending) + replacement
    return word
