# says: more memory than it may
import numpy as np


def double(x):
    kept = []
    while True:
        kept.append(np.ones(10_000_000))
