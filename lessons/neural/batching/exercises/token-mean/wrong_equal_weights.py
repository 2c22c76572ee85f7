# named: batches differ in predicted tokens
import numpy as np


def token_batches(lengths, budget):
    batches, longest = [[]], 0
    for i, length in enumerate(lengths):
        if batches[-1] and (len(batches[-1]) + 1) * max(longest, length) > budget:
            batches.append([])
            longest = 0
        batches[-1].append(i)
        longest = max(longest, length)
    return batches, np.full(len(batches), 1 / len(batches))
