"""What the learner's `lion` is held against."""

import numpy as np

FUNCTION = "lion"
FORBIDDEN = ["groundup.neural.optim", "torch"]
RTOL, ATOL = 1e-4, 1e-5  # sixty float32 roundings of 6e-8 pass; the smallest mistake is off by 1e-3


def reference(
    p, gradients, lr, betas, weight_decay, *, remembered=1, swapped=False, late=False, twice=False, decay="old weights"
):
    """Lion; keyword-only arguments make it err in one known way each."""
    b1, b2 = betas[0], betas[remembered]
    if swapped:
        b1, b2 = b2, b1
    p, m = np.array(p, dtype=float), np.zeros(np.shape(p))
    for g in gradients:
        if decay == "in the gradient":
            g = g + weight_decay * p
        c = b1 * m + (1 - b1) * g
        m = b2 * (c if twice else m) + (1 - b2) * g
        step = lr * np.sign(m if late else c + weight_decay * p if decay == "in the sign" else c)
        shrink = {"old weights": lr * weight_decay * p, "new weights": lr * weight_decay * (p - step)}
        p = p - step - shrink.get(decay, weight_decay * p if decay == "without lr" else 0.0)
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
    "the mean that is remembered uses the second beta, not the first": {"remembered": 0},
    "the sign is taken of c, which mixes the old mean with the gradient by the first beta; you took the sign of the new mean": {
        "late": True
    },
    "decay stands beside the sign; you let it join the gradient": {"decay": "in the gradient"},
    "decay stands beside the sign, not within it": {"decay": "in the sign"},
    "decay is multiplied by the learning rate too": {"decay": "without lr"},
    "the betas are exchanged": {"swapped": True},
    "decay uses the weights as they were before the step": {"decay": "new weights"},
    "the new mean is made of the old mean and the gradient; you put c in the old mean's place": {"twice": True},
}
HINTS = {
    "the betas are exchanged": "betas is (β₁, β₂): the first makes c, the second makes m",
}
