# named: clip the distances
import numpy as np


def distance_bias(table, T, S):
    reach = table.shape[1] // 2
    after = np.arange(S) - np.arange(S - T, S)[:, None]
    return table[:, (reach + after) % table.shape[1]]
