# named: not the shortest one
import numpy as np


def choose_column(X, y):
    return int(np.argmax(-(X**2).mean(axis=0)))
