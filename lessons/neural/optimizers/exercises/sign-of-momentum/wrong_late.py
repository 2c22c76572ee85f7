# named: you took the sign of the new mean
import numpy as np


def lion(p, gradients, lr, betas, weight_decay):
    _, b2 = betas
    p, m = p.copy(), np.zeros_like(p)
    for g in gradients:
        m = b2 * m + (1 - b2) * g
        p -= lr * (np.sign(m) + weight_decay * p)
    return p, m
