# named: a long step has an error of its own
import numpy as np


def which_are_wrong(gradient, slopes, steps):
    slope = slopes[0]
    return np.abs(gradient - slope) > 0.005 * np.abs(slope)
