# named: beyond the reach the number of the largest distance is used
import numpy as np


def distance_bias(table, T, S):
    reach = table.shape[1] // 2
    out = np.zeros((len(table), T, S))
    for i in range(T):
        for j in range(S):
            n = j - (S - T + i)
            if abs(n) <= reach:
                out[:, i, j] = table[:, reach + n]
    return out
