# named: the best of the small runs
import numpy as np


def next_size(parameters, tokens, losses, budget):
    return parameters[np.argmin(losses)]
