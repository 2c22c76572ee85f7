# named: the last batch of an epoch may be shorter
import numpy as np


def batches_after(n, size, seed, done, count):
    generator, steps = np.random.default_rng(seed), max(1, n // size)
    epochs, skip = divmod(done, steps)
    for _ in range(epochs):
        generator.permutation(n)
    batches = []
    while len(batches) < count:
        order = generator.permutation(n)
        batches += [order[i * size : (i + 1) * size].tolist() for i in range(steps)][skip:]
        skip = 0
    return batches[:count]
