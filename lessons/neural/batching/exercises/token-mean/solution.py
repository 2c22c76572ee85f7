import numpy as np


def token_batches(lengths, budget):
    """Batches in order, and each one's share of the predicted tokens."""
    batches, longest = [], 0
    for i, length in enumerate(lengths):
        longest = max(longest, length)
        if batches and (len(batches[-1]) + 1) * longest <= budget:
            batches[-1].append(i)
        else:
            batches.append([i])
            longest = length
    counts = np.array([sum(lengths[i] - 1 for i in batch) for batch in batches])
    return batches, counts / counts.sum()
