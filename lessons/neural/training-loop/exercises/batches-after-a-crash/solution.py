import numpy as np


def batches_after(n, size, seed, done, count):
    """The `count` batches that follow the first `done`, as lists of indices."""
    generator = np.random.default_rng(seed)
    epochs, skip = divmod(done, -(-n // size))      # whole epochs, and steps of the one under way
    for _ in range(epochs):
        generator.permutation(n)                    # their orders are gone, but the generator must move on
    batches = []
    while len(batches) < count:
        order = generator.permutation(n)
        epoch = [order[i : i + size].tolist() for i in range(0, n, size)]
        batches += epoch[skip:]
        skip = 0
    return batches[:count]
