def encode(word, ranks):
    """Merge neighbours of the lowest rank until none is left -> list of ids"""
    raise NotImplementedError("write me")
