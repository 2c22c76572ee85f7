# named: with heavy tails less is better
import numpy as np


def choose_delta(targets):
    spread = 1.4826 * np.median(np.abs(targets - np.median(targets)))  # a normal's standard deviation
    return float(1.35 * spread)
