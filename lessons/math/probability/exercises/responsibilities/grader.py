"""What the learner's `responsibilities` is held against: Bayes' rule with normal likelihoods, in logarithms."""

import numpy as np

FUNCTION = "responsibilities"
FORBIDDEN = ["groundup.math.probability", "scipy.stats", "scipy.special", "sklearn"]
RTOL, ATOL = 1e-6, 1e-9  # exponents of up to 1e7 are rounded to 1e-9; wrong formulas differ by percents


def reference(x, weights, means, spreads, *, prior=True, height=True, variance=False, axis=1, shift=True):
    z = (x[:, None] - means) / spreads
    exponent = -0.5 * (z**2 * spreads if variance else z**2)
    log = exponent - (np.log(spreads) if height else 0) + (np.log(weights) if prior else 0)
    with np.errstate(all="ignore"):
        joint = np.exp(log - (log.max(axis=axis, keepdims=True) if shift else 0))
        return joint / joint.sum(axis=axis, keepdims=True)


def cases():
    rng = np.random.default_rng(2)
    for name, n, k, far in [
        ("one value, two sources", 1, 2, 0),
        ("six values, three sources", 6, 3, 0),
        ("as many values as sources", 4, 4, 0),
        ("values far from all sources", 5, 3, 3000.0),
    ]:
        weights = rng.dirichlet(np.full(k, 2.0))
        means, spreads = rng.normal(size=k) * 2, rng.uniform(0.5, 2.0, k)
        x = rng.normal(size=n) * 2 + far * rng.choice([-1, 1], n)
        yield name, {"x": x, "weights": weights, "means": means, "spreads": spreads}


MISTAKES = {
    "multiply by the weights: a rare source needs better evidence": {"prior": False},
    "a wide normal density is lower: divide by the spread": {"height": False},
    "spreads are standard deviations: square them in the exponent": {"variance": True},
    "the probabilities of one value must sum to 1 over the sources, the last axis": {"axis": 0},
    "far from all sources every density underflows to 0: stay in logarithms and subtract the largest": {"shift": False},
}
