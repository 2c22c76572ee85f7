"""Layers whose stored statistics are running averages of their data, one of them spoiled; the learner finds it."""

import numpy as np

FUNCTION = "find_stale"
FORBIDDEN = ["torch", "groundup.neural"]
EXAMPLES, LAYERS = 400, 5


def _network(rng, at, fault):
    """Batches and stored statistics of LAYERS layers; `fault` happened to layer `at`."""
    batches, means, variances = [], [], []
    scales = 10 ** rng.permutation([-2.0, -1.0, 0.0, 1.0, 1.5])
    for layer in range(LAYERS):
        d = int(rng.integers(10, 17))
        centre, spread = rng.normal(size=d), scales[layer] * np.exp(rng.uniform(-1, 1, d))
        centre = centre * spread * 2
        z = centre + spread * rng.normal(size=(EXAMPLES, d))
        mean, variance = np.zeros(d), np.ones(d)
        for _ in range(250):
            batch = centre + spread * rng.normal(size=(64, d))
            mean, variance = 0.9 * mean + 0.1 * batch.mean(0), 0.9 * variance + 0.1 * batch.var(0, ddof=1)
        if layer == at and fault == "never updated":
            mean, variance = np.zeros(d), np.ones(d)
        if layer == at and fault == "other means":
            mean = mean + 0.9 * spread * rng.choice([-1, 1], d)
        if layer == at and fault == "other variances":
            variance = variance * rng.choice([0.25, 4.0], d)
        batches.append(z)
        means.append(mean)
        variances.append(variance)
    return {"batches": batches, "means": means, "variances": variances}


def cases():
    rng = np.random.default_rng(81)
    for name, at, fault in [
        ("a network that was never updated in one layer", 2, "never updated"),
        ("means of other data", 3, "other means"),
        ("variances of other data", 1, "other variances"),
        ("a healthy network", -1, ""),
        ("means of other data, first layer", 0, "other means"),
        ("variances of other data, last layer", 4, "other variances"),
        ("another healthy network", -1, ""),
    ]:
        yield name, _network(rng, at, fault), {"answer": at}


def judge(decision, case):
    if isinstance(decision, (np.generic, np.ndarray)) and decision.size == 1:
        decision = decision.item()  # a NumPy number, or an array of one, is as good
    if not isinstance(decision, int) or isinstance(decision, bool) or not -1 <= decision < LAYERS:
        return f"return a layer's number, 0 to {LAYERS - 1}, or -1; {decision!r} came"
    if decision != case.held["answer"]:
        told = "no layer" if decision == -1 else f"layer {decision}"
        true = "no layer" if case.held["answer"] == -1 else f"layer {case.held['answer']}"
        return f"you blame {told}; {true} is at fault"
    return None


def reference(
    batches, means, variances, *, scaled=True, shifts=True, stretches=True, healthy=True, root=False, ratio=True
):
    worst = []
    for z, mean, variance in zip(batches, means, variances, strict=True):
        shift = np.abs(z.mean(0) - mean) / (z.std(0) if scaled else 1)
        now = z.std(0) if root else z.var(0)
        stretch = np.abs(np.log(now / variance)) if ratio else np.abs(now - variance)
        worst.append(max(shift.mean() if shifts else 0, stretch.mean() if stretches else 0))
    return int(np.argmax(worst)) if max(worst) > 0.3 or not healthy else -1


MISTAKES = {
    "measure a shift of the mean in standard deviations of its unit": {"scaled": False},
    "compare variances by their ratio: units have different scales": {"ratio": False},
    "look at the variances too": {"stretches": False},
    "look at the means too": {"shifts": False},
    "a largest difference always exists: below what chance does, the answer is -1": {"healthy": False},
    "stored is a variance, not a standard deviation": {"root": True},
}
