# named: the norm of one batch holds noise too
import numpy as np


def choose_batch(small_norms, large_norms, small, large):
    noise = (np.mean(small_norms) - np.mean(large_norms)) / (1 / small - 1 / large)
    return noise / np.mean(large_norms)
