"""Networks with one hidden relu layer, trained here, some of them spoiled; the learner says what is wrong."""

import numpy as np

FUNCTION = "diagnose"
FORBIDDEN = ["torch", "sklearn", "groundup.neural"]
ANSWERS = ("fine", "symmetric", "dead", "too slow")
N, D = 150, 5


def _trained(rng, units, fault):
    """Losses (300,), hidden outputs (N, units) and first weights (D, units) of a network after training."""
    X = rng.normal(size=(N, D))
    y = (np.abs(X[:, 0]) + X[:, 1] > 0.8).astype(int)
    W, V = rng.normal(size=(D, units)) * np.sqrt(2 / D), rng.normal(size=(units, 2)) * np.sqrt(2 / units)
    b, c = np.zeros(units), np.zeros(2)
    if fault == "symmetric":
        W, V = np.tile(W[:, :1], units), np.tile(V[:1], (units, 1))
    asleep = {"dead": 0.8, "a few dead": 0.2}.get(fault, 0.0)
    b[: round(asleep * units)] = -30.0
    losses, rate = (
        [],
        {"too slow": 1e-4, "half-way": 0.02}.get(fault, 0.3),
    )  # half-way: losses of 0.16 to 0.61 of the first
    for _ in range(300):
        z = X @ W + b
        h = np.maximum(z, 0)
        s = h @ V + c
        s = s - s.max(axis=1, keepdims=True)
        p = np.exp(s)
        p /= p.sum(axis=1, keepdims=True)
        losses.append(-np.log(p[np.arange(N), y]).mean())
        p[np.arange(N), y] -= 1
        p /= N
        dz = (p @ V.T) * (z > 0)
        V, c = V - rate * h.T @ p, c - rate * p.sum(axis=0)
        W, b = W - rate * X.T @ dz, b - rate * dz.sum(axis=0)
    return {"losses": np.array(losses), "hidden": np.maximum(X @ W + b, 0), "W": W}


def cases():
    rng = np.random.default_rng(41)
    for name, units, fault in [
        ("a network of 12", 12, "fine"),
        ("a network of 16", 16, "dead"),
        ("a network of 10", 10, "symmetric"),
        ("another network of 12", 12, "too slow"),
        ("a network of 15", 15, "a few dead"),
        ("a network of 20", 20, "dead"),
        ("a network of 14", 14, "half-way"),
    ]:
        answer = "fine" if fault in ("a few dead", "half-way") else fault
        yield name, _trained(rng, units, fault), {"answer": answer}


def judge(decision, case):
    if decision not in ANSWERS:
        return f"answer with one of {', '.join(map(repr, ANSWERS))}; {decision!r} came"
    if decision != case.held["answer"]:
        return f"you say {decision!r}; this network was made {case.held['answer']!r}"
    return None


def reference(
    losses,
    hidden,
    W,
    *,
    any_dead=False,
    zeros=False,
    twins_first=False,
    loss_alone=False,
    tenth=0.9,
    twin_axis=1,
):
    never = (hidden <= 0).all(axis=0)
    if loss_alone:
        return "fine" if losses[-1] < losses[0] else "too slow"
    if twins_first and _twins(hidden):
        return "symmetric"
    if zeros and (hidden == 0).mean() > 0.3:
        return "dead"
    if never.any() if any_dead else never.mean() > 0.5:
        return "dead"
    if np.ptp(W, axis=twin_axis).max() < 1e-9 * np.abs(W).max():
        return "symmetric"
    return "too slow" if losses[-1] > tenth * losses[0] else "fine"


def _twins(hidden):
    """Whether any two units give the same outputs."""
    return len(np.unique(hidden.round(9), axis=1).T) < hidden.shape[1]


MISTAKES = {
    "a few dead units are normal; call it dead when most columns of hidden are 0 in every row": {"any_dead": True},
    "relu outputs are often 0; a dead unit is 0 for every example": {"zeros": True},
    "dead units look alike as well: all outputs 0. Compare weights, or look for dead units first": {
        "twins_first": True
    },
    "a unit is a column of W: compare its columns, not its rows": {"twin_axis": 0},
    "too slow: fallen *by* less than a tenth, so that the last loss is still above 0.9 of the first": {"tenth": 0.1},
    "ask of each column of hidden whether all its rows are 0 (axis=0); a loss that falls says nothing about units": {
        "loss_alone": True
    },
}
