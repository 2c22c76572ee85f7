# named: begin anew with the sequence that opens a batch
import numpy as np


def token_batches(lengths, budget):
    batches, longest = [[]], 0
    for i, length in enumerate(lengths):
        longest = max(longest, length)
        if batches[-1] and (len(batches[-1]) + 1) * longest > budget:
            batches.append([])
        batches[-1].append(i)
    counts = np.array([sum(lengths[i] - 1 for i in batch) for batch in batches])
    return batches, counts / counts.sum()
