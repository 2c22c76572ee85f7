"""What the learner's `lion` is held against."""

import numpy as np

FUNCTION = "lion"
FORBIDDEN = ["groundup.neural.optim", "torch"]
RTOL, ATOL = 1e-6, 1e-9  # float32 passes: steps are sums of a few products


def reference(
    p, gradients, lr, betas, weight_decay, *, one_beta=False, late=False, coupled=False, swapped=False, decayed_first=True
):
    """Lion; keyword-only arguments make it err in one known way each."""
    b1, b2 = betas
    if one_beta:
        b2 = b1
    if swapped:
        b1, b2 = b2, b1
    p, m = np.array(p, dtype=float), np.zeros(np.shape(p))
    for g in gradients:
        if coupled:
            g = g + weight_decay * p
        before = m
        m = b2 * m + (1 - b2) * g
        c = m if late else b1 * before + (1 - b1) * g
        decay = 0 if coupled else weight_decay
        if decayed_first:
            p = p - lr * (np.sign(c) + decay * p)
        else:
            p = p - lr * np.sign(c)
            p = p - lr * decay * p
    return p, m


def cases():
    rng = np.random.default_rng(0)
    yield "one weight, one step", {
        "p": rng.normal(size=1),
        "gradients": rng.normal(size=(1, 1)),
        "lr": 0.1,
        "betas": (0.9, 0.99),
        "weight_decay": 0.0,
    }
    yield "five weights, no decay", {
        "p": rng.normal(size=5),
        "gradients": rng.normal(size=(40, 5)),
        "lr": 0.1,
        "betas": (0.9, 0.99),
        "weight_decay": 0.0,
    }
    yield "a matrix, with decay", {
        "p": rng.normal(size=(3, 4)),
        "gradients": rng.normal(size=(60, 3, 4)),
        "lr": 0.05,
        "betas": (0.8, 0.95),
        "weight_decay": 0.5,
    }
    gradients = rng.normal(size=(30, 4)) * np.array([1e-6, 1.0, 1e6, 0.0])
    yield "gradients of all sizes, one of them 0", {
        "p": rng.normal(size=4) + 3,
        "gradients": gradients,
        "lr": 0.02,
        "betas": (0.9, 0.99),
        "weight_decay": 1.0,
    }


MISTAKES = {
    "the mean that is remembered uses the second beta, not the first": {"one_beta": True},
    "the sign is taken of c, which mixes the old mean with the gradient by the first beta; you took the sign of the new mean": {
        "late": True
    },
    "decay stands beside the sign; you let it join the gradient": {"coupled": True},
    "the betas are exchanged": {"swapped": True},
    "decay uses the weights as they were before the step": {"decayed_first": False},
}
HINTS = {
    "the betas are exchanged": "betas is (β₁, β₂): the first makes c, the second makes m",
}
