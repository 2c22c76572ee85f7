import numpy as np


def cluster_errors(X, y, group):
    X = np.column_stack([np.ones(len(X)), X])
    q, r = np.linalg.qr(X)
    e = y - q @ (q.T @ y)
    scores = X * e[:, None]  # row i is x_i e_i
    names, which = np.unique(group, return_inverse=True)
    sums = np.zeros((len(names), X.shape[1]))
    np.add.at(sums, which, scores)  # one u a group
    inverse = np.linalg.inv(r)
    half = sums @ inverse @ inverse.T  # u_g^T (X^T X)^-1
    return np.sqrt((half**2).sum(axis=0))
