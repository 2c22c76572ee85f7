# named: twenty tokens a weight
import numpy as np


def next_size(parameters, tokens, losses, budget):
    return np.sqrt(budget / 6 / 20)
