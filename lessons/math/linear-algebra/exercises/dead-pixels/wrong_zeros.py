# named: no longer orthonormal
import numpy as np


def repair(images, patterns, alive):
    amounts = patterns.T @ np.where(alive, images, 0.0).T
    return np.where(alive, images, (patterns @ amounts).T)
