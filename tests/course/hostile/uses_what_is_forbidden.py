# says: Line 6 uses numpy.linalg
import numpy as np


def double(x):
    return x * np.linalg.norm([2.0])
