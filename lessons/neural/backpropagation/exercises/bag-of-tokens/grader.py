"""What the learner's `bag_backward` is held against: the gradient of a mean of table rows with respect to the table."""

import numpy as np

FUNCTION = "bag_backward"
FORBIDDEN = ["torch", "groundup.neural"]
RTOL, ATOL = 1e-4, 1e-6  # a float32 solution passes


def reference(ids, d_out, rows, *, last_wins=False, once=False, divide="seen", padding=False, first=0):
    table = np.zeros((rows, d_out.shape[1]))
    for example, g in zip(ids, d_out):
        kept = example if padding else example[example >= first]
        if once:
            kept = np.unique(kept)
        count = {"seen": max((example >= first).sum(), 1), "all": len(example), "none": 1}[divide]
        for token in kept:
            if last_wins:
                table[token] = g / count
            else:
                table[token] += g / max(count, 1)
    return table


def cases():
    rng = np.random.default_rng(51)
    for name, n, t, rows, width, padded in [
        ("one example, no token twice", 1, 3, 5, 2, 0),
        ("tokens shared by examples", 4, 3, 4, 3, 0),
        ("tokens twice in one example", 2, 6, 3, 2, 0),
        ("with padding", 5, 5, 6, 3, 3),
        ("an example of padding alone", 3, 2, 4, 2, 2),
    ]:
        ids = np.array([rng.permutation(rows)[:t] if rows >= t else rng.integers(0, rows, t) for _ in range(n)])
        if rows < t:
            ids[:, 1] = ids[:, 0]
        for i in range(n):
            gone = padded if i == 0 else int(rng.integers(0, padded + 1))
            ids[i, t - gone :] = -1
        yield name, {"ids": ids, "d_out": rng.normal(size=(n, width)), "rows": rows}


MISTAKES = {
    "a row that is used several times gets the sum of all its parts, not the last one": {"last_wins": True},
    "a token that stands twice in one example counts twice": {"once": True},
    "the forward pass divided by the number of real tokens, so each gets that share": {"divide": "none"},
    "padding is not counted: divide by the number of real tokens, not by the length": {"divide": "all"},
    "token 0 is a token like any other: padding is what lies below 0": {"first": 1},
    "-1 is padding, not the last row of the table: it passes no gradient on": {"padding": True},
}
