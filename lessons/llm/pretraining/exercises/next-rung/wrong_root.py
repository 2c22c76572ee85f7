# named: only where the two exponents are alike
import numpy as np


def next_size(parameters, tokens, losses, budget):
    return parameters[np.argmin(losses)] * np.sqrt(budget / (6 * parameters.max() * tokens.max()))
