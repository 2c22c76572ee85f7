import numpy as np


def choose_alpha(log_p, lengths, matches, references, alphas):
    """(n, k), (n, k), (n, k, 4), (n,), list of numbers -> one of alphas"""
    raise NotImplementedError("write me")
