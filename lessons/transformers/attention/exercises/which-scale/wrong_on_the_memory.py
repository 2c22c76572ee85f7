# named: a key that is asked for itself finds itself
import numpy as np


def choose_scale(keys, values, queries, answers, scales):
    products = keys @ keys.T

    def error(scale):
        scores = scale * products
        weights = np.exp(scores - scores.max(axis=1, keepdims=True))
        weights /= weights.sum(axis=1, keepdims=True)
        return np.mean((weights @ values - values) ** 2)

    return min(scales, key=error)
