# named: the outer folds only judge
import numpy as np


def fit(X, y, count):
    centred = X - X.mean(axis=0)
    correlation = centred.T @ (y - y.mean()) / np.sqrt((centred**2).sum(axis=0))
    columns = np.argsort(-np.abs(correlation))[:count]
    A = np.column_stack([np.ones(len(X)), X[:, columns]])
    return columns, np.linalg.lstsq(A, y, rcond=None)[0]


def errors(model, X, y):
    columns, w = model
    return (y - w[0] - X[:, columns] @ w[1:]) ** 2


def nested_error(X, y, counts, fold):
    totals = []
    for count in counts:
        parts = [(fold != outer, fold == outer) for outer in np.unique(fold)]
        totals.append(sum(errors(fit(X[a], y[a], count), X[b], y[b]).sum() for a, b in parts))
    return min(totals) / len(y)
