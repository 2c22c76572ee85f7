# named: there is nothing to turn
import numpy as np


def add_observation(r, z, row, target):
    r, z, row = r.copy(), z.copy(), row.copy()
    for k in range(len(z)):
        length = np.hypot(r[k, k], row[k])
        c, s = r[k, k] / length, row[k] / length
        r[k], row = c * r[k] + s * row, c * row - s * r[k]
        z[k], target = c * z[k] + s * target, c * target - s * z[k]
    return r, z
