# named: its output h is no slope
import numpy as np


def residual_backward(x, W1, b1, W2, b2, dy):
    z = x @ W1 + b1
    h = np.maximum(z, 0)
    dh = dy @ W2.T
    dz = dh * h
    return {"dx": dy + dz @ W1.T, "dW1": x.T @ dz, "db1": dz.sum(0), "dW2": h.T @ dy, "db2": dy.sum(0)}
