# named: no layer is at fault
import numpy as np


def find_stale(batches, means, variances):
    worst = []
    for z, mean, variance in zip(batches, means, variances):
        shift = np.abs(z.mean(axis=0) - mean) / z.std(axis=0)
        stretch = np.abs(np.log(z.var(axis=0) / variance))
        worst.append(max(shift.max(), stretch.max()))
    return int(np.argmax(worst)) if max(worst) > 0.15 else -1
