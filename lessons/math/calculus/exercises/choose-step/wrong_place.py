# named: return the step itself, not its place
import numpy as np


def choose_step(steps, slopes):
    return int(np.argmin(slopes.std(axis=1)))
