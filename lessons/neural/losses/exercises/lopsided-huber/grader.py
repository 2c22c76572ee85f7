"""What the learner's `lopsided_huber` is held against."""

import numpy as np

FUNCTION = "lopsided_huber"
FORBIDDEN = ["groundup.neural", "torch", "scipy", "sklearn"]
RTOL, ATOL = 1e-9, 1e-12  # a few roundings; wrong formulas differ by percents


def reference(
    prediction, target, delta, tau, *, swapped=False, half=True, joined=True, divided=True, bent=True, sided=True, sign=1,
    summed=False, tilted=False, per=False,
):
    d = prediction - target
    side = np.where(d < 0, tau, 1 - tau)
    if tilted:
        d, side = d * side, np.ones(len(d))
    inside = np.abs(d) <= delta
    if swapped:
        side = 1 - side
    square = d**2 * (0.5 if half else 1.0)
    tail = delta * (np.abs(d) - (delta / 2 if joined else 0))
    slope = np.where(inside, d if half else 2 * d, delta * np.sign(d)) if bent else d
    gradient = sign * slope * (side if sided else 1) / (len(d) if divided else 1)
    loss = float((side * np.where(inside, square, tail)).mean())
    factor = (len(d) if summed else 1) / (delta if per else 1)
    return loss * factor, gradient * factor


def cases():
    rng = np.random.default_rng(6)
    for name, n, delta, tau in [
        ("two days", 2, 10.0, 0.8),
        ("a week", 7, 1.0, 0.9),
        ("as bad on both sides", 12, 2.0, 0.5),
        ("cautious the other way, with festivals", 60, 0.3, 0.2),
    ]:
        target = rng.normal(size=n) * 3
        prediction = target + rng.normal(size=n) * 2 + np.where(rng.random(n) < 0.1, -40.0, 0.0)
        prediction[0], prediction[1] = target[0] - 2.5 * delta, target[1] + 0.5 * delta
        yield name, {"prediction": prediction, "target": target, "delta": delta, "tau": tau}


MISTAKES = {
    "tau belongs to predictions that are too low: the sides are swapped": {"swapped": True},
    "inside the border the loss is half the square, or the pieces do not meet": {"half": False},
    "outside it is delta times (|d| - delta/2): the pieces must meet at the border": {"joined": False},
    "the loss is a mean, so its derivative is divided by n": {"divided": False},
    "the mean over the examples is asked for, not the sum": {"summed": True},
    "the factor multiplies Huber's loss of d; it does not go into d": {"tilted": True},
    "divided by delta it is smooth L1: Huber's own slope ends at delta": {"per": True},
    "beyond the border the slope is delta, whatever the distance": {"bent": False},
    "the factor of the side belongs to the slope as well": {"sided": False},
    "the derivative in the prediction is asked for: its sign is turned around": {"sign": -1},
}
