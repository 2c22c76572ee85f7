# named: the budget counts padded positions
import numpy as np


def token_batches(lengths, budget):
    batches, held = [[]], 0
    for i, length in enumerate(lengths):
        if held + length > budget:
            batches.append([])
            held = 0
        batches[-1].append(i)
        held += length
    counts = np.array([sum(lengths[i] - 1 for i in batch) for batch in batches])
    return batches, counts / counts.sum()
