# named: nearly too large
import numpy as np


def choose_rate(lrs, losses):
    width = 9
    smooth = np.convolve(np.log(losses), np.ones(width) / width, mode="valid")
    return lrs[width // 2 + np.argmin(smooth)]
