"""Choose the step of a difference on noisy data: not the smallest, not the calmest."""

import numpy as np

FUNCTION = "choose_step"
FORBIDDEN = ["groundup.math.calculus"]


def cases():
    """(name, what the function gets, what stays here). f(x) = slope x + bend x^3 + noise."""
    rng = np.random.default_rng(8)
    for name, bend, noise in [
        ("a gentle curve in little noise", 0.05, 1e-4),
        ("a bent curve in little noise", 20.0, 1e-4),
        ("a gentle curve in much noise", 0.5, 0.3),
        ("a bent curve in much noise", 200.0, 0.05),
        ("a straight line", 0.0, 0.02),
    ]:
        steps, slope = np.geomspace(1e-4, 1.0, 17), rng.uniform(-2, 2)
        bend = bend * rng.choice([-1, 1])
        slopes = slope + bend * steps[:, None] ** 2 + noise / np.sqrt(2) / steps[:, None] * rng.normal(size=(17, 1000))
        error = np.sqrt((bend * steps**2) ** 2 + noise**2 / 2 / steps**2)
        yield name, {"steps": steps, "slopes": slopes}, {"error": error}


def judge(decision, case):
    steps, error = case.kwargs["steps"], case.held["error"]
    number = isinstance(decision, (int, float, np.number, np.ndarray)) and not isinstance(decision, bool)
    if not number or np.size(decision) != 1:
        return f"a single step is expected, {decision!r} came"
    if isinstance(decision, (int, np.integer)) and 0 <= decision < len(steps):
        return f"return the step itself, not its place in steps: {decision} is not one of them"
    at = int(np.argmin(np.abs(steps - float(np.ravel(decision)[0]))))
    if abs(steps[at] - float(np.ravel(decision)[0])) > 1e-9 * steps[at]:
        return f"the step must be one of those measured, {float(np.ravel(decision)[0]):g} is not"
    if error[at] > 2 * error.min():
        best = steps[np.argmin(error)]
        return f"with step {steps[at]:.2g} a slope errs by {error[at]:.2g}, with {best:.2g} by {error.min():.2g}"
    return None


def reference(steps, slopes, *, by="both"):
    scatter, average = slopes.std(axis=1, ddof=1), slopes.mean(axis=1)
    if by == "smallest":
        return float(steps[0])
    if by == "scatter":
        return float(steps[np.argmin(scatter)])
    if by == "middle":
        return float(steps[len(steps) // 2])
    noise = np.sqrt(np.mean((scatter * steps) ** 2))
    if by == "average":
        noise /= np.sqrt(slopes.shape[1])
    weight = square = steps**2
    centre, middle = np.average(square, weights=weight), np.average(average, weights=weight)
    bend = np.sum(weight * (square - centre) * (average - middle)) / np.sum(weight * (square - centre) ** 2)
    return float(steps[np.argmin((bend * square) ** 2 + (noise / steps) ** 2)])


MISTAKES = {
    "the smallest step multiplies the noise most: it is divided by h": {"by": "smallest"},
    "least scatter is not least error: a large step is calm and wrong, because the curve bends": {"by": "scatter"},
    "one new measurement scatters as the slopes do; only their average is calmer": {"by": "average"},
    "the middle step knows nothing of this noise and this curve": {"by": "middle"},
}
