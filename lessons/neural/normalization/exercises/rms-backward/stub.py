import numpy as np


def rms_backward(x, w, dy, eps):
    """y = x / sqrt(mean(x**2, last axis) + eps) * w; dy (n, d)
    -> dict of "y", "dx", "dw" """
    raise NotImplementedError("write me")
