import numpy as np


def drop_connect(x, W, kept, p, grad, training):
    z = kept / (1 - p) if training else np.ones_like(W)
    used = z * W
    # y is linear in x, with the matrix that was used, and linear in W, with the noise in between
    return x @ used, grad @ used.T, z * (x.T @ grad)
