# named: the smallest step multiplies the noise most
import numpy as np


def choose_step(steps, slopes):
    return float(steps.min())
