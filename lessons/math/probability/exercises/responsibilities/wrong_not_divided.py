# named: not yet probabilities
import numpy as np


def responsibilities(x, weights, means, spreads):
    z = (x[:, None] - means) / spreads
    log_joint = np.log(weights) - np.log(spreads) - 0.5 * z**2  # what all sources share cancels
    joint = np.exp(log_joint - log_joint.max(axis=1, keepdims=True))
    return joint
