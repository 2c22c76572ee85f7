# named: fit them together
import numpy as np


def repair(images, patterns, alive):
    seen = patterns[alive]
    amounts = images[:, alive] @ seen / (seen**2).sum(axis=0)
    return np.where(alive, images, amounts @ patterns.T)
