import numpy as np


def drop_connect(x, W, kept, p, grad, training):
    """x (n, d), W (d, k), kept (d, k), p float, grad (n, k), training bool -> (n, k), (n, d), (d, k)"""
    raise NotImplementedError("write me")
