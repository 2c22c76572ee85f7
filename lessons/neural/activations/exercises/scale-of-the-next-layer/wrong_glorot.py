# named: levels errors as well
import numpy as np


def choose_spread(z, f, outputs):
    return float(1 / np.sqrt(((z.shape[1] + outputs) / 2) * np.mean(f(z) ** 2)))
