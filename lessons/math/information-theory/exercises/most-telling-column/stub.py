import numpy as np


def most_telling(columns, outcome):
    """columns (n, d) whole numbers, outcome (n,) of 0 and 1 -> int"""
    raise NotImplementedError("write me")
