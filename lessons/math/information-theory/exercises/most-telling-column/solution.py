import numpy as np


def plugin(column, outcome):
    table = np.zeros((column.max() + 1, 2))
    np.add.at(table, (column, outcome), 1)
    p = table / table.sum()
    independent = p.sum(axis=1, keepdims=True) * p.sum(axis=0)
    seen = p > 0
    return np.sum(p[seen] * np.log(p[seen] / independent[seen]))


def most_telling(columns, outcome):
    rng = np.random.default_rng(0)
    shuffled = [rng.permutation(outcome) for _ in range(20)]
    # what a column gets by chance, with its values but without its knowledge
    excess = [plugin(c, outcome) - np.mean([plugin(c, s) for s in shuffled]) for c in columns.T]
    return int(np.argmax(excess))
