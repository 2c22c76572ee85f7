# named: the queries are the last T of the S positions
import numpy as np


def distance_bias(table, T, S):
    reach = table.shape[1] // 2
    out = np.empty((len(table), T, S))
    for i in range(T):
        for j in range(S):
            out[:, i, j] = table[:, reach + min(max(j - i, -reach), reach)]
    return out
