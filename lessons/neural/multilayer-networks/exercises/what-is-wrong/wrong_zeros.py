# named: 0 for every example
import numpy as np


def diagnose(losses, hidden, W):
    never_active = (hidden <= 0).all(axis=0)
    if (hidden == 0).mean() > 0.3:
        return "dead"
    if np.allclose(W, W[:, :1]):
        return "symmetric"
    return "too slow" if losses[-1] > 0.9 * losses[0] else "fine"
