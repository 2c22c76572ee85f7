# named: as they were before the step
import numpy as np


def lion(p, gradients, lr, betas, weight_decay):
    b1, b2 = betas
    p, m = p.copy(), np.zeros_like(p)
    for g in gradients:
        p -= lr * np.sign(b1 * m + (1 - b1) * g)
        p -= lr * weight_decay * p
        m = b2 * m + (1 - b2) * g
    return p, m
