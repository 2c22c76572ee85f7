# named: uses the second beta, not the first
import numpy as np


def lion(p, gradients, lr, betas, weight_decay):
    b1, _ = betas
    p, m = p.copy(), np.zeros_like(p)
    for g in gradients:
        m = b1 * m + (1 - b1) * g
        p -= lr * (np.sign(m) + weight_decay * p)
    return p, m
