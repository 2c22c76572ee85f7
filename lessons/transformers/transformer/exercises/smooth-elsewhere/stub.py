import numpy as np


def smooth_elsewhere(scores, labels, smoothing, pad):
    """scores (n, V), labels (n,) -> dict of "loss", a number, and "gradient", (n, V)"""
    raise NotImplementedError("write me")
