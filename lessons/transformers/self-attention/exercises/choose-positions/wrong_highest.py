# named: a loss is better when it is lower
import numpy as np


def choose_scheme(losses, trained, needed):
    return max(losses, key=lambda name: np.mean(losses[name][:, :needed]))
