"""The exercise that hostile answers are tried on."""

import numpy as np

FUNCTION = "double"
FORBIDDEN = ["statistics", "numpy.linalg"]
RTOL = 1e-9


def reference(x, *, power=1):
    return x**power if power != 1 else 2 * x


def cases():
    rng = np.random.default_rng(0)
    yield "three numbers", {"x": rng.normal(size=3)}
    yield "a table", {"x": rng.normal(size=(2, 5))}


MISTAKES = {"that is the square": {"power": 2}}
