# named: the cost of use belongs to the sum
import numpy as np


def cheapest(law, target, used, sizes):
    left = target - law["E"] - law["A"] / sizes ** law["alpha"]
    if not (left > 0).any():
        return np.nan, np.nan, np.nan
    sizes, left = sizes[left > 0], left[left > 0]
    tokens = (law["B"] / left) ** (1 / law["beta"])
    best = np.argmin(6 * sizes * tokens)
    return sizes[best], tokens[best], 6 * sizes[best] * tokens[best] + 2 * sizes[best] * used
