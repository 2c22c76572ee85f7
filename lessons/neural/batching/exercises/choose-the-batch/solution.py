import numpy as np


def choose_batch(small_norms, large_norms, small, large):
    """The batch size to go on with: the noise scale, where steps are twice the fewest."""
    a, b = np.mean(small_norms), np.mean(large_norms)  # average first, divide last
    signal = (large * b - small * a) / (large - small)
    noise = (a - b) / (1 / small - 1 / large)
    return noise / signal
