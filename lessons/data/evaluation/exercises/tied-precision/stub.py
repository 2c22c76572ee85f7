import numpy as np


def average_precision(hits, scores):
    """hits (n,) of 0 and 1, scores (n,) -> float"""
    raise NotImplementedError("write me")
