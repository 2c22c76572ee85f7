"""Choose the decay that predicts, not the one that fits."""

import numpy as np

FUNCTION = "choose_decay"
FORBIDDEN = ["sklearn", "torch", "scipy.optimize"]
DECAYS = [1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0, 10.0]


def cases():
    """(name, what the function gets, what stays here): noise and scale of the columns differ from case to case."""
    rng = np.random.default_rng(4)
    for name, n, d, noise, unit in [
        ("clean targets", 150, 30, 0.02, 1.0),
        ("mostly noise", 120, 60, 6.0, 1.0),
        ("clean targets, tiny units", 150, 30, 0.02, 0.1),
        ("noise, large units", 120, 60, 6.0, 3.0),
    ]:
        truth = rng.normal(size=d) / np.sqrt(d)

        def draw(rows, truth=truth, noise=noise, unit=unit, d=d):
            X = rng.normal(size=(rows, d))
            return {"X": X * unit, "y": 3 * X @ truth + noise * rng.normal(size=rows)}

        tuning = draw(n)
        yield name, {**tuning, "decays": list(DECAYS)}, draw(4000)


def fitted(X, y, decay):
    return np.linalg.solve(X.T @ X / len(X) + decay * np.eye(X.shape[1]), X.T @ y / len(X))


def error(case, decay):
    w = fitted(case.kwargs["X"], case.kwargs["y"], decay)
    return float(np.mean((case.held["X"] @ w - case.held["y"]) ** 2))


def judge(decision, case):
    number = isinstance(decision, (int, float, np.number, np.ndarray)) and np.size(decision) == 1
    if not number or float(np.ravel(decision)[0]) not in DECAYS:
        return f"one of {DECAYS} is expected, {decision!r} came"
    decay = float(np.ravel(decision)[0])
    got, best = error(case, decay), min(error(case, d) for d in DECAYS)
    if got > 1.3 * best:
        return f"with decay {decay:g} the error on new rows is {got:.4g}, with the best value {best:.4g}"
    return None


def reference(X, y, decays, *, judged_on="held back"):
    if judged_on == "weights":
        return max(decays)
    if judged_on == "training":
        return min(decays, key=lambda d: np.mean((X @ fitted(X, y, d) - y) ** 2))
    if judged_on == "middle":
        return decays[len(decays) // 2 + 1]
    errors = np.zeros(len(decays))
    for part in np.array_split(np.random.default_rng(0).permutation(len(X)), 10):
        rest = np.setdiff1d(np.arange(len(X)), part)
        errors += [np.sum((X[part] @ fitted(X[rest], y[rest], d) - y[part]) ** 2) for d in decays]
    return decays[int(np.argmin(errors))]


MISTAKES = {
    "the rows that were fitted always prefer the least decay: judge on rows held back": {"judged_on": "training"},
    "the largest decay makes the smallest weights, not the best predictions": {"judged_on": "weights"},
    "a middle value without looking at the data suits some data only": {"judged_on": "middle"},
}
