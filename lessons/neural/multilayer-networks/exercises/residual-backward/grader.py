"""What the learner's `residual_backward` is held against: the gradients of y = x + relu(x W1 + b1) W2 + b2."""

import numpy as np

FUNCTION = "residual_backward"
FORBIDDEN = ["torch", "groundup.neural"]
RTOL, ATOL = 1e-4, 1e-5  # a float32 solution passes; a wrong formula differs by far more


def reference(
    x, W1, b1, W2, b2, dy, *, skip=True, mask=True, mean=False, before=False, path=True, leak=False, output=False
):
    z = x @ W1 + b1
    h = np.maximum(z, 0)
    n = len(x) if mean else 1
    dh = dy @ W2.T
    dz = dh * (z > 0) if mask else dh
    if leak:  # the slope taken from the sign of the gradient
        dz = dh * (dh > 0)
    if output:  # the unit's output in place of its slope
        dz = dh * h
    dx = (dz @ W1.T if path else 0) + (dy if skip else 0)
    return {
        "dx": dx,
        "dW1": x.T @ dz / n,
        "db1": dz.sum(axis=0) / n,
        "dW2": (z if before else h).T @ dy / n,
        "db2": dy.sum(axis=0) / n,
    }


def cases():
    rng = np.random.default_rng(31)
    for name, n, d, m in [
        ("one example, one unit", 1, 1, 1),
        ("three examples", 3, 2, 4),
        ("more features than units", 5, 6, 3),
        ("twenty examples", 20, 4, 9),
    ]:
        size = {"x": (n, d), "W1": (d, m), "b1": (m,), "W2": (m, d), "b2": (d,), "dy": (n, d)}
        yield name, {key: rng.normal(size=shape) for key, shape in size.items()}


MISTAKES = {
    "x reaches the output twice: the gradient along the skip connection has to be added to dx": {"skip": False},
    "dx needs the path through both layers too, not the skip connection alone": {"path": False},
    "a unit that was not active passes no gradient on: multiply by the slope of relu": {"mask": False},
    "the slope of relu depends on what went into it (z > 0), not on the sign of the gradient": {"leak": True},
    "the slope of relu is 1 where z > 0 and 0 elsewhere; its output h is no slope": {"output": True},
    "gradients of weights are sums over the examples, not means: dy already contains any 1/n": {"mean": True},
    "dW2 needs what entered the second layer, the output of relu": {"before": True},
}
