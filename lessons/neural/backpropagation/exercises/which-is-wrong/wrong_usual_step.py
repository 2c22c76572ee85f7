# named: choose for each column
import numpy as np


def which_are_wrong(gradient, slopes, steps):
    slope = slopes[4]  # the step 1e-5
    return np.abs(gradient - slope) > 0.01 * np.abs(slope)
