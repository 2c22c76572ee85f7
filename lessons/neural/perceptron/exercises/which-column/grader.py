"""Which column should be standardised, if only one may be? Judged by the mistakes that a perceptron then makes on
new examples of the same kind. What costs mistakes is the length of the examples, so the column with the largest
mean *square* is the one, whether its numbers vary widely or merely lie far from zero."""

import numpy as np

FUNCTION = "choose_column"
FORBIDDEN = ["sklearn", "groundup.neural"]
PASSES = 400


def _examples(rng, n, plane, scale, shift):
    X = rng.normal(size=(20 * n, len(plane)))
    X = X[np.abs(X @ plane) >= 0.5][:n]
    return X * scale + shift, np.where(X @ plane > 0, 1, -1)


def cases():
    rng = np.random.default_rng(21)
    for name, d, scales, shifts in [
        ("one column varies widely", 4, {2: 40.0}, {0: 1.0}),
        ("one column lies far from zero", 5, {1: 3.0}, {3: 30.0}),
        ("one column lies far below zero", 4, {3: 3.0}, {0: -30.0, 2: 5.0}),
        ("wide here, distant there", 6, {5: 40.0}, {1: 1.0, 2: -1.0}),
    ]:
        plane = rng.choice([-1, 1], d) * rng.uniform(0.4, 0.6, d)
        plane[list(scales)] = 0  # what varies widely says nothing about the class
        scale, shift = np.ones(d), np.zeros(d)
        scale[list(scales)], shift[list(shifts)] = list(scales.values()), list(shifts.values())
        X, y = _examples(rng, 60, plane, scale, shift)
        fresh_X, fresh_y = _examples(rng, 60, plane, scale, shift)
        yield name, {"X": X, "y": y}, {"X": fresh_X, "y": fresh_y}


def _mistakes(X, y, column):
    """Of a perceptron on these examples with one column standardised."""
    X = X.copy()
    X[:, column] = (X[:, column] - X[:, column].mean()) / X[:, column].std()
    w, total = np.zeros(X.shape[1] + 1), 0
    signed = np.hstack([X, np.ones((len(X), 1))]) * y[:, None]
    for _ in range(PASSES):
        before = total
        for x in signed:
            if w @ x <= 0:
                w, total = w + x, total + 1
        if total == before:
            break
    return total


def judge(decision, case):
    d = case.kwargs["X"].shape[1]
    if isinstance(decision, bool) or not isinstance(decision, (int, np.integer)):
        return f"return the number of a column, an int; {decision!r} came"
    if not 0 <= decision < d:
        return f"columns are numbered 0 to {d - 1}; {decision} came"
    counts = [_mistakes(case.held["X"], case.held["y"], column) for column in range(d)]
    if counts[decision] > 2 * min(counts) + 50:
        return (
            f"with column {decision} standardised a perceptron makes {counts[decision]} mistakes on new examples, "
            f"with the best column {min(counts)}"
        )
    return None


def reference(X, y, *, by="mean square"):
    if by == "mean square":
        return int(np.square(X).mean(axis=0).argmax())
    if by == "spread":
        return int(X.std(axis=0).argmax())
    if by == "largest":
        return int(X.max(axis=0).argmax())
    return int(np.square(X).mean(axis=0).argmin())


MISTAKES = {
    "a column that hardly varies can still make every example long: look at squares, not at the spread": {"by": "spread"},
    "a column far below zero is as long as one far above": {"by": "largest"},
    "the column to mend is the one that makes the examples long, not the shortest one": {"by": "smallest"},
}
