# named: average before dividing
import numpy as np


def choose_batch(small_norms, large_norms, small, large):
    signal = (large * large_norms - small * small_norms) / (large - small)
    noise = (small_norms - large_norms) / (1 / small - 1 / large)
    return abs(np.mean(noise / signal))
