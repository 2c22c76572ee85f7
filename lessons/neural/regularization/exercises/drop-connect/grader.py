"""What the learner's `drop_connect` is held against."""

import numpy as np

FUNCTION = "drop_connect"
FORBIDDEN = ["torch", "groundup.neural"]
RTOL, ATOL = 1e-6, 1e-10  # a few products and sums; float32 would pass, a wrong factor never


def reference(
    x, W, kept, p, grad, training, *, rescale=True, swapped=False, mask_gradient=True, mask_input=True, always=False,
    inverted=False, shrunk=False, averaged=False, elementwise=False
):  # fmt: skip
    factor = 1 / p if swapped and p > 0 else 1 / (1 - p)
    off = ~np.asarray(kept, bool) if inverted else np.asarray(kept, bool)
    z = off * (factor if rescale else 1.0) if training or always else np.full_like(W, 1 - p if shrunk else 1.0)
    used = z * W
    noise = (used if elementwise else z) if mask_gradient else 1.0
    return x @ used, grad @ (used if mask_input else W).T, noise * (x.T @ grad) / (len(x) if averaged else 1)


def cases():
    rng = np.random.default_rng(0)
    for name, n, d, k, p, training in [
        ("one example", 1, 3, 2, 0.25, True),
        ("a batch", 6, 5, 4, 0.4, True),
        ("evaluation", 4, 5, 3, 0.4, False),
        ("p = 0 keeps all", 3, 4, 2, 0.0, True),
        ("most are off", 5, 8, 3, 0.8, True),
    ]:
        kept = rng.random((d, k)) >= p
        kept[0, 0], kept[-1, -1] = True, p == 0  # both kinds occur whatever is drawn
        x, W, grad = rng.normal(size=(n, d)), rng.normal(size=(d, k)), rng.normal(size=(n, k))
        yield name, {"x": x, "W": W, "kept": kept, "p": p, "grad": grad, "training": training}


MISTAKES = {
    "divide what is kept by 1 - p, so that the mean stays": {"rescale": False},
    "p is the share that is switched off: divide by 1 - p": {"swapped": True},
    "a weight that was off had no influence: its gradient is multiplied by the same noise": {"mask_gradient": False},
    "the gradient for x goes through the weights that were used": {"mask_input": False},
    "at evaluation all weights are used as they are": {"always": True},
    "nothing is left to mend at evaluation: the mean was kept by dividing in training": {"shrunk": True},
    "`grad` is the gradient of the loss already: add up over the examples, do not average": {"averaged": True},
    "the derivative of z W with respect to W is z, without W": {"elementwise": True},
    "True in `kept` means that the weight stays": {"inverted": True},
}
