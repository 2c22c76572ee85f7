"""Rank columns by what they will say about new records, not by what they seem to say about old ones."""

import numpy as np

FUNCTION = "most_telling"
FORBIDDEN = ["groundup.math.information_theory", "scipy", "sklearn"]
TIME_LIMIT = 20


def plugin(codes, outcome):
    table = np.zeros((codes.max() + 1, 2))
    np.add.at(table, (codes, outcome), 1)
    p = table / table.sum()
    independent = p.sum(axis=1, keepdims=True) * p.sum(axis=0)
    seen = p > 0
    return float(np.sum(p[seen] * np.log(p[seen] / independent[seen])))


def cases():
    """(name, what the function gets, what stays here). Values and strengths of the columns differ from case to case."""
    rng = np.random.default_rng(8)
    for name, n, design in [
        ("two wards and a device number", 300, [(2, 0.0), (2, 1.6), (150, 0.0), (4, 0.5), (4, 0.0)]),
        ("a patient number", 400, [(400, 0.0), (6, 1.3), (3, 0.0), (60, 0.1), (6, 0.3)]),
        ("many values that do tell", 3000, [(2, 0.0), (300, 0.0), (3, 0.2), (40, 1.2), (2, 0.3)]),
        ("two columns that tell", 3000, [(2, 0.9), (3, 0.0), (40, 1.4), (200, 0.0)]),
        ("a middle value", 500, [(2, 0.3), (250, 0.2), (120, 0.0), (2, 0.0), (3, 1.5)]),
    ]:
        seeds = rng.integers(2**31, size=len(design))
        columns, outcome = make(rng, design, seeds, n)
        fresh, truth = make(rng, design, seeds, 200_000)
        yield name, {"columns": columns, "outcome": outcome}, {"told": [plugin(c, truth) for c in fresh.T]}


def make(rng, design, seeds, size):
    """Records whose columns have the odds that belong to `seeds`."""
    outcome = rng.integers(2, size=size)
    out = np.empty((size, len(design)), dtype=np.int64)
    for i, (values, told) in enumerate(design):
        own = np.random.default_rng(int(seeds[i]))
        odds = 1 / (1 + np.exp(-told * own.choice([-1.0, 1.0], values) * own.uniform(0.8, 1.2, values)))
        odds[0], odds[-1] = 1 / (1 + np.exp(-told)), 1 / (1 + np.exp(told))
        for y, weights in ((1, odds), (0, 1 - odds)):
            here = outcome == y
            out[here, i] = draw(rng, weights / weights.sum(), here.sum())
    return out, outcome


def draw(rng, p, size):
    """Codes with probabilities p."""
    return np.searchsorted(np.cumsum(p)[:-1], rng.random(size), side="right")


def judge(decision, case):
    told = case.held["told"]
    whole = isinstance(decision, (int, np.integer)) and not isinstance(decision, bool)
    if not whole or not 0 <= decision < len(told):
        return f"the index of a column, 0 ... {len(told) - 1}, is expected; {decision!r} came"
    if told[decision] < 0.7 * max(told):
        values = len(np.unique(case.kwargs["columns"][:, decision]))
        return (
            f"column {decision}, with {values} values, tells {told[decision]:.4f} nats about new records; "
            f"the best tells {max(told):.4f}"
        )
    return None


def reference(columns, outcome, *, by="shuffled"):
    scores = []
    for codes in columns.T:
        seen = plugin(codes, outcome)
        if by == "shuffled":
            rng = np.random.default_rng(0)
            seen -= np.mean([plugin(codes, rng.permutation(outcome)) for _ in range(20)])
        elif by == "correlation":
            seen = abs(np.corrcoef(codes, outcome)[0, 1])
        elif by == "entropy":
            p = np.bincount(codes) / len(codes)
            seen = -(p[p > 0] * np.log(p[p > 0])).sum()
        elif by == "ratio":
            p = np.bincount(codes) / len(codes)
            seen /= -(p[p > 0] * np.log(p[p > 0])).sum()
        elif by == "few":
            seen = -len(np.unique(codes))
        scores.append(seen)
    return int(np.argmax(scores))


MISTAKES = {
    "the plug-in estimate flatters columns with many values: subtract what they would get by chance": {"by": "plugin"},
    "a share of the column's own entropy favours few values: what counts is how much is told in all": {"by": "ratio"},
    "a column that varies much need not say anything about the outcome: measure what they share": {"by": "entropy"},
    "fewest values is not the same as most told": {"by": "few"},
    "codes have no order: a correlation depends on how they are numbered": {"by": "correlation"},
}
