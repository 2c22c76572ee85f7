# named: relu after standard normal sums only
import numpy as np


def choose_spread(z, f, outputs):
    return float(np.sqrt(2 / z.shape[1]))
