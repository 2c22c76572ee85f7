"""What the learner's `rms_backward` is held against: y = x / sqrt(mean(x²) + ε) · w and its gradients."""

import numpy as np

FUNCTION = "rms_backward"
FORBIDDEN = ["torch", "groundup.neural"]
RTOL, ATOL = 1e-4, 1e-5  # a float32 solution passes; a wrong formula differs by far more


def reference(
    x, w, dy, eps, *, centre=False, mean_of_h=False, projection=True, total=False, weight=True, hat=True, inside=True,
    axis=1, mean=True, spread=True, small=True, dw_mean=False,
):  # fmt: skip
    c = x - x.mean(axis, keepdims=True) if centre else x
    square = (np.mean if mean else np.sum)(c**2, axis=axis, keepdims=True)
    eps = eps if small else 0
    r = 1 / np.sqrt(square + eps) if inside else 1 / (np.sqrt(square) + eps)
    xhat = c * r
    h = dy * w if weight else dy
    along = (h * xhat).sum(axis, keepdims=True) / (1 if total else x.shape[axis])
    dx = (r if spread else 1) * (h - (xhat * along if projection else 0))
    if mean_of_h or centre:
        dx = dx - r * h.mean(axis, keepdims=True)
    return {"y": xhat * w, "dx": dx, "dw": (dy * (xhat if hat else x)).sum(axis=0) / (len(x) if dw_mean else 1)}


def cases():
    rng = np.random.default_rng(71)
    for name, n, d, eps, scale in [
        ("one row of two", 1, 2, 0.1, 1.0),
        ("three rows", 3, 4, 1e-3, 1.0),
        ("rows of another scale", 5, 6, 1e-5, 20.0),
        ("twenty rows, large eps", 20, 9, 0.5, 1.0),
    ]:
        x = scale * (rng.normal(size=(n, d)) + 0.7)
        yield name, {"x": x, "w": rng.uniform(0.5, 2, d), "dy": rng.normal(size=(n, d)), "eps": eps}


MISTAKES = {
    "RMS norm subtracts no mean": {"centre": True},
    "nothing was centred, so no mean of h is subtracted in the backward pass": {"mean_of_h": True},
    "x moves r too: h loses its part along x̂": {"projection": False},
    "the part along x̂ is a mean over the row, not a sum": {"total": True},
    "the gradient that reaches x̂ is dy times w": {"weight": False},
    "dw sums dy times x̂, not dy times x": {"hat": False},
    "divide by the root of the mean square, not of the sum of squares": {"mean": False},
    "the gradient is divided by the root mean square too: multiply dx by r": {"spread": False},
    "eps is added to the mean square": {"small": False},
    "dw is a sum over the rows, not their mean": {"dw_mean": True},
    "eps stands under the root": {"inside": False},
    "the mean runs along each row, not over the examples": {"axis": 0},
}
