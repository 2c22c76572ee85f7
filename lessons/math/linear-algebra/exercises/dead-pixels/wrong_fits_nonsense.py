# named: dead ones report nonsense
import numpy as np


def repair(images, patterns, alive):
    amounts = patterns.T @ images.T
    return np.where(alive, images, (patterns @ amounts).T)
