# named: goes to place
import numpy as np


def grouped_step(q, k, v, keys, values, length):
    keys, values = keys.copy(), values.copy()
    keys[:, max(length - 1, 0)], values[:, max(length - 1, 0)] = k, v
    G, D = k.shape
    groups = q.reshape(G, -1, D)  # (G, H/G, D): neighbours share a key head
    seen = slice(0, length + 1)
    scores = groups @ keys[:, seen].swapaxes(1, 2) / np.sqrt(D)
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights /= weights.sum(axis=-1, keepdims=True)
    return {"out": (weights @ values[:, seen]).reshape(q.shape), "keys": keys, "values": values}
