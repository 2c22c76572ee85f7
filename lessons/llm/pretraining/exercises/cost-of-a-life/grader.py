"""What the learner's `cheapest` is held against: the law solved for the tokens, then the sum of two costs."""

import numpy as np

FUNCTION = "cheapest"
FORBIDDEN = ["groundup.llm.pretraining", "scipy"]
RTOL = 1e-9  # powers of float64; wrong formulas differ by percents


def reference(law, target, used, sizes, *, floor=True, use=2, train=6, root=True, drop=True, by="total", swap=False):
    sizes = np.asarray(sizes, float)
    A, B, a, b = law["A"], law["B"], law["alpha"], law["beta"]
    if swap:
        a, b = b, a
    left = target - (law["E"] if floor else 0.0) - A / sizes**a
    able = left > 0
    if not able.any():
        return np.nan, np.nan, np.nan
    if drop:
        sizes, left = sizes[able], left[able]
    tokens = (B / np.abs(left)) ** (1 / b if root else 1)
    costs = {"total": train * sizes * tokens + use * sizes * used, "training": train * sizes * tokens, "size": sizes}
    best = int(np.argmin(costs[by]))
    return float(sizes[best]), float(tokens[best]), float(costs["total"][best])


def cases():
    rng = np.random.default_rng(5)
    for name, target, used, count in [
        ("never used", 2.2, 0.0, 60),
        ("used a little", 2.1, 1e11, 60),
        ("used much", 2.1, 1e14, 80),
        ("some sizes are too small", 1.95, 1e12, 50),
        ("no size is large enough", 1.72, 1e10, 5),
        ("one size", 2.3, 1e12, 1),
    ]:
        law = {"E": 1.69, "A": float(rng.uniform(300, 500)), "B": float(rng.uniform(300, 500)),
               "alpha": float(rng.uniform(0.32, 0.36)), "beta": float(rng.uniform(0.27, 0.31))}  # fmt: skip
        low, high = (7, 7.5) if name.startswith("no size") else (8.2, 12) if count > 1 else (11, 11.5)
        sizes = 10 ** np.sort(rng.uniform(low, high, count))
        yield name, {"law": law, "target": target, "used": used, "sizes": sizes}


MISTAKES = {
    "the cost of use belongs to the sum that is made small: 2 N M": {"by": "training"},
    "the smallest model that reaches the target needs the most tokens: compare costs": {"by": "size"},
    "a token in use costs 2 N operations, not 6 N": {"use": 6},
    "training costs 6 N D, not 2 N D": {"train": 2},
    "take the power 1/beta to get the tokens": {"root": False},
    "the floor E has to be taken off the target first": {"floor": False},
    "a size whose own lack is above the target reaches it with no number of tokens: leave it out": {"drop": False},
    "alpha belongs to the size, beta to the tokens": {"swap": True},
}
