import numpy as np


def which_are_wrong(gradient, slopes, steps):
    """gradient (n,), slopes (10, n), steps (10,)
    -> booleans (n,), True where the gradient is wrong"""
    raise NotImplementedError("write me")
