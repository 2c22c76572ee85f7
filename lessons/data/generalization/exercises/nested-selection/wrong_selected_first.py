# named: the outer fold had a part in it
import numpy as np


def fit(X, y):
    A = np.column_stack([np.ones(len(X)), X])
    return np.linalg.lstsq(A, y, rcond=None)[0]


def errors(w, X, y):
    return (y - w[0] - X @ w[1:]) ** 2


def nested_error(X, y, counts, fold):
    centred = X - X.mean(axis=0)
    correlation = centred.T @ (y - y.mean()) / np.sqrt((centred**2).sum(axis=0))
    ranked = X[:, np.argsort(-np.abs(correlation))]
    total = 0.0
    for outer in np.unique(fold):
        train, test = fold != outer, fold == outer
        sums = []
        for count in counts:
            parts = [(train & (fold != inner), fold == inner) for inner in np.unique(fold[train])]
            Z = ranked[:, :count]
            sums.append(sum(errors(fit(Z[rest], y[rest]), Z[held], y[held]).sum() for rest, held in parts))
        Z = ranked[:, : counts[int(np.argmin(sums))]]
        total += errors(fit(Z[train], y[train]), Z[test], y[test]).sum()
    return total / len(y)
