"""What the learner's `smooth_elsewhere` is held against: label smoothing over the other real tokens."""

import numpy as np

FUNCTION = "smooth_elsewhere"
FORBIDDEN = ["torch", "scipy.special", "groundup.neural", "groundup.transformers"]
RTOL, ATOL = 1e-5, 1e-6  # a float32 solution passes; a wrong formula differs by far more


def reference(
    scores, labels, smoothing, pad, *, over=2, padding=False, own=False, rows="real", masked=True, mean=True, sign=1,
    shift=True, each=True, left=False, choice=True,
):  # fmt: skip
    n, V = scores.shape
    real = labels != pad
    wanted = np.full((n, V), smoothing / (V - over))
    if not padding:
        wanted[:, pad] = 0
    wanted[np.arange(n), labels] = 1 - smoothing + (smoothing / (V - over) if own else 0)
    if masked:
        wanted[~real] = 0
    if not choice:
        scores = np.where(np.arange(V) == pad, -1e30, scores)
    top = scores.max(axis=1, keepdims=True) if shift else 0
    with np.errstate(all="ignore"):
        log_p = scores - top - np.log(np.exp(scores - top).sum(axis=1, keepdims=True))
    counted = {"real": real.sum(), "all": n}[rows] if mean else 1
    gradient = (np.exp(log_p) - wanted) * (real[:, None] if masked and not left else 1) / (counted if each else 1)
    return {"loss": -(wanted * log_p).sum() / counted, "gradient": sign * gradient}


def cases():
    rng = np.random.default_rng(41)
    for name, n, V, smoothing, padded, scale in [
        ("one row of four tokens", 1, 4, 0.1, 0, 1.0),
        ("five rows", 5, 7, 0.2, 0, 2.0),
        ("some rows are padding", 8, 6, 0.1, 3, 2.0),
        ("no smoothing", 6, 9, 0.0, 2, 1.0),
        ("scores of about 1000", 5, 8, 0.3, 1, 1000.0),
    ]:
        pad = int(rng.integers(0, V))
        labels = (pad + rng.integers(1, V, n)) % V
        labels[:padded] = pad
        yield name, {"scores": scale * rng.normal(size=(n, V)), "labels": labels, "smoothing": smoothing, "pad": pad}


MISTAKES = {
    "the other real tokens are V - 2: neither the true one nor padding": {"over": 1},
    "ε is shared by V - 2 tokens, not by all V": {"over": 0},
    "padding is never wanted": {"padding": True},
    "the true token gets 1 - ε and no share of ε besides": {"own": True},
    "divide by the rows that count, not by all rows": {"rows": "all"},
    "rows whose label is padding add nothing to loss and gradient": {"masked": False},
    "the loss is a mean over rows, not a sum": {"mean": False},
    "the gradient is softmax minus what is wanted": {"sign": -1},
    "the gradient is that of the mean: divide it by the number of rows that count as well": {"each": False},
    "rows whose label is padding have a gradient of zero: without a wanted token softmax is left over": {"left": True},
    "the softmax is over all V scores; padding is not wanted, but it is among them": {"choice": False},
    "subtract each row's maximum before the exponential": {"shift": False},
}
