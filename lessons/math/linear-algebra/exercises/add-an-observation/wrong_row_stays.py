# named: the new row changes too
import numpy as np


def add_observation(r, z, row, target):
    r, z = r.copy(), z.copy()
    for k in range(len(z)):
        length = np.hypot(r[k, k], row[k])
        if length == 0:
            continue
        c, s = r[k, k] / length, row[k] / length
        r[k] = c * r[k] + s * row
        z[k] = c * z[k] + s * target
    return r, z
