# named: judge on rows held back
import numpy as np


def choose_decay(X, y, decays):
    def error(decay):
        w = np.linalg.solve(X.T @ X / len(X) + decay * np.eye(X.shape[1]), X.T @ y / len(X))
        return np.mean((X @ w - y) ** 2)

    return min(decays, key=error)
