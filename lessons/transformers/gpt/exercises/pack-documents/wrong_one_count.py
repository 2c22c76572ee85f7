# named: positions begin at 0 with each document
import numpy as np


def pack(documents, context, end):
    stream = np.concatenate([np.append(d, end) for d in documents]).astype(int)
    windows = (len(stream) - 1) // context
    used = windows * context
    inputs = stream[:used]
    targets = np.where(inputs == end, -100, stream[1 : used + 1])
    return tuple(a.reshape(windows, context) for a in (inputs, targets, np.arange(used)))
