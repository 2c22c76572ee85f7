"""What the learner's `nested_error` is held against."""

import numpy as np

FUNCTION = "nested_error"
FORBIDDEN = ["sklearn", "groundup.data", "groundup.classical"]
RTOL, ATOL = 1e-7, 1e-9  # least squares on well-conditioned columns; near ties of counts are avoided by the data
TIME_LIMIT = 30


def _fit(X, y, count, columns=None, constant=True):
    if columns is None:
        centred = X - X.mean(axis=0)
        columns = np.argsort(-np.abs(centred.T @ (y - y.mean())) / np.sqrt((centred**2).sum(axis=0)))
    columns = columns[:count]
    A = np.column_stack([np.ones(len(X)) if constant else np.zeros(len(X)), X[:, columns]])
    return columns, np.linalg.lstsq(A, y, rcond=None)[0]


def _errors(model, X, y):
    columns, w = model
    return (y - w[0] - X[:, columns] @ w[1:]) ** 2


def reference(X, y, counts, fold, *, select="rest", choose="inner", pooled=True, constant=True, covariance=False):
    names = np.unique(fold)

    def ranking(rows):
        centred = X[rows] - X[rows].mean(axis=0)
        size = 1.0 if covariance else np.sqrt((centred**2).sum(axis=0))
        return np.argsort(-np.abs(centred.T @ (y[rows] - y[rows].mean())) / size)

    everything = ranking(np.ones(len(y), bool))
    table = np.zeros((len(counts), len(names)))  # for a choice by the outer errors
    results = []
    for o, outer in enumerate(names):
        train, test = fold != outer, fold == outer
        sums = []
        for c, count in enumerate(counts):
            total = 0.0
            for inner in names[names != outer]:
                rest, held = train & (fold != inner), fold == inner
                columns = {"rest": ranking(rest), "training": ranking(train), "all": everything}[select]
                judged = rest if choose == "fitted" else held
                model = _fit(X[rest], y[rest], count, columns, constant)
                total += _errors(model, X[judged], y[judged]).sum()
            sums.append(total)
            columns = everything if select == "all" else ranking(train)
            model = _fit(X[train], y[train], count, columns, constant)
            table[c, o] = _errors(model, X[test], y[test]).sum()
        results.append(table[int(np.argmin(sums)), o])
    sizes = np.array([np.sum(fold == name) for name in names])
    if choose == "outer":
        results = table[np.argmin(table.sum(axis=1))]
    results = np.array(results)
    return float(results.sum() / len(y)) if pooled else float(np.mean(results / sizes))


def cases():
    rng = np.random.default_rng(8)
    for name, n, d, useful, folds, counts in [
        ("three folds, few columns", 24, 4, 1, 3, [1, 3]),
        ("columns in unlike units", 60, 12, 3, 5, [2, 3, 8]),
        ("folds of unequal size", 45, 10, 2, 4, [1, 2, 6]),
        ("noise in many columns", 40, 120, 1, 4, [1, 5, 15]),
    ]:
        X = rng.normal(size=(n, d))
        y = 5 + X[:, :useful] @ np.full(useful, 0.8) + rng.normal(size=n)
        if "units" in name:
            X = X * 10.0 ** rng.permutation(np.linspace(-2, 2, d))
        fold = np.sort(rng.choice(folds, n)) if "unequal" in name else np.arange(n) % folds
        fold[: 2 * folds] = np.tile(np.arange(folds), 2)
        yield name, {"X": X + 1, "y": y, "counts": counts, "fold": rng.permutation(fold)}


MISTAKES = {
    "the columns were chosen with all rows: the outer fold had a part in it": {"select": "all"},
    "inside the training rows the columns must be chosen anew, without the inner fold": {"select": "training"},
    "choose the count within the training rows; the outer folds only judge": {"choose": "outer"},
    "judge a count on rows that were not fitted": {"choose": "fitted"},
    "add up squared errors and divide by n: folds differ in size": {"pooled": False},
    "the fit has a constant": {"constant": False},
    "rank by correlation: a covariance depends on the column's unit": {"covariance": True},
}
