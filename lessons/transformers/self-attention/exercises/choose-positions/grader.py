"""Choose a scheme by what it does over the whole length that is needed, not where it was trained or at one point."""

import numpy as np

FUNCTION = "choose_scheme"
FORBIDDEN = ["groundup.transformers", "torch"]

POSITIONS = 256


def curves(trained, levels):
    """True losses: the context helps at first; beyond the trained length each scheme has its own fate."""
    p = np.arange(POSITIONS)
    start = 1.5 * np.exp(-p / 12)
    beyond = np.maximum(p - trained, 0)
    shapes = {
        "learned": 2.0 * (beyond > 0),
        "sinusoidal": 1.2 * (1 - np.exp(-beyond / 10)),
        "rotary": 0.008 * beyond,
        "linear bias": 0.0 * beyond,
    }
    return {name: levels[name] + start + shape for name, shape in shapes.items()}


def cases():
    rng = np.random.default_rng(8)
    for name, trained, needed, levels in [
        ("no longer than in training", 64, 64, (2.70, 3.00, 2.85, 3.10)),
        ("four times as long", 64, 256, (2.70, 2.80, 2.60, 2.90)),
        ("a little longer", 128, 144, (2.40, 2.95, 2.75, 2.90)),
        ("shorter than in training", 128, 32, (2.80, 2.50, 2.70, 2.75)),
        ("twice as long, trained on short texts", 32, 64, (2.60, 2.70, 2.60, 2.95)),
    ]:
        named = dict(zip(("learned", "sinusoidal", "rotary", "linear bias"), levels, strict=True))
        true = curves(trained, named)
        order = rng.permutation(list(true)).tolist()
        noisy = {scheme: true[scheme] + rng.normal(scale=0.35, size=(4, POSITIONS)) for scheme in order}
        kwargs = {"losses": noisy, "trained": trained, "needed": needed}
        yield name, kwargs, {"seen": {scheme: float(true[scheme][:needed].mean()) for scheme in order}}


def judge(decision, case):
    """None when the scheme is within 2 per cent of the best over the needed length."""
    seen = case.held["seen"]
    if not isinstance(decision, str) or decision not in seen:
        return f"the answer must be one of {sorted(seen)}; {decision!r} came"
    best = min(seen, key=seen.get)
    if seen[decision] > 1.02 * seen[best]:
        return (
            f"over {case.kwargs['needed']} positions {decision!r} has a loss of {seen[decision]:.2f} on new texts, "
            f"{best!r} has {seen[best]:.2f}"
        )
    return None


def reference(losses, trained, needed, *, upto="needed", beyond=False, best=min):
    stop = {"needed": needed, "trained": trained, "all": POSITIONS}[upto]
    start = trained if beyond and needed > trained else 0
    return best(losses, key=lambda name: np.mean(losses[name][:, start:stop]))


MISTAKES = {
    "judge over the length that users will send, not over that of training": {"upto": "trained"},
    "judge over the length that is needed, not over all that was measured": {"upto": "all"},
    "the positions within the trained length count as well: users see all of them": {"beyond": True},
    "a loss is better when it is lower": {"best": max},
}
