# named: fill the dead pixels
import numpy as np


def repair(images, patterns, alive):
    return np.where(alive, images, 0.0)
