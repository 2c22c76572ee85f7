# named: not over all that was measured
import numpy as np


def choose_scheme(losses, trained, needed):
    return min(losses, key=lambda name: np.mean(losses[name]))
