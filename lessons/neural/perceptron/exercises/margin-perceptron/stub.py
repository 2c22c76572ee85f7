import numpy as np


def margin_perceptron(X, y, beta, passes):
    """X (n, d), y (n,) of -1 and 1, beta >= 0, passes >= 1
    -> w (d,), b, corrections"""
    raise NotImplementedError("write me")
