# named: the end token itself is to be predicted
import numpy as np


def pack(documents, context, end):
    stream = np.concatenate([np.append(d, end) for d in documents]).astype(int)
    positions = np.concatenate([np.arange(len(d) + 1) for d in documents])
    windows = (len(stream) - 1) // context
    used = windows * context
    targets = stream[1 : used + 1].copy()
    targets[targets == end] = -100
    return tuple(a.reshape(windows, context) for a in (stream[:used], targets, positions[:used]))
