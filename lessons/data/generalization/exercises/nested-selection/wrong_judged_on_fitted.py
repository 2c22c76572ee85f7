# named: judge a count on rows that were not fitted
import numpy as np


def fit(X, y, count):
    """The columns chosen, and the coefficients, the constant first."""
    centred = X - X.mean(axis=0)
    correlation = centred.T @ (y - y.mean()) / np.sqrt((centred**2).sum(axis=0))
    columns = np.argsort(-np.abs(correlation))[:count]
    A = np.column_stack([np.ones(len(X)), X[:, columns]])
    return columns, np.linalg.lstsq(A, y, rcond=None)[0]


def errors(model, X, y):
    columns, w = model
    return (y - w[0] - X[:, columns] @ w[1:]) ** 2


def nested_error(X, y, counts, fold):
    total = 0.0
    for outer in np.unique(fold):
        train, test = fold != outer, fold == outer
        sums = []
        for count in counts:
            # everything that learns, the choice of columns too, sees `rest` alone
            parts = [(train & (fold != inner), fold == inner) for inner in np.unique(fold[train])]
            sums.append(sum(errors(fit(X[rest], y[rest], count), X[rest], y[rest]).sum() for rest, held in parts))
        best = counts[int(np.argmin(sums))]
        total += errors(fit(X[train], y[train], best), X[test], y[test]).sum()
    return total / len(y)
