# named: choose the scale with the smallest error
import numpy as np


def choose_scale(keys, values, queries, answers, scales):
    products = queries @ keys.T

    def score(scale):
        scores = scale * products
        weights = np.exp(scores - scores.max(axis=1, keepdims=True))
        weights /= weights.sum(axis=1, keepdims=True)
        return np.mean((weights @ values - answers) ** 2)

    return max(scales, key=score)
