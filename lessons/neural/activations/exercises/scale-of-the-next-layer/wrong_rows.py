# named: next layer's entries have a mean square of
import numpy as np


def choose_spread(z, f, outputs):
    return float(1 / np.sqrt(z.shape[0] * np.mean(f(z) ** 2)))
