# named: the epoch under way must go on where it was
import numpy as np


def batches_after(n, size, seed, done, count):
    generator = np.random.default_rng(seed)
    for _ in range(done // -(-n // size)):
        generator.permutation(n)
    batches = []
    while len(batches) < count:
        order = generator.permutation(n)
        batches += [order[i : i + size].tolist() for i in range(0, n, size)]
    return batches[:count]
