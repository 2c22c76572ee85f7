# named: put a column of ones before X
import numpy as np


def cluster_errors(X, y, group):
    inverse = np.linalg.inv(X.T @ X)
    e = y - X @ (inverse @ (X.T @ y))
    scores = X * e[:, None]
    u = np.array([scores[group == g].sum(axis=0) for g in np.unique(group)])
    return np.sqrt(np.diag(inverse @ (u.T @ u) @ inverse))
