"""What the learner's `responsibilities` is held against: Bayes' rule with normal likelihoods, in logarithms."""

import numpy as np

FUNCTION = "responsibilities"
FORBIDDEN = ["groundup.math.probability", "scipy.stats", "scipy.special", "sklearn"]
RTOL, ATOL = 1e-6, 1e-9  # exponents of up to 1e7 are rounded to 1e-9; wrong formulas differ by percents


def reference(
    x, weights, means, spreads, *, prior=True, height=True, variance=False, half=True, axis=1, shift="row", rest="", norm=True
):
    z = (x[:, None] - means) / spreads
    exponent = -(0.5 if half else 1.0) * (z**2 * spreads if variance else z**2)
    log = exponent - (np.log(spreads) if height else 0) + (np.log(weights) if prior else 0)
    largest = {"row": log.max(axis=axis, keepdims=True), "all": log.max(), "": 0.0}[shift]
    with np.errstate(all="ignore"):
        joint = np.exp(log - largest)
        if rest == "terms":
            joint = np.maximum(joint, 1e-300)
        total = joint.sum(axis=axis, keepdims=True) + (1e-300 if rest == "sum" else 0.0)
        return joint / total if norm else joint


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
    "the exponent of a normal density is half of the squared distance in spreads": {"half": False},
    "the probabilities of one value must sum to 1 over the sources, the last axis": {"axis": 0},
    "divide by the sum over the sources: these are weights, not yet probabilities": {"norm": False},
    "far from all sources every density underflows to 0: stay in logarithms and subtract the largest": {"shift": ""},
    "subtract each row's own largest logarithm: the largest of all leaves the other rows to underflow": {"shift": "all"},
    "a tiny number added to the sum turns 0/0 into 0, where one source is certain: stay in logarithms": {
        "shift": "",
        "rest": "sum",
    },
    "a least value for the densities makes far-away values look undecided: stay in logarithms": {"shift": "", "rest": "terms"},
}
