"""Read a learning curve: variance, bias, or as good as it gets."""

import numpy as np

FUNCTION = "what_would_help"
FORBIDDEN = ["sklearn", "groundup.data"]
WORDS = ("rows", "columns", "stop")


def _curve(rng, truth, columns, sizes, sigma, useful):
    """Errors of least squares with the first `columns` of 40, averaged over 60 draws; and the true parts at the end.

    The target depends on `useful` columns; those that the model lacks act as bias, and its size is chosen by `truth`.
    """
    lacking = {"rows": 0.05, "columns": 3.0, "stop": 0.05}[truth] * sigma
    w = np.zeros(40)
    w[:columns] = rng.normal(size=columns)
    w[columns : columns + useful] = lacking / np.sqrt(useful)
    x_new = rng.normal(size=(500, 40))
    train, held = np.zeros(len(sizes)), np.zeros(len(sizes))
    for i, n in enumerate(sizes):
        for _ in range(60):
            X = rng.normal(size=(n, 40))
            y = X @ w + sigma * rng.normal(size=n)
            fit = np.linalg.lstsq(X[:, :columns], y, rcond=None)[0]
            train[i] += np.mean((y - X[:, :columns] @ fit) ** 2) / 60
            wrong = x_new[:, :columns] @ fit - x_new @ w
            held[i] += np.mean((wrong + sigma * rng.normal(size=500)) ** 2) / 60
    return train, held


def cases():
    rng = np.random.default_rng(4)
    for name, truth, columns, sizes, sigma in [
        ("curves that have met far above the noise", "columns", 4, [30, 60, 100, 150], 0.1),
        ("a wide gap", "rows", 25, [32, 36, 45, 46], 1.0),
        ("met at the noise, which is large", "stop", 5, [40, 80, 150, 250], 3.0),
        ("a gap, but bias far larger", "columns", 12, [40, 50, 60, 70], 0.5),
        ("a gap that closes, but bias is larger", "columns", 12, [13, 18, 24, 32], 0.5),
        ("little error in all, nearly all of it variance", "rows", 20, [28, 32, 36, 40], 0.1),
        ("a small gap that is within a fifth", "stop", 3, [12, 20, 50, 80], 0.2),
    ]:
        train, validation = _curve(rng, truth, columns, sizes, sigma, 5)
        given = {"sizes": np.array(sizes), "train": train, "validation": validation, "noise": sigma**2}
        yield name, given, {"truth": truth}


def judge(decision, case):
    """None when the decision is right, else the sentence to say."""
    if not isinstance(decision, str) or decision not in WORDS:
        return f"one of {', '.join(map(repr, WORDS))} is expected, {decision!r} came"
    if decision != case.held["truth"]:
        end = {k: float(case.kwargs[k][-1]) for k in ("train", "validation")}
        return (
            f"{decision!r} would be money wasted: at the end the errors are {end['train']:.3g} on the rows fitted and "
            f"{end['validation']:.3g} held out, with noise {case.kwargs['noise']:.3g}"
        )
    return None


def reference(sizes, train, validation, noise, *, by="parts", stops=True, at=-1):
    a, b = train[at], validation[at]
    if stops and b <= 1.2 * noise:
        return "stop"
    bias, variance = (a + b) / 2 - noise, (b - a) / 2
    if by == "training":
        bias, variance = a - noise, b - a
    if by == "slope":
        return "rows" if b < 0.95 * validation[at - 1] else "columns"
    if by == "gap":
        return "rows" if b > 1.3 * a else "columns"
    if by == "no noise":
        bias = (a + b) / 2
    if by == "size":
        return "columns" if b > 2 else "rows"
    return "rows" if variance > bias else "columns"


MISTAKES = {
    "a gap alone says little: compare it with the bias, the middle of the curves above the noise": {"by": "gap"},
    "subtract the noise: nobody can do anything about it": {"by": "no noise"},
    "where the held-out error is near the noise there is nothing to gain": {"stops": False},
    "errors have units: compare the parts with each other, not with a fixed number": {"by": "size"},
    "the training error is below noise plus bias, so it does not show the bias": {"by": "training"},
    "how steeply a curve falls depends on the sizes tried: compare the parts at its end": {"by": "slope"},
    "look at the end of the curves: those are the models they have": {"at": 0},
}
