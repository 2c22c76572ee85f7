# named: (heads, T, S)
import numpy as np


def distance_bias(table, T, S):
    reach = table.shape[1] // 2
    after = np.arange(S) - np.arange(S - T, S)[:, None]
    return table[:, reach + np.clip(after, -reach, reach)].swapaxes(0, 1)
