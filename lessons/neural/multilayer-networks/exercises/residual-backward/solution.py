import numpy as np


def residual_backward(x, W1, b1, W2, b2, dy):
    z = x @ W1 + b1
    h = np.maximum(z, 0)
    dz = (dy @ W2.T) * (z > 0)
    return {
        "dx": dy + dz @ W1.T,
        "dW1": x.T @ dz,
        "db1": dz.sum(axis=0),
        "dW2": h.T @ dy,
        "db2": dy.sum(axis=0),
    }
