import numpy as np


def studentised_interval(x, rows, level):
    """x (n,), rows (B, n), float -> array [low, high]"""
    raise NotImplementedError("write me")
