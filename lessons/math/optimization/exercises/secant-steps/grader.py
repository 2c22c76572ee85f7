"""What the learner's `secant_descent` is held against."""

import numpy as np

FUNCTION = "secant_descent"
FORBIDDEN = ["scipy.optimize", "groundup.math.optimization"]
# the method enlarges roundings from step to step: a few digits are lost over some ten steps
RTOL, ATOL = 1e-5, 1e-7


def reference(H, b, x0, first, steps, *, formula="residual", late=False, uses_first=True, gradient_sign=1.0, walk=-1.0):
    x, g, a = np.asarray(x0, float), H @ x0 - gradient_sign * b, first
    waiting = a
    path = [x]
    if not uses_first:
        a = (g @ (H @ g)) / ((H @ g) @ (H @ g)) if g @ g > 0 else a
    for _ in range(steps):
        if g @ g > 0:
            s = walk * a * g
            y = H @ s
            x, g = x + s, g + y
            fresh = {"residual": (s @ y) / (y @ y), "inverse": (s @ s) / (s @ y), "exact": (g @ g) / (g @ H @ g or 1.0),
                     "present": (g @ H @ g) / (g @ H @ H @ g or 1.0), "turned": (y @ y) / (s @ y), "fixed": first}[formula]  # fmt: skip
            a, waiting = (waiting, fresh) if late else (fresh, fresh)
        path.append(x)
    return np.array(path)


def _problem(rng, n, condition):
    Q = np.linalg.qr(rng.normal(size=(n, n)))[0]
    H = (Q * np.geomspace(1, condition, n)) @ Q.T
    H = (H + H.T) / 2
    return {"H": H, "b": rng.normal(size=n), "x0": rng.normal(size=n), "first": rng.uniform(0.5, 0.9) / condition}


def cases():
    rng = np.random.default_rng(0)
    yield "two variables, three steps", {**_problem(rng, 2, 5.0), "steps": 3}
    yield "five variables, eight steps", {**_problem(rng, 5, 20.0), "steps": 8}
    yield "one step: only `first`", {**_problem(rng, 3, 4.0), "steps": 1}
    yield "another scale", {**_problem(rng, 4, 10.0), "first": 0.03, "steps": 6}
    start = rng.integers(1, 5, size=3).astype(float)
    yield "a start at the minimum", {"H": 2 * np.eye(3), "b": 2 * start, "x0": start, "first": 0.5, "steps": 3}


MISTAKES = {
    "s.s / s.y makes |y - s / a| least, not |a y - s|: divide s.y by y.y": {"formula": "inverse"},
    "that is the exact minimum along the line, which knows only the present gradient; use the last pair": {"formula": "exact"},
    "that pair belongs to the step that is still to come: use the last pair": {"formula": "present"},
    "|a y - s| is least at s.y / y.y, not at y.y / s.y, which is a curvature and no step": {"formula": "turned"},
    "walk against the gradient": {"walk": 1.0},
    "the step never changes: the last pair chooses the next step": {"formula": "fixed"},
    "each step uses the pair of the step before last": {"late": True},
    "the first step must use `first`": {"uses_first": False},
    "the gradient is H x - b": {"gradient_sign": -1.0},
}
