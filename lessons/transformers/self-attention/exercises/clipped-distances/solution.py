import numpy as np


def distance_bias(table, T, S):
    reach = table.shape[1] // 2
    after = np.arange(S) - np.arange(S - T, S)[:, None]  # (T, S): how far key j stands after query i
    return table[:, reach + np.clip(after, -reach, reach)]
