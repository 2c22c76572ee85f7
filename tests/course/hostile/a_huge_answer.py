# says: more than 256 MiB of arrays
# says: more memory than it may
import numpy as np


def double(x):
    return np.broadcast_to(np.float64(1), (10_000, 10_000))
