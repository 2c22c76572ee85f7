"""Choose Huber's border by how much the estimates scatter, in the units of the data."""

import numpy as np

FUNCTION = "choose_delta"
FORBIDDEN = ["groundup.neural", "torch", "scipy", "sklearn"]
TIME_LIMIT = 30


def centres(sets, delta, steps=30):
    """The number of least Huber loss for each row."""
    c = np.median(sets, axis=1)
    for _ in range(steps):
        d = sets - c[:, None]
        inside = np.maximum((np.abs(d) <= delta).mean(axis=1), 0.1)
        c = c + np.clip(d, -delta, delta).mean(axis=1) / inside
    return c


def noise(rng, kind, shape):
    if kind == "normal":
        return rng.normal(size=shape)
    if kind == "uniform":
        return rng.uniform(-1.7, 1.7, shape)
    if kind == "wild":
        return rng.normal(size=shape) * np.where(rng.random(shape) < 0.15, 30.0, 1.0)
    return rng.normal(size=shape) * np.exp(1.8 * rng.normal(size=shape))  # "heavy"


def cases():
    """(name, what the function gets, what stays here). Kind and unit of the noise differ."""
    rng = np.random.default_rng(9)
    for name, kind, unit in [
        ("normal noise, in thousandths", "normal", 0.002),
        ("wild values, in thousands", "wild", 3000.0),
        ("heavy tails", "heavy", 0.5),
        ("no tails at all, in hundreds", "uniform", 400.0),
    ]:
        unit = unit * rng.uniform(0.8, 1.25)
        centre = unit * rng.normal() * 5
        targets = centre + unit * noise(rng, kind, 1500)
        yield name, {"targets": targets}, {"unit": unit, "sets": noise(rng, kind, (1000, 40))}


def spread(sets, delta):
    return float(np.sqrt(np.mean(centres(sets, delta) ** 2)))


def judge(decision, case):
    number = isinstance(decision, (int, float, np.number, np.ndarray)) and not isinstance(decision, bool)
    if not number or np.size(decision) != 1 or not (0 < np.ravel(decision)[0] < np.inf):
        return f"one positive, finite number is expected, {decision!r} came"
    unit, sets = case.held["unit"], case.held["sets"]
    delta = float(np.ravel(decision)[0]) / unit
    best = min(spread(sets, b) for b in np.geomspace(0.05, 40, 14))
    got = spread(sets, delta)
    if got > 1.1 * best:
        far = np.mean(np.abs(sets) > delta)
        return (
            f"with a border of {delta * unit:.3g}, beyond which {far:.0%} of the noise lies, the centres scatter "
            f"by {got * unit:.3g}; with the best border by {best * unit:.3g}"
        )
    return None


def reference(targets, *, by="spread"):
    scale = np.median(np.abs(targets - np.median(targets)))
    borders = scale * np.geomspace(0.1, 20, 14)
    if by == "default":
        return 1.0
    if by == "loss":
        size = np.abs(targets - np.median(targets))
        return float(min(borders, key=lambda b: np.mean(np.minimum(size, b) * (size - np.minimum(size, b) / 2))))
    if by == "rule":
        return float(1.35 * targets.std())
    if by == "robust":
        return float(1.35 * 1.4826 * scale)
    if by == "square":
        return float(np.ptp(targets))
    rng = np.random.default_rng(0)
    sets = rng.choice(targets, (800, 40))
    return float(min(borders, key=lambda b: centres(sets, b).std()))


MISTAKES = {
    "delta has the unit of the targets: a fixed 1 is the square for one set and the absolute value for another": {"by": "default"},
    "losses with different borders cannot be compared: the smallest border always has the smallest": {"by": "loss"},
    "the standard deviation is what wild values inflate most: measure the noise by something that they do not move": {"by": "rule"},
    "1.35 spreads fit noise that is normal but for a few values; with heavy tails less is better: try borders on resampled sets": {"by": "robust"},
    "a border beyond all targets is the square, which wild values drag along": {"by": "square"},
}
