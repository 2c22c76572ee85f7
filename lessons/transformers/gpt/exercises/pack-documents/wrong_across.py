# named: ignore what comes after an end token
import numpy as np


def pack(documents, context, end):
    stream = np.concatenate([np.append(d, end) for d in documents]).astype(int)
    positions = np.concatenate([np.arange(len(d) + 1) for d in documents])
    windows = (len(stream) - 1) // context
    used = windows * context
    return tuple(a.reshape(windows, context) for a in (stream[:used], stream[1 : used + 1], positions[:used]))
