"""What the learner's `gated_backward` is held against: y = gelu(x W) * (x V) and its gradients."""

import math

import numpy as np

FUNCTION = "gated_backward"
FORBIDDEN = ["torch", "scipy", "groundup.neural"]
RTOL, ATOL = 1e-4, 1e-5  # a float32 solution passes; the tanh form of GELU, off by up to 5e-4, does not

erf = np.vectorize(math.erf, otypes=[float])


def reference(
    x, W, V, dy, *, swapped=False, gate=True, value=True, density=True, root=True, own=False, tanh=False, both=True,
    scaled=True,
):  # fmt: skip
    z, b = (x @ V, x @ W) if swapped else (x @ W, x @ V)
    Phi = 0.5 * (1 + erf(z / (math.sqrt(2) if scaled else 1)))
    if tanh:
        Phi = 0.5 * (1 + np.tanh(math.sqrt(2 / math.pi) * (z + 0.044715 * z**3)))
    bump = np.exp(-(z**2) / 2) / (math.sqrt(2 * math.pi) if root else 1)
    a = z * Phi
    slope = Phi + (z * bump if density else 0)
    dz = dy * (a if own else b) * slope
    db = dy * (b if own else a)
    if not gate:  # y = a b treated as if b were a constant, or a
        db = np.zeros_like(db)
    if not value:
        dz = np.zeros_like(dz)
    left, right = (V, W) if swapped else (W, V)
    dx = dz @ left.T + (db @ right.T if both else 0)
    d_left, d_right = x.T @ dz, x.T @ db
    return {
        "y": a * b,
        "dx": dx,
        "dW": d_right if swapped else d_left,
        "dV": d_left if swapped else d_right,
    }


def cases():
    rng = np.random.default_rng(51)
    for name, n, d, m in [
        ("one example, one unit", 1, 1, 1),
        ("three examples", 3, 2, 4),
        ("more inputs than units", 5, 6, 3),
        ("twenty examples", 20, 4, 9),
    ]:
        size = {"x": (n, d), "W": (d, m), "V": (d, m), "dy": (n, m)}
        yield name, {key: rng.normal(size=shape) for key, shape in size.items()}


MISTAKES = {
    "gelu belongs to x W, and x V passes unchanged": {"swapped": True},
    "the slope of z Φ(z) has two terms: Φ(z) and z times the normal density": {"density": False},
    "the normal density is exp(-z²/2) over the square root of 2π": {"root": False},
    "Φ(z) takes the error function of z over the square root of 2": {"scaled": False},
    "in a product each factor gets dy times the other factor, not itself": {"own": True},
    "use the exact Φ through the error function, not its tanh form": {"tanh": True},
    "x goes through both maps: its gradient is the sum of both paths": {"both": False},
    "V gets a gradient too: dy times gelu(x W), brought back by x": {"gate": False},
    "W gets a gradient too: dy times x V times the slope of gelu": {"value": False},
}
