# named: the target is the token after the input
import numpy as np


def pack(documents, context, end):
    stream = np.concatenate([np.append(d, end) for d in documents]).astype(int)
    positions = np.concatenate([np.arange(len(d) + 1) for d in documents])
    windows = (len(stream) - 1) // context
    used = windows * context
    inputs = stream[:used]
    targets = np.where(inputs == end, -100, inputs)
    return tuple(a.reshape(windows, context) for a in (inputs, targets, positions[:used]))
