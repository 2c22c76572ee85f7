# named: key minus query
import numpy as np


def distance_bias(table, T, S):
    reach = table.shape[1] // 2
    before = np.arange(S - T, S)[:, None] - np.arange(S)
    return table[:, reach + np.clip(before, -reach, reach)]
