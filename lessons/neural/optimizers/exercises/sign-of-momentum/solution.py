import numpy as np


def lion(p, gradients, lr, betas, weight_decay):
    """The weights and the running mean after a step for each gradient."""
    b1, b2 = betas
    p, m = p.copy(), np.zeros_like(p)
    for g in gradients:
        c = b1 * m + (1 - b1) * g  # a mean that leans towards the new gradient
        p -= lr * (np.sign(c) + weight_decay * p)
        m = b2 * m + (1 - b2) * g  # what is remembered leans towards the old ones
    return p, m
