"""Choose a learning rate from the curve of a range test; judged by training with it."""

import numpy as np

FUNCTION = "choose_rate"
FORBIDDEN = ["groundup.neural.optim", "torch"]
STEPS = 120


def descend(bends, start, noise, rates):
    """SGD on a quadratic with multiplicative noise (as from batches): losses before each step, at rates[t]."""
    rng, x, losses = np.random.default_rng(11), start.copy(), []
    for rate in rates:
        losses.append(0.5 * np.sum(bends * x**2) * (1 + 0.1 * rng.normal()))
        if not losses[-1] < 1e3 * losses[0]:
            break
        x = x - rate * (bends * x + noise * bends**0.5 * rng.normal(size=len(x)))
    return np.array(losses)


def final_loss(rate, bends, start, noise):
    """Mean loss over the last quarter; infinite when it ran away."""
    losses = descend(bends, start, noise, np.full(STEPS, rate))
    return losses[-STEPS // 4 :].mean() if len(losses) == STEPS else np.inf


def cases():
    rng = np.random.default_rng(4)
    for name, scale, spread in [
        ("a gentle valley", 1.0, 4.0),
        ("a steep one", 3000.0, 4.0),
        ("nearly flat", 1e-3, 4.0),
        ("a small model", 30.0, 5.0),
    ]:
        bends = scale * np.geomspace(1 / spread, 1, 20) * rng.uniform(0.8, 1.2, 20)
        start = rng.normal(size=20) / np.sqrt(scale) * 10
        noise = 0.6 * rng.uniform(0.8, 1.2)
        lrs = np.geomspace(1e-4, 30, 150) / scale * rng.uniform(0.5, 2)
        losses = descend(bends, start, noise, lrs)
        yield name, {"lrs": lrs[: len(losses)], "losses": losses}, {"bends": bends, "start": start, "noise": noise}


def judge(decision, case):
    """None when the rate is good, else the sentence to say."""
    if isinstance(decision, np.ndarray) and decision.ndim == 0:
        decision = decision.item()
    if not isinstance(decision, (int, float, np.number)) or isinstance(decision, bool) or not 0 < decision < np.inf:
        return f"the rate must be one number above 0; {decision!r} came"
    trained = final_loss(float(decision), **case.held)
    tried = np.geomspace(case.kwargs["lrs"][0], case.kwargs["lrs"][-1], 80)
    reached = [final_loss(rate, **case.held) for rate in tried]
    best = tried[np.argmin(reached)]
    if trained == np.inf:
        return f"with rate {float(decision):.3g} the loss runs away; the best is about {best:.2g}"
    if trained > 4 * min(reached):
        where = "too small: it does not arrive" if decision < best else "too large: it rattles"
        return f"rate {float(decision):.3g} is {where}, the loss stays {trained / min(reached):.1f} times above the best, about {best:.2g}"
    return None


def reference(lrs, losses, *, rule="before the lowest"):
    width = 9
    smooth = np.exp(np.convolve(np.log(losses), np.ones(width) / width, mode="valid"))
    lowest = lrs[width // 2 + int(np.argmin(smooth))]
    if rule == "lowest":
        return float(lowest)
    if rule == "end":
        return float(lrs[-1])
    if rule == "start":
        return float(lrs[0])
    return float(lowest / 4)


MISTAKES = {
    "the rate at which the loss was lowest is nearly too large: smaller ones had brought it there": {"rule": "lowest"},
    "you took the last rate, where the loss had already run away": {"rule": "end"},
    "you took the first rate of the test, with which nothing happens": {"rule": "start"},
}
