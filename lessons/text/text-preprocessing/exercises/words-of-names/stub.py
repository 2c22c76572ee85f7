def name_words(name: str) -> list[str]:
    """The words of a name in a program, in small letters."""
    raise NotImplementedError("write me")
