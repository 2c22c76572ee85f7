import numpy as np


def cheapest(law: dict, target: float, used: float, sizes: np.ndarray) -> tuple[float, float, float]:
    """(size, training tokens, operations in all) of the cheapest model that reaches the target loss"""
    sizes = np.asarray(sizes, dtype=float)
    # what is left of the target for the tokens, after the floor and what the size lacks
    left = target - law["E"] - law["A"] / sizes ** law["alpha"]
    able = left > 0
    if not able.any():
        return np.nan, np.nan, np.nan
    sizes, left = sizes[able], left[able]
    tokens = (law["B"] / left) ** (1 / law["beta"])
    cost = 6 * sizes * tokens + 2 * sizes * used
    best = np.argmin(cost)
    return float(sizes[best]), float(tokens[best]), float(cost[best])
