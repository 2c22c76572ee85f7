"""What the learner's `cluster_errors` is held against."""

import numpy as np

FUNCTION = "cluster_errors"
FORBIDDEN = ["sklearn", "statsmodels", "groundup.classical"]
RTOL, ATOL = 1e-7, 1e-12  # normal equations on these columns lose at most some six of sixteen digits


def reference(
    X,
    y,
    group,
    *,
    constant=True,
    together="label",
    sums=True,
    root=True,
    classical=False,
    corrected=False,
    slopes_alone=False,
    constant_last=False,
    apart=False,
    by_leverage=False,
):
    n = len(X)
    if constant:
        X = np.column_stack([np.ones(n), X])
    q, r = np.linalg.qr(X)
    inverse = np.linalg.inv(r) @ np.linalg.inv(r).T
    e = y - q @ (q.T @ y)
    if by_leverage:
        e = e / (1 - (q**2).sum(axis=1))
    k = X.shape[1]
    if classical:
        variance = (e @ e) / (n - k) * np.diagonal(inverse)
    else:
        labels = {
            "label": group,
            "alone": np.arange(n),
            "runs": np.cumsum(np.diff(group, prepend=group[0]) != 0),
        }[together]
        names, which = np.unique(labels, return_inverse=True)
        u = np.zeros((len(names), k))
        np.add.at(u, which, X * e[:, None])
        if not sums:
            u /= np.bincount(which)[:, None]
        factor = len(names) / (len(names) - 1) * (n - 1) / (n - k) if corrected else 1
        if apart:
            errors = np.bincount(which, e)
            middle = (X * errors[which, None] ** 2).T @ X
            variance = np.diagonal(inverse @ middle @ inverse)
        else:
            variance = factor * ((u @ inverse) ** 2).sum(axis=0)
    answer = np.sqrt(variance) if root else variance
    answer = np.roll(answer, -1) if constant_last else answer
    return answer[1:] if slopes_alone else answer


def cases():
    rng = np.random.default_rng(5)
    for name, groups, m, labels in [
        ("five groups, one column", 5, 1, np.arange(5)),
        ("labels that are not 0, 1, 2", 9, 3, 100 - 7 * np.arange(9)),
        ("many small groups", 40, 2, np.arange(40)),
        ("columns in unlike units", 12, 4, np.arange(12)),
    ]:
        group = rng.permutation(np.append(np.repeat(labels, 3), rng.choice(labels, 2 * groups)))
        own = dict(zip(labels, rng.normal(size=(groups, 2)) * [1.5, 1.0]))
        base = np.array([own[g] for g in group])
        X = rng.normal(size=(len(group), m)) + base[:, 1:]
        y = 2 + X.sum(axis=1) + base[:, 0] + rng.normal(size=len(group))
        if "units" in name:
            X = X * [0.01, 1, 10, 100]
        yield name, {"X": X, "y": y, "group": group}


MISTAKES = {
    "this is HC0: add up x_i e_i within each group before you multiply": {"together": "alone"},
    "rows of a group may stand anywhere, not only next to each other": {"together": "runs"},
    "take the sum over a group, not its mean": {"sums": False},
    "these are variances: standard errors are their roots": {"root": False},
    "this is s² (XᵀX)⁻¹, which assumes uncorrelated errors of equal size": {"classical": True},
    "no correction for small samples is asked for": {"corrected": True},
    "a constant belongs to the fit: put a column of ones before X": {"constant": False},
    "the constant has a standard error too, the first": {"slopes_alone": True},
    "the standard error of the constant comes first": {"constant_last": True},
    "add up the products x_i e_i of a group, not its errors alone": {"apart": True},
    "the residuals are taken as they are, not divided by 1 - h": {"by_leverage": True},
}
