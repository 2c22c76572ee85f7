# named: windows follow each other every T tokens
import numpy as np


def pack(documents, context, end):
    stream = np.concatenate([np.append(d, end) for d in documents]).astype(int)
    positions = np.concatenate([np.arange(len(d) + 1) for d in documents])
    rows = len(stream) // (context + 1)
    whole = stream[: rows * (context + 1)].reshape(rows, context + 1)
    places = positions[: rows * (context + 1)].reshape(rows, context + 1)
    inputs = whole[:, :-1]
    return inputs, np.where(inputs == end, -100, whole[:, 1:]), places[:, :-1]
