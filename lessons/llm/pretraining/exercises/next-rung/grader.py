"""Choose a size by the law that small runs follow, not by the best of the small runs."""

import numpy as np

FUNCTION = "next_size"
FORBIDDEN = ["scipy"]
TIME_LIMIT = 60


def lost(law, size, budget):
    """Loss of a model of this size, trained with the whole budget."""
    E, A, B, alpha, beta = law
    return E + A / size**alpha + B / (budget / (6 * size)) ** beta


def cases():
    rng = np.random.default_rng(2)
    for name, A, B, alpha, beta in [
        ("size and text alike", 300.0, 600.0, 0.34, 0.32),
        ("text is scarce in use: size pays", 900.0, 60.0, 0.36, 0.25),
        ("size hardly pays", 25.0, 12000.0, 0.24, 0.46),
        ("another text", 150.0, 2500.0, 0.30, 0.40),
    ]:
        law = (
            float(rng.uniform(1.2, 1.8)),
            A * float(rng.uniform(0.9, 1.1)),
            B * float(rng.uniform(0.9, 1.1)),
            alpha,
            beta,
        )
        N, D = (values.ravel() for values in np.meshgrid(10 ** np.linspace(6, 8.5, 7), 10 ** np.linspace(7.5, 10, 6)))
        losses = (law[0] + law[1] / N**alpha + law[2] / D**beta) * np.exp(0.001 * rng.standard_normal(len(N)))
        budget = 1000 * 6 * N.max() * D.max()
        yield name, {"parameters": N, "tokens": D, "losses": losses, "budget": budget}, {"law": law}


def judge(decision, case):
    if (
        isinstance(decision, bool)
        or not isinstance(decision, (int, float, np.integer, np.floating))
        or not np.isfinite(decision)
        or decision < 1
    ):
        return f"a number of weights is expected; {decision!r} came"
    law, budget = case.held["law"], case.kwargs["budget"]
    sizes = 10 ** np.linspace(4, 16, 6000)
    losses = lost(law, sizes, budget)
    best = losses.min()
    got = lost(law, float(decision), budget)
    if got > 1.015 * best:
        told = f"{decision:.3g} weights end at a loss of {got:.4f}; the best choice at {best:.4f}"
        tokens = budget / (6 * sizes[losses.argmin()])
        if 0.5 < decision / tokens < 2:
            told += ". It is about the number of tokens of that choice; the number of weights is asked for"
        return told
    return None


def reference(parameters, tokens, losses, budget, *, by="law"):
    if by == "lowest":
        return float(parameters[np.argmin(losses)])
    if by == "share":
        return float(parameters[np.argmin(losses)] * budget / (6 * parameters.max() * tokens.max()))
    if by == "twenty":
        return float(np.sqrt(budget / 6 / 20))
    if by == "root":
        return float(parameters[np.argmin(losses)] * np.sqrt(budget / (6 * parameters.max() * tokens.max())))
    best, found = np.inf, None
    for alpha in np.linspace(0.1, 0.6, 51):  # linear least squares in E, A, B for each pair of exponents
        for beta in np.linspace(0.1, 0.6, 51):
            columns = np.stack([np.ones_like(losses), parameters**-alpha, tokens**-beta], 1) / losses[:, None]
            solved = np.linalg.lstsq(columns, np.ones_like(losses), rcond=None)[0]
            error = np.sum((columns @ solved - 1) ** 2)
            if error < best and (solved > 0).all():
                best, found = error, (*solved, alpha, beta)
    sizes = 10 ** np.linspace(4, 16, 6000)
    return float(sizes[np.argmin(lost(found, sizes, budget))])


MISTAKES = {
    "the best of the small runs is far too small for a thousand times the computation": {"by": "lowest"},
    "size and tokens both have to grow: the whole budget went into the size": {"by": "share"},
    "twenty tokens a weight fitted one text and one family of models: fit these runs": {"by": "twenty"},
    "both grow like the root only where the two exponents are alike: fit them": {"by": "root"},
}
