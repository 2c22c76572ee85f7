# named: a wrong gradient may agree with a bad step
import numpy as np


def which_are_wrong(gradient, slopes, steps):
    slope = slopes[np.abs(slopes - gradient).argmin(axis=0), np.arange(len(gradient))]
    return np.abs(gradient - slope) > 0.005 * np.abs(slope)
