"""What the learner's `batches_after` is held against."""

import numpy as np

FUNCTION = "batches_after"
FORBIDDEN = ["groundup.neural.batching", "groundup.neural.training", "torch"]
RTOL, ATOL = 0, 0  # whole numbers


def reference(n, size, seed, done, count, *, position=True, move_on=True, reseed=False, keep_short=True, late=0):
    """The batches; the keywords forget one thing each."""
    steps = -(-n // size) if keep_short else max(1, n // size)
    epochs, skip = divmod(done + late, steps)
    generator = np.random.default_rng(seed)
    if move_on:
        for _ in range(epochs):
            generator.permutation(n)
    skip = skip if position else 0
    batches = []
    while len(batches) < count:
        order = np.random.default_rng(seed).permutation(n) if reseed else generator.permutation(n)
        epoch = [order[i : i + size].tolist() for i in range(0, n, size)]
        batches += (epoch if keep_short else epoch[:steps])[skip:]
        skip = 0
    return batches[:count]


def check(got, expected, kwargs):
    """Lists of lists of numbers, compared as such."""
    rows = [np.asarray(batch).tolist() for batch in got] if isinstance(got, (list, tuple)) else None
    if rows is None or not all(isinstance(row, list) for row in rows):
        return f"a list of lists of indices is expected; got a {type(got).__name__}"
    if len(rows) != len(expected):
        return f"{len(expected)} batches are expected; got {len(rows)}"
    for i, (mine, right) in enumerate(zip(rows, expected)):
        if mine != right:
            return f"batch {i} should be {right}; got {mine}"
    return None


def cases():
    """Sizes that divide and that do not; crashes within an epoch, at its end, and after several."""
    rng = np.random.default_rng(0)
    draw = lambda: int(rng.integers(10**6))
    yield "no crash", {"n": 4, "size": 2, "seed": draw(), "done": 0, "count": 2}
    yield "in mid-epoch", {"n": 12, "size": 3, "seed": draw(), "done": 2, "count": 4}
    yield "in the third epoch", {"n": 12, "size": 4, "seed": draw(), "done": 7, "count": 5}
    yield "a short last batch", {"n": 11, "size": 4, "seed": draw(), "done": 4, "count": 6}
    yield "at the end of an epoch", {"n": 10, "size": 4, "seed": draw(), "done": 6, "count": 3}
    yield "batches larger than the data", {"n": 3, "size": 8, "seed": draw(), "done": 2, "count": 2}


MISTAKES = {
    "the epoch under way must go on where it was, not begin anew": {"position": False},
    "the generator must be where it was after the completed epochs": {"move_on": False},
    "each epoch draws a new order from the one generator": {"reseed": True},
    "`done` batches were seen, and the next one is the first that is wanted": {"late": 1},
    "the last batch of an epoch may be shorter, and it is a step as well": {"keep_short": False},
}
