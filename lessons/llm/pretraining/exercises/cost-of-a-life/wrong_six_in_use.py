# named: costs 2 N operations, not 6 N
import numpy as np


def cheapest(law, target, used, sizes):
    left = target - law["E"] - law["A"] / sizes ** law["alpha"]
    if not (left > 0).any():
        return np.nan, np.nan, np.nan
    sizes, left = sizes[left > 0], left[left > 0]
    tokens = (law["B"] / left) ** (1 / law["beta"])
    cost = 6 * sizes * (tokens + used)
    best = np.argmin(cost)
    return sizes[best], tokens[best], cost[best]
