import numpy as np


def bits_per_letter(train, test, size, alpha):
    """train (n,), test (m,) whole numbers below size, alpha > 0 -> float"""
    raise NotImplementedError("write me")
