"""Eta sampling: a threshold on probabilities that falls with the entropy of the row."""

import numpy as np

FUNCTION = "eta_probabilities"
FORBIDDEN = ["torch", "scipy", "groundup.llm"]
RTOL, ATOL = 1e-6, 1e-9  # float64 throughout; no probability of the cases lies within rounding of its threshold


def reference(
    logits,
    epsilon,
    *,
    root=True,
    smaller=True,
    lowered=True,
    base=np.e,
    own_row=True,
    renormalised=True,
):
    p = np.exp(logits - logits.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    entropy = -(p * np.log(np.where(p > 0, p, 1))).sum(axis=1, keepdims=True) / np.log(base)
    if not own_row:
        entropy = np.full_like(entropy, entropy.mean())
    low = (np.sqrt(epsilon) if root else epsilon) * np.exp(-entropy if lowered else entropy)
    eta = np.minimum(epsilon, low) if smaller else low
    if not (smaller and lowered and base == np.e and own_row):  # then a row could lose all its tokens
        eta = np.minimum(eta, p.max(axis=1, keepdims=True))
    p = np.where(p >= eta, p, 0)
    return p / p.sum(axis=1, keepdims=True) if renormalised else p


def cases():
    rng = np.random.default_rng(5)
    yield "one peaked row", {"logits": rng.normal(size=(1, 6)) * 3, "epsilon": 0.05}
    yield "a flat row", {"logits": rng.normal(size=(1, 30)) * 0.3, "epsilon": 0.1}
    mixed = np.concatenate([rng.normal(size=(3, 40)) * 4, rng.normal(size=(3, 40)) * 0.5])
    yield "peaked and flat rows", {"logits": mixed, "epsilon": 0.04}
    yield "epsilon above all probabilities", {"logits": rng.normal(size=(2, 12)) * 0.5, "epsilon": 0.9}
    holes = rng.normal(size=(4, 25)) * 2
    holes[:, rng.permutation(25)[:10]] = -np.inf
    yield "some ruled out already", {"logits": holes, "epsilon": 0.03}
    yield "logits in the hundreds", {"logits": rng.normal(size=(3, 50)) * 2 + 800, "epsilon": 0.01}


MISTAKES = {
    "the second bound has the square root of epsilon": {"root": False},
    "the threshold is the smaller of the two bounds, not the second alone": {"smaller": False},
    "the bound falls with the entropy: exp(-H)": {"lowered": False},
    "the entropy is in nats": {"base": 2.0},
    "each row has an entropy of its own": {"own_row": False},
    "what is kept has to sum to 1": {"renormalised": False},
}
