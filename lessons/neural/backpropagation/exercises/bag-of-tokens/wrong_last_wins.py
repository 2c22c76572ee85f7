# named: not the last one
import numpy as np


def bag_backward(ids, d_out, rows):
    table = np.zeros((rows, d_out.shape[1]))
    for example, g in zip(ids, d_out):
        tokens = example[example >= 0]
        count = max(len(tokens), 1)
        for token in tokens:
            table[token] = g / count
    return table
