# named: by habit
import numpy as np


def choose(X, y):
    return 1 / np.linalg.eigvalsh(X.T @ X / len(X))[-1], 0.9
