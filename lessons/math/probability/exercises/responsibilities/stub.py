import numpy as np


def responsibilities(x, weights, means, spreads):
    """x (n,), weights, means, spreads (K,) -> (n, K)"""
    raise NotImplementedError("write me")
