# named: is the square
import numpy as np


def choose_delta(targets):
    return float(np.ptp(targets))
