# named: the end token counts as the last of its document
import numpy as np


def pack(documents, context, end):
    stream = np.concatenate([np.append(d, end) for d in documents]).astype(int)
    positions = np.concatenate([np.append(np.arange(len(d)), 0) for d in documents])
    windows = (len(stream) - 1) // context
    used = windows * context
    inputs = stream[:used]
    targets = np.where(inputs == end, -100, stream[1 : used + 1])
    return tuple(a.reshape(windows, context) for a in (inputs, targets, positions[:used]))
