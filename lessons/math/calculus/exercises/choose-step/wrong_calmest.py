# named: least scatter is not least error
import numpy as np


def choose_step(steps, slopes):
    return float(steps[np.argmin(slopes.std(axis=1))])
