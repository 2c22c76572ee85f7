# named: mixes good slopes with useless ones
import numpy as np


def which_are_wrong(gradient, slopes, steps):
    slope = slopes.mean(axis=0)
    return np.abs(gradient - slope) > 0.005 * np.abs(slope)
