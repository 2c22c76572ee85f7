# named: favours few values
import numpy as np


def plugin(column, outcome):
    table = np.zeros((column.max() + 1, 2))
    np.add.at(table, (column, outcome), 1)
    p = table / table.sum()
    independent = p.sum(axis=1, keepdims=True) * p.sum(axis=0)
    seen = p > 0
    return np.sum(p[seen] * np.log(p[seen] / independent[seen]))


def entropy(column):
    p = np.bincount(column) / len(column)
    return -(p[p > 0] * np.log(p[p > 0])).sum()


def most_telling(columns, outcome):
    return int(np.argmax([plugin(c, outcome) / entropy(c) for c in columns.T]))
