# named: must be one of those measured
import numpy as np


def choose_step(steps, slopes):
    noise = np.mean(slopes.std(axis=1) * steps)
    return float(np.cbrt(3 * noise) / 7)
