# named: pulls at the fit
import numpy as np


def repair(images, patterns, alive):
    guessed = np.where(alive, images, images[:, alive].mean(axis=1, keepdims=True))
    return np.where(alive, images, guessed @ patterns @ patterns.T)
