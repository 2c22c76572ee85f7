# named: turns 0/0 into 0
import numpy as np


def responsibilities(x, weights, means, spreads):
    z = (x[:, None] - means) / spreads
    joint = weights / spreads * np.exp(-0.5 * z**2)
    return joint / (joint.sum(axis=1, keepdims=True) + 1e-300)
