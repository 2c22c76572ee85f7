# named: True means wrong
import numpy as np


def which_are_wrong(gradient, slopes, steps):
    change = np.abs(np.diff(slopes, axis=0))
    middle = (change[:-1] + change[1:]).argmin(axis=0) + 1
    slope = slopes[middle, np.arange(len(gradient))]
    return np.isclose(gradient, slope, rtol=0.005)
