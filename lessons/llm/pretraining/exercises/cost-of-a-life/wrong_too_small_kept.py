# named: reaches it with no number of tokens
import numpy as np


def cheapest(law, target, used, sizes):
    left = target - law["E"] - law["A"] / sizes ** law["alpha"]
    if not (left > 0).any():
        return np.nan, np.nan, np.nan
    tokens = (law["B"] / np.abs(left)) ** (1 / law["beta"])
    cost = 6 * sizes * tokens + 2 * sizes * used
    best = np.argmin(cost)
    return sizes[best], tokens[best], cost[best]
