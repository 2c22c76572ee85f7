# named: the whole budget went into the size
import numpy as np


def next_size(parameters, tokens, losses, budget):
    return parameters[np.argmin(losses)] * budget / (6 * parameters.max() * tokens.max())
