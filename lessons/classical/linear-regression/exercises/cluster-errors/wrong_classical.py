# named: assumes uncorrelated errors
import numpy as np


def cluster_errors(X, y, group):
    X = np.column_stack([np.ones(len(X)), X])
    inverse = np.linalg.inv(X.T @ X)
    e = y - X @ (inverse @ (X.T @ y))
    return np.sqrt(e @ e / (len(y) - X.shape[1]) * np.diag(inverse))
