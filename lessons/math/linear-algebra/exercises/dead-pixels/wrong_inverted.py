# named: alive is True where a pixel works
import numpy as np


def repair(images, patterns, alive):
    amounts = np.linalg.lstsq(patterns[~alive], images[:, ~alive].T, rcond=None)[0]
    return np.where(alive, images, (patterns @ amounts).T)
