"""Choose the memory of a weight average by the data, not by habit."""

import numpy as np

FUNCTION = "choose_decay"
FORBIDDEN = ["torch", "groundup.neural.training"]

DECAYS = [0.0, 0.5, 0.9, 0.97, 0.99, 0.997]


def averaged(path, decay):
    average = path[0].copy()
    for weights in path[1:]:
        average = decay * average + (1 - decay) * weights
    return average


def error(path, decay, X, y):
    return float(np.mean((X @ averaged(path, decay) - y) ** 2))


def cases():
    """(name, what the function gets, what stays here)."""
    rng = np.random.default_rng(4)
    runs = [
        ("settled and noisy", 1500, 30.0, 0.5),
        ("still travelling", 60, 25.0, 0.005),
        ("in between", 300, 40.0, 0.12),
        ("settled and quiet, early on", 40, 8.0, 0.003),
    ]
    for name, steps, pace, noise in runs:
        d = 6
        truth, start = rng.normal(size=d), 3 * rng.normal(size=d)
        t = np.arange(1, steps + 1)[:, None]
        path = truth + (start - truth) * np.exp(-t / pace) + noise * rng.normal(size=(steps, d))
        sets = {}
        for key, m in (("valid", 300), ("fresh", 4000)):
            X = rng.normal(size=(m, d))
            sets[key] = (X, X @ truth + 0.05 * rng.normal(size=m))
        X_train = rng.normal(size=(8, d))
        y_train = X_train @ path[-1] + 0.01 * rng.normal(size=8)  # the last steps fit these few rows: they favour no memory
        kwargs = {"path": path, "X": sets["valid"][0], "y": sets["valid"][1], "X_train": X_train, "y_train": y_train}
        kwargs["decays"] = [float(v) for v in rng.permutation(DECAYS)]
        yield name, kwargs, {"X": sets["fresh"][0], "y": sets["fresh"][1]}


def judge(decision, case):
    """None when the decision is good, else the sentence to say."""
    decays, path = case.kwargs["decays"], case.kwargs["path"]
    if isinstance(decision, np.ndarray) and decision.ndim == 0:
        decision = decision.item()
    if isinstance(decision, bool) or not isinstance(decision, (int, float)) or float(decision) not in decays:
        return f"one of the decays {decays} is expected; got {decision!r}"
    errors = {decay: error(path, decay, case.held["X"], case.held["y"]) for decay in decays}
    best = min(errors, key=errors.get)
    if errors[float(decision)] > 1.5 * errors[best]:
        return f"decay {decision} errs by {errors[float(decision)]:.4f} on new data, decay {best} by {errors[best]:.4f}"
    return None


def reference(path, X, y, X_train, y_train, decays, *, by="validation"):
    """The decision, and the decisions that mistakes lead to."""
    if by == "training":
        return min(decays, key=lambda decay: error(path, decay, X_train, y_train))
    if by == "smoothness":
        return max(decays)
    if by == "plain mean":
        target = path.mean(axis=0)
        return min(decays, key=lambda decay: float(np.sum((averaged(path, decay) - target) ** 2)))
    return min(decays, key=lambda decay: error(path, decay, X, y))


MISTAKES = {
    "judge on data that were not trained on": {"by": "training"},
    "a longer memory is not always better: while the weights travel, it lags": {"by": "smoothness"},
    "the mean of all steps counts the beginning as much as the end": {"by": "plain mean"},
}
