def s_stems(words: list[str]) -> list[str]:
    """Take the s of plurals off, by three rules."""
    raise NotImplementedError("write me")
