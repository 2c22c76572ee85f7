# named: a loss that is too good to be true is a leak
import numpy as np


def best_model(surprises, characters):
    return int(np.argmin([s.sum() for s in surprises]))
