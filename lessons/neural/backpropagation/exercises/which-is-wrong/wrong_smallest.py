# named: the smallest step is not the best
import numpy as np


def which_are_wrong(gradient, slopes, steps):
    slope = slopes[-1]
    return np.abs(gradient - slope) > 0.005 * np.abs(slope)
