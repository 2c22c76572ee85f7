import math


def put_spaces(text, scores, unknown):
    """-> {"words": list of str, "share": P(best) / sum of P over all segmentations}"""
    raise NotImplementedError("write me")
