"""Gradients beside central differences at ten steps: which gradients are wrong, and which only look it?

Every function is A sin(w x) + C. A large w spoils long steps (error about (w h)² / 6), a large C spoils short ones
(error about 1e-16 C / h); for w of 100,000 even the usual step 1e-5 is long. Wrong gradients are off by some
percent; some of them by exactly what the longest step is off, as if somebody had derived them from it."""

import numpy as np

FUNCTION = "which_are_wrong"
FORBIDDEN = ["torch", "groundup.neural"]
STEPS = 10.0 ** -np.arange(1, 11)
OFF = 0.02  # wrong gradients differ by at least this share; right ones agree to 1e-4 at a good step


def _table(rng, n, kinds):
    w, C = rng.choice([1.0, 8.0, 20.0, 1e5], n), rng.choice([0.0, 1e3, 1e5], n)
    w[:2], C[0] = (20.0, 1e5), 1e5
    A, x = rng.uniform(0.5, 2, n), rng.uniform(-1, 1, n)
    x = np.round(x * w / np.pi) * np.pi / w + rng.uniform(-0.3, 0.3, n) / w  # where the slope is not near 0
    true = A * w * np.cos(w * x)
    above, below = x + STEPS[:, None], x - STEPS[:, None]
    slopes = (A * np.sin(w * above) + C - (A * np.sin(w * below) + C)) / (above - below)
    factor = 1 + rng.choice([-1, 1], n) * rng.uniform(OFF, 0.2, n)
    wrong = rng.permutation(n) < kinds["off"]
    gradient = np.where(wrong, true * factor, true)
    coarse = (rng.permutation(n) < kinds["coarse"]) & (np.abs(slopes[0] / true - 1) > OFF)
    return {"gradient": np.where(coarse, slopes[0], gradient), "slopes": slopes}, wrong | coarse


def cases():
    rng = np.random.default_rng(61)
    for name, n, kinds in [
        ("eight gradients", 8, {"off": 3, "coarse": 0}),
        ("all are right", 10, {"off": 0, "coarse": 0}),
        ("twelve gradients", 12, {"off": 2, "coarse": 6}),
        ("thirty gradients", 30, {"off": 8, "coarse": 8}),
    ]:
        tuning, wrong = _table(rng, n, kinds)
        yield name, tuning | {"steps": STEPS.copy()}, {"wrong": wrong}


def judge(decision, case):
    truth = case.held["wrong"]
    got = np.asarray(decision)
    if got.dtype != bool or got.shape != truth.shape:
        return f"return {len(truth)} booleans, one a gradient; an array of {got.dtype} and shape {got.shape} came"
    missed, accused = int((truth & ~got).sum()), int((got & ~truth).sum())
    if not (missed or accused):
        return None
    counts = f"{missed} of {truth.sum()} wrong gradients were missed, {accused} of {(~truth).sum()} right ones accused"
    if missed == truth.sum() and accused == (~truth).sum():
        return f"{counts}: just the other way round, True means wrong"
    first = int((got != truth).argmax())
    return f"{counts}; number {first}, for one, is {'wrong' if truth[first] else 'right'}"


def reference(gradient, slopes, steps, *, use="plateau", exact=False):
    if use == "plateau":  # where three neighbouring steps agree best, both errors are small
        change = np.abs(np.diff(slopes, axis=0))
        slope = slopes[1 + (change[:-1] + change[1:]).argmin(axis=0), np.arange(len(gradient))]
    elif use == "usual":
        slope = slopes[np.abs(np.log10(steps) + 5).argmin()]
    elif use == "smallest":
        slope = slopes[-1]
    elif use == "largest":
        slope = slopes[0]
    elif use == "nearest":
        slope = slopes[np.abs(slopes - gradient).argmin(axis=0), np.arange(len(gradient))]
    else:
        slope = slopes.mean(axis=0)
    return np.abs(gradient - slope) > (1e-8 if exact else OFF / 4) * np.abs(slope)


MISTAKES = {
    "no one step suits all: 1e-5 does for most functions, not for one that bends within it; choose for each column": {
        "use": "usual"
    },
    "even the best step gives a few digits only: let the difference be a share of the slope, such as half a percent": {
        "exact": True
    },
    "the smallest step is not the best: rounding, divided by the step, drowns the slope": {"use": "smallest"},
    "a long step has an error of its own, which grows with its square": {"use": "largest"},
    "do not choose the step by how well it agrees with the gradient: a wrong gradient may agree with a bad step": {
        "use": "nearest"
    },
    "a mean over all steps mixes good slopes with useless ones": {"use": "mean"},
}
