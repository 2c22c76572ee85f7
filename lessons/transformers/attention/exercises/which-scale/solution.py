import numpy as np


def choose_scale(keys, values, queries, answers, scales):
    products = queries @ keys.T

    def error(scale):
        scores = scale * products
        weights = np.exp(scores - scores.max(axis=1, keepdims=True))
        weights /= weights.sum(axis=1, keepdims=True)
        return np.mean((weights @ values - answers) ** 2)

    return min(scales, key=error)  # judged by queries that are not in the memory
