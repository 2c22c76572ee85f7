"""Layers with several activations and inputs that are not standard normal; the learner sets the next layer's scale."""

import numpy as np

from groundup.course.grading import Code

FUNCTION = "choose_spread"
FORBIDDEN = ["torch", "groundup.neural"]
MARGIN = 0.07  # an estimate from 400 examples of 40 units and more is within 2 per cent

LAYERS = [
    ("relu after normal sums", "lambda x: np.maximum(x, 0)", 60, 300, 0.0, 1.0),
    ("tanh after wide sums", "lambda x: np.tanh(x)", 200, 50, 0.0, 3.0),
    ("a sigmoid", "lambda x: 1 / (1 + np.exp(-x))", 100, 20, 0.0, 1.0),
    ("relu after sums of mean 1", "lambda x: np.maximum(x, 0)", 40, 160, 1.0, 0.7),
    ("softplus after narrow sums", "lambda x: np.log1p(np.exp(x))", 80, 240, -0.5, 0.5),
    ("a wave", "lambda x: np.sin(3 * x)", 120, 30, 0.3, 0.4),
]


def cases():
    rng = np.random.default_rng(61)
    for name, source, d, outputs, mean, spread in LAYERS:
        shift = mean + 0.2 * rng.normal(size=d)  # every unit has its own mean
        draw = lambda n, s=shift, w=spread: s + w * rng.normal(size=(n, len(s)))  # noqa: E731
        yield name, {"z": draw(400), "f": Code(source), "outputs": outputs}, {"z": draw(20_000)}


def judge(decision, case):
    if isinstance(decision, (np.generic, np.ndarray)) and decision.size == 1:
        decision = decision.item()  # a NumPy number, or an array of one, is as good
    if isinstance(decision, bool) or not isinstance(decision, (int, float)) or not 0 < decision < 1e6:
        return f"return one number above 0; {decision!r} came"
    z, f = case.held["z"], case.kwargs["f"]
    reached = z.shape[1] * decision**2 * np.mean(f(z) ** 2)
    if abs(np.log(reached)) > 2 * MARGIN:
        return f"with a spread of {decision:.4g} the next layer's entries have a mean square of {reached:.3g}, not 1"
    return None


def reference(z, f, outputs, *, centred=False, gain=None, fan="in", root=True, before=False, absolute=False, summed=False):
    d = z.shape[1]
    kept = np.mean((z if before else f(z)) ** 2)
    if centred:
        kept = np.var(f(z))
    if absolute:
        kept = np.mean(np.abs(f(z))) ** 2
    if summed:
        kept = np.mean(np.sum(f(z) ** 2, axis=0))
    if gain:
        kept = 1 / gain
    fans = {"in": d, "out": outputs, "mean": (d + outputs) / 2}[fan]
    s2 = 1 / (fans * kept)
    return float(np.sqrt(s2) if root else s2)


MISTAKES = {
    "it is the mean square of f(z) that reaches the next layer, not its variance": {"centred": True},
    "variance 2 / inputs is right for relu after standard normal sums only: measure f(z)": {"gain": 2},
    "variance 1 / inputs is right for f(x) = x only: measure f(z)": {"gain": 1},
    "the sum runs over the units that go in (columns of z), not over the outputs": {"fan": "out"},
    "the mean of inputs and outputs levels errors as well; asked is the signal alone": {"fan": "mean"},
    "take the mean of the squares, not the square of the mean size": {"absolute": True},
    "sum the squares over the units of one example; over the examples take the mean": {"summed": True},
    "return the standard deviation, the root of the variance": {"root": False},
    "the next layer sees f(z), not z": {"before": True},
}
