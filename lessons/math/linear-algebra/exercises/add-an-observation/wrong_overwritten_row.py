# named: from the pair as it was
import numpy as np


def add_observation(r, z, row, target):
    r, z, row = r.copy(), z.copy(), row.copy()
    for k in range(len(z)):
        length = np.hypot(r[k, k], row[k])
        if length == 0:
            continue
        c, s = r[k, k] / length, row[k] / length
        r[k] = c * r[k] + s * row
        row = c * row - s * r[k]
        z[k] = c * z[k] + s * target
        target = c * target - s * z[k]
    return r, z
