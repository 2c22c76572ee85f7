import numpy as np


def add_observation(r, z, row, target):
    r, z, row = r.copy(), z.copy(), row.copy()
    for k in range(len(z)):
        length = np.hypot(r[k, k], row[k])  # squares of 1e200 would overflow
        if length == 0:
            continue  # nothing to turn
        c, s = r[k, k] / length, row[k] / length
        r[k], row = c * r[k] + s * row, c * row - s * r[k]
        z[k], target = c * z[k] + s * target, c * target - s * z[k]
        row[k] = 0.0
    return r, z
