# named: the middle step knows nothing
import numpy as np


def choose_step(steps, slopes):
    return float(steps[len(steps) // 2])
