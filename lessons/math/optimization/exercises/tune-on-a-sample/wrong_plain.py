# named: not with its root
import numpy as np


def choose(X, y):
    bends = np.linalg.eigvalsh(X.T @ X / len(X))
    return 2 / (bends[0] + bends[-1]), 0.0
