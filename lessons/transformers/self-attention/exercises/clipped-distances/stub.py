import numpy as np


def distance_bias(table, T, S):
    """table (heads, 2 * reach + 1), T <= S -> (heads, T, S)"""
    raise NotImplementedError("write me")
