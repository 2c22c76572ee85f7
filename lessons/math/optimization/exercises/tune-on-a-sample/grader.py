"""Choose step and momentum on a sample so that the long run over other rows is fast."""

import numpy as np

FUNCTION = "choose"
FORBIDDEN = ["scipy.optimize", "groundup.math.optimization", "sklearn", "torch"]
LIMIT = 20_000


def cases():
    """(name, what the function gets, what stays here): rows of one source, whose columns have different scales."""
    rng = np.random.default_rng(2)
    for name, d, spread, unit in [
        ("columns ten times apart", 4, 10.0, 1.0),
        ("large units", 6, 15.0, 30.0),
        ("small units, thirty times apart", 5, 30.0, 0.02),
        ("many columns", 12, 8.0, 3.0),
    ]:
        turn = np.linalg.qr(rng.normal(size=(d, d)))[0]
        mix = (np.geomspace(1, spread, d) * unit)[:, None] * turn
        truth = rng.normal(size=d)

        def draw(n, mix=mix, truth=truth, d=d):
            X = rng.normal(size=(n, d)) @ mix
            return {"X": X, "y": X @ truth + rng.normal(size=n)}

        yield name, draw(1500), draw(20_000)


def steps_needed(bends, step, momentum):
    """Steps until the distance is a millionth, by the recurrence along each eigenvector; LIMIT when it never gets there."""
    bends = np.asarray(bends)
    before = now = np.ones_like(bends)
    start = np.sqrt(len(bends))
    for count in range(1, LIMIT + 1):
        now, before = (1 + momentum - step * bends) * now - momentum * before, now
        distance = np.sqrt(now @ now + before @ before)
        if not distance < 1e12:
            return LIMIT
        if distance < 1e-6 * start:
            return count
    return LIMIT


def best(bends):
    low, high = np.sqrt(bends[0]), np.sqrt(bends[-1])
    return 4 / (low + high) ** 2, ((high - low) / (high + low)) ** 2


def judge(decision, case):
    if not isinstance(decision, (tuple, list, np.ndarray)) or np.shape(decision) != (2,):
        return f"two numbers (step, momentum) are expected, {decision!r} came"
    step, momentum = (float(v) for v in decision)
    if not (0 < step < np.inf and 0 <= momentum < 1):
        return f"step must be positive, momentum at least 0 and below 1; step {step:.3g}, momentum {momentum:.3g} came"
    X = case.held["X"]
    bends = np.linalg.eigvalsh(X.T @ X / len(X))
    needed, least = steps_needed(bends, step, momentum), steps_needed(bends, *best(bends))
    if needed > 2 * least:
        told = "never arrives" if needed == LIMIT else f"needs {needed} steps"
        return f"with step {step:.3g} and momentum {momentum:.3g} the run {told}; the best choice needs {least}"
    return None


def reference(X, y, *, divide=True, momentum=True, squared=True, newton_like=False, singular=False, margin=1.2):
    bends = np.linalg.eigvalsh(X.T @ X / (len(X) if divide else 1))
    if singular:
        bends = np.sqrt(bends)
    low, high = np.sqrt(bends[0] / margin), np.sqrt(bends[-1] * margin)
    if newton_like:
        return 1 / bends[-1], 0.9
    if not momentum:
        return 2 / (bends[0] + bends[-1]), 0.0
    b = (high - low) / (high + low)
    return 4 / (low + high) ** 2, b**2 if squared else (bends[-1] - bends[0]) / (bends[-1] + bends[0])


MISTAKES = {
    "other rows bend a little otherwise than the sample: leave a margin at both ends": {"margin": 1.0},
    "the loss is an average: divide the Hessian by the number of rows": {"divide": False, "margin": 1.0},
    "without momentum the steps grow with the condition number, not with its root": {"momentum": False},
    "the momentum is made of the roots of the eigenvalues": {"squared": False, "margin": 1.0},
    "momentum 0.9 by habit does not look at the data": {"newton_like": True},
    "the Hessian's eigenvalues are the squares of X's singular values": {"singular": True, "margin": 1.0},
}
