import re

# A run of capitals that ends before the capital of the next word; a word; a run of digits.
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


def name_words(name: str) -> list[str]:
    """The words of a name in a program, in small letters."""
    return [word.lower() for word in WORD.findall(name)]
