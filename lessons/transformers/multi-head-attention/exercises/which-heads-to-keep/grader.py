"""Heads that back each other up: rankings of single heads mislead, sets do not."""

from itertools import combinations, product

import numpy as np

FUNCTION = "choose_heads"
FORBIDDEN = ["groundup.transformers", "torch"]
HEADS = 6


def table(jobs):
    """The true losses: a job costs nothing while one of its heads is there, and its price when none is."""
    losses = np.full((2,) * HEADS, 2.0)
    for present in product((0, 1), repeat=HEADS):
        losses[present] += sum(price for heads, price in jobs if not any(present[h] for h in heads))
    return losses


def cases():
    rng = np.random.default_rng(4)
    for name, k, sizes, prices in [
        ("pairs that back each other up", 3, (2, 2, 2), (0.9, 0.7, 0.6)),
        ("three heads do the dearest job", 3, (3, 1, 1, 1), (1.2, 0.5, 0.4, 0.2)),
        ("four alike and two others", 2, (4, 1, 1), (1.5, 0.6, 0.3)),
        ("no job is done twice", 4, (1, 1, 1, 1, 1, 1), (0.9, 0.8, 0.6, 0.5, 0.2, 0.1)),
        ("one head may stay", 1, (2, 3, 1), (0.7, 1.1, 0.4)),
    ]:
        order = rng.permutation(HEADS).tolist()
        ends = np.cumsum(sizes)
        jobs = [(order[end - size : end], price) for end, size, price in zip(ends, sizes, prices, strict=True)]
        true = table(jobs)
        yield name, {"losses": true + rng.normal(scale=0.01, size=true.shape), "k": k}, {"true": true}


def loss_of(losses, kept):
    """The entry of a set of heads."""
    return float(losses[tuple(int(head in kept) for head in range(HEADS))])


def judge(decision, case):
    """None when the kept heads are within 0.05 of the best set of that size."""
    k, true = case.kwargs["k"], case.held["true"]
    whole = isinstance(decision, (list, tuple, np.ndarray)) and np.ndim(decision) == 1
    kept = [int(h) for h in decision] if whole and all(float(h) == int(h) for h in decision) else None
    if kept is None or len(set(kept)) != k or len(kept) != k or not set(kept) <= set(range(HEADS)):
        return f"the answer must be {k} different numbers from 0 to 5; {decision!r} came"
    best = min(combinations(range(HEADS), k), key=lambda some: loss_of(true, some))
    got, possible = loss_of(true, kept), loss_of(true, best)
    if got > possible + 0.05:
        return f"with heads {sorted(kept)} the loss is {got:.2f} on new data, with {sorted(best)} it is {possible:.2f}"
    return None


def reference(losses, k, *, by="set", best=min):
    everyone = range(HEADS)
    if by == "removal":  # how much is lost when this head alone goes
        return sorted(sorted(everyone, key=lambda h: -loss_of(losses, [i for i in everyone if i != h]))[:k])
    if by == "alone":  # how well it does when it is the only one
        return sorted(sorted(everyone, key=lambda h: loss_of(losses, [h]))[:k])
    return list(best(combinations(everyone, k), key=lambda some: loss_of(losses, some)))


MISTAKES = {
    "a head whose removal costs nothing may be one of two that do the same: judge sets, not single removals": {
        "by": "removal"
    },
    "heads that are good alone may all do the same job: judge sets, not heads by themselves": {"by": "alone"},
    "a loss is better when it is lower": {"best": max},
}
