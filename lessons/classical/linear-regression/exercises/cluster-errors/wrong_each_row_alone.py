# named: this is HC0
import numpy as np


def cluster_errors(X, y, group):
    X = np.column_stack([np.ones(len(X)), X])
    inverse = np.linalg.inv(X.T @ X)
    e = y - X @ (inverse @ (X.T @ y))
    scores = X * e[:, None]
    return np.sqrt(np.diag(inverse @ (scores.T @ scores) @ inverse))
