# named: no longer orthonormal
import numpy as np


def repair(images, patterns, alive):
    amounts = patterns[alive].T @ images[:, alive].T
    return np.where(alive, images, (patterns @ amounts).T)
