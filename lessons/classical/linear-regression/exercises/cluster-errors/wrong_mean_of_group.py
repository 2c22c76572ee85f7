# named: take the sum over a group, not its mean
import numpy as np


def cluster_errors(X, y, group):
    X = np.column_stack([np.ones(len(X)), X])
    inverse = np.linalg.inv(X.T @ X)
    e = y - X @ (inverse @ (X.T @ y))
    scores = X * e[:, None]
    u = np.array([scores[group == g].mean(axis=0) for g in np.unique(group)])
    return np.sqrt(np.diag(inverse @ (u.T @ u) @ inverse))
