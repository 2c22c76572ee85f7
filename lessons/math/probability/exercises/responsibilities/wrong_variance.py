# named: spreads are standard deviations
import numpy as np


def responsibilities(x, weights, means, spreads):
    z = (x[:, None] - means) / np.sqrt(spreads)
    log_joint = np.log(weights) - np.log(spreads) - 0.5 * z**2  # what all sources share cancels
    joint = np.exp(log_joint - log_joint.max(axis=1, keepdims=True))
    return joint / joint.sum(axis=1, keepdims=True)
